"""Shrinkage and ranks: what a small unit's figure is worth, and its place."""

from __future__ import annotations

from typing import Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view
from boligspor.charts import look
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike

__all__ = ["Ranks", "Shrinkage", "ranks", "shrinkage"]

Between: TypeAlias = Literal["reml", "ml", "der-simonian-laird", "paule-mandel"]
"""How the variance between units is estimated in the normal-normal model."""


def shrinkage(
    observed: ArrayLike | None = None,
    expected: ArrayLike | None = None,
    *,
    n: ArrayLike | None = None,
    estimates: ArrayLike | None = None,
    std_errors: ArrayLike | None = None,
    method: Between = "reml",
    conf_level: float = 0.95,
    units: ArrayLike | None = None,
) -> Shrinkage:
    """Pull each unit's figure towards the common one as far as it is unreliable.

    Give ``observed`` and ``expected`` for ratios (gamma-Poisson), ``observed``
    and ``n`` for shares (beta-binomial), or ``estimates`` and ``std_errors``
    (normal-normal).

    Parameters
    ----------
    observed, expected
        Counts, and the numbers expected.
    n
        Sizes, for shares.
    estimates, std_errors
        Figures with their errors. For means of costs give the pooled deviation
        over the root of ``n``: a small unit's own is too uncertain.
    method
        The variance between units in the normal-normal model: ``"reml"``,
        ``"ml"``, ``"der-simonian-laird"`` or ``"paule-mandel"``.
    conf_level
        Level of the intervals.
    units
        Names of the units.

    Returns
    -------
    Shrinkage

    Examples
    --------
    >>> from boligspor.estimate import shrinkage
    >>> found = shrinkage([0, 22, 30, 9, 45], [1.5, 20.0, 18.0, 15.0, 40.0])
    >>> found.table()["estimate"][0] > 0.7  # nothing observed in a tiny unit says little
    True
    """
    if estimates is not None and std_errors is not None:
        if observed is not None or expected is not None or n is not None:
            raise _mixed()
        model = "normal-normal"
        first, second = (
            _arrays.numbers("estimates", estimates).to_list(),
            _arrays.numbers("std_errors", std_errors).to_list(),
        )
    elif observed is None or (expected is None) == (n is None):
        raise _mixed()
    else:
        first = [float(v) for v in _arrays.whole_numbers("observed", observed)]
        model = "gamma-poisson" if n is None else "beta-binomial"
        second = (
            _arrays.numbers("expected", expected).to_list()
            if n is None
            else [float(v) for v in _arrays.whole_numbers("n", n)]
        )
    chosen = _options.choice("method", method, Between)
    core = _core.Shrinkage(model, first, second, chosen, conf_level)
    return Shrinkage(core, _arrays.units("units", units, len(first)), model)


def _mixed() -> Exception:
    return _options.refuse(
        "observed",
        "and its like make no pair",
        "give observed with expected, observed with n, or estimates with std_errors",
    )


