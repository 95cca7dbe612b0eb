"""Results of retention: how many still have a home, by a declared definition."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view, disclosure
from boligspor._options import Lang
from boligspor.charts import retention as charts
from boligspor.definition import Definition
from boligspor.release import Released, Unreleased

if TYPE_CHECKING:
    from boligspor.cohort import Cohort
    from boligspor.groups import GroupComparison

__all__ = ["Definitions", "Retention"]

RetentionChart: TypeAlias = Literal["curve", "occupancy", "outcomes"]
"""The charts that :meth:`Retention.plot` draws."""


class Retention(Unreleased):
    """Retention by one definition. Made by :meth:`Cohort.retention`.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("odense_like", people=200, seed=7),
    ...     observed_until="2023-12-31",
    ... )
    >>> retention = register.cohort().retention("odense_vive")
    >>> retention.table()["horizon"].to_list()
    [6, 12, 24, 36]
    >>> retention.describe("da")[:43]
    'Andel af de boligplacerede, der på årsdagen'
    """

    def __init__(
        self, core: _core.Retention, definition: Definition, cohort: Cohort | None = None
    ) -> None:
        self._core = core
        self._definition = definition
        self._cohort = cohort

    @property
    def definition(self) -> Definition:
        """The definition that the numbers belong to."""
        return self._definition

    def release(self, *, policy: str | os.PathLike[str] = "statistics-denmark") -> Released:
        """Clear the shares housed under a policy; only what comes back exports.

        Parameters
        ----------
        policy
            The name of a shipped policy, or the path of a TOML file.

        Raises
        ------
        DisclosureError
            No proof was found: the message names what to coarsen.
        """
        return Released(_core.release_retention(self._core, disclosure.policy_text(policy)))

    @property
    def warnings(self) -> list[str]:
        """What a reader must know before using the numbers."""
        return self.warnings_in("en")

    def warnings_in(self, lang: Lang) -> list[str]:
        """Return the warnings in a language."""
        return self._core.warnings(_options.lang(lang))

    def describe(self, lang: Lang = "en") -> str:
        """Return definition and cohort in words, to stand under every table and chart."""
        return self._core.describe(_options.lang(lang))

    def table(self) -> pl.DataFrame:
        """Return a row for each stratum and horizon, the whole cohort (``all``) first.

        Returns
        -------
        polars.DataFrame
            The strata, then

            - ``horizon, unit``: the horizon; null and ``last`` for the last observed day
            - ``n``: members counted
            - ``excluded, censored``: members who left the count, or were followed
              less long
            - ``at_risk``: members whose status is known at the horizon
            - ``retained``: of these, the retained (null for days housed)
            - ``share, low, high``: the estimate and its 95 % interval
            - ``method``: how it was made
            - ``days_housed, days_observed``: sums up to the horizon

        Notes
        -----
        ``share`` is not ``retained / at_risk`` where people are censored: it is
        then the Aalen-Johansen estimate (Kaplan-Meier for an unbroken stay
        without competing ends). Where nobody is, its interval is Wilson's.
        """
        return pl.DataFrame(self._core.table())

    def outcomes(self) -> pl.DataFrame:
        """Return where everyone was at each horizon.

        Returns
        -------
        polars.DataFrame
            The strata, then ``horizon, unit, outcome, n`` and ``share`` of those
            observed.
        """
        return pl.DataFrame(self._core.outcomes())

    def curve(self) -> pl.DataFrame:
        """Return the share retained month by month.

        Returns
        -------
        polars.DataFrame
            The strata, then ``month, share, low, high, at_risk``.
        """
        return pl.DataFrame(self._core.curve())

    def occupancy(self) -> pl.DataFrame:
        """Return where people live, month by month since time zero.

        Returns
        -------
        polars.DataFrame
            The strata, then ``month, state, n, share`` and the number ``observed``.
        """
        return pl.DataFrame(self._core.occupancy())

    def compare(
        self,
        by: str,
        *,
        reference: str | None = None,
        adjust: Iterable[str] = (),
        within: int = 36,
        level: float = 0.95,
    ) -> GroupComparison:
        """Compare groups by this definition; see :meth:`Cohort.compare_groups`.

        Raises
        ------
        OptionError
            Where an option cannot be used, or names an unknown column.
        """
        if self._cohort is None:
            raise _options.refuse(
                "by", "needs the cohort", "use Cohort.compare_groups with this definition"
            )
        return self._cohort.compare_groups(
            by, self._definition, reference=reference, adjust=adjust, within=within, level=level
        )

    def plot(
        self, kind: RetentionChart = "curve", *, lang: Lang = "en", width: int = 520
    ) -> alt.TopLevelMixin:
        """Return a chart, which shows itself in a notebook without internet.

        Parameters
        ----------
        kind
            ``"curve"`` of the share retained, ``"occupancy"``: where people live
            month by month, or ``"outcomes"``: where they were at each horizon.
        lang
            The language of its words.
        width
            The width of the picture within its axes, in pixels.

        Returns
        -------
        altair.TopLevelMixin
            An Altair chart, to restyle or save.
        """
        kind_, lang_ = _options.choice("kind", kind, RetentionChart), _options.lang(lang)
        draw = {"curve": charts.curve, "occupancy": charts.occupancy, "outcomes": charts.outcomes}
        return draw[kind_](self, lang_, _options.whole("width", width, least=100))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._core.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Retention: {self.describe()}>\n{_view.text(_view.retention(self.table()))}"

    def _repr_html_(self) -> str:
        return _html.retention(self)


class Definitions(Unreleased):
    """Several definitions on the same people. Made by :meth:`Cohort.compare_definitions`.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("odense_like", people=200, seed=7),
    ...     observed_until="2023-12-31",
    ... )
    >>> compared = register.cohort().compare_definitions(["odense_vive", "tsemberis"])
    >>> compared.left_out
    ['tsemberis']
    """

    def __init__(
        self,
        frame: _core.Frame,
        definitions: Sequence[Definition],
        left_out: list[str],
        cohort: str,
        cohort_da: str,
    ) -> None:
        self._frame = frame
        self._definitions = tuple(definitions)
        self._left_out = tuple(left_out)
        self._cohort = {"en": cohort, "da": cohort_da}

    @property
    def definitions(self) -> list[Definition]:
        """The definitions that were asked for."""
        return list(self._definitions)

    @property
    def left_out(self) -> list[str]:
        """The names of those that count the enrolled, on a cohort that holds only the placed."""
        return list(self._left_out)

    @property
    def warnings(self) -> list[str]:
        """What a reader must know before using the numbers."""
        return self.warnings_in("en")

    def warnings_in(self, lang: Lang) -> list[str]:
        """Return the warnings in a language."""
        code = _options.lang(lang)
        if not self._left_out:
            return []
        why = {
            "en": "left out, since they count all enrolled and this cohort holds only those "
            'placed: {}; draw one with time_zero="enrolment"',
            "da": "udeladt, da de tæller alle indskrevne og kohorten kun har de boligplacerede: "
            '{}; dan en med time_zero="enrolment"',
        }
        return [why[code].format(", ".join(self._left_out))]

    def describe(self, lang: Lang = "en") -> str:
        """Return every definition used, and the cohort, in words."""
        code = _options.lang(lang)
        used = [d for d in self._definitions if d.name not in self._left_out]
        said = [f"{d.name}: {d.describe(lang)}" for d in used]
        return "\n".join([*said, self._cohort[code]])

    def table(self) -> pl.DataFrame:
        """Return the rows of :meth:`Retention.table` for the whole cohort, by definition.

        Returns
        -------
        polars.DataFrame
            Columns ``definition, counted`` and those of :meth:`Retention.table`.
        """
        return pl.DataFrame(self._frame)

    def plot(self, *, lang: Lang = "en", width: int = 420) -> alt.TopLevelMixin:
        """Return a chart of the shares with their intervals, as an Altair chart."""
        return charts.definitions(
            self, _options.lang(lang), _options.whole("width", width, least=100)
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        table = self.table()
        shown = table if table.is_empty() else _view.retention(table)
        return f"<Definitions: {len(self._definitions)}>\n{_view.text(shown)}"

    def _repr_html_(self) -> str:
        return _html.definitions(self)
