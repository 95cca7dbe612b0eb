"""What the data checks found."""

from __future__ import annotations

import polars as pl

from boligspor import _core, _html
from boligspor.release import Unreleased

__all__ = ["CheckReport", "rules"]


class CheckReport(Unreleased):
    """Findings of the data checks: counts and names, never a value or an identifier.

    Made by :meth:`Register.check` and :meth:`Register.check_tables`, and
    carried by :class:`CheckError`.

    Examples
    --------
    >>> import boligspor
    >>> report = boligspor.Register.check_tables(
    ...     persons={"person": [1], "birth_date": ["1980-02-30"], "sex": ["2"]},
    ...     placements={"person": [1], "placed_on": ["2020-01-01"], "municipality": ["461"]},
    ...     stays={"person": [1], "start": ["2020-01-01"], "end": [None], "state": ["dwelling"]},
    ...     observed_until="2023-12-31",
    ... )
    >>> report.has_errors
    True
    >>> report.table().row(0, named=True)["column"]
    'birth_date'
    """

    def __init__(self, core: _core.CheckReport) -> None:
        self._core = core

    def table(self) -> pl.DataFrame:
        """Return the findings, the most severe first.

        Returns
        -------
        polars.DataFrame
            Columns ``code, rule, severity, table, column, rows, total, message, hint``.
        """
        return pl.DataFrame(self._core.table())

    @property
    def errors(self) -> list[str]:
        """The findings that stop a run, as sentences."""
        return self._core.sentences("error")

    @property
    def warnings(self) -> list[str]:
        """The findings that are reported with every result, as sentences."""
        return self._core.sentences("warning")

    @property
    def has_errors(self) -> bool:
        """Whether anything stops a run."""
        return bool(self.errors)

    @property
    def rows(self) -> dict[str, int]:
        """The number of rows of each table that was given."""
        return dict(self._core.rows())

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._core.table().__arrow_c_stream__(requested_schema)

    def __str__(self) -> str:
        return str(self._core)

    def __repr__(self) -> str:
        found = self.table()["severity"].to_list()
        counts = ", ".join(f"{found.count(s)} {s}" for s in ("error", "warning", "info"))
        return f"<CheckReport: {counts}>"

    def _repr_html_(self) -> str:
        return _html.check_report(self)


def rules() -> pl.DataFrame:
    """Return every rule of the data checks.

    Returns
    -------
    polars.DataFrame
        Columns ``code, rule, severity, structural``; a structural rule cannot be
        switched off. Each has a page in ``docs/rules``.

    Examples
    --------
    >>> import boligspor
    >>> boligspor.rules().row(0)[:3]
    ('R101', 'missing-column', 'error')
    """
    return pl.DataFrame(_core.rules())
