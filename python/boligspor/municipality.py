"""Results of a municipal comparison: who does better than their case mix predicts."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view, disclosure
from boligspor._options import Lang
from boligspor.charts import municipality as charts
from boligspor.definition import Definition
from boligspor.release import Released, Unreleased

__all__ = ["Comparison"]

ComparisonChart: TypeAlias = Literal["funnel", "counts"]
"""The charts that :meth:`Comparison.plot` draws."""


class Comparison(Unreleased):
    """Municipalities side by side. Made by :meth:`Cohort.compare`.

    Examples
    --------
    >>> import boligspor
    >>> tables = boligspor.synth("country", people=2000, seed=7)
    >>> register = boligspor.Register(**tables, observed_until="2023-12-31")
    >>> comparison = register.cohort().compare("odense_vive", horizon=12, costs={"replicates": 0})
    >>> comparison.table()["municipality"][0]
    'K01'
    """

    def __init__(self, core: _core.Comparison, definition: Definition) -> None:
        self._core = core
        self._definition = definition

    @property
    def definition(self) -> Definition:
        """The definition of retention compared."""
        return self._definition

    @property
    def warnings(self) -> list[str]:
        """What a reader must know before using the numbers."""
        return self.warnings_in("en")

    def warnings_in(self, lang: Lang) -> list[str]:
        """Return the warnings in a language."""
        return self._core.warnings(_options.lang(lang))

    def release(self, *, policy: str | os.PathLike[str] = "statistics-denmark") -> Released:
        """Clear the comparison under a policy; only what comes back exports.

        How many, the share lost in whole per cent, the number expected in whole
        events, and ratio, interval and funnel limits computed from these.
        Municipalities that expect few events stand together.

        Parameters
        ----------
        policy
            The name of a shipped policy, or the path of a TOML file.

        Raises
        ------
        DisclosureError
            No proof was found: the message names what to coarsen.
        """
        return Released(self._core.release(disclosure.policy_text(policy)))

    def describe(self, lang: Lang = "en") -> str:
        """Return comparison, definition and cohort in words."""
        return self._core.describe(_options.lang(lang))

    def table(self) -> pl.DataFrame:
        """Return a row for each municipality, in the order of their labels.

        Returns
        -------
        polars.DataFrame
            - ``municipality``: its label
            - ``n``: members
            - ``at_risk, retained, share, low, high``: whose status at the horizon is
              known, the retained of these, and their share with Wilson's interval
            - ``observed, expected, ratio, ratio_low, ratio_high``: not retained,
              against the number that the case mix leads to expect
            - ``model_low, model_high``: bootstrap interval of the ratio with the risk
              model fitted again in each replicate; none from strata
            - ``crude_ratio``: the same with nothing adjusted
            - ``low_95, high_95, low_998, high_998``: funnel limits of the ratio
            - ``signal``: ``inside``, ``look`` (outside 95 %) or ``act`` (outside 99.8 %)
            - ``p_value, false_discovery``: exact; the latter controls the false
              discovery rate
            - ``shrunk, shrunk_low, shrunk_high, reliability``: the ratio pulled towards
              the common one as far as it is unreliable
            - ``above_1_1``: probability that the true ratio exceeds 1.1
            - ``rank, rank_low, rank_high, rankable``: place, the fewest lost first, with
              simultaneous limits; not rankable where they cover over half of all
            - ``best_quarter, worst_quarter``: probabilities of the outer quarters
            - ``small``: fewer people than asked for
            - ``cost_change, cost_low, cost_high``: change per person-year between
              the cost periods
            - ``homeless_year, homeless_per_1000, homeless_low, homeless_high``: the
              latest count per 1,000 inhabitants
        """
        return pl.DataFrame(self._core.table())

    def limits(self) -> pl.DataFrame:
        """Return the funnel: limits of observed/expected over a grid of expected numbers."""
        return pl.DataFrame(self._core.limits())

    def counts(self) -> pl.DataFrame | None:
        """Return homelessness per 1,000 inhabitants by municipality and year, the whole first.

        None where the register has no counts.
        """
        frame = self._core.counts()
        return None if frame is None else pl.DataFrame(frame)

    def trend(self) -> pl.DataFrame | None:
        """Return the latest rate of homelessness over the first, by municipality.

        None where the register has no counts.
        """
        frame = self._core.trend()
        return None if frame is None else pl.DataFrame(frame)

    def risk_model(self) -> pl.DataFrame | None:
        """Return the terms of the risk model, where the expected came from one."""
        return self._more("risk_model")

    def calibration(self) -> pl.DataFrame | None:
        """Return expected and observed in tenths of people by risk, where there is a model."""
        return self._more("calibration")

    def costs(self) -> pl.DataFrame | None:
        """Return mean costs per person in the later period, with the pooled error, shrunken.

        None where the register has no costs.
        """
        return self._more("comparison_costs")

    def by_class(self) -> pl.DataFrame | None:
        """Return observed over expected by class of implementation.

        The interval is clustered by municipality. It is a comparison adjusted for
        case mix, not an effect: the classes differ in more than their class.
        None where the register has no assessments.
        """
        return self._more("outcome_by_class")

    def _more(self, name: str) -> pl.DataFrame | None:
        frame = self._core.more(name)
        return None if frame is None else pl.DataFrame(frame)

    def plot(
        self, kind: ComparisonChart = "funnel", *, lang: Lang = "en", width: int = 520
    ) -> alt.TopLevelMixin:
        """Return a chart, which shows itself in a notebook without internet.

        Parameters
        ----------
        kind
            The ``"funnel"`` of observed over expected, or homelessness ``"counts"``
            per 1,000 inhabitants by year.
        lang
            The language of its words.
        width
            The width of the picture within its axes, in pixels.

        Raises
        ------
        MissingError
            For ``"counts"`` where the register has none.
        """
        kind_, lang_ = _options.choice("kind", kind, ComparisonChart), _options.lang(lang)
        draw = {"funnel": charts.funnel, "counts": charts.counts}
        return draw[kind_](self, lang_, _options.whole("width", width, least=100))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._core.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Comparison: {self.describe()}>\n{_view.text(_view.comparison(self.table()))}"

    def _repr_html_(self) -> str:
        return _html.comparison(self)
