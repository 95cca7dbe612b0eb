"""Comparators of group-time effects: Sun and Abraham, imputation, two-way fixed effects."""

from __future__ import annotations

from typing import Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view
from boligspor.charts import event_study
from boligspor.estimate import _did_columns, _did_warnings
from boligspor.estimate._arrays import ArrayLike, Covariates
from boligspor.estimate._did import Effect
from boligspor.estimate._fit import ChiSquared

__all__ = ["Imputation", "SunAbraham", "Twfe", "imputation_did", "sun_abraham", "twfe"]

WildWeights: TypeAlias = Literal["automatic", "rademacher", "webb"]
"""What the wild bootstrap draws for each cluster."""

_FEW = 40
"""Clusters under which asymptotic errors are too small."""


def sun_abraham(
    unit: ArrayLike,
    period: ArrayLike,
    first_treated: ArrayLike,
    outcome: ArrayLike,
    *,
    covariates: Covariates | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    conf_level: float = 0.95,
) -> SunAbraham:
    """Fit Sun and Abraham's estimator: an effect for each cohort and period, averaged.

    Parameters
    ----------
    unit, period, first_treated, outcome
        As for :func:`att_gt`. The never treated are the controls; units treated
        from the first period on are left out.
    covariates
        Columns that may change over time, held constant in the regression.
    weights
        Weights of rows.
    cluster
        Groups of units that are not independent, besides the unit itself.
    conf_level
        Confidence level of intervals and bands.

    Returns
    -------
    SunAbraham

    Examples
    --------
    >>> from boligspor.estimate import sun_abraham
    >>> fit = sun_abraham(
    ...     unit=[i // 2 for i in range(80)],
    ...     period=[2020, 2021] * 40,
    ...     first_treated=[2021] * 40 + [None] * 40,
    ...     outcome=[i % 7 + (i % 2) * (1 + 2 * (i < 40)) for i in range(80)],
    ... )
    >>> fit.table()["event_time"].to_list()
    [0]
    """
    columns, _ = _did_columns.panel(
        unit,
        period,
        first_treated,
        outcome,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
    )
    return SunAbraham(_core.estimate_sun_abraham(columns, conf_level), conf_level)


def twfe(
    unit: ArrayLike,
    period: ArrayLike,
    first_treated: ArrayLike,
    outcome: ArrayLike,
    *,
    covariates: Covariates | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    conf_level: float = 0.95,
) -> Twfe:
    """Fit two-way fixed effects, for comparison only.

    Its one coefficient averages comparisons of which some use the treated as
    controls; :meth:`Twfe.bacon` shows them.

    Parameters
    ----------
    unit, period, first_treated, outcome, covariates, weights, cluster, conf_level
        As for :func:`sun_abraham`.

    Returns
    -------
    Twfe

    Examples
    --------
    >>> from boligspor.estimate import twfe
    >>> fit = twfe(
    ...     unit=[i // 2 for i in range(80)],
    ...     period=[2020, 2021] * 40,
    ...     first_treated=[2021] * 40 + [None] * 40,
    ...     outcome=[i % 7 + (i % 2) * (1 + 2 * (i < 40)) for i in range(80)],
    ... )
    >>> fit.bacon()["weight"].to_list()
    [1.0]
    """
    columns, _ = _did_columns.panel(
        unit,
        period,
        first_treated,
        outcome,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
    )
    return Twfe(_core.estimate_twfe(columns, conf_level), conf_level)


