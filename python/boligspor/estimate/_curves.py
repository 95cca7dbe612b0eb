"""Curves over time, labelled as the columns were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _options, _view
from boligspor.estimate import _columns, _curve_plot
from boligspor.estimate._columns import ArrayLike, Groups

__all__ = ["BandType", "ConfType", "Curves"]

ConfType: TypeAlias = Literal["log", "log-log", "plain", "logit", "arcsine"]
"""The scale on which an interval is symmetric."""

BandType: TypeAlias = Literal["equal-precision", "hall-wellner"]
"""The shape of a simultaneous band."""

_Fitted: TypeAlias = (
    _core.Survival | _core.Hazard | _core.Recurrent | _core.Incidence | _core.Occupancy
)


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
        core: _Fitted,
        groups: Groups,
        *,
        codes: tuple[str, list[Any]] | None = None,
        drop: Sequence[int] = (),
        measure: str = "estimate",
    ) -> None:
        self._core = core
        self._groups = groups
        self._codes = codes
        self._drop = list(drop)
        self._measure = measure

    def table(self, times: ArrayLike | float | None = None) -> pl.DataFrame:
        """Return the curves as rows.

        Parameters
        ----------
        times
            One time or several at which to read the curves; by default their
            own. Events and censorings are then counted since the time before.

        Returns
        -------
        polars.DataFrame
            The groups, the cause or state, then ``time, n_risk, n_event,
            n_censor, estimate, std_error, low, high``.
        """
        at = None if times is None else moments("times", times)
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
        shares = _columns.numbers("p", [p] if isinstance(p, int | float) else p).to_list()
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

    def compare_means(self, tau: float, *, conf_level: float = 0.95) -> pl.DataFrame:
        """Compare restricted means of each group with that of the first.

        Parameters
        ----------
        tau
            The horizon.
        conf_level
            Level of the intervals.

        Returns
        -------
        polars.DataFrame
            The groups but the first, the cause or state, then ``difference,
            std_error, low, high, p_value`` and ``ratio, ratio_low, ratio_high``.

        Examples
        --------
        >>> from boligspor.estimate import kaplan_meier
        >>> curves = kaplan_meier([1, 2, 5, 2, 6, 8], [1] * 6, by=[0, 0, 0, 1, 1, 1])
        >>> round(curves.compare_means(8)["difference"][0], 6)
        2.666667
        """
        names = self._groups.names
        if names.height < 2:  # noqa: PLR2004 - a comparison
            raise _options.refuse(
                "by", "makes no two groups", "estimate with by= of several groups"
            )
        means = self.restricted_mean(tau)
        size = means.height // names.height
        rows = []
        for row in range(size, means.height):
            here, first = means.row(row, named=True), means.row(row % size, named=True)
            difference, ratio, p_value = _core.compare_means(
                (here["estimate"], here["std_error"]),
                (first["estimate"], first["std_error"]),
                float(conf_level),
            )
            found = dict(zip(("difference", "std_error", "low", "high"), difference, strict=True))
            found |= {"p_value": p_value, "ratio": ratio[0]}
            rows.append(found | {"ratio_low": ratio[2], "ratio_high": ratio[3]})
        labels = means.slice(size).drop("estimate", "std_error", "low", "high")
        return pl.concat([labels, pl.DataFrame(rows)], how="horizontal")

    def band(
        self,
        kind: BandType = "equal-precision",
        *,
        start: float | None = None,
        stop: float | None = None,
        conf_type: ConfType = "log",
        conf_level: float = 0.95,
    ) -> pl.DataFrame:
        """Return a band that holds the whole curve from ``start`` to ``stop``.

        Intervals at each time miss somewhere more often than they promise; this
        band does not. It needs independent people (no clusters, no fractional
        weights).

        Parameters
        ----------
        kind
            ``"equal-precision"`` (Nair 1984): everywhere the same multiple of
            the error; or ``"hall-wellner"`` (1980): narrower in the middle.
        start, stop
            The range; by default from the first event to the last time at which
            survival is above 0. The equal-precision band wants both ends clear
            of that, commonly the middle 80 or 90 % of events.
        conf_type, conf_level
            Scale and level.

        Returns
        -------
        polars.DataFrame
            The groups, then ``time, estimate, low, high, critical``.

        Examples
        --------
        >>> from boligspor.estimate import kaplan_meier
        >>> curve = kaplan_meier(range(1, 51), [True] * 50)
        >>> 2.5 < curve.band(start=5, stop=45)["critical"][0] < 3.2
        True
        """
        if not isinstance(self._core, _core.Survival):
            raise _options.refuse("kind", "needs a survival curve", "use kaplan_meier")
        kind_ = _options.choice("kind", kind, BandType)
        found = self._core.band(
            kind_ == "hall-wellner",
            (None if start is None else float(start), None if stop is None else float(stop)),
            float(conf_level),
            _options.choice("conf_type", conf_type, ConfType),
        )
        return self._label(pl.DataFrame(found))

    def cumulative_hazard(self) -> pl.DataFrame:
        """Return the cumulative cause-specific hazards of cumulative incidences.

        Returns
        -------
        polars.DataFrame
            The groups, ``cause``, then ``time, n_risk, n_event, estimate,
            std_error`` (Nelson and Aalen's).
        """
        if not isinstance(self._core, _core.Incidence):
            raise _options.refuse("cumulative_hazard", "needs causes", "use nelson_aalen")
        return self._label(pl.DataFrame(self._core.hazards()))

    def transition_hazards(self) -> pl.DataFrame:
        """Return the cumulative intensity of every kind of move between states.

        Returns
        -------
        polars.DataFrame
            The groups, ``from, to, time, n_risk, n_event, estimate, std_error``.
        """
        return self._moves(self._states().transition_hazards())

    def transition_probabilities(self, start: float, stop: float) -> pl.DataFrame:
        """Return the chance of each state at ``stop`` given each state at ``start``.

        The product of the transition matrices in between; unlike occupancy it
        supposes that the past beyond the present state does not matter.

        Returns
        -------
        polars.DataFrame
            The groups, ``from, to, probability``.

        Examples
        --------
        >>> from boligspor.estimate import state_occupancy
        >>> rows = {"id": [1, 1, 2], "start": [0, 3, 0], "stop": [3, 9, 9]}
        >>> curves = state_occupancy(**rows, state=["home", None, None])
        >>> curves.transition_probabilities(0, 5)["probability"].to_list()
        [0.5, 0.5, 0.0, 1.0]
        """
        found = self._states().transition_probabilities(float(start), float(stop))
        return self._moves(found)

    def plot(self, *, width: int = 520) -> alt.TopLevelMixin:
        """Return the curves as steps with their intervals, and the numbers at risk.

        Parameters
        ----------
        width
            The width of the picture within its axes, in pixels.

        Returns
        -------
        altair.TopLevelMixin
            An Altair chart, to restyle or save.
        """
        least = _options.whole("width", width, least=100)
        return _curve_plot.draw(self.table(), measure=self._measure, width=least)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Curves: {self._measure}>\n{_view.text(self.table())}"

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def _states(self) -> _core.Occupancy:
        if not isinstance(self._core, _core.Occupancy):
            raise _options.refuse("transitions", "need states", "use state_occupancy")
        return self._core

    def _moves(self, found: _core.Frame) -> pl.DataFrame:
        """Put the names of the states left and entered in place of their codes."""
        assert self._codes is not None  # noqa: S101 - states have names
        frame = pl.DataFrame(found).with_columns(pl.col("to").cast(pl.UInt32))
        frame = frame.filter(~pl.col("from").is_in(self._drop), ~pl.col("to").is_in(self._drop))
        names = pl.Series(self._codes[1], strict=False)
        labelled = [names.gather(frame[end]).alias(end) for end in ("from", "to")]
        rest = [c for c in frame.columns if c not in {"group", "from", "to"}]
        return self._groups.name(frame.with_columns(labelled).select("group", "from", "to", *rest))

    def _label(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Put the groups' and codes' own labels in place of the numbers."""
        if self._codes is not None:
            name, labels = self._codes
            # Where nothing ever happened there is one cause without a name.
            named = pl.col(name) < len(labels)
            frame = frame.filter(named & ~pl.col(name).is_in(self._drop))
            names = pl.Series(name, labels, strict=False)
            frame = frame.with_columns(names.gather(frame[name]).alias(name))
        return self._groups.name(frame)


def moments(name: str, given: ArrayLike | float) -> list[float]:
    """Return one time or several, sorted."""
    several = [given] if isinstance(given, int | float) else given
    return _columns.numbers(name, several).sort().to_list()
