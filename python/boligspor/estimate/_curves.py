"""Results of the estimators: curves and tests, labelled as the columns were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from boligspor import _core, _options, _view
from boligspor.estimate import _columns
from boligspor.estimate._columns import ArrayLike

__all__ = ["Curves", "GroupTest"]


class Curves:
    """One or more curves over time. Made by the functions of this module.

    Examples
    --------
    >>> from boligspor.estimate import kaplan_meier
    >>> curve = kaplan_meier([1, 2, 3, 4], [True, False, True, True])
    >>> curve.table()["estimate"].to_list()
    [0.75, 0.75, 0.375, 0.0]
    """

    def __init__(
        self,
        core: _core.Survival | _core.Incidence | _core.Occupancy | None,
        groups: pl.DataFrame,
        *,
        codes: tuple[str, list[Any]] | None = None,
        drop: Sequence[int] = (),
        fixed: pl.DataFrame | None = None,
        measure: str = "estimate",
    ) -> None:
        self._core = core
        self._groups = groups
        self._codes = codes
        self._drop = list(drop)
        self._fixed = fixed
        self._measure = measure

    def table(self, times: ArrayLike | None = None) -> pl.DataFrame:
        """Return the curves as rows.

        Parameters
        ----------
        times
            Times at which to read the curves; by default their own. Events and
            censorings are then counted since the time before.

        Returns
        -------
        polars.DataFrame
            The groups, the cause or state, then ``time, n_risk, n_event,
            n_censor, estimate, std_error, low, high``.
        """
        if self._fixed is not None:
            if times is not None:
                raise _options.refuse("times", "cannot be chosen here", "filter the table by time")
            return self._fixed
        assert self._core is not None  # noqa: S101 - one of the two is given
        at = None if times is None else _columns.numbers("times", times).sort().to_list()
        return self._label(pl.DataFrame(self._core.table(at)))

    def quantile(self, p: float | Iterable[float] = 0.5) -> pl.DataFrame:
        """Return the times by which shares of the people have failed.

        Parameters
        ----------
        p
            One share or several, between 0 and 1; the median by default.

        Returns
        -------
        polars.DataFrame
            The groups, then ``probability, time, low, high``; null where a curve
            does not come so far down.
        """
        if not isinstance(self._core, _core.Survival):
            raise _options.refuse("p", "needs a survival curve", "use kaplan_meier")
        shares = [float(p)] if isinstance(p, int | float) else [float(x) for x in p]
        found = self._label(pl.DataFrame(self._core.quantile(shares)))
        return found.with_columns(pl.col("time", "low", "high").fill_nan(None))

    def restricted_mean(self, tau: float) -> pl.DataFrame:
        """Return expected times up to ``tau``: the areas under the curves.

        Under competing risks these are times lost to each cause; for states,
        times spent in them.

        Parameters
        ----------
        tau
            The horizon.

        Returns
        -------
        polars.DataFrame
            The groups, the cause or state, then ``estimate, std_error, low, high``.
        """
        match self._core:
            case _core.Survival():
                frame = self._core.restricted_mean(float(tau))
            case _core.Incidence():
                frame = self._core.restricted_means(float(tau))
            case _core.Occupancy():
                frame = self._core.sojourn(float(tau))
            case _:
                raise _options.refuse("tau", "needs a curve of probabilities", "see kaplan_meier")
        return self._label(pl.DataFrame(frame))

    def sojourn(self, tau: float) -> pl.DataFrame:
        """Return the expected time in each state up to ``tau``.

        The same as :meth:`restricted_mean`, by the name used for states.
        """
        return self.restricted_mean(tau)

    def plot(self, *, width: int = 520) -> alt.TopLevelMixin:
        """Return the curves as steps with their intervals.

        Parameters
        ----------
        width
            The width of the picture within its axes, in pixels.

        Returns
        -------
        altair.TopLevelMixin
            An Altair chart, to restyle or save.
        """
        shown = self.table().with_columns(pl.col("low", "high").fill_nan(None))
        series = shown.columns[: shown.columns.index("time")]
        if series:
            line = pl.concat_str([pl.col(s).cast(pl.String) for s in series], separator=", ")
        else:
            line = pl.lit(self._measure)
        data = alt.Chart(shown.with_columns(line=line)).properties(width=width, height=300)
        colour = alt.Color("line:N", title=None)
        x = alt.X("time:Q", title="time")
        band = data.mark_area(interpolate="step-after", opacity=0.18).encode(
            x=x, y=alt.Y("low:Q", title=self._measure), y2="high:Q", color=colour
        )
        curve = data.mark_line(interpolate="step-after").encode(x=x, y="estimate:Q", color=colour)
        return alt.layer(band, curve)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Curves: {self._measure}>\n{_view.text(self.table())}"

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def _label(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Put the groups' and codes' own labels in place of the numbers."""
        if self._codes is not None:
            name, labels = self._codes
            # Where nothing ever happened there is one cause without a name.
            named = pl.col(name) < len(labels)
            frame = frame.filter(named & ~pl.col(name).is_in(self._drop))
            names = pl.Series(name, labels)
            frame = frame.with_columns(names.gather(frame[name]).alias(name))
        return _columns.with_groups(frame, self._groups)


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupTest:
    """The outcome of a test that compares groups.

    Attributes
    ----------
    statistic, df, p_value
        The chi-squared statistic, its degrees of freedom and P value.
    groups
        The groups, in the order of the columns below.
    observed, expected
        (Weighted) events observed, and expected if the groups were equal.
    variance
        Covariance of observed less expected, a row for each group.
    """

    statistic: float
    df: int
    p_value: float
    groups: list[Any]
    observed: list[float]
    expected: list[float]
    variance: list[list[float]]

    def table(self) -> pl.DataFrame:
        """Return ``group, observed, expected``, a row for each group."""
        columns = {"group": self.groups, "observed": self.observed, "expected": self.expected}
        return pl.DataFrame(columns)
