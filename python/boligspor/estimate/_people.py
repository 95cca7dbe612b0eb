"""A number for every row or person: pseudo-values and weights."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import polars as pl

from boligspor import _core, _options
from boligspor.estimate import _columns
from boligspor.estimate._columns import ArrayLike

__all__ = ["censoring_weights", "pseudo_values"]

PseudoTarget: TypeAlias = Literal["probability", "restricted_mean"]
"""What pseudo-values stand for."""


def pseudo_values(
    duration: ArrayLike,
    event: ArrayLike,
    times: float | ArrayLike,
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
    name = "event" if of is None else "cause"
    columns = {"duration": _columns.numbers("duration", duration), name: code}
    frame, _ = _columns.frame(columns, entry=entry, weights=weights, id=id)
    at = _times(times)
    number = None if of is None else labels.index(of) + 1
    values = _core.pseudo_values(frame, at, kind == "restricted_mean", number)
    return _long(values, at, "value")


def censoring_weights(
    duration: ArrayLike,
    event: ArrayLike,
    times: float | ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - the name the method is known by
    start_time: float | None = None,
) -> pl.DataFrame:
    """Compute inverse-probability-of-censoring weights.

    With them, plain weighted means over the uncensored estimate what would be
    seen without censoring: 0 for who is censored by a time, one over the chance
    of being uncensored for the others.

    Parameters
    ----------
    duration, event, entry, weights, id, start_time
        As :func:`kaplan_meier`; case weights multiply the result.
    times
        One time or several at which the outcome is looked at.

    Returns
    -------
    polars.DataFrame
        ``row, time, weight``; ``row`` counts rows from 0.

    Examples
    --------
    The second of three is censored: the third carries both weights.

    >>> from boligspor.estimate import censoring_weights
    >>> censoring_weights([1, 2, 3], [1, 0, 1], 5)["weight"].to_list()
    [1.0, 0.0, 2.0]
    """
    columns = {
        "duration": _columns.numbers("duration", duration),
        "event": _columns.flags("event", event),
    }
    frame, _ = _columns.frame(columns, entry=entry, weights=weights, id=id)
    at = _times(times)
    begin = None if start_time is None else float(start_time)
    return _long(_core.censoring_weights(frame, at, begin), at, "weight")


def _times(given: float | ArrayLike) -> list[float]:
    several = [given] if isinstance(given, int | float) else given
    return _columns.numbers("times", several).to_list()


def _long(values: list[float], times: list[float], name: str) -> pl.DataFrame:
    """Return a row for each row or person and time, as the numbers came."""
    people = len(values) // max(len(times), 1)
    rows = pl.Series(range(people), dtype=pl.Int64)
    row = rows.gather([i for i in range(people) for _ in times])
    return pl.DataFrame({"row": row, "time": times * people, name: values})
