"""Time-to-event and multi-state estimation on plain columns.

Every function takes any one-dimensional columns (polars, pandas, pyarrow, numpy
or lists) of one length and returns a result with ``.table()`` (polars) and,
for curves, ``.plot()`` (Altair). The names are those of the Rust crate
``boligspor::estimate``; how closely the numbers agree with other software is in
``docs/validation.md``.

Times are in whatever unit the columns count. A row is at risk at ``t`` if
``entry < t <= duration``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import polars as pl

from boligspor import _core, _options
from boligspor.estimate import _columns
from boligspor.estimate._columns import ArrayLike
from boligspor.estimate._curves import Curves, GroupTest

__all__ = [
    "Curves",
    "GroupTest",
    "aalen_johansen",
    "gray_test",
    "kaplan_meier",
    "log_rank",
    "mean_cumulative",
    "nelson_aalen",
    "pseudo_values",
    "state_distribution",
    "state_occupancy",
    "transition_rates",
]

ConfType: TypeAlias = Literal["log", "log-log", "plain", "logit", "arcsine"]
"""The scale on which an interval is symmetric."""

Variance: TypeAlias = Literal["aalen", "delta", "infinitesimal_jackknife"]
"""How the variance of a cumulative incidence is estimated."""

PseudoTarget: TypeAlias = Literal["probability", "restricted_mean"]
"""What pseudo-values stand for."""


def kaplan_meier(
    duration: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - the name the method is known by
    by: ArrayLike | None = None,
    start_time: float | None = None,
    robust: bool | None = None,
    conf_type: ConfType = "log",
    conf_level: float = 0.95,
) -> Curves:
    """Estimate survival curves.

    Parameters
    ----------
    duration
        Time until the event or censoring.
    event
        True (or 1) where it ends in the event.
    entry
        Time after which each row is under observation.
    weights
        Case weights; weights that are not whole give robust errors.
    cluster
        Rows of one cluster are not independent; gives robust errors.
    id
        The person of each row, where people have several.
    by
        Groups, each with its own curve: a column, or a data frame of them.
    start_time
        Condition on surviving to this time.
    robust
        Whether errors are robust; decided as above by default.
    conf_type, conf_level
        Scale and level of the intervals.

    Returns
    -------
    Curves
        With ``quantile`` and ``restricted_mean``.

    Examples
    --------
    >>> from boligspor.estimate import kaplan_meier
    >>> weeks, relapse = [9, 13, 13, 18, 23], [1, 1, 0, 1, 1]
    >>> kaplan_meier(weeks, relapse).quantile(0.5)["time"].to_list()
    [18.0]
    """
    columns = {
        "duration": _columns.numbers("duration", duration),
        "event": _columns.flags("event", event),
    }
    frame, groups = _columns.frame(
        columns, entry=entry, weights=weights, cluster=cluster, id=id, by=by
    )
    options = _settings(groups, start_time, robust, conf_type, conf_level)
    return Curves(_core.Survival(frame, options), groups, measure="survival")


def nelson_aalen(
    duration: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - the name the method is known by
    by: ArrayLike | None = None,
    start_time: float | None = None,
    robust: bool | None = None,
    conf_type: Literal["log", "plain"] = "log",
    conf_level: float = 0.95,
) -> Curves:
    """Estimate cumulative hazards; parameters as :func:`kaplan_meier`.

    Returns
    -------
    Curves
        Of the cumulative hazard.

    Examples
    --------
    >>> from boligspor.estimate import nelson_aalen
    >>> nelson_aalen([1, 2], [True, True]).table()["estimate"].to_list()
    [0.5, 1.5]
    """
    columns = {
        "duration": _columns.numbers("duration", duration),
        "event": _columns.flags("event", event),
    }
    frame, groups = _columns.frame(
        columns, entry=entry, weights=weights, cluster=cluster, id=id, by=by
    )
    options = _settings(groups, start_time, robust, conf_type, conf_level)
    fixed = _columns.with_groups(pl.DataFrame(_core.nelson_aalen(frame, options)), groups)
    return Curves(None, groups, fixed=fixed, measure="cumulative hazard")


def aalen_johansen(
    duration: ArrayLike,
    cause: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - the name the method is known by
    by: ArrayLike | None = None,
    start_time: float | None = None,
    conf_type: ConfType = "log",
    conf_level: float = 0.95,
    variance: Variance = "aalen",
) -> Curves:
    """Estimate cumulative incidence under competing risks.

    Parameters
    ----------
    duration
        Time until an event of any cause or censoring.
    cause
        Which cause, by number or name; 0 or null: censored.
    entry, weights, cluster, id, by, start_time, conf_type, conf_level
        As :func:`kaplan_meier`. Clusters need the infinitesimal jackknife.
    variance
        ``"aalen"`` (cmprsk), ``"delta"`` (Greenwood, etm) or
        ``"infinitesimal_jackknife"`` (R's survival).

    Returns
    -------
    Curves
        With a ``cause`` column; ``restricted_mean`` gives the time lost to each.

    Examples
    --------
    >>> from boligspor.estimate import aalen_johansen
    >>> curves = aalen_johansen([1, 2, 3, 4], ["return", "death", None, "return"])
    >>> curves.table([4]).select("cause", "estimate").rows()
    [('death', 0.25), ('return', 0.75)]
    """
    code, labels = _columns.causes("cause", cause)
    columns = {"duration": _columns.numbers("duration", duration), "cause": code}
    frame, groups = _columns.frame(
        columns, entry=entry, weights=weights, cluster=cluster, id=id, by=by
    )
    kind = _options.choice("variance", variance, Variance)
    options = _settings(groups, start_time, None, conf_type, conf_level, variance=kind)
    # Number 0 is the event-free probability, which is no cause.
    causes = ("cause", [labels[0] if labels else None, *labels])
    core = _core.Incidence(frame, options)
    return Curves(core, groups, codes=causes, drop=[0], measure="cumulative incidence")


def state_occupancy(
    id: ArrayLike,  # noqa: A002 - the name the method is known by
    start: ArrayLike,
    stop: ArrayLike,
    state: ArrayLike,
    *,
    initial: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    by: ArrayLike | None = None,
    start_time: float | None = None,
    conf_type: ConfType = "log",
    conf_level: float = 0.95,
) -> Curves:
    """Estimate the probability of each state over time.

    Parameters
    ----------
    id
        The person of each row.
    start, stop
        The row is observed over ``(start, stop]``.
    state
        State entered at ``stop``, by number or name; 0 or null: none.
    initial
        State in which each row begins, by the same names. Without it everyone
        begins in a state ``"(s0)"`` and moves as ``state`` says.
    weights, cluster, by, start_time, conf_type, conf_level
        As :func:`kaplan_meier`; people are clusters by default.

    Returns
    -------
    Curves
        With a ``state`` column and ``sojourn``.

    Examples
    --------
    >>> from boligspor.estimate import state_occupancy
    >>> rows = {"id": [1, 1, 2], "start": [0, 3, 0], "stop": [3, 9, 9]}
    >>> curves = state_occupancy(**rows, state=["home", None, None])
    >>> curves.table([5]).select("state", "estimate").rows()
    [('(s0)', 0.5), ('home', 0.5)]
    >>> curves.sojourn(9)["estimate"].to_list()
    [6.0, 3.0]
    """
    code, begun, labels = _columns.states(state, initial)
    columns = {
        "start": _columns.numbers("start", start),
        "stop": _columns.numbers("stop", stop),
        "state": code,
    }
    if begun is not None:
        columns["initial"] = begun
    frame, groups = _columns.frame(columns, weights=weights, cluster=cluster, id=id, by=by)
    options = _settings(groups, start_time, None, conf_type, conf_level)
    core = _core.Occupancy(frame, options)
    drop = [] if begun is None else [0]
    return Curves(core, groups, codes=("state", labels), drop=drop, measure="probability")


def log_rank(
    duration: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
) -> GroupTest:
    """Test whether hazards are equal across groups.

    Parameters
    ----------
    duration, event, entry
        As :func:`kaplan_meier`.
    group
        The groups to compare.
    strata
        Compare within these only.
    rho
        Weight ``S(t-)**rho``: 0 for the log-rank test, 1 for Peto and Peto's.

    Examples
    --------
    >>> from boligspor.estimate import log_rank
    >>> test = log_rank([1, 2, 3, 4], [1, 1, 1, 1], ["a", "a", "b", "b"])
    >>> round(test.statistic, 4), test.df
    (2.8824, 1)
    """
    columns = {
        "duration": _columns.numbers("duration", duration),
        "event": _columns.flags("event", event),
    }
    frame, groups = _columns.frame(columns, entry=entry, strata=strata, by=group, by_name="group")
    return _tested(_core.log_rank(frame, float(rho)), groups)


def gray_test(
    duration: ArrayLike,
    cause: ArrayLike,
    group: ArrayLike,
    *,
    of: Any,  # noqa: ANN401 - a cause is whatever the column holds
    strata: ArrayLike | None = None,
    rho: float = 0.0,
) -> GroupTest:
    """Test whether the cumulative incidence of one cause is equal across groups.

    Parameters
    ----------
    duration, cause
        As :func:`aalen_johansen`.
    group, strata
        As :func:`log_rank`.
    of
        The cause, as the column names it.
    rho
        Weight ``(1 - F(t-))**rho``.

    Examples
    --------
    >>> from boligspor.estimate import gray_test
    >>> test = gray_test(
    ...     [1, 2, 3, 4, 5, 6], [1, 2, 1, 0, 1, 2], ["a", "b", "a", "b", "a", "b"], of=1
    ... )
    >>> test.df
    1
    """
    code, labels = _columns.causes("cause", cause)
    if of not in labels:
        raise _options.refuse("of", "occurs in no row", "name a cause of the column")
    columns = {"duration": _columns.numbers("duration", duration), "cause": code}
    frame, groups = _columns.frame(columns, strata=strata, by=group, by_name="group")
    return _tested(_core.gray_test(frame, labels.index(of) + 1, float(rho)), groups)


def pseudo_values(
    duration: ArrayLike,
    event: ArrayLike,
    times: float | Iterable[float],
    *,
    of: Any = None,  # noqa: ANN401 - a cause is whatever the column holds
    target: PseudoTarget = "probability",
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - the name the method is known by
) -> pl.DataFrame:
    """Compute pseudo-values, to regress in place of censored outcomes.

    Parameters
    ----------
    duration, event, entry, weights, id
        As :func:`kaplan_meier`; with ``of``, ``event`` holds the causes.
    times
        One time or several.
    of
        The cause whose incidence is meant; survival without it.
    target
        ``"probability"`` at each time, or ``"restricted_mean"`` up to it.

    Returns
    -------
    polars.DataFrame
        ``row, time, value``; ``row`` counts rows, or people in the order of
        their sorted ``id``.

    Examples
    --------
    >>> from boligspor.estimate import pseudo_values
    >>> pseudo_values([1, 3, 5], [1, 1, 1], 2)["value"].round(12).abs().to_list()
    [0.0, 1.0, 1.0]
    """
    kind = _options.choice("target", target, PseudoTarget)
    code, labels = (
        (_columns.flags("event", event), []) if of is None else _columns.causes("event", event)
    )
    if of is not None and of not in labels:
        raise _options.refuse("of", "occurs in no row", "name a cause of the column")
    columns = {"duration": _columns.numbers("duration", duration), "cause": code.alias("cause")}
    frame, _ = _columns.frame(columns, entry=entry, weights=weights, id=id)
    at = [float(times)] if isinstance(times, int | float) else [float(t) for t in times]
    number = None if of is None else labels.index(of) + 1
    values = _core.pseudo_values(frame, at, kind == "restricted_mean", number)
    people = len(values) // max(len(at), 1)
    return pl.DataFrame(
        {
            "row": [person for person in range(people) for _ in at],
            "time": at * people,
            "value": values,
        }
    )


def mean_cumulative(
    id: ArrayLike,  # noqa: A002 - the name the method is known by
    start: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    by: ArrayLike | None = None,
    conf_type: Literal["log", "plain"] = "log",
    conf_level: float = 0.95,
) -> Curves:
    """Estimate the mean number (or amount) of recurrent events by time.

    Parameters
    ----------
    id
        The person of each row.
    start, stop
        The row is observed over ``(start, stop]``.
    event
        1 (or True) for an event at ``stop``, 0 for none, or an amount.
    weights, cluster, by, conf_type, conf_level
        As :func:`kaplan_meier`; people are clusters by default.

    Examples
    --------
    >>> from boligspor.estimate import mean_cumulative
    >>> curve = mean_cumulative([1, 1, 2], [0, 2, 0], [2, 9, 4], [1, 0, 0])
    >>> curve.table()["estimate"].to_list()
    [0.5, 0.5, 0.5]
    """
    columns = {
        "start": _columns.numbers("start", start),
        "stop": _columns.numbers("stop", stop),
        "amount": _columns.numbers("event", event).alias("amount"),
    }
    frame, groups = _columns.frame(columns, weights=weights, cluster=cluster, id=id, by=by)
    options = _settings(groups, None, None, conf_type, conf_level)
    fixed = _columns.with_groups(pl.DataFrame(_core.mean_cumulative(frame, options)), groups)
    return Curves(None, groups, fixed=fixed, measure="mean cumulative number")


def state_distribution(states: pl.DataFrame, *, weights: ArrayLike | None = None) -> pl.DataFrame:
    """Return the share of each state in each period.

    Parameters
    ----------
    states
        A row for each person and a column for each period, holding states by
        name; null where unknown.
    weights
        One weight for each person.

    Returns
    -------
    polars.DataFrame
        ``period, state, share, known`` and the ``entropy`` of the period
        (0: all in one state, 1: equal shares).

    Examples
    --------
    >>> import polars as pl
    >>> from boligspor.estimate import state_distribution
    >>> months = pl.DataFrame({"m1": ["shelter", "home"], "m2": ["home", "home"]})
    >>> state_distribution(months)["share"].to_list()
    [0.5, 0.5, 1.0, 0.0]
    """
    names, (share, known, entropy, *_) = _sequences(states, weights)
    periods, k = states.columns, len(names)
    return pl.DataFrame(
        {
            "period": [period for period in periods for _ in names],
            "state": names * len(periods),
            "share": share,
            "known": [n for n in known for _ in range(k)],
            "entropy": [e for e in entropy for _ in range(k)],
        }
    )


def transition_rates(states: pl.DataFrame, *, weights: ArrayLike | None = None) -> pl.DataFrame:
    """Return how often each state is followed by each other one period later.

    Parameters
    ----------
    states, weights
        As :func:`state_distribution`.

    Returns
    -------
    polars.DataFrame
        ``from, to, rate, count, at_risk``; the rate is null after states that
        nobody is in before the last period.

    Examples
    --------
    >>> import polars as pl
    >>> from boligspor.estimate import transition_rates
    >>> months = pl.DataFrame({"m1": ["shelter", "home"], "m2": ["home", "home"]})
    >>> transition_rates(months).filter(pl.col("from") == "shelter")["rate"].to_list()
    [1.0, 0.0]
    """
    names, (*_, rate, at_risk, count, _) = _sequences(states, weights)
    return pl.DataFrame(
        {
            "from": [name for name in names for _ in names],
            "to": names * len(names),
            "rate": pl.Series(rate, dtype=pl.Float64).fill_nan(None),
            "count": count,
            "at_risk": [n for n in at_risk for _ in names],
        }
    )


def _settings(
    groups: pl.DataFrame,
    start_time: float | None,
    robust: bool | None,
    conf_type: str,
    conf_level: float,
    *,
    variance: str | None = None,
) -> str:
    return json.dumps(
        {
            "groups": max(groups.height, 1),
            "start_time": None if start_time is None else float(start_time),
            "robust": None if robust is None else _options.flag("robust", robust),
            "conf_type": _options.choice("conf_type", conf_type, ConfType),
            "conf_level": float(conf_level),
            "exponential": False,
            "fleming_harrington": False,
            "variance": variance,
        }
    )


def _tested(
    found: tuple[float, int, float, list[float], list[float], list[float]], groups: pl.DataFrame
) -> GroupTest:
    statistic, df, p_value, observed, expected, variance = found
    k = len(observed)
    return GroupTest(
        statistic=statistic,
        df=df,
        p_value=p_value,
        groups=groups.to_series().to_list(),
        observed=observed,
        expected=expected,
        variance=[variance[i * k : (i + 1) * k] for i in range(k)],
    )


def _sequences(states: pl.DataFrame, weights: ArrayLike | None) -> tuple[list[Any], Any]:
    if not isinstance(states, pl.DataFrame):
        raise _options.refuse("states", "is no polars frame", "give a column for each period")
    people, periods = states.height, states.width
    long = pl.concat([states[c].cast(pl.String).alias("state") for c in states.columns])
    codes, names = _columns.causes("state", long)
    # Columns come period by period; people are wanted one after the other.
    order = [period * people + person for person in range(people) for period in range(periods)]
    code = codes.gather(order).alias("code").to_frame()
    given = None if weights is None else _columns.numbers("weights", weights).to_list()
    return names, _core.sequences(code, periods, len(names), given)
