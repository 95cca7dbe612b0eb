"""What a gain costs: the plane, the acceptability curve, the ratio."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import altair as alt
import polars as pl

from boligspor import _core, _options, _view
from boligspor._options import Lang
from boligspor.charts import look
from boligspor.charts.look import pick
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike

__all__ = ["CostEffectiveness", "RatioSet", "cost_effectiveness", "fieller_set"]


class RatioSet(NamedTuple):
    """A confidence set of a ratio.

    ``shape`` is ``"interval"`` (from low to high), ``"outside"`` (up to low and from
    high: the denominator is not told from zero) or ``"everything"``.
    """

    shape: str
    low: float | None
    high: float | None


def fieller_set(
    numerator: float,
    denominator: float,
    *,
    variance: Sequence[float],
    covariance: float = 0.0,
    conf_level: float = 0.95,
) -> RatioSet:
    """Return Fieller's confidence set for a ratio of two estimates (Fieller 1954).

    Parameters
    ----------
    numerator, denominator
        The two estimates.
    variance
        Their variances, the numerator's first.
    covariance
        Their covariance.
    conf_level
        Confidence level of the set.

    Examples
    --------
    >>> from boligspor.estimate import fieller_set
    >>> kept = fieller_set(10, 5, variance=[1, 0])
    >>> kept.shape, round(kept.low, 3), round(kept.high, 3)
    ('interval', 1.608, 2.392)
    """
    both = _arrays.numbers("variance", variance).to_list()
    if len(both) != 2:  # noqa: PLR2004 - numerator and denominator
        raise _options.refuse("variance", "has not two values", "give the numerator's first")
    return RatioSet(
        *_core.fieller_set(
            float(numerator), float(denominator), both, float(covariance), float(conf_level)
        )
    )


def cost_effectiveness(
    cost: ArrayLike,
    effect: ArrayLike,
    treated: ArrayLike,
    *,
    person: ArrayLike | None = None,
    replicates: int = 999,
    seed: int = 1,
    conf_level: float = 0.95,
) -> CostEffectiveness:
    """Compare mean cost and mean effect of treated and control people.

    Parameters
    ----------
    cost, effect
        Each person's cost and effect, such as days housed.
    treated
        Whether the person is treated.
    person
        Each person's number, which the draws of the bootstrap follow instead of
        the order of rows.
    replicates, seed
        Bootstrap replicates of the plane, and its seed.
    conf_level
        Confidence level of the intervals.

    Examples
    --------
    >>> from boligspor.estimate import cost_effectiveness
    >>> found = cost_effectiveness(
    ...     cost=[110, 90, 100, 210, 190, 200],
    ...     effect=[4, 6, 5, 7, 6, 8],
    ...     treated=[False, False, False, True, True, True],
    ... )
    >>> found.ratio
    50.0
    """
    columns = _arrays.frame(
        {
            "cost": _arrays.numbers("cost", cost),
            "effect": _arrays.numbers("effect", effect),
            "treated": _arrays.flags("treated", treated),
            "person": None if person is None else _arrays.codes("person", person)[0],
        }
    )
    core = _core.CostEffectiveness(
        columns,
        _options.whole("replicates", replicates, least=0),
        _options.whole("seed", seed, least=0),
        float(conf_level),
    )
    return CostEffectiveness(core)


class CostEffectiveness:
    """Two groups' costs and effects compared. Made by :func:`cost_effectiveness`.

    Examples
    --------
    >>> from boligspor.estimate import cost_effectiveness
    >>> found = cost_effectiveness(
    ...     [110, 90, 100, 210, 190, 200], [4, 6, 5, 7, 6, 8], [0, 0, 0, 1, 1, 1]
    ... )
    >>> found.acceptability([80])["net_benefit"].to_list()
    [60.0]
    """

    def __init__(self, core: _core.CostEffectiveness) -> None:
        self._core = core

    @property
    def ratio(self) -> float | None:
        """Cost difference by effect difference; nothing where effects are equal."""
        return self._core.estimates()[5]

    @property
    def fieller(self) -> RatioSet:
        """Fieller's confidence set of the ratio."""
        return RatioSet(*self._core.sets()[0])

    @property
    def bootstrap(self) -> tuple[float, float] | None:
        """Percentile bootstrap interval; nothing where the effect may have either sign."""
        return self._core.sets()[1]

    def table(self) -> pl.DataFrame:
        """Return one row of everything.

        Returns
        -------
        polars.DataFrame
            ``cost_difference, cost_se, effect_difference, effect_se, covariance,
            ratio, fieller, low, high`` (of Fieller's set), ``low_bootstrap,
            high_bootstrap, treated, control``.
        """
        cost, effect, cost_variance, effect_variance, covariance, ratio = self._core.estimates()
        fieller, bootstrap = self._core.sets()
        treated, control = self._core.people()
        row = {
            "cost_difference": cost,
            "cost_se": cost_variance**0.5,
            "effect_difference": effect,
            "effect_se": effect_variance**0.5,
            "covariance": covariance,
            "ratio": ratio,
            "fieller": fieller[0],
            "low": fieller[1],
            "high": fieller[2],
            "low_bootstrap": bootstrap[0] if bootstrap else None,
            "high_bootstrap": bootstrap[1] if bootstrap else None,
            "treated": treated,
            "control": control,
        }
        return pl.DataFrame([row])

    def plane(self) -> pl.DataFrame:
        """Return the plane: ``effect, cost``, a row for each replicate."""
        effect, cost = self._core.plane()
        return pl.DataFrame({"effect": effect, "cost": cost})

    def quadrants(self) -> pl.DataFrame:
        """Return shares of the plane: ``quadrant, share``."""
        names = ["more_for_more", "more_for_less", "less_for_less", "less_for_more"]
        return pl.DataFrame({"quadrant": names, "share": self._core.quadrants()})

    def acceptability(self, prices: ArrayLike) -> pl.DataFrame:
        """Return net benefit and the share of replicates that accept, at each price.

        Parameters
        ----------
        prices
            What one unit of effect may cost.

        Returns
        -------
        polars.DataFrame
            ``price, net_benefit, std_error, low, high, acceptable``.
        """
        at = _arrays.numbers("prices", prices).to_list()
        names = ["net_benefit", "std_error", "low", "high", "acceptable"]
        curve = pl.DataFrame(self._core.acceptability(at), schema=names, orient="row")
        curve.insert_column(0, pl.Series("price", at, dtype=pl.Float64))
        return curve

    def plot(
        self, prices: ArrayLike | None = None, *, lang: Lang = "en", width: int = 420
    ) -> alt.TopLevelMixin:
        """Return the plane above the acceptability curve, as an Altair chart.

        Parameters
        ----------
        prices
            Where the curve is drawn; by default from 0 to three times the ratio.
        lang
            The language of its words.
        width
            The width of the picture within its axes, in pixels.
        """
        lang_, width = _options.lang(lang), _options.whole("width", width, least=100)
        top = 3 * abs(self.ratio or 0.0) or 1.0
        at = [top * k / 60 for k in range(61)] if prices is None else prices
        cost, effect = self._core.estimates()[:2]
        zero = pl.DataFrame({"zero": [0.0]})
        rule = alt.Chart(zero).mark_rule(color=look.AXIS)
        points = alt.Chart(self.plane()).mark_circle(color=look.BLUE, opacity=0.25, size=14)
        own = alt.Chart(pl.DataFrame({"effect": [effect], "cost": [cost]}))
        plane = alt.layer(
            rule.encode(x="zero:Q"),
            rule.encode(y="zero:Q"),
            points.encode(
                x=alt.X(
                    "effect:Q",
                    axis=look.number_axis(
                        lang_, pick(lang_, "Forskel i effekt", "Difference in effect")
                    ),
                ),
                y=alt.Y(
                    "cost:Q",
                    axis=look.number_axis(
                        lang_, pick(lang_, "Forskel i udgift", "Difference in cost")
                    ),
                ),
            ),
            own.mark_point(
                color=look.VERMILION, filled=True, size=70, shape="diamond", opacity=1
            ).encode(x="effect:Q", y="cost:Q"),
        ).properties(width=width, height=240)
        curve = alt.Chart(self.acceptability(at)).mark_line(color=look.BLUE, strokeWidth=2)
        title = pick(lang_, "Pris pr. enhed effekt", "Price of a unit of effect")
        accepted = pick(
            lang_, "Andel af gentagelser, hvor prisen er værd at betale", "Share that accept"
        )
        line = curve.encode(
            x=alt.X("price:Q", axis=look.number_axis(lang_, title)),
            y=alt.Y(
                "acceptable:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=look.percent_axis(accepted),
            ),
        ).properties(width=width, height=180)
        note = pick(
            lang_,
            "Hvert punkt er en bootstrapgentagelse af personer; ruden er estimatet.",
            "Each point is a bootstrap replicate of persons; the diamond is the estimate.",
        )
        return look.finish(
            [plane, line],
            title=pick(lang_, "Hvad gevinsten koster", "What the gain costs"),
            notes=[note],
            width=width + 60,
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<CostEffectiveness>\n{_view.text(self.table())}"
