"""Mean costs where some people are not followed to the end."""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Sequence
from itertools import combinations
from typing import Any, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view
from boligspor.charts import look
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike

__all__ = ["CensoredCost", "CostWarning", "SmallWeightWarning", "censored_cost_mean"]

Method: TypeAlias = Literal["bt", "bt_partitioned", "zt", "lin", "cc", "as"]
"""How what was not seen is made up for."""

_NAMES = {
    "bt": "Bang and Tsiatis",
    "bt_partitioned": "Bang and Tsiatis in parts",
    "zt": "Zhao and Tian",
    "lin": "Lin's interval method",
    "cc": "complete cases, biased",
    "as": "all that was seen, biased",
}


class CostWarning(UserWarning):
    """Something the reader of a mean cost must know."""


class SmallWeightWarning(CostWarning):
    """A few people carry the mean: their chance of having been seen is below 0.1."""


_KINDS: dict[str, type[CostWarning]] = {"small-weight": SmallWeightWarning}


def censored_cost_mean(  # noqa: PLR0917 - the six columns of a cost history
    id: ArrayLike,  # noqa: A002 - the name the method is known by
    start: ArrayLike,
    stop: ArrayLike,
    cost: ArrayLike,
    follow_up: ArrayLike,
    complete: ArrayLike,
    *,
    limit: float,
    method: Method = "bt",
    by: ArrayLike | None = None,
    left_limit: bool = True,
    partition: int | Sequence[float] = 12,
    inclusive: bool | None = None,
    conf_level: float = 0.95,
) -> CensoredCost:
    """Estimate the mean cost per person from 0 to a limit under censoring.

    Parameters
    ----------
    id
        The person of each row; someone may have many rows.
    start, stop, cost
        What the row cost, accruing evenly from start to stop.
    follow_up
        How long the person is followed, the same in each of their rows.
    complete
        Whether follow-up ended because nothing more can come (death). Whoever
        reaches the limit is complete anyhow.
    limit
        Costs are counted from 0 to here.
    method
        ``"bt"`` (Bang & Tsiatis 2000), ``"bt_partitioned"`` (the same in parts of
        the time), ``"zt"`` (Zhao & Tian 2001), ``"lin"`` (Lin et al. 1997), and for
        contrast the biased ``"cc"`` (complete cases) and ``"as"`` (all samples).
    by
        Groups to estimate in, such as the arms of a comparison; each has a
        censoring curve of its own.
    left_limit
        Read the censoring curve just before a time, K(T-), as textbooks do;
        ``False`` reads K(T), as the R package ccostr does.
    partition
        Number of equal parts, or the times to cut at, for the methods with parts.
    inclusive
        Whether both ends of a row belong to it (days 3 to 5 are three). By
        default they do if all times are whole and some row starts and stops at
        the same time, which no half-open interval does.
    conf_level
        Confidence level of the interval.

    Returns
    -------
    CensoredCost

    Examples
    --------
    One dies at 1, one is censored at 2, two are followed to 3. K falls to 2/3 at
    2, so the two stand for three: (10 + 3 x 40) / 4.

    >>> from boligspor.estimate import censored_cost_mean
    >>> mean = censored_cost_mean(
    ...     id=[1, 2, 3, 4],
    ...     start=[0, 0, 0, 0],
    ...     stop=[1, 2, 3, 3],
    ...     cost=[10, 25, 40, 40],
    ...     follow_up=[1, 2, 3, 3],
    ...     complete=[True, False, False, False],
    ...     limit=3,
    ... )
    >>> round(mean.estimate, 6)
    32.5
    >>> mean.table().columns
    ['estimate', 'std_error', 'low', 'high', 'people', 'complete', 'smallest_k']
    """
    groups: list[Any] = [None]
    person = _arrays.codes("id", id)[0]
    group = pl.Series([0] * len(person), dtype=pl.Int64)
    if by is not None:
        group, groups = _arrays.codes("by", by)
    columns = _arrays.frame(
        {
            "id": person,
            "by": group,
            "start": _arrays.numbers("start", start),
            "stop": _arrays.numbers("stop", stop),
            "cost": _arrays.numbers("cost", cost),
            "follow_up": _arrays.numbers("follow_up", follow_up),
            "complete": _arrays.flags("complete", complete),
        }
    )
    chosen = _options.choice("method", method, Method)
    parts = (
        partition
        if isinstance(partition, int)
        else _arrays.numbers("partition", partition).to_list()
    )
    options = _arrays.options(
        limit=float(limit),
        method=chosen,
        left_limit=_options.flag("left_limit", left_limit),
        partition=parts if not isinstance(parts, int) else _options.whole("partition", parts, 1),
        inclusive=inclusive,
        level=conf_level,
    )
    rows = _core.estimate_censored_cost(columns, options)
    return CensoredCost(rows, None if by is None else groups, chosen, float(limit), left_limit)