def imputation_did(
    unit: ArrayLike,
    period: ArrayLike,
    first_treated: ArrayLike,
    outcome: ArrayLike,
    *,
    anticipation: int = 0,
    leads: int = 3,
    covariates: Covariates | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    conf_level: float = 0.95,
) -> Imputation:
    """Estimate effects by imputation (Borusyak, Jaravel & Spiess 2024).

    What the treated would have had is predicted from rows not yet treated, by
    effects of units and periods.

    Parameters
    ----------
    unit, period, first_treated, outcome, covariates, weights, cluster, conf_level
        As for :func:`sun_abraham`.
    anticipation
        Periods before treatment that are not used to predict.
    leads
        How many periods before that to test for a trend.

    Returns
    -------
    Imputation

    Examples
    --------
    >>> from boligspor.estimate import imputation_did
    >>> fit = imputation_did(
    ...     unit=[i // 2 for i in range(80)],
    ...     period=[2020, 2021] * 40,
    ...     first_treated=[2021] * 40 + [None] * 40,
    ...     outcome=[i % 7 + (i % 2) * (1 + 2 * (i < 40)) for i in range(80)],
    ... )
    >>> fit.table()["event_time"].to_list()
    [0]
    """
    columns, _ = _did_columns.panel(
        unit,
        period,
        first_treated,
        outcome,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
    )
    core = _core.estimate_imputation(
        columns,
        _options.whole("anticipation", anticipation, least=0),
        _options.whole("leads", leads, least=0),
        conf_level,
    )
    return Imputation(core)


