"""The flow into a cohort: who was left out, at which step."""

from __future__ import annotations

import polars as pl

from boligspor import _core, _html, _options
from boligspor._options import Lang
from boligspor.release import Unreleased

__all__ = ["Attrition"]


class Attrition(Unreleased):
    """Who was left out, at which step, and how many."""

    def __init__(self, core: _core.Cohort) -> None:
        self._core = core

    def table(self, lang: Lang = "en") -> pl.DataFrame:
        """Return the steps in the order they are taken.

        Returns
        -------
        polars.DataFrame
            Columns ``step, rows, persons, rows_out, persons_out``: what remains
            after each step, and what it left out.
        """
        columns = {"step": pl.String} | dict.fromkeys(
            ("rows", "persons", "rows_out", "persons_out"), pl.Int64
        )
        steps = self._core.attrition(_options.lang(lang))
        return pl.DataFrame(steps, schema=columns, orient="row")

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        steps = self._core.attrition("en")
        return f"<Attrition: {steps[0][1]:,} rows in, {steps[-1][1]:,} in the cohort>"

    def _repr_html_(self) -> str:
        return _html.attrition(self)
