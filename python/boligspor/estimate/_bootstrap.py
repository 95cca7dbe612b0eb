"""Curves with bootstrap errors: people are drawn with all their rows.

For what no formula covers: bands over the whole curve with clusters, weights or
several causes. The same seed gives the same numbers, whatever the order of rows.
"""

from __future__ import annotations

import polars as pl

from boligspor import _core, _options
from boligspor.estimate import _arrays, _columns
from boligspor.estimate._columns import ArrayLike, Groups
from boligspor.estimate._curves import moments
from boligspor.estimate._states import state_columns

__all__ = ["bootstrap_incidence", "bootstrap_occupancy", "bootstrap_survival"]


def bootstrap_survival(
    duration: ArrayLike,
    event: ArrayLike,
    times: float | ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - the name the method is known by
    by: ArrayLike | None = None,
    start_time: float | None = None,
    replicates: int = 999,
    seed: int = 0,
    conf_level: float = 0.95,
) -> pl.DataFrame:
    """Estimate survival at given times with bootstrap intervals and a band.

    Parameters
    ----------
    duration, event, entry, weights, by, start_time
        As :func:`kaplan_meier`.
    times
        Where survival is wanted.
    cluster, id
        Rows drawn together; each row by itself without.
    replicates, seed
        Number of draws, and where their random numbers begin.
    conf_level
        Level of the intervals, and of the band over all the times at once.

    Returns
    -------
    polars.DataFrame
        The groups, then ``time, estimate, std_error, low, high, band_low,
        band_high, replicates`` (those that could be computed).

    Examples
    --------
    >>> from boligspor.estimate import bootstrap_survival
    >>> found = bootstrap_survival(range(1, 31), [1] * 30, [10, 20], replicates=200)
    >>> found["estimate"].round(3).to_list()
    [0.667, 0.333]
    """
    columns = {
        "duration": _columns.numbers("duration", duration),
        "event": _columns.flags("event", event),
    }
    frame, groups = _columns.frame(
        columns, entry=entry, weights=weights, cluster=cluster, id=id, by=by
    )
    options = _draws(groups, start_time, replicates, seed, conf_level)
    found = _core.bootstrap_survival(frame, moments("times", times), options)
    return groups.name(_within(pl.DataFrame(found)))


def bootstrap_incidence(
    duration: ArrayLike,
    cause: ArrayLike,
    times: float | ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - the name the method is known by
    by: ArrayLike | None = None,
    start_time: float | None = None,
    replicates: int = 999,
    seed: int = 0,
    conf_level: float = 0.95,
) -> pl.DataFrame:
    """Estimate cumulative incidence at given times with bootstrap intervals.

    Parameters as :func:`aalen_johansen` and :func:`bootstrap_survival`; the band
    holds all causes at all times at once.

    Returns
    -------
    polars.DataFrame
        As :func:`bootstrap_survival`, with a column ``cause``.

    Examples
    --------
    >>> from boligspor.estimate import bootstrap_incidence
    >>> found = bootstrap_incidence(range(1, 31), [1, 2, 0] * 10, 20, replicates=100)
    >>> found["cause"].to_list()
    [1, 2]
    """
    code, labels = _columns.causes("cause", cause)
    columns = {"duration": _columns.numbers("duration", duration), "cause": code}
    frame, groups = _columns.frame(
        columns, entry=entry, weights=weights, cluster=cluster, id=id, by=by
    )
    options = _draws(groups, start_time, replicates, seed, conf_level, codes=len(labels))
    found = pl.DataFrame(_core.bootstrap_incidence(frame, moments("times", times), options))
    # Number 0 is the event-free probability, which is no cause.
    found = found.filter(pl.col("cause") > 0, pl.col("cause") <= len(labels))
    names = pl.Series("cause", labels).gather(found["cause"] - 1)
    return groups.name(_within(found.with_columns(names)))


def bootstrap_occupancy(
    id: ArrayLike,  # noqa: A002 - the name the method is known by
    start: ArrayLike,
    stop: ArrayLike,
    state: ArrayLike,
    times: float | ArrayLike,
    *,
    initial: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    by: ArrayLike | None = None,
    start_time: float | None = None,
    replicates: int = 999,
    seed: int = 0,
    conf_level: float = 0.95,
) -> pl.DataFrame:
    """Estimate occupancy of states at given times with bootstrap intervals.

    Parameters as :func:`state_occupancy` and :func:`bootstrap_survival`; people
    are drawn with all their rows, or clusters with all their people.

    Returns
    -------
    polars.DataFrame
        As :func:`bootstrap_survival`, with a column ``state``.

    Examples
    --------
    >>> from boligspor.estimate import bootstrap_occupancy
    >>> people = range(40)
    >>> found = bootstrap_occupancy(
    ...     people, [0] * 40, [1 + p % 9 for p in people], ["home", None] * 20, 5, replicates=100
    ... )
    >>> found["state"].to_list()
    ['(s0)', 'home']
    """
    columns, labels, zero = state_columns(start, stop, state, initial)
    frame, groups = _columns.frame(columns, weights=weights, cluster=cluster, id=id, by=by)
    options = _draws(groups, start_time, replicates, seed, conf_level, codes=len(labels))
    found = pl.DataFrame(_core.bootstrap_occupancy(frame, moments("times", times), options))
    if not zero:
        found = found.filter(pl.col("state") > 0)
    names = pl.Series("state", labels, strict=False).gather(found["state"])
    return groups.name(_within(found.with_columns(names)))


def _draws(
    groups: Groups,
    start_time: float | None,
    replicates: int,
    seed: int,
    conf_level: float,
    *,
    codes: int = 1,
) -> str:
    return _arrays.options(
        groups=len(groups),
        start_time=None if start_time is None else float(start_time),
        replicates=_options.whole("replicates", replicates, least=2),
        seed=_options.whole("seed", seed, least=0),
        level=float(conf_level),
        codes=codes,
    )


def _within(found: pl.DataFrame) -> pl.DataFrame:
    """Keep bands of probabilities between 0 and 1."""
    bands = pl.col("band_low", "band_high").clip(0.0, 1.0)
    return found.with_columns(bands, pl.col("replicates").cast(pl.Int64))
