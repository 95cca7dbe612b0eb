"""Where people are over time, from rows of each person's moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from boligspor import _core
from boligspor.estimate import _columns
from boligspor.estimate._columns import ArrayLike
from boligspor.estimate._curves import ConfType, Curves
from boligspor.estimate._survival import settings

__all__ = ["RowFindings", "check_rows", "state_columns", "state_occupancy"]


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
        With a ``state`` column, ``sojourn``, ``transition_hazards`` and
        ``transition_probabilities``.

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
    columns, labels, zero = state_columns(start, stop, state, initial)
    frame, groups = _columns.frame(columns, weights=weights, cluster=cluster, id=id, by=by)
    options = settings(groups, start_time, None, conf_type, conf_level, codes=len(labels))
    core = _core.Occupancy(frame, options)
    drop = [] if zero else [0]
    return Curves(core, groups, codes=("state", labels), drop=drop, measure="probability")


@dataclass(frozen=True, kw_only=True, slots=True)
class RowFindings:
    """Rows at which a person's story breaks, by number from 0. Made by :func:`check_rows`.

    Attributes
    ----------
    overlap
        Rows that begin before the person's previous row has ended.
    gap
        Rows that begin after a hole, in the state left before it.
    jump
        Rows that begin after a hole, in another state.
    teleport
        Rows that follow on without a hole, but in another state.
    """

    overlap: list[int]
    gap: list[int]
    jump: list[int]
    teleport: list[int]

    def __bool__(self) -> bool:
        return bool(self.overlap or self.gap or self.jump or self.teleport)

    def table(self) -> pl.DataFrame:
        """Return ``finding, row``, a row for each."""
        rows = [(kind, row) for kind in self.__slots__ for row in getattr(self, kind)]
        schema = {"finding": pl.String, "row": pl.Int64}
        return pl.DataFrame(rows, schema=schema, orient="row")


def check_rows(
    id: ArrayLike,  # noqa: A002 - the name the method is known by
    start: ArrayLike,
    stop: ArrayLike,
    state: ArrayLike,
    *,
    initial: ArrayLike | None = None,
) -> RowFindings:
    """Find where people's rows overlap, leave gaps, jump or teleport.

    Parameters
    ----------
    id, start, stop, state, initial
        As :func:`state_occupancy`, which refuses rows that overlap, jump or
        teleport; in a gap a person is not observed.

    Returns
    -------
    RowFindings
        True where there are any.

    Examples
    --------
    >>> from boligspor.estimate import check_rows
    >>> found = check_rows([1, 1, 2, 2], [0, 10, 0, 25], [12, 20, 20, 30], [0, 1, 1, 0])
    >>> found.overlap, found.gap, bool(found)
    ([1], [3], True)
    """
    columns, _, _ = state_columns(start, stop, state, initial)
    frame, _ = _columns.frame(columns, id=id)
    found = pl.DataFrame(_core.check_rows(frame))
    rows = {
        kind: found.filter(pl.col("finding") == kind)["row"].to_list()
        for kind in ("overlap", "gap", "jump", "teleport")
    }
    return RowFindings(**rows)


def state_columns(
    start: ArrayLike, stop: ArrayLike, state: ArrayLike, initial: ArrayLike | None
) -> tuple[dict[str, pl.Series], list[Any], bool]:
    """Return the columns of moves, the states' names, and whether code 0 is a state."""
    code, begun, labels, zero = _columns.states(state, initial)
    columns = {
        "start": _columns.numbers("start", start),
        "stop": _columns.numbers("stop", stop),
        "state": code,
    }
    if begun is not None:
        columns["initial"] = begun
    return columns, labels, zero
