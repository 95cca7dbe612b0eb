"""Tables from an HMIS export: the United States' records of homelessness services."""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import polars as pl

from boligspor import _core, _options
from boligspor.register import Register
from boligspor.release import Unreleased

__all__ = ["HmisImport", "Measures", "hmis_measures", "import_hmis"]


@dataclass(frozen=True, kw_only=True, repr=False)
class HmisImport(Unreleased):
    """What an HMIS export gives. Made by :func:`import_hmis`.

    Attributes
    ----------
    tables
        ``persons``, ``placements``, ``stays`` and ``costs``. They hold identifiers.
    unmapped
        What could not be mapped: ``what, rows, why``.
    observed_from, observed_until
        The first and the last day that the export covers.
    """

    tables: dict[str, pl.DataFrame]
    unmapped: pl.DataFrame
    observed_from: dt.date | None
    observed_until: dt.date
    _checks: dict[str, Any] = field(default_factory=lambda: {"municipality_codes": "any"})

    def register(self, **changes: Any) -> Register:  # noqa: ANN401 - Register types them
        """Return a register of the tables, of no country's municipality codes.

        Parameters
        ----------
        **changes
            Arguments of :class:`Register` to change or add.
        """
        given: dict[str, Any] = {
            **self.tables,
            "observed_from": self.observed_from,
            "observed_until": self.observed_until,
            "checks": self._checks,
        }
        return Register(**(given | changes))

    def __repr__(self) -> str:
        rows = ", ".join(f"{name} {t.height:,}" for name, t in self.tables.items())
        return f"<HmisImport: {rows} rows; {self.unmapped.height} kinds of rows not mapped>"


def import_hmis(
    folder: str | os.PathLike[str],
    *,
    move_ins: Literal["housing", "all"] = "housing",
    permanent_days: int = 730,
    temporary_days: int = 30,
) -> HmisImport:
    """Read a folder of HMIS CSV files (columns of FY2024 and FY2026).

    Projects become states, move-in dates placements, destinations at exit
    stays, and financial assistance costs. An export is no register: it tells
    when somebody entered and left a project, not where they lived each day.

    Parameters
    ----------
    folder
        The folder with ``Client.csv``, ``Enrollment.csv`` and the others.
    move_ins
        Which move-in dates are placements: those in ``"housing"`` projects, or
        ``"all"``.
    permanent_days, temporary_days
        How long a permanent destination, and any other, holds at most, unless
        the person is seen again.

    Raises
    ------
    TableError, FileError
        Where a file or column that every export has is not there.
    """
    how = {
        "move_ins": _options.choice("move_ins", move_ins, Literal["housing", "all"]),
        "permanent_days": _options.whole("permanent_days", permanent_days, least=0),
        "temporary_days": _options.whole("temporary_days", temporary_days, least=0),
    }
    tables, unmapped, first, last = _core.import_hmis(Path(folder), _options.as_json(how))
    return HmisImport(
        tables={name: pl.DataFrame(frame) for name, frame in tables},
        unmapped=pl.DataFrame(unmapped),
        observed_from=None if first is None else dt.date.fromisoformat(first),
        observed_until=dt.date.fromisoformat(last),
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class Measures(Unreleased):
    """HUD's system performance measures. Made by :func:`hmis_measures`.

    Attributes
    ----------
    quantities
        ``measure, line, quantity, value, persons``. Where the export does not
        cover what a measure looks at, its values are null, never 0.
    exclusions
        Who is left out: ``measure, reason, n``.
    insufficient
        For each measure without numbers, what it looks at and what there is.
    first, last
        The days of the report.
    rules
        The rules, by name.
    """

    quantities: pl.DataFrame
    exclusions: pl.DataFrame
    insufficient: list[str]
    first: dt.date
    last: dt.date
    rules: dict[str, Any]

    def table(self) -> pl.DataFrame:
        """Return the numbers."""
        return self.quantities

    def __repr__(self) -> str:
        year = self.rules["fiscal_year"]
        return f"<Measures of {self.first} to {self.last} by the rules of {year}>"


def hmis_measures(
    folder: str | os.PathLike[str], *, fiscal_year: int, rules: int = 2026
) -> Measures:
    """Compute HUD's measures 1, 2 and 7 of an HMIS export for a fiscal year.

    Lengths of homelessness, returns after exits to permanent housing, and
    exits to and stays in permanent housing; ``docs/hmis.md`` says how.

    Parameters
    ----------
    folder
        The folder with ``Enrollment.csv`` and the others.
    fiscal_year
        The year in which the fiscal year ends: 2022 is 1 October 2021 to 30
        September 2022.
    rules
        The fiscal year whose rules are used: 2024 or 2026.

    Raises
    ------
    OptionError
        For rules that are not shipped.
    TableError, FileError
        Where a file or column that every export has is not there.
    """
    year = _options.whole("fiscal_year", fiscal_year, least=1990)
    made = json.loads(_core.hmis_measures(Path(folder), year, _options.whole("rules", rules)))
    text, count = pl.String(), pl.Int64()
    quantities = {
        "measure": text,
        "line": text,
        "quantity": text,
        "value": pl.Float64(),
        "persons": count,
    }
    exclusions = {"measure": text, "reason": text, "n": count}
    return Measures(
        quantities=pl.DataFrame(made["quantities"], schema=quantities, orient="row"),
        exclusions=pl.DataFrame(made["exclusions"], schema=exclusions, orient="row"),
        insufficient=made["insufficient"],
        first=dt.date.fromisoformat(made["from"]),
        last=dt.date.fromisoformat(made["until"]),
        rules=made["rules"],
    )
