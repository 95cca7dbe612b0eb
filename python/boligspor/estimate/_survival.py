"""Survival curves, cumulative hazards and recurrent events, from plain columns.

Every function takes any one-dimensional columns (polars, pandas, pyarrow, numpy
or lists) of one length and returns a result with ``.table()`` (polars) and
``.plot()`` (Altair). The names are those of the Rust crate
``boligspor::estimate``; how closely the numbers agree with other software is in
``docs/validation.md``.

Times are in whatever unit the columns count. A row is at risk at ``t`` if
``entry < t <= duration``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import polars as pl

from boligspor import _core, _options
from boligspor.estimate import _arrays, _columns
from boligspor.estimate._columns import ArrayLike, Groups
from boligspor.estimate._curves import ConfType, Curves

__all__ = ["gap_times", "kaplan_meier", "mean_cumulative", "nelson_aalen", "settings"]

SurvivalType: TypeAlias = Literal["product-limit", "exponential"]
"""How survival is built from hazards."""

HazardType: TypeAlias = Literal["nelson-aalen", "fleming-harrington"]
"""How the cumulative hazard takes tied events."""


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
    survival: SurvivalType = "product-limit",
    hazard: HazardType = "nelson-aalen",
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
    survival
        ``"product-limit"`` (Kaplan and Meier) or ``"exponential"`` of minus the
        cumulative hazard (Breslow; Fleming and Harrington).
    hazard
        How the hazard takes tied events: ``"nelson-aalen"`` together,
        ``"fleming-harrington"`` as if one came after the other.

    Returns
    -------
    Curves
        With ``quantile``, ``restricted_mean``, ``band`` and ``compare_means``.

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
    options = settings(
        groups, start_time, robust, conf_type, conf_level, survival=survival, hazard=hazard
    )
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
    hazard: HazardType = "nelson-aalen",
) -> Curves:
    """Estimate cumulative hazards; parameters as :func:`kaplan_meier`.

    Intervals are symmetric in the hazard's logarithm, or plain.

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
    options = settings(groups, start_time, robust, conf_type, conf_level, hazard=hazard)
    return Curves(_core.Hazard(frame, options), groups, measure="cumulative hazard")


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
    options = settings(groups, None, None, conf_type, conf_level)
    return Curves(_core.Recurrent(frame, options), groups, measure="mean cumulative number")


def gap_times(
    id: ArrayLike,  # noqa: A002 - the name the method is known by
    start: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
) -> pl.DataFrame:
    """Restart each person's clock at each of their events.

    For analyses of the time between events: the columns go to
    :func:`kaplan_meier` or :func:`cox` as ``entry`` and ``duration``, with
    ``previous_events`` as strata.

    Parameters
    ----------
    id
        The person of each row.
    start, stop
        The row is observed over ``(start, stop]``.
    event
        Whether it ends in an event.

    Returns
    -------
    polars.DataFrame
        ``start, stop, previous_events``, a row for each row.

    Examples
    --------
    >>> from boligspor.estimate import gap_times
    >>> gap_times([4, 4, 4], [0, 2, 5], [2, 5, 9], [1, 1, 0])["stop"].to_list()
    [2.0, 3.0, 4.0]
    """
    columns = {
        "start": _columns.numbers("start", start),
        "stop": _columns.numbers("stop", stop),
        "event": _columns.flags("event", event),
    }
    frame, _ = _columns.frame(columns, id=id)
    begun, ended, previous = _core.gap_times(frame)
    counts = pl.Series(previous, dtype=pl.UInt32)
    return pl.DataFrame({"start": begun, "stop": ended, "previous_events": counts})


def settings(
    groups: Groups,
    start_time: float | None,
    robust: bool | None,
    conf_type: str,
    conf_level: float,
    *,
    variance: str | None = None,
    survival: str = "product-limit",
    hazard: str = "nelson-aalen",
    codes: int = 1,
) -> str:
    """Write the options of curves as the extension module reads them."""
    exponential = _options.choice("survival", survival, SurvivalType) == "exponential"
    one_by_one = _options.choice("hazard", hazard, HazardType) == "fleming-harrington"
    return _arrays.options(
        groups=len(groups),
        start_time=None if start_time is None else float(start_time),
        robust=None if robust is None else _options.flag("robust", robust),
        conf_type=_options.choice("conf_type", conf_type, ConfType),
        conf_level=float(conf_level),
        exponential=exponential,
        fleming_harrington=one_by_one,
        variance=variance,
        codes=codes,
    )