class CensoredCost:
    """Mean cost per person under censoring. Made by :func:`censored_cost_mean`.

    Examples
    --------
    >>> from boligspor.estimate import censored_cost_mean
    >>> same = {"start": [0] * 4, "stop": [1] * 4, "follow_up": [1] * 4, "complete": [True] * 4}
    >>> arms = censored_cost_mean(
    ...     id=[1, 2, 3, 4], cost=[10, 20, 40, 44], by=["a", "a", "b", "b"], limit=1, **same
    ... )
    >>> arms.table()["estimate"].to_list()
    [15.0, 42.0]
    >>> arms.differences()["estimate"].to_list()
    [27.0]
    """

    def __init__(
        self,
        rows: Sequence[_core._CostMean],
        groups: list[Any] | None,
        method: str,
        limit: float,
        left_limit: bool,
    ) -> None:
        self._groups, self._method, self._limit, self._left = groups, method, limit, left_limit
        columns = ("estimate", "std_error", "low", "high", "people", "complete", "smallest_k")
        table = pl.DataFrame([(*r[0], *r[1], r[2]) for r in rows], schema=columns, orient="row")
        if groups is not None:
            table.insert_column(0, pl.Series("group", groups, strict=False))
        self._table = table
        self._inclusive = rows[0][3]
        self._warnings: list[CostWarning] = []
        for number, row in enumerate(rows):
            arm = "" if groups is None else f"group {groups[number]}: "
            self._warnings += [_KINDS.get(k, CostWarning)(arm + text) for k, text in row[4]]
        for warning in self._warnings:
            python_warnings.warn(warning, stacklevel=3)

    @property
    def warnings(self) -> list[CostWarning]:
        """What a reader must know before using the numbers."""
        return list(self._warnings)

    @property
    def inclusive(self) -> bool:
        """Whether both ends of a row were taken to belong to it."""
        return self._inclusive

    @property
    def estimate(self) -> float:
        """The mean cost per person, where there is one group."""
        return self._one("estimate")

    @property
    def std_error(self) -> float:
        """Its standard error."""
        return self._one("std_error")

    @property
    def low(self) -> float:
        """Lower limit of its interval."""
        return self._one("low")

    @property
    def high(self) -> float:
        """Upper limit of its interval."""
        return self._one("high")

    def _one(self, column: str) -> float:
        if self._table.height > 1:
            raise _options.refuse("by", "gave several groups", "read them from table()")
        return float(self._table[column][0])

    def table(self) -> pl.DataFrame:
        """Return a row, or one for each group of ``by``.

        Returns
        -------
        polars.DataFrame
            ``group`` if grouped, then ``estimate, std_error, low, high, people,
            complete, smallest_k``: the smallest chance of having been seen.
        """
        return self._table

    def differences(self, *, conf_level: float = 0.95) -> pl.DataFrame:
        """Return each later group's mean less each earlier one's, groups independent.

        Returns
        -------
        polars.DataFrame
            ``group, reference, estimate, std_error, low, high``.
        """
        z = _core.normal_quantile_two_sided(conf_level)
        out = []
        for reference, group in combinations(range(self._table.height), 2):
            first, second = (
                self._table.row(reference, named=True),
                self._table.row(group, named=True),
            )
            difference = second["estimate"] - first["estimate"]
            error = (first["std_error"] ** 2 + second["std_error"] ** 2) ** 0.5
            names = (second.get("group"), first.get("group"))
            limits = (difference - z * error, difference + z * error)
            out.append((*names, difference, error, *limits))
        schema = ["group", "reference", "estimate", "std_error", "low", "high"]
        return pl.DataFrame(out, schema=schema, orient="row")

    def describe(self) -> str:
        """Return what was estimated, in a sentence."""
        curve = "K(T-)" if self._left else "K(T)"
        with_curve = (
            f", censoring curve {curve}" if self._method in {"bt", "bt_partitioned", "zt"} else ""
        )
        return (
            f"Mean cost per person from 0 to {self._limit:,g}: {_NAMES[self._method]}{with_curve}."
        )

    def plot(self, *, width: int = 420) -> alt.TopLevelMixin:
        """Return the means with their intervals, as an Altair chart."""
        frame = self._table
        if self._groups is None:
            frame = frame.with_columns(group=pl.lit("all"))
        frame = frame.with_columns(pl.col("group").cast(pl.String))
        axis = alt.Axis(title="Mean cost per person", format=",.0f", grid=True, tickCount=6)
        y = alt.Y("group:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False))
        base = alt.Chart(frame)
        scale = alt.Scale(zero=True)
        line = base.mark_rule(color=look.BLUE, strokeWidth=2).encode(
            x=alt.X("low:Q", axis=axis, scale=scale), x2="high:Q", y=y
        )
        tips = [alt.Tooltip(f"{c}:Q", format=",.0f") for c in ("estimate", "low", "high")]
        point = base.mark_point(color=look.BLUE, filled=True, size=70, opacity=1).encode(
            x=alt.X("estimate:Q", axis=axis, scale=scale), y=y, tooltip=tips
        )
        sized = alt.layer(line, point).properties(
            width=_options.whole("width", width, least=100), height=max(60, 30 * frame.height)
        )
        return look.finish([sized], title="Mean cost", notes=[self.describe()], width=width)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        said = "".join(f"\nWarning: {w}" for w in self._warnings)
        return f"<CensoredCost> {self.describe()}\n{_view.text(self._table)}{said}"

    def _repr_html_(self) -> str:
        said = _html.warnings(str(w) for w in self._warnings)
        return _html.table(self._table) + _html.note(self.describe()) + said
