"""Results of a cost trajectory: what people cost before, in and after the placement year."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view, disclosure
from boligspor._options import Lang
from boligspor._result import Result
from boligspor.charts import costs as charts
from boligspor.release import Released

__all__ = ["CostSource", "Costs", "Death", "IntervalMethod", "Period"]

Period: TypeAlias = Literal["year", "quarter", "month", "calendar_year"]
"""The unit of the relative periods."""

CostSource: TypeAlias = Literal["auto", "all", "costs", "services"]
"""Which tables say what people cost."""


Death: TypeAlias = Literal["zero", "survivors"]
"""What becomes of the dead: no cost from then on, or out of the denominator."""

IntervalMethod: TypeAlias = Literal["bootstrap_t", "normal", "percentile", "bca", "auto"]
"""How the interval of a mean is made."""


class Costs(Result):
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
        super().__init__(core)
        self._costs = core
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
        return Released(_core.release_costs(self._costs, disclosure.policy_text(policy)))

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
            - ``low, high``: 95 % interval of the latter, by the method asked for
            - ``low_normal, high_normal``: the same by normal approximation
            - ``share_any``: share of people with any such cost
        """
        return self._frame("table")

    def contrasts(self) -> pl.DataFrame:
        """Return differences between periods, by category.

        Returns
        -------
        polars.DataFrame
            The strata, then a row for each period against the placement year,
            and one for the year after it against the year before it.
        """
        return self._frame("contrasts")

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
        return self._frame("price_years")

    def windows(self) -> pl.DataFrame:
        """Return the same means by window and by what becomes of the dead.

        Returns
        -------
        polars.DataFrame
            The strata, then

            - ``window``: ``unbalanced`` (everybody as far as they are observed),
              ``balanced`` (those observed in every period)
            - ``death``: ``zero`` (the dead still count), ``survivors`` (only the time
              of the living; in the balanced window those alive to its end)
            - ``period, category, persons``
            - ``gone, new``: people of period 0 not observed in this one, and the
              other way round
            - ``person_years, total, mean_per_person_year, low, high``
        """
        return self._frame("windows")

    def spread(self) -> pl.DataFrame:
        """Return medians and concentration of people observed in the whole period.

        Returns
        -------
        polars.DataFrame
            The strata, then ``period, persons, share_without`` (any cost), ``median``
            (of amounts rounded by at most 0.4 %), ``top_decile_share`` (of the money).
        """
        return self._frame("spread")

    def sensitivity(self) -> pl.DataFrame:
        """Return the means under the cap, and the money it removes; empty without one.

        Returns
        -------
        polars.DataFrame
            The strata, then ``period, cap, persons_capped, removed, removed_share,
            mean_per_person_year, low, high``.
        """
        return self._frame("sensitivity")

    def diagnostics(self) -> pl.DataFrame:
        """Return what tells of a peak before time zero.

        Returns
        -------
        polars.DataFrame
            The strata, then ``diagnostic`` (``peak_share``: people whose dearest
            period before time zero was the last; ``peak_share_by_chance``;
            ``pre_trend``: the rise from the first period to the one before time
            zero), ``value, low, high, persons``.
        """
        return self._frame("diagnostics")

    def views(self) -> pl.DataFrame:
        """Return means by payer's budget and by society's account; empty unless asked for.

        Returns
        -------
        polars.DataFrame
            The strata, then ``view`` (``budget``, ``societal``), ``payer``,
            ``prices`` (``factor``, ``market``), ``period, mean_per_person_year, low,
            high``. The two views are never added.
        """
        return self._frame("views")

    def present_values(self) -> pl.DataFrame:
        """Return a person's mean costs from time zero on, discounted to it.

        Returns
        -------
        polars.DataFrame
            The strata, then ``view, payer, prices, from_period, to_period, rate``
            (``danish_2023``, or one rate for all years), ``present_value, low, high``.
        """
        return self._frame("present_values")

    def flags(self) -> pl.DataFrame:
        """Return the warnings as data: ``flag, period, english, danish``."""
        return self._frame("flags")

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

    def _first_look(self) -> pl.DataFrame:
        return _view.costs(self.table())

    def __repr__(self) -> str:
        said = "\n".join(f"! {warning}" for warning in self.warnings)
        return f"{super().__repr__()}\n{said}"

    def _repr_html_(self) -> str:
        return _html.costs(self)
