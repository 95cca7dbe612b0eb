"""What a cohort says of municipalities: comparison and feedback sheets."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from boligspor import _core, _options
from boligspor._cost_options import cost_spec
from boligspor._options import Lang
from boligspor.definition import Definition, read
from boligspor.municipality import Comparison
from boligspor.sheet import Sheet


class MunicipalAnalyses:
    """The analyses of :class:`boligspor.Cohort` that look at municipalities."""

    _core: _core.Cohort

    def compare(
        self,
        definition: Definition | str | None = None,
        *,
        horizon: int = 36,
        case_mix: Iterable[str] = ("age_group", "sex"),
        expected: Literal["strata", "model"] = "strata",
        model_replicates: int = 1000,
        overdispersion: bool = False,
        cost_periods: tuple[int, int] = (-1, 1),
        costs: Mapping[str, Any] | None = None,
        small: int = 20,
        anonymous: bool = True,
    ) -> Comparison:
        """Compare municipalities with what their case mix leads to expect.

        Parameters
        ----------
        definition
            As of :meth:`retention`; its measure must be ``"at"`` or
            ``"throughout"``.
        horizon
            The horizon compared, one of the definition's.
        case_mix
            Columns whose strata make the expected number.
        expected
            From the country's shares in each stratum, or from a logistic risk
            ``"model"`` of the case mix with an effect of each municipality, at the
            average effect; Firth's penalty where it is separated.
        model_replicates
            Bootstrap replicates in which the risk model is fitted again: ``model_low``
            and ``model_high`` count its uncertainty. 0 for none.
        overdispersion
            Whether the funnel's limits allow for more variation between
            municipalities than chance gives.
        cost_periods
            The relative periods whose costs are compared, before and after.
        costs
            How costs are counted: keyword arguments of :meth:`costs`.
        small
            Municipalities with fewer people are flagged, never hidden.
        anonymous
            Anonymous labels instead of codes and names.

        Raises
        ------
        OptionError
            Where an option cannot be used, or names an unknown column.
        """
        try:
            before, after = cost_periods
        except (TypeError, ValueError):
            raise _options.refuse(
                "cost_periods", "is no pair", "give two relative periods, such as (-1, 1)"
            ) from None
        meant = read(definition, {})
        spec = {
            "definition": json.loads(meant.to_json()),
            "horizon": _options.whole("horizon", horizon, least=1),
            "case_mix": _options.names("case_mix", case_mix),
            "expected": _options.choice("expected", expected, Literal["strata", "model"]),
            "model_replicates": _options.whole("model_replicates", model_replicates, least=0),
            "overdispersion": _options.flag("overdispersion", overdispersion),
            "cost_periods": [
                _options.whole("cost_periods", before),
                _options.whole("cost_periods", after),
            ],
            "small": _options.whole("small", small, least=0),
            "anonymous": _options.flag("anonymous", anonymous),
        }
        if costs is not None:
            spec["costs"] = cost_spec("costs", _options.mapping("costs", costs))
        return Comparison(self._core.compare(_options.as_json(spec)), meant)

    def sheet(
        self, municipality: str, *, lang: Lang = "en", spec: Mapping[str, Any] | None = None
    ) -> Sheet:
        """Make a municipality's own sheet: two pages that name no other municipality.

        Parameters
        ----------
        municipality
            Its code, such as ``"461"``.
        lang
            The language of the sheet.
        spec
            Any of ``compare, peers, implementation, support, homes``, each as in a
            study file.

        Raises
        ------
        OptionError
            For a code that is in none of the register's tables.
        """
        made = self._core.sheet(_sheet_spec(lang, spec), str(municipality))
        return Sheet(str(municipality), *made)

    def sheets(
        self,
        folder: str | os.PathLike[str],
        *,
        lang: Lang = "en",
        spec: Mapping[str, Any] | None = None,
        progress: Callable[[str, int, int], object] | None = None,
    ) -> list[Path]:
        """Write the sheet of every municipality, as HTML and DOCX, in one run.

        Parameters
        ----------
        folder
            Where ``CODE.html`` and ``CODE.docx`` are written.
        lang
            The language of the sheets.
        spec
            As of :meth:`sheet`.
        progress
            A callable that is told ``(stage, done, total)``.

        Raises
        ------
        FileError
            Where the folder cannot be written.
        """
        if progress is not None and not callable(progress):
            raise _options.refuse("progress", "cannot be called", "give a function or nothing")
        return self._core.sheets(_sheet_spec(lang, spec), Path(folder), progress)


def _sheet_spec(lang: object, spec: object) -> str:
    """Check what a sheet is asked for."""
    given = {} if spec is None else _options.mapping("spec", spec)
    keys = ["compare", "peers", "implementation", "support", "homes"]
    _options.known_keys("spec", given, keys)
    return _options.as_json({"lang": _options.lang(lang), **given})
