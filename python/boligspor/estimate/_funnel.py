"""Funnel plots: which units differ by more than chance allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view
from boligspor.charts import funnel as charts
from boligspor.charts.look import pick
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike

__all__ = ["Funnel", "MeanFunnel", "false_discovery", "funnel", "mean_funnel"]

FunnelLimits: TypeAlias = Literal["exact", "gamma-poisson", "normal", "inverted"]
"""Which limits are drawn."""

Widening: TypeAlias = Literal["additive", "multiplicative"]
"""How limits allow for excess variation."""

Extremes: TypeAlias = Literal["winsorise", "trim", "keep"]
"""What is done with extreme scores before excess variation is estimated."""

FunnelScale: TypeAlias = Literal["square-root", "log", "identity"]
"""The scale of scores of ratios; shares are on the arcsine of their root."""

Dependence: TypeAlias = Literal["positive", "any"]
"""How tests may depend on one another."""

_POINTS = 80


def funnel(
    observed: ArrayLike,
    expected: ArrayLike | None = None,
    *,
    n: ArrayLike | None = None,
    target: float | None = None,
    levels: Sequence[float] = (0.95, 0.998),
    limits: FunnelLimits = "exact",
    overdispersion: Widening | None = None,
    extremes: Extremes = "winsorise",
    extremes_share: float = 0.1,
    scale: FunnelScale = "square-root",
    units: ArrayLike | None = None,
) -> Funnel:
    """Hold each unit against what chance allows one of its size.

    Give ``expected`` for ratios of observed to expected counts (Poisson), or
    ``n`` for shares (binomial).

    Parameters
    ----------
    observed
        Events, or successes of ``n``.
    expected
        Events expected of each unit.
    n
        Size of each unit.
    target
        The share all are held against; by default the pooled share.
    levels
        Levels of the limits, any number of them.
    limits
        ``"exact"``: predictive limits interpolated between counts (Spiegelhalter
        2005); ``"gamma-poisson"``: exact limits where true ratios vary, for tiny
        counts; ``"normal"`` (shares) and ``"inverted"`` (ratios) are for
        comparison with published figures: the inverted ones raise 13 to 31 %
        false alarms at small expected counts.
    overdispersion
        ``"additive"`` adds a variance between units (DerSimonian and Laird),
        ``"multiplicative"`` multiplies; where none is found limits stay exact.
    extremes, extremes_share
        ``"winsorise"``, ``"trim"`` or ``"keep"`` the share of extreme scores at
        each end before excess variation is estimated.
    scale
        The scale of scores of ratios.
    units
        Names of the units; numbers from 1 by default.

    Returns
    -------
    Funnel

    Examples
    --------
    >>> from boligspor.estimate import funnel
    >>> found = funnel([0, 12, 40], [3.0, 10.0, 20.0], units=["A", "B", "C"])
    >>> found.table()["signal"].to_list()
    ['inside', 'inside', 'act']
    >>> round(float(found.limits([10.0])["high_95"][0]), 4)
    1.616
    """
    if (expected is None) == (n is None):
        raise _options.refuse(
            "expected", "or `n` must be given, not both", "ratios take expected, shares take n"
        )
    counts = _arrays.whole_numbers("observed", observed)
    ordered = sorted(float(level) for level in levels)
    ends: object = _options.choice("extremes", extremes, Extremes)
    if ends != "keep":
        ends = {ends: float(extremes_share)}
    widened = overdispersion
    chosen = _arrays.options(
        levels=ordered,
        limits=_options.choice("limits", limits, FunnelLimits),
        target=None if target is None else float(target),
        overdispersion=None
        if widened is None
        else _options.choice("overdispersion", widened, Widening),
        extremes=ends,
        scale=_options.choice("scale", scale, FunnelScale),
    )
    given = None if expected is None else _arrays.numbers("expected", expected).to_list()
    size = None if n is None else _arrays.whole_numbers("n", n)
    core = _core.Profile(counts, given, size, chosen)
    names = _arrays.units("units", units, len(counts))
    return Funnel(core, counts, names, ordered, shares=n is not None)


class Funnel:
    """Units against the limits of chance. Made by :func:`funnel`."""

    def __init__(
        self,
        core: _core.Profile,
        observed: list[int],
        units: pl.Series,
        levels: list[float],
        *,
        shares: bool,
    ) -> None:
        self._core, self._levels, self._shares = core, levels, shares
        rows = core.units()
        limits = core.limits([row[1] for row in rows])
        size, value = ("n", "share") if shares else ("expected", "ratio")
        sized = pl.Series(size, [row[1] for row in rows], dtype=pl.Float64)
        self._table = pl.DataFrame(
            [
                units.alias("unit"),
                pl.Series("observed", observed, dtype=pl.Int64),
                sized.cast(pl.Int64) if shares else sized,
                pl.Series(value, [row[0] for row in rows], dtype=pl.Float64),
                *_columns(limits, levels),
                pl.Series("z", [row[2] for row in rows], dtype=pl.Float64),
                pl.Series("p_value", [row[3] for row in rows], dtype=pl.Float64),
                pl.Series("false_discovery", [row[4] for row in rows], dtype=pl.Float64),
                pl.Series("outside", [row[5] for row in rows], dtype=pl.Int64),
            ]
        ).with_columns(signal=_signal(len(levels)))

    @property
    def target(self) -> float:
        """What all are held against: 1, or the share."""
        return self._core.target()

    @property
    def phi(self) -> float | None:
        """Mean squared score: 1 by chance alone. None for a single unit."""
        excess = self._core.excess()
        return None if excess is None else excess[0]

    @property
    def tau2(self) -> float | None:
        """Variance between units, on the scale of the scores. None for a single unit."""
        excess = self._core.excess()
        return None if excess is None else excess[1]

    def table(self) -> pl.DataFrame:
        """Return a row for each unit.

        Returns
        -------
        polars.DataFrame
            ``unit, observed, expected, ratio`` (or ``n, share``), limits at each
            level (``low_95, high_95, low_998, high_998``), ``z``, ``p_value``,
            ``false_discovery`` (the P value with the false discovery rate
            controlled), ``outside`` (how many limits it lies outside) and
            ``signal``: ``inside``, ``look`` or, outside the outermost, ``act``.
        """
        return self._table

    def limits(self, sizes: ArrayLike | None = None) -> pl.DataFrame:
        """Return limits for units of any size; by default over the range of these."""
        name = "n" if self._shares else "expected"
        if sizes is None:
            grid = _grid(self._table[name].cast(pl.Float64), whole=self._shares)
        else:
            grid = _arrays.numbers("sizes", sizes).to_list()
        columns = _columns(self._core.limits(grid), self._levels)
        return pl.DataFrame([pl.Series(name, grid, dtype=pl.Float64), *columns])

    def plot(self, *, lang: _options.Lang = "en", width: int = 520) -> alt.TopLevelMixin:
        """Return the funnel as an Altair chart."""
        lang_ = _options.lang(lang)
        size, value = ("n", "share") if self._shares else ("expected", "ratio")
        points = self._table.select(
            "unit", "outside", size=pl.col(size), value=pl.col(value), small=pl.lit(value=False)
        )
        words = charts.FunnelWords(
            title=pick(lang_, "Tragtdiagram", "Funnel plot"),
            x=pick(lang_, "Antal", "Number")
            if self._shares
            else pick(lang_, "Ventet antal", "Expected number"),
            y=pick(lang_, "Andel", "Share")
            if self._shares
            else pick(lang_, "Observeret / ventet", "Observed / expected"),
            levels=self._levels,
            notes=[self._note(lang_)],
        )
        curve = _numbered(self.limits(), size, self._levels)
        top = None if self._shares else max(2.5, min(4.0, 1.08 * _largest(points["value"])))
        return charts.draw(
            points,
            curve,
            words,
            centre=self.target,
            lang=lang_,
            width=_options.whole("width", width, least=100),
            top=top,
            bottom=None if self._shares else 0.0,
            shares=self._shares,
        )

    def _note(self, lang: str = "en") -> str:
        found = "" if self.phi is None else f" φ = {self.phi:.2f}, τ² = {self.tau2:.3g}."
        return pick(
            lang,
            "Grænserne viser, hvad tilfældet tillader. Uden for 95 %: se efter; uden for "
            "99,8 %: handl." + found,
            "The limits show what chance allows. Outside 95 %: look; outside 99.8 %: act." + found,
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Funnel of {self._table.height} units>\n{_view.text(self._table)}"

    def _repr_html_(self) -> str:
        return _html.table(self._table, shares={"share"}) + _html.note(self._note())


def mean_funnel(
    values: ArrayLike,
    unit: ArrayLike,
    *,
    expected: ArrayLike | None = None,
    levels: Sequence[float] = (0.95, 0.998),
    draws: int = 4000,
    seed: int = 0,
) -> MeanFunnel:
    """Hold each unit's mean against what its people lead to expect: for costs.

    No distribution fits costs, so the limits are found by drawing as many of
    everybody's residuals as the unit has people, again and again. Errors use the
    pooled variance between people over ``n``: a small unit's own is itself too
    uncertain.

    Parameters
    ----------
    values
        One row a person.
    unit
        The unit each person belongs to.
    expected
        What each person's case mix leads to expect; by default everybody's mean.
    levels
        Levels of the limits.
    draws, seed
        Of the resampling; fewer than some 2,000 draws leave 99.8 % rough.

    Returns
    -------
    MeanFunnel

    Examples
    --------
    >>> from boligspor.estimate import mean_funnel
    >>> costs = [0, 0, 10, 0, 90, 0, 20, 0, 30, 0]
    >>> found = mean_funnel(costs, list("aaaaabbbbb"), draws=500)
    >>> found.table().select("unit", "n", "difference").rows()
    [('a', 5, 5.0), ('b', 5, -5.0)]
    """
    amounts = _arrays.numbers("values", values)
    units = _arrays.units("unit", unit, len(amounts))
    if expected is None:
        wanted = pl.Series([amounts.mean()] * len(amounts), dtype=pl.Float64)
    else:
        wanted = _arrays.numbers("expected", expected)
    frame = _arrays.frame({"unit": units, "value": amounts, "expected": wanted})
    residuals = (frame["value"] - frame["expected"]).to_list()
    table = frame.group_by("unit", maintain_order=True).agg(
        n=pl.len().cast(pl.Int64), mean=pl.col("value").mean(), expected=pl.col("expected").mean()
    )
    ordered = sorted(float(level) for level in levels)
    smallest, largest = _ends_of(table["n"])
    grid = sorted({round(v) for v in _spaced(smallest, largest)} | set(table["n"].to_list()))
    limits = _core.resampled_limits(
        residuals,
        grid,
        ordered,
        _options.whole("draws", draws, least=100),
        _options.whole("seed", seed, least=0),
    )
    return MeanFunnel(table, residuals, grid, limits, ordered)


class MeanFunnel:
    """Units' means against the limits of chance. Made by :func:`mean_funnel`."""

    def __init__(
        self,
        table: pl.DataFrame,
        residuals: list[float],
        grid: list[int],
        limits: list[list[tuple[float, float]]],
        levels: list[float],
    ) -> None:
        self._levels = levels
        self._limits = pl.DataFrame([pl.Series("n", grid), *_columns(limits, levels)])
        spread = pl.Series(residuals, dtype=pl.Float64).std() or 0.0
        joined = table.join(self._limits, on="n", how="left", maintain_order="left")
        difference = pl.col("mean") - pl.col("expected")
        outside = sum(
            (
                (pl.col("difference") < pl.col(f"low_{_suffix(level)}"))
                | (pl.col("difference") > pl.col(f"high_{_suffix(level)}"))
            ).cast(pl.Int64)
            for level in levels
        )
        self._table = (
            joined.with_columns(
                difference=difference, std_error=pl.lit(spread) / pl.col("n").sqrt()
            )
            .with_columns(outside=outside)
            .with_columns(signal=_signal(len(levels)))
            .select(
                *("unit", "n", "mean", "expected", "difference", "std_error"),
                *(c for c in self._limits.columns if c != "n"),
                *("outside", "signal"),
            )
        )

    def table(self) -> pl.DataFrame:
        """Return a row for each unit.

        Returns
        -------
        polars.DataFrame
            ``unit, n, mean, expected, difference, std_error`` (pooled), limits of
            the difference at each level, ``outside``, ``signal``.
        """
        return self._table

    def limits(self) -> pl.DataFrame:
        """Return limits of the difference by number of people."""
        return self._limits

    def plot(self, *, lang: _options.Lang = "en", width: int = 520) -> alt.TopLevelMixin:
        """Return the funnel as an Altair chart."""
        lang_ = _options.lang(lang)
        points = self._table.select(
            "unit", "outside", size="n", value="difference", small=pl.lit(value=False)
        )
        words = charts.FunnelWords(
            title=pick(lang_, "Gennemsnit mod ventet", "Mean against expected"),
            x=pick(lang_, "Personer", "People"),
            y=pick(lang_, "Forskel fra ventet", "Difference from expected"),
            levels=self._levels,
            notes=[_MEANS if lang_ == "en" else _MEANS_DA],
        )
        return charts.draw(
            points,
            _numbered(self._limits, "n", self._levels),
            words,
            centre=0.0,
            lang=lang_,
            width=_options.whole("width", width, least=100),
            bottom=None,
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<MeanFunnel of {self._table.height} units>\n{_view.text(self._table)}"

    def _repr_html_(self) -> str:
        return _html.table(self._table) + _html.note(_MEANS)


_MEANS = "Limits by resampling everybody's residuals; errors by the pooled variance between people."
_MEANS_DA = (
    "Grænser ved gentagne træk af alles afvigelser; fejl efter den fælles varians mellem personer."
)


def false_discovery(p_values: ArrayLike, *, dependence: Dependence = "positive") -> pl.Series:
    """Return P values adjusted to control the false discovery rate.

    Parameters
    ----------
    p_values
        One of each test.
    dependence
        ``"positive"``: independent or positively dependent (Benjamini and
        Hochberg); ``"any"``: whatever the dependence (Benjamini and Yekutieli).

    Returns
    -------
    polars.Series
        In the order given; rejecting those at or below q keeps the expected
        share of false alarms among alarms at or below q.

    Examples
    --------
    >>> from boligspor.estimate import false_discovery
    >>> false_discovery([0.01, 0.5, 0.04]).to_list()
    [0.03, 0.5, 0.06]
    """
    given = _arrays.numbers("p_values", p_values).to_list()
    chosen = _options.choice("dependence", dependence, Dependence)
    return pl.Series("false_discovery", _core.false_discovery(given, chosen), dtype=pl.Float64)


def _suffix(level: float) -> str:
    """Write a level as the columns do: 0.95 is 95, 0.998 is 998."""
    return f"{level:.10f}".rstrip("0").partition(".")[2].ljust(2, "0")


def _columns(limits: list[list[tuple[float, float]]], levels: list[float]) -> list[pl.Series]:
    return [
        pl.Series(f"{end}_{_suffix(level)}", [row[i][k] for row in limits], dtype=pl.Float64)
        for i, level in enumerate(levels)
        for k, end in enumerate(("low", "high"))
    ]


def _numbered(limits: pl.DataFrame, size: str, levels: list[float]) -> pl.DataFrame:
    named = {
        f"{end}_{_suffix(level)}": f"{end}_{i}"
        for i, level in enumerate(levels)
        for end in ("low", "high")
    }
    return limits.rename(named | ({} if size == "size" else {size: "size"}))


def _signal(levels: int) -> pl.Expr:
    outside = pl.col("outside")
    return (
        pl.when(outside == 0)
        .then(pl.lit("inside"))
        .when((outside == levels) & pl.lit(levels > 1))
        .then(pl.lit("act"))
        .otherwise(pl.lit("look"))
    )


def _ends_of(sizes: pl.Series) -> tuple[float, float]:
    return max(_largest(-sizes) * -1, 1e-9), _largest(sizes)


def _largest(values: pl.Series) -> float:
    found = values.cast(pl.Float64).max()
    return float(found) if isinstance(found, float) else 1.0


def _spaced(smallest: float, largest: float) -> list[float]:
    # Evenly in the logarithm: the limits bend most where units are small.
    low, high = math.log(smallest), math.log(largest * 1.05)
    return [math.exp(low + (high - low) * i / _POINTS) for i in range(_POINTS + 1)]


def _grid(sizes: pl.Series, *, whole: bool) -> list[float]:
    smallest, largest = _ends_of(sizes)
    grid = _spaced(max(smallest * 0.8, largest / 1000), largest)
    return sorted({float(max(1, round(v))) for v in grid}) if whole else grid
