"""What could be wrong with a difference in differences: base, peak, trends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view
from boligspor.charts import look
from boligspor.estimate import _arrays, _did_columns, _did_warnings
from boligspor.estimate._arrays import ArrayLike, Covariates
from boligspor.estimate._did import Control, Effect, Method
from boligspor.estimate._did_warnings import DidWarning

__all__ = ["BaseSensitivity", "Peak", "base_sensitivity", "peak_diagnostic"]

_PEAK = (
    "units enter at a peak of their own, so that what follows falls by itself: compare with units "
    "not treated, from a base before the peak (base_sensitivity), and do not match on the last "
    "outcomes"
)


def base_sensitivity(
    unit: ArrayLike | None,
    period: ArrayLike,
    first_treated: ArrayLike,
    outcome: ArrayLike,
    *,
    bases: Sequence[int] = (-1, -2, -3),
    control: Control = "never",
    covariates: Covariates | None = None,
    method: Method = "dr",
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    bootstrap: int | None = None,
    seed: int | None = None,
    conf_level: float = 0.95,
) -> BaseSensitivity:
    """Estimate the same effects from several base periods, side by side.

    People enter when something peaks; measured from the peak what follows falls
    by itself. If estimates from one, two and three periods before treatment
    differ, the last periods before it are no fair base.

    Parameters
    ----------
    unit, period, first_treated, outcome, control, covariates, method
        As for :func:`att_gt`; the base is universal.
    bases
        Base periods, in periods since treatment, negative. Only groups that
        have them all are used, so that rows differ by base alone.
    weights, cluster, bootstrap, seed, conf_level
        As for :func:`att_gt`.

    Returns
    -------
    BaseSensitivity

    Examples
    --------
    Forty units that peak the period before treatment, and forty that do not:

    >>> from boligspor.estimate import base_sensitivity
    >>> found = base_sensitivity(
    ...     unit=[i // 4 for i in range(320)],
    ...     period=[1, 2, 3, 4] * 80,
    ...     first_treated=[4] * 160 + [None] * 160,
    ...     outcome=[i % 5 + 9 * (i < 160 and i % 4 == 2) for i in range(320)],
    ... )
    >>> found.table().select("base", pl.col("estimate").round(6)).rows()
    [(-1, -9.0), (-2, 0.0), (-3, 0.0)]
    """
    ahead = [-_options.whole("bases", b) - 1 for b in bases]
    if not ahead or min(ahead) < 0:
        raise _options.refuse("bases", "holds other than negative numbers", "give -1, -2, -3")
    columns, _ = _did_columns.panel(
        unit,
        period,
        first_treated,
        outcome,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
    )
    chosen = _arrays.options(
        control=_options.choice("control", control, Control),
        method=_options.choice("method", method, Method),
        level=conf_level,
        bootstrap=None if bootstrap is None else _options.whole("bootstrap", bootstrap, least=2),
        seed=0 if seed is None else _options.whole("seed", seed, least=0),
    )
    rows, warnings = _core.estimate_base_sensitivity(columns, chosen, ahead)
    found = [(base, Effect(*overall), pl.DataFrame(frame)) for base, overall, frame in rows]
    return BaseSensitivity(found, _did_warnings.warned(warnings))


class BaseSensitivity:
    """Effects from several base periods. Made by :func:`base_sensitivity`."""

    def __init__(
        self, rows: list[tuple[int, Effect, pl.DataFrame]], warnings: list[DidWarning]
    ) -> None:
        self._rows, self._warnings = rows, warnings

    @property
    def warnings(self) -> list[DidWarning]:
        """What a reader must know about the data and the cells."""
        return list(self._warnings)

    def describe(self) -> str:
        """Return in one sentence what was compared."""
        return (
            "The mean effect after treatment measured from several base periods, each universal, "
            "for the groups that have them all. Estimates that change with the base speak of a "
            "peak or a trend before treatment, not of its effect."
        )

    def table(self) -> pl.DataFrame:
        """Return the mean effect after treatment from each base.

        Returns
        -------
        polars.DataFrame
            ``base, estimate, std_error, low, high``.
        """
        return pl.DataFrame(
            [
                {
                    "base": base,
                    "estimate": effect.estimate,
                    "std_error": effect.std_error,
                    "low": effect.low,
                    "high": effect.high,
                }
                for base, effect, _ in self._rows
            ]
        )

    def event_studies(self) -> pl.DataFrame:
        """Return the event study from each base, with the base in front."""
        named = (
            frame.insert_column(0, pl.lit(base).alias("base"))
            for base, _, frame in (
                (base, effect, frame.clone()) for base, effect, frame in self._rows
            )
        )
        return pl.concat(named)

    def plot(self, *, width: int = 560) -> alt.TopLevelMixin:
        """Return the event studies from each base in one Altair chart."""
        shown = self.event_studies().with_columns(
            name=pl.format("base {}", pl.col("base").cast(pl.String).str.replace("-", "−")),  # noqa: RUF001
            place=pl.col("event_time") + 0.18 * (pl.col("base") - pl.col("base").mean()),
        )
        names = shown["name"].unique(maintain_order=True).to_list()
        scale = alt.Scale(domain=names, range=look.PALETTE[: len(names)])
        colour = alt.Color("name:N", scale=scale, legend=alt.Legend(orient="top"))
        times = sorted(set(shown["event_time"].to_list()))
        axis = alt.Axis(title="Periods since treatment", values=times, grid=False, format="d")
        x = alt.X("place:Q", axis=axis)
        y = alt.Y("estimate:Q", axis=look.number_axis("en"))
        base = alt.Chart(shown)
        zero = alt.Chart(pl.DataFrame({"y": [0.0]})).mark_rule(color=look.AXIS).encode(y="y:Q")
        rule = base.mark_rule(strokeWidth=2).encode(x=x, y="low:Q", y2="high:Q", color=colour)
        point = base.mark_point(filled=True, size=55, opacity=1).encode(x=x, y=y, color=colour)
        sized = alt.layer(zero, rule, point).properties(
            width=_options.whole("width", width, least=100), height=280
        )
        said = ", ".join(
            f"{_html.number(e.estimate, 2)} from base {str(b).replace('-', '−')}"  # noqa: RUF001
            for b, e, _ in self._rows
        )
        notes = [f"Mean after treatment: {said}.", self.describe()]
        return look.finish(
            [sized], title="The same effect from several bases", notes=notes, width=width
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<BaseSensitivity>\n{self.describe()}\n{_view.text(self.table())}"

    def _repr_html_(self) -> str:
        said = _html.warnings(str(w) for w in self._warnings)
        return _html.table(self.table()) + _html.note(self.describe()) + said


@dataclass(frozen=True, repr=False)
class Peak:
    """Signs that units enter at a peak. Made by :func:`peak_diagnostic`.

    Attributes
    ----------
    units
        Treated units seen in the last period before treatment and before it.
    trend
        Mean change per period within units before treatment.
    excess
        How far the last period before treatment lies above the unit's earlier
        ones: what falls away by itself if it is transitory.
    share_at_maximum, expected_share, p_value
        Share of units at their own maximum in the last period before treatment,
        the share if every period were as likely, and the test of the two.
    at_peak
        Whether that share is above chance and the last period above the others.
    """

    units: int
    trend: Effect
    excess: Effect
    share_at_maximum: float
    expected_share: float
    p_value: float
    at_peak: bool
    means: pl.DataFrame

    def describe(self) -> str:
        """Return the finding in words."""
        share, chance = (f"{100 * s:.0f} %" for s in (self.share_at_maximum, self.expected_share))
        text = (
            f"Of {self.units:,} treated units {share} have their highest outcome before treatment "
            f"in the last period before it; by chance it would be {chance}. That period lies "
            f"{_html.number(self.excess.estimate, 2)} above their earlier ones."
        )
        return f"{text} In short, {_PEAK}." if self.at_peak else text

    def table(self) -> pl.DataFrame:
        """Return mean outcomes before treatment: ``event_time, mean, units``."""
        return self.means

    def __repr__(self) -> str:
        return f"<Peak>\n{self.describe()}\n{_view.text(self.means)}"

    def _repr_html_(self) -> str:
        return _html.table(self.means) + _html.note(self.describe())


def peak_diagnostic(
    unit: ArrayLike,
    period: ArrayLike,
    first_treated: ArrayLike,
    outcome: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    conf_level: float = 0.95,
) -> Peak:
    """Look for entry at a peak, before any outcome after treatment is looked at.

    The units' own outcomes are looked at as they are: where everybody's rise over
    time, take that rise out first, or it looks like a peak.

    Parameters
    ----------
    unit, period, first_treated, outcome, weights
        As for :func:`att_gt`; the never treated are not looked at.
    conf_level
        Confidence level of intervals, and of what counts as above chance.

    Returns
    -------
    Peak
        Warns with :class:`PeakWarning` where there is one.

    Examples
    --------
    >>> from boligspor.estimate import peak_diagnostic
    >>> found = peak_diagnostic(
    ...     unit=[i // 4 for i in range(40)],
    ...     period=[1, 2, 3, 4] * 10,
    ...     first_treated=[4] * 40,
    ...     outcome=[i * 7 % 11 for i in range(40)],
    ... )
    >>> round(found.expected_share, 3)
    0.333
    """
    columns, _ = _did_columns.panel(unit, period, first_treated, outcome, weights=weights)
    frame, numbers = _core.estimate_peak(columns, conf_level)
    units, trend, excess, share, expected, p_value, at_peak = numbers
    if at_peak:
        _did_warnings.warned([("peak", None, None, _PEAK)])
    return Peak(
        units,
        Effect(*trend),
        Effect(*excess),
        share,
        expected,
        p_value,
        at_peak,
        pl.DataFrame(frame),
    )
