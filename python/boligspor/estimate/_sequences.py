"""States by period, as sequence analysts count them."""

from __future__ import annotations

from typing import Any, TypeAlias

import polars as pl

from boligspor import _core, _options
from boligspor.estimate import _columns
from boligspor.estimate._columns import ArrayLike

__all__ = ["mean_time_in_state", "state_distribution", "transition_rates"]

Table: TypeAlias = pl.DataFrame | Any
"""A table with a row for each person and a column for each period."""


def state_distribution(states: Table, *, weights: ArrayLike | None = None) -> pl.DataFrame:
    """Return the share of each state in each period.

    Parameters
    ----------
    states
        A row for each person and a column for each period, holding states by
        name; null where unknown. A table of polars, pandas or pyarrow, a
        two-dimensional array, or a list of people's lists.
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
    table = _table(states)
    names, (share, known, entropy, *_) = _sequences(table, weights)
    periods, k = table.columns, len(names)
    return pl.DataFrame(
        {
            "period": [period for period in periods for _ in names],
            "state": names * len(periods),
            "share": share,
            "known": [n for n in known for _ in range(k)],
            "entropy": [e for e in entropy for _ in range(k)],
        }
    )


def transition_rates(states: Table, *, weights: ArrayLike | None = None) -> pl.DataFrame:
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
    names, (*_, rate, at_risk, count, _) = _sequences(_table(states), weights)
    return pl.DataFrame(
        {
            "from": [name for name in names for _ in names],
            "to": names * len(names),
            "rate": pl.Series(rate, dtype=pl.Float64).fill_nan(None),
            "count": count,
            "at_risk": [n for n in at_risk for _ in names],
        }
    )


def mean_time_in_state(states: Table, *, weights: ArrayLike | None = None) -> pl.DataFrame:
    """Return the mean number of periods in each state.

    Parameters
    ----------
    states, weights
        As :func:`state_distribution`.

    Returns
    -------
    polars.DataFrame
        ``state, mean``.

    Examples
    --------
    >>> from boligspor.estimate import mean_time_in_state
    >>> mean_time_in_state([["shelter", "home"], ["home", "home"]])["mean"].to_list()
    [1.5, 0.5]
    """
    names, (*_, means) = _sequences(_table(states), weights)
    return pl.DataFrame({"state": names, "mean": means})


def _table(states: Table) -> pl.DataFrame:
    """Return a row for each person and a column for each period, holding text."""
    given: Any = states
    if isinstance(given, pl.DataFrame):
        columns = {c: given[c] for c in given.columns}
    elif hasattr(given, "columns") or hasattr(given, "column_names"):
        names = getattr(given, "column_names", None) or list(given.columns)
        columns = {str(c): _columns.series(str(c), given[c]) for c in names}
    else:
        rows = given.tolist() if hasattr(given, "tolist") else [list(row) for row in given]
        if len({len(row) for row in rows}) > 1:
            raise _options.refuse("states", "has rows of different length", "fill with null")
        periods = zip(*rows, strict=True)
        columns = {str(i + 1): _columns.series("states", list(c)) for i, c in enumerate(periods)}
    if not columns:
        raise _options.refuse("states", "holds no periods", "give a column for each period")
    return pl.DataFrame({c: column.cast(pl.String) for c, column in columns.items()})


def _sequences(states: pl.DataFrame, weights: ArrayLike | None) -> tuple[list[Any], Any]:
    people, periods = states.height, states.width
    # Columns come period by period; people are wanted one after the other.
    order = [period * people + person for person in range(people) for period in range(periods)]
    long = pl.concat([states[c].alias("state") for c in states.columns]).gather(order)
    names = long.drop_nulls().unique().sort()
    codes = long.cast(pl.Enum(names)).to_physical().cast(pl.UInt32) + 1
    frame = codes.fill_null(0).alias("code").to_frame()
    given = None if weights is None else _columns.numbers("weights", weights).to_list()
    return names.to_list(), _core.sequences(frame, periods, len(names), given)