class _Comparator:
    """What every comparator offers."""

    _title: str
    _text: str
    _base: int | None = -1

    def __init__(self, table: pl.DataFrame, overall: Effect, clusters: int) -> None:
        self._table, self._overall, self._clusters = table, overall, clusters
        if clusters < _FEW:
            remedy = self._remedy()
            text = f"only {clusters} clusters: asymptotic standard errors are too small below about"
            _did_warnings.warned([("few-clusters", None, None, f"{text} {_FEW}; {remedy}")])

    def _remedy(self) -> str:
        return "small_cluster() has CR2 and the wild bootstrap"

    @property
    def overall(self) -> Effect:
        """The one number."""
        return self._overall

    def describe(self) -> str:
        """Return in one sentence what was estimated, and how."""
        return self._text

    def table(self) -> pl.DataFrame:
        """Return effects by periods since treatment.

        Returns
        -------
        polars.DataFrame
            ``event_time, estimate, std_error, low, high`` for each alone,
            ``band_low, band_high`` for all at once, and ``rows`` of treated units.
        """
        return self._table

    def _shown(self) -> pl.DataFrame:
        """Return the effects with the base period among them."""
        shown = self._table.with_columns(is_base=pl.lit(value=False))
        if self._base is None or self._base in shown["event_time"]:
            return shown
        base = pl.DataFrame(
            [{"event_time": self._base, "estimate": 0.0, "is_base": True}],
            schema_overrides={"event_time": pl.Int64},
        )
        return pl.concat([shown, base], how="diagonal").sort("event_time")

    def _pre_trend(self) -> ChiSquared | None:
        return None

    def plot(self, *, width: int = 560) -> alt.TopLevelMixin:
        """Return the event study as an Altair chart."""
        return event_study.draw(
            self._shown(),
            kind="dynamic",
            overall=None,
            pre_trend=self._pre_trend(),
            notes=[self.describe()],
            width=_options.whole("width", width, least=100),
            title=self._title,
            subtitle=None if self._pre_trend() else "",
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        e = self._overall
        said = f"Overall: {_html.number(e.estimate, 4)} (error {e.std_error or float('nan'):.4f})"
        return f"<{type(self).__name__}>\n{self.describe()}\n{said}\n{_view.text(self._table)}"

    def _repr_html_(self) -> str:
        return _html.table(self._table) + _html.note(self.describe())


class SunAbraham(_Comparator):
    """Cohort effects averaged by periods since treatment. Made by :func:`sun_abraham`."""

    _title = "Effect of treatment (Sun & Abraham)"
    _text = (
        "Effect of each cohort and period against the period before treatment, with effects of "
        "units and periods, the never treated as controls; averaged by the cohorts' rows, whose "
        "shares the errors take as given (Sun & Abraham 2021)."
    )

    def __init__(self, core: _core.SunAbraham, level: float) -> None:
        self._core, self._level = core, level
        super().__init__(pl.DataFrame(core.event_study()), Effect(*core.overall()), core.size()[1])

    def by_cohort(self) -> pl.DataFrame:
        """Return the mean effect of each cohort after treatment."""
        return pl.DataFrame(self._core.by_cohort())

    def covariates(self) -> pl.DataFrame:
        """Return the covariates' coefficients: ``estimate, std_error``."""
        rows = self._core.covariates()
        return pl.DataFrame(rows, schema=["estimate", "std_error"], orient="row")

    def small_cluster(
        self, *, replicates: int = 9999, weights: WildWeights = "automatic", seed: int = 0
    ) -> pl.DataFrame:
        """Judge each effect from few clusters.

        Parameters
        ----------
        replicates, seed
            Of the wild cluster bootstrap.
        weights
            ``"rademacher"`` signs, ``"webb"`` six points, or by the number of
            clusters.

        Returns
        -------
        polars.DataFrame
            ``event_time, estimate, std_error`` (CR2), ``df`` (Satterthwaite),
            ``p_value, low, high`` by t, ``wild_p_value`` with the null imposed,
            ``clusters``.
        """
        return _small_cluster(self._core, replicates, weights, seed, self._level)


class Twfe(_Comparator):
    """Two-way fixed effects, for comparison. Made by :func:`twfe`."""

    _title = "Two-way fixed effects"
    _text = (
        "Two-way fixed effects, for comparison only: with effects that differ between groups or "
        "grow over time its coefficients mix them, with weights that may be negative. bacon() "
        "shows the comparisons that its one coefficient is made of (Goodman-Bacon 2021)."
    )

    def __init__(self, core: _core.Twfe, level: float) -> None:
        self._core, self._level = core, level
        super().__init__(pl.DataFrame(core.event_study()), Effect(*core.overall()), core.clusters())

    def bacon(self) -> pl.DataFrame | None:
        """Return the comparisons that the one coefficient is made of.

        Returns
        -------
        polars.DataFrame or None
            ``kind, group, control, estimate, weight``; None with gaps, weights
            or covariates, for which the decomposition does not hold.
        """
        found = self._core.bacon()
        return None if found is None else pl.DataFrame(found)

    def small_cluster(
        self, *, replicates: int = 9999, weights: WildWeights = "automatic", seed: int = 0
    ) -> pl.DataFrame:
        """Judge the one coefficient (``event_time`` null) and each period from few clusters.

        Parameters and columns are those of :meth:`SunAbraham.small_cluster`.
        """
        return _small_cluster(self._core, replicates, weights, seed, self._level)


class Imputation(_Comparator):
    """Effects by imputation. Made by :func:`imputation_did`."""

    _title = "Effect of treatment (imputation)"
    _base = None

    def __init__(self, core: _core.Imputation) -> None:
        self._core = core
        clusters, left_out = core.size()
        self._text = (
            "Outcome of the treated less what effects of units and periods, estimated from rows "
            "not yet treated, predict for them; conservative errors (Borusyak, Jaravel & Spiess "
            "2024)."
        )
        if left_out:
            self._text += f" {left_out:,} treated rows could not be predicted and are left out."
        super().__init__(pl.DataFrame(core.event_study()), Effect(*core.overall()), clusters)

    def _remedy(self) -> str:
        return "compare with sun_abraham, whose small_cluster() has CR2 and the wild bootstrap"

    def leads(self) -> pl.DataFrame:
        """Return coefficients of the last periods before treatment, from untreated rows."""
        return pl.DataFrame(self._core.leads())

    def pre_trend(self) -> ChiSquared | None:
        """Test that the leads are all zero."""
        return self._pre_trend()

    def _pre_trend(self) -> ChiSquared | None:
        found = self._core.pre_trend()
        return None if found is None else ChiSquared(*found)

    def _shown(self) -> pl.DataFrame:
        both = [self.leads(), self._table]
        return pl.concat(both, how="diagonal").with_columns(is_base=pl.lit(value=False))


def _small_cluster(
    core: _core.SunAbraham | _core.Twfe, replicates: int, weights: str, seed: int, level: float
) -> pl.DataFrame:
    chosen = _options.choice("weights", weights, WildWeights)
    number = _options.whole("replicates", replicates, least=99)
    found = core.small_cluster(number, chosen, _options.whole("seed", seed, least=0), level)
    return pl.DataFrame(found)
