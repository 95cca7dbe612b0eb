"""Do groups differ? Tests of hazards and incidences, and means side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from boligspor import _core, _options, _view
from boligspor.estimate import _columns
from boligspor.estimate._columns import ArrayLike, Groups
from boligspor.estimate._survival import kaplan_meier

__all__ = [
    "GroupTest",
    "compare_means",
    "gray_test",
    "log_rank",
    "log_rank_permutation",
    "log_rank_trend",
]


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

    def __repr__(self) -> str:
        head = (
            f"<GroupTest: chi-squared {self.statistic:.3f} on {self.df} df, p = {self.p_value:.4g}>"
        )
        return f"{head}\n{_view.text(self.table())}"


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
    frame, groups = _compared(duration, event, group, entry, strata)
    return _tested(_core.log_rank(frame, float(rho)), groups)


def log_rank_trend(
    duration: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    scores: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
) -> GroupTest:
    """Test whether hazards rise or fall over ordered groups (Tarone 1975).

    Parameters
    ----------
    duration, event, group, entry, strata, rho
        As :func:`log_rank`.
    scores
        A number for each group, in their sorted order; 1, 2, 3, … without.

    Examples
    --------
    >>> from boligspor.estimate import log_rank_trend
    >>> log_rank_trend([1, 2, 3, 4, 5, 6], [1] * 6, [1, 2, 3, 1, 2, 3]).df
    1
    """
    frame, groups = _compared(duration, event, group, entry, strata)
    given = range(1, len(groups) + 1) if scores is None else scores
    numbers = _columns.numbers("scores", given).to_list()
    return _tested(_core.log_rank(frame, float(rho), numbers), groups)


def log_rank_permutation(
    duration: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
    draws: int = 9_999,
    seed: int = 0,
) -> float:
    """Return the permutation P value of :func:`log_rank`, for tiny groups.

    Group labels are shuffled within strata. The value is the share of shuffles,
    the data among them, that differ at least as much; so it is never 0.

    Parameters
    ----------
    duration, event, group, entry, strata, rho
        As :func:`log_rank`.
    draws, seed
        Number of shuffles, and where their random numbers begin.

    Examples
    --------
    >>> from boligspor.estimate import log_rank_permutation
    >>> p = log_rank_permutation([1, 2, 3, 10, 11, 12], [1] * 6, list("aaabbb"), draws=999)
    >>> 0.07 < p < 0.13  # 2 of the 20 splits are as extreme
    True
    """
    frame, _ = _compared(duration, event, group, entry, strata)
    shuffles = _options.whole("draws", draws, least=1)
    begin = _options.whole("seed", seed, least=0)
    return _core.log_rank_permutation(frame, float(rho), shuffles, begin)


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


def compare_means(
    duration: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    *,
    tau: float,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - the name the method is known by
    conf_level: float = 0.95,
) -> pl.DataFrame:
    """Compare mean times without the event up to ``tau``: difference and ratio.

    Unlike a hazard ratio this needs no proportionality and is in days. Each
    group is compared with the first in sorted order.

    Parameters
    ----------
    duration, event, entry, weights, cluster, id
        As :func:`kaplan_meier`.
    group
        The groups to compare.
    tau
        The horizon; someone should be at risk there in each group.
    conf_level
        Level of the intervals.

    Returns
    -------
    polars.DataFrame
        As :meth:`Curves.compare_means`, with a column ``group``.

    Examples
    --------
    >>> from boligspor.estimate import compare_means
    >>> found = compare_means([1, 2, 5, 2, 6, 8], [1] * 6, list("aaabbb"), tau=8)
    >>> round(found["ratio"][0], 6)
    2.0
    """
    keys = pl.DataFrame({"compared": _columns.series("group", group)})
    curves = kaplan_meier(
        duration, event, entry=entry, weights=weights, cluster=cluster, id=id, by=keys
    )
    found = curves.compare_means(tau, conf_level=conf_level)
    return found.rename({"compared": "group"})


def _tested(
    found: tuple[float, int, float, list[float], list[float], list[float]], groups: Groups
) -> GroupTest:
    statistic, df, p_value, observed, expected, variance = found
    k = len(observed)
    return GroupTest(
        statistic=statistic,
        df=df,
        p_value=p_value,
        groups=groups.names.to_series().to_list(),
        observed=observed,
        expected=expected,
        variance=[variance[i * k : (i + 1) * k] for i in range(k)],
    )


def _compared(
    duration: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    entry: ArrayLike | None,
    strata: ArrayLike | None,
) -> tuple[pl.DataFrame, Groups]:
    columns = {
        "duration": _columns.numbers("duration", duration),
        "event": _columns.flags("event", event),
    }
    return _columns.frame(columns, entry=entry, strata=strata, by=group, by_name="group")
