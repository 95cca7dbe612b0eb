"""Who pays what under several sets of refund rules."""

from __future__ import annotations

import altair as alt
import polars as pl

from boligspor import _core, _html, _options
from boligspor._options import Lang
from boligspor._result import Result
from boligspor.charts import refunds as charts

__all__ = ["WhoPays"]


class WhoPays(Result):
    """The same stays under several sets of refund rules. Made by :meth:`Cohort.who_pays`.

    Examples
    --------
    >>> import boligspor
    >>> tables = boligspor.synth("odense_like", people=200, seed=7)
    >>> register = boligspor.Register(**tables, observed_until="2023-12-31")
    >>> paid = register.cohort().who_pays(["none", "before_2023"], replicates=0)
    >>> paid.table()["rules"].unique(maintain_order=True).to_list()
    ['none', 'before_2023']
    """

    def __init__(self, core: _core.Tables, sets: list[str]) -> None:
        super().__init__(core)
        self._sets = sets

    @property
    def sets(self) -> list[str]:
        """The sets of rules, in the order asked for."""
        return list(self._sets)

    def table(self) -> pl.DataFrame:
        """Return the table of a cost trajectory for each set, ``rules`` its first column."""
        return self._frame("table")

    def changes(self) -> pl.DataFrame:
        """Return what each payer pays more under every other set than under the first.

        Returns
        -------
        polars.DataFrame
            The strata, then ``from_rules, to_rules, period, payer, difference``
            (money on observed days), ``difference_per_person_year, low, high``
            (95 %, by the same bootstrap of persons under both sets).
        """
        return self._frame("changes")

    def days(self) -> pl.DataFrame:
        """Return days by set, rule and calendar year.

        Returns
        -------
        polars.DataFrame
            ``rules, rule, year, days`` (in force and used), ``refunded_days,
            people`` (with a refunded day).
        """
        return self._frame("days")

    def rules(self) -> pl.DataFrame:
        """Return the rules with source, certainty and assumptions."""
        return self._frame("rules")

    def plot(self, *, lang: Lang = "en", width: int = 420) -> alt.TopLevelMixin:
        """Return a bar a set of rules, the payers stacked, as an Altair chart.

        Parameters
        ----------
        lang
            The language of its words.
        width
            The width of the picture within its axes, in pixels.
        """
        return charts.stacks(self, _options.lang(lang), _options.whole("width", width, least=100))

    def _first_look(self) -> pl.DataFrame:
        return charts.paid(self.table()).sort("rules", "payer")

    def _repr_html_(self) -> str:
        return _html.who_pays(self)