class Shrinkage:
    """Shrunken estimates of each unit. Made by :func:`shrinkage`."""

    def __init__(self, core: _core.Shrinkage, units: pl.Series, model: str) -> None:
        self._core, self._model = core, model
        names = ["crude", "estimate", "std_error", "low", "high", "reliability"]
        schema = dict.fromkeys(names, pl.Float64)
        values = pl.DataFrame(core.units(), schema=schema, orient="row")
        self._table = values.insert_column(0, units.alias("unit"))

    @property
    def mean(self) -> float:
        """Mean of the units' true figures."""
        return self._core.common()[0]

    @property
    def between(self) -> float:
        """Variance between the units' true figures; 0 if chance explains all."""
        return self._core.common()[1]

    def table(self) -> pl.DataFrame:
        """Return a row for each unit.

        Returns
        -------
        polars.DataFrame
            ``unit, crude, estimate, std_error, low, high, reliability``: the
            share of the crude figures' spread at this size that is true.
        """
        return self._table

    def probability_above(self, threshold: float) -> pl.DataFrame:
        """Return for each unit the probability that its true figure exceeds ``threshold``."""
        values = self._core.probability_above(float(threshold))
        return pl.DataFrame([self._table["unit"], pl.Series("probability", values)])

    def plot(self, *, width: int = 420) -> alt.TopLevelMixin:
        """Return crude figures and where they are pulled to, as an Altair chart."""
        frame = self._table.sort("estimate").with_columns(pl.col("unit").cast(pl.String))
        y = alt.Y("unit:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False))
        axis = look.number_axis("en", "crude (open) and shrunken (filled) with interval")
        base = alt.Chart(frame)
        rule = base.mark_rule(color=look.BLUE, strokeWidth=2)
        mean = alt.Chart(pl.DataFrame({"estimate": [self.mean]})).mark_rule(
            color=look.AXIS, strokeDash=[4, 3]
        )
        main = alt.layer(
            mean.encode(x=alt.X("estimate:Q", axis=axis)),
            rule.encode(x=alt.X("low:Q", axis=axis), x2="high:Q", y=y),
            base.mark_point(color=look.AXIS, size=45).encode(x=alt.X("crude:Q", axis=axis), y=y),
            base.mark_point(color=look.BLUE, filled=True, size=60, opacity=1).encode(
                x=alt.X("estimate:Q", axis=axis), y=y
            ),
        ).properties(
            width=_options.whole("width", width, least=100), height=max(60, 18 * frame.height)
        )
        return look.finish([main], title="Shrunken estimates", notes=[self._note()], width=width)

    def _note(self) -> str:
        return (
            f"Empirical-Bayes estimates ({self._model}): mean {self.mean:.3f}, variance between "
            f"units {self.between:.3g}. The less reliable a figure, the closer to the mean."
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Shrinkage of {self._table.height} units>\n{_view.text(self._table)}"

    def _repr_html_(self) -> str:
        return _html.table(self._table, shares={"reliability"}) + _html.note(self._note())


def ranks(
    estimates: ArrayLike,
    std_errors: ArrayLike,
    *,
    conf_level: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
    units: ArrayLike | None = None,
) -> Ranks:
    """Rank units, with what is not known about their places.

    The intervals hold for all units at once (Mogstad and others 2024); a unit
    whose interval covers more than half of all places is not rankable. Places
    come only with their intervals.

    Parameters
    ----------
    estimates, std_errors
        Figures with independent normal errors, the largest first. Shrunken
        estimates let the chances of quarters account for regression to the mean.
    conf_level
        Simultaneous level of the intervals.
    draws, seed
        Of the simulation.
    units
        Names of the units.

    Returns
    -------
    Ranks

    Examples
    --------
    >>> from boligspor.estimate import ranks
    >>> found = ranks([1.0, 9.0, 1.2, 0.8], [0.5] * 4, units=["A", "B", "C", "D"])
    >>> found.table()["place"].to_list()
    ['B: 1', 'C: not rankable', 'A: not rankable', 'D: not rankable']
    """
    values = _arrays.numbers("estimates", estimates).to_list()
    rows = _core.ranks(
        values,
        _arrays.numbers("std_errors", std_errors).to_list(),
        conf_level,
        _options.whole("draws", draws, least=100),
        _options.whole("seed", seed, least=0),
    )
    return Ranks(rows, values, _arrays.units("units", units, len(values)))


class Ranks:
    """Places with simultaneous intervals. Made by :func:`ranks`."""

    def __init__(
        self,
        rows: list[tuple[int, int, int, float, float, bool]],
        estimates: list[float],
        units: pl.Series,
    ) -> None:
        names = ["rank", "low", "high", "in_top_quarter", "in_bottom_quarter", "rankable"]
        values = pl.DataFrame(rows, schema=names, orient="row")
        interval = (
            pl.when(pl.col("low") == pl.col("high"))
            .then(pl.col("low").cast(pl.String))
            .otherwise(pl.concat_str("low", pl.lit(" to "), "high"))
        )
        said = pl.when("rankable").then(interval).otherwise(pl.lit("not rankable"))
        self._table = (
            values.insert_column(0, units.alias("unit"))
            .insert_column(1, pl.Series("estimate", estimates, dtype=pl.Float64))
            .with_columns(place=pl.concat_str(pl.col("unit").cast(pl.String), pl.lit(": "), said))
            .sort("rank", maintain_order=True)
        )

    def table(self) -> pl.DataFrame:
        """Return a row for each unit, the first place first.

        Returns
        -------
        polars.DataFrame
            ``unit, estimate, rank, low, high`` (best and worst place that the
            data allow, for all units at once), ``in_top_quarter,
            in_bottom_quarter`` (probabilities), ``rankable`` and ``place``.
        """
        return self._table

    def plot(self, *, width: int = 420) -> alt.TopLevelMixin:
        """Return each unit's interval of places, as an Altair chart."""
        frame = self._table.with_columns(pl.col("unit").cast(pl.String))
        axis = look.number_axis("en", "place (1 is the largest)")
        y = alt.Y("unit:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False))
        colour = alt.Color(
            "rankable:N",
            legend=None,
            scale=alt.Scale(domain=[True, False], range=[look.BLUE, look.GREY]),
        )
        base = alt.Chart(frame)
        main = alt.layer(
            base.mark_rule(strokeWidth=3).encode(
                x=alt.X("low:Q", axis=axis), x2="high:Q", y=y, color=colour
            ),
            base.mark_point(filled=True, size=45, opacity=1).encode(
                x=alt.X("rank:Q", axis=axis), y=y, color=colour
            ),
        ).properties(
            width=_options.whole("width", width, least=100), height=max(60, 16 * frame.height)
        )
        return look.finish([main], title="Places", notes=[_PLACES], width=width)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Ranks of {self._table.height} units>\n{_view.text(self._table)}"

    def _repr_html_(self) -> str:
        shares = {"in_top_quarter", "in_bottom_quarter"}
        return _html.table(self._table, shares=shares) + _html.note(_PLACES)


_PLACES = (
    "Intervals of places hold for all units at once; grey units cannot be ranked, since their "
    "interval covers more than half of all places."
)
