"""Two groups' curves as if the groups were alike."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view
from boligspor.charts import look
from boligspor.estimate import _arrays, _fit
from boligspor.estimate._arrays import ArrayLike, Coding, Covariates
from boligspor.estimate._fit import FitWarning

__all__ = ["AdjustedCurves", "compare_curves"]

Method: TypeAlias = Literal["weighting", "prediction", "doubly-robust"]
"""How groups are made alike."""

_NOTE = (
    "Both groups' curves as they would be with the covariates of everyone. No method makes up for "
    "differences that were not recorded."
)


def compare_curves(
    duration: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    covariates: Covariates,
    *,
    times: ArrayLike,
    tau: float,
    weights: ArrayLike | None = None,
    method: Method = "doubly-robust",
    conf_level: float = 0.95,
    truncation: float = 0.01,
    replicates: int = 500,
    seed: int = 0,
) -> AdjustedCurves:
    """Compare two groups' survival, standardised over covariates.

    Parameters
    ----------
    duration, event
        Time to the event or the end of observation, and whether it happened.
    group
        Two values; the second in sorted order is compared with the first.
    covariates
        What the groups must be made alike in, as for :func:`cox`.
    times
        The horizons.
    tau
        Mean time without the event is taken up to here.
    weights
        Case weights.
    method
        ``"weighting"`` by the inverse chance of membership, ``"prediction"``
        (g-computation, intervals by bootstrap), or ``"doubly-robust"``: right if
        the model of the outcome is, or those of membership and censoring are.
    conf_level
        Confidence level of the intervals.
    truncation
        Chances of membership are kept this far from 0 and 1.
    replicates, seed
        Of the bootstrap.

    Returns
    -------
    AdjustedCurves

    Examples
    --------
    >>> from boligspor.estimate import compare_curves
    >>> n = range(120)
    >>> found = compare_curves(
    ...     [1 + i * 29 % 60 for i in n],
    ...     [i % 3 != 0 for i in n],
    ...     ["offered" if i * 53 % 97 > 45 else "usual" for i in n],
    ...     {"age": [20 + i * 37 % 50 for i in n]},
    ...     times=[12, 36],
    ...     tau=36,
    ... )
    >>> found.table()["group"].unique(maintain_order=True).to_list()
    ['offered', 'usual', 'difference']
    """
    coding, coded = Coding.of(covariates)
    members = _arrays.no_nulls("group", _arrays.series("group", group))
    _, levels = _arrays.codes("group", members)
    if len(levels) != 2:  # noqa: PLR2004 - a comparison of two
        found = f"holds {len(levels)} groups"
        raise _options.refuse("group", found, "compare two; leave out the others")
    columns = _arrays.frame(
        {
            "time": _arrays.numbers("duration", duration),
            "event": _arrays.flags("event", event),
            "group": members.cast(pl.String) == str(levels[1])
            if members.dtype in {pl.Categorical, pl.Enum}
            else members == levels[1],
            "weights": None if weights is None else _arrays.numbers("weights", weights),
        }
        | _arrays.columns(coded)
    )
    chosen = _arrays.options(
        method=_options.choice("method", method, Method),
        level=conf_level,
        truncation=truncation,
        replicates=_options.whole("replicates", replicates, least=2),
        seed=_options.whole("seed", seed, least=0),
    )
    at = _arrays.numbers("times", times).to_list()
    core = _core.estimate_compare_curves(columns, at, float(tau), chosen)
    return AdjustedCurves(core, coding, levels, at, float(tau))


class AdjustedCurves:
    """Two standardised curves and their difference. Made by :func:`compare_curves`."""

    def __init__(
        self,
        core: _core.AdjustedCurves,
        coding: Coding,
        groups: list[Any],
        times: list[float],
        tau: float,
    ) -> None:
        self._core, self._coding, self._times, self._tau = core, coding, times, tau
        self._labels = [*map(str, groups), "difference"]
        self._warnings = _fit.warned(core.warnings(), coding.terms)

    @property
    def warnings(self) -> list[FitWarning]:
        """What the model of membership has to say."""
        return list(self._warnings)

    def table(self) -> pl.DataFrame:
        """Return survival in each group, and the difference, at each horizon.

        Returns
        -------
        polars.DataFrame
            ``group, time, estimate, std_error, low, high``; the group
            ``difference`` is the second less the first.
        """
        rows = [
            {"group": label, "time": time} | _named(contrast)
            for label, curve in zip(self._labels, self._core.survival(), strict=True)
            for time, contrast in zip(self._times, curve, strict=True)
        ]
        return pl.DataFrame(rows)

    def restricted_mean(self) -> pl.DataFrame:
        """Return the mean time without the event up to ``tau``, and the difference.

        Returns
        -------
        polars.DataFrame
            ``group, tau, estimate, std_error, low, high``.
        """
        rows = [
            {"group": label, "tau": self._tau} | _named(contrast)
            for label, contrast in zip(self._labels, self._core.means(), strict=True)
        ]
        return pl.DataFrame(rows)

    def balance(self) -> pl.DataFrame:
        """Return how far apart the groups are in each covariate, in standard deviations.

        Returns
        -------
        polars.DataFrame
            ``term, before, after`` weighting; beyond 0.1 the groups are not alike.
        """
        terms = {"term": self._coding.terms}
        both = self._core.balance()
        return pl.DataFrame(terms | {"before": [b for b, _ in both], "after": [a for _, a in both]})

    @property
    def effective_size(self) -> tuple[float, float]:
        """Kish's effective number of people in each group under the weights."""
        first, second, _ = self._core.sizes()
        return first, second

    def plot(self, *, width: int = 420) -> alt.TopLevelMixin:
        """Return both curves at the horizons with their intervals, as an Altair chart."""
        frame = self.table().filter(pl.col("group") != "difference")
        x = alt.X("time:Q", axis=alt.Axis(title="Time", grid=False))
        y = alt.Y("estimate:Q", scale=alt.Scale(domain=[0, 1]), axis=look.percent_axis())
        scale = alt.Scale(domain=self._labels[:2], range=look.PALETTE[:2])
        colour = alt.Color("group:N", scale=scale)
        base = alt.Chart(frame)
        line = base.mark_line(point=True, strokeWidth=2).encode(x=x, y=y, color=colour)
        low = alt.Y("low:Q", axis=look.percent_axis())
        bar = base.mark_rule(opacity=0.5).encode(x=x, y=low, y2="high:Q", color=colour)
        main = alt.layer(bar, line).properties(
            width=_options.whole("width", width, least=100), height=260
        )
        return look.finish([main], title="Standardised survival", notes=[_NOTE], width=width)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<AdjustedCurves: {' and '.join(self._labels[:2])}>\n{_view.text(self.table())}"

    def _repr_html_(self) -> str:
        said = _html.warnings(str(w) for w in self._warnings)
        return _html.table(self.table()) + _html.note(_NOTE) + said


def _named(contrast: tuple[float, float, float, float]) -> dict[str, float]:
    return dict(zip(("estimate", "std_error", "low", "high"), contrast, strict=True))
