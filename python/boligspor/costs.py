"""Results of a cost trajectory: what people cost before, in and after the placement year."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view, disclosure
from boligspor._options import Lang
from boligspor.charts import costs as charts
from boligspor.release import Released, Unreleased

__all__ = ["CostSource", "Costs", "Period"]

Period: TypeAlias = Literal["year", "quarter", "month", "calendar_year"]
"""The unit of the relative periods."""

CostSource: TypeAlias = Literal["auto", "all", "costs", "services"]
"""Which tables say what people cost."""


class Costs(Unreleased):
    """What people cost by relative period, category and payer. Made by :meth:`Cohort.costs`.

    A before/after is not an effect: :attr:`warnings` says why.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("odense_like", people=200, seed=7),
    ...     observed_until="2023-12-31",
    ... )
    >>> costs = register.cohort().costs(first=-2, last=2, replicates=0)
    >>> costs.table()["period"].unique().sort().to_list()
    [-2, -1, 0, 1, 2]
    """

    def __init__(self, core: _core.Costs, period: Period) -> None:
        self._core = core
        self._period: Period = period

    @property
    def period(self) -> Period:
        """The unit of the relative periods."""
        return self._period

    def release(self, *, policy: str | os.PathLike[str] = "statistics-denmark") -> Released:
        """Clear costs a person under a policy; only what comes back exports.

        Parameters
        ----------
        policy
            The name of a shipped policy, or the path of a TOML file.

        Raises
        ------
        DisclosureError
            No proof was found: the message names what to coarsen.
        """
        return Released(_core.release_costs(self._core, disclosure.policy_text(policy)))

    @property
    def warnings(self) -> list[str]:
        """What a reader must know before using the numbers."""
        return self.warnings_in("en")

    def warnings_in(self, lang: Lang) -> list[str]:
        """Return the warnings in a language."""
        return self._core.warnings(_options.lang(lang))

    def describe(self, lang: Lang = "en") -> str:
        """Return trajectory and cohort in words, to stand under every table and chart."""
        return self._core.describe(_options.lang(lang))

    def table(self) -> pl.DataFrame:
        """Return a row for each stratum, period, category and payer; ``all`` is their sum.

        Returns
        -------
        polars.DataFrame
            The strata, then

            - ``period``: 0 is the period that time zero starts
            - ``category, payer``
            - ``total``: money spent on observed days
            - ``persons, person_years``: people with an observed day, and their time
            - ``mean_per_person, mean_per_person_year``
            - ``low, high``: 95 % interval of the latter, by bootstrap of persons
            - ``low_normal, high_normal``: the same by normal approximation
            - ``share_any``: share of people with any such cost
        """
        return pl.DataFrame(self._core.table())

    def contrasts(self) -> pl.DataFrame:
        """Return differences between periods, by category.

        Returns
        -------
        polars.DataFrame
            The strata, then a row for each period against the placement year,
            and one for the year after it against the year before it.
        """
        return pl.DataFrame(self._core.contrasts())

    def price_years(self) -> pl.DataFrame:
        """Return where the money comes from, a row for each category and price year.

        Returns
        -------
        polars.DataFrame
            ``category, price_year, base_year, factor, total``: the year whose
            prices amounts were in, the year whose prices the result is in (null:
            each amount's own), what they were multiplied by, and the money on
            observed days in the prices of the result.
        """
        return pl.DataFrame(self._core.price_years())

    def plot(self, *, lang: Lang = "en", width: int = 420) -> alt.TopLevelMixin:
        """Return stacked bars by period, with the interval of their sum, as an Altair chart.

        Parameters
        ----------
        lang
            The language of its words.
        width
            The width of the picture within its axes, in pixels.
        """
        return charts.bars(self, _options.lang(lang), _options.whole("width", width, least=100))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._core.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Costs: {self.describe()}>\n{_view.text(_view.costs(self.table()))}"

    def _repr_html_(self) -> str:
        return _html.costs(self)
