"""Intervals for means of skewed amounts with many zeros, such as costs."""

from __future__ import annotations

import hashlib
import warnings as python_warnings
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view
from boligspor.charts import look
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike, Coding, Covariates
from boligspor.estimate._glm import Glm, glm

__all__ = [
    "MeanInterval",
    "MeanWarning",
    "TwoPart",
    "concentration",
    "mean_interval",
    "median_interval",
    "two_part",
]

Method: TypeAlias = Literal["bootstrap_t", "normal", "percentile", "bca", "auto"]
"""How the interval is made."""


class MeanWarning(UserWarning):
    """Something the reader of a mean must know."""


def _keys(given: ArrayLike | None, rows: int) -> list[int]:
    """Return a number for each row's person, the same in every partition."""
    if given is None:
        return list(range(rows))
    column = _arrays.series("id", given)
    if column.null_count():
        hint = "leave those rows out, or give them a value"
        raise _options.refuse("id", "has missing values", hint)
    if len(column) != rows:
        problem = f"has {len(column)} rows, but values has {rows}"
        raise _options.refuse("id", problem, "pass columns of one length")
    levels = column.unique()
    if column.dtype.is_integer():
        return [int(value) % 2**64 for value in column.to_list()]
    names = {v: int.from_bytes(_digest(v), "little") for v in levels.to_list()}
    return [names[value] for value in column.to_list()]


def _digest(value: object) -> bytes:
    return hashlib.blake2b(str(value).encode(), digest_size=8).digest()


def mean_interval(
    values: ArrayLike,
    *,
    id: ArrayLike | None = None,  # noqa: A002 - as in the other estimators
    cluster: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    by: ArrayLike | None = None,
    method: Method = "bootstrap_t",
    replicates: int = 1999,
    seed: int = 1,
    cap: float | None = None,
    conf_level: float = 0.95,
) -> MeanInterval:
    """Estimate the mean of skewed amounts with an interval.

    Parameters
    ----------
    values
        The amounts, zeros included.
    id
        The person of each row; rows of one person are summed. The bootstrap
        draws people, by weights keyed by (seed, person, replicate).
    cluster
        Another name for ``id``: whatever is independent of the rest.
    weights
        Such as observed time: the mean is then the ratio of the sums.
    by
        Groups of different people, compared by :meth:`MeanInterval.differences`.
    method
        ``"bootstrap_t"`` (studentised, the default for skewed amounts),
        ``"percentile"``, ``"bca"``, ``"normal"``, which warns unless there are 200
        people and 25 times the squared skewness, or ``"auto"``: normal where there
        are, else studentised.
    replicates, seed
        Of the bootstrap.
    cap
        A sensitivity analysis: larger amounts count as this. The money removed
        is in the table.
    conf_level
        Confidence level of the interval.

    Returns
    -------
    MeanInterval

    Examples
    --------
    >>> from boligspor.estimate import mean_interval
    >>> found = mean_interval([0, 0, 0, 10, 20, 30, 40, 50, 250, 600])
    >>> found.estimate
    100.0
    >>> found.high - 100 > 100 - found.low
    True
    """
    if id is not None and cluster is not None:
        raise _options.refuse("cluster", "is another name for `id`", "give one of the two")
    amounts = _arrays.numbers("values", values)
    group, groups = pl.Series([0] * len(amounts), dtype=pl.Int64), [None]
    if by is not None:
        group, groups = _arrays.codes("by", by)
    columns = _arrays.frame(
        {
            "values": amounts,
            "by": group,
            "weights": None if weights is None else _arrays.numbers("weights", weights),
        }
    )
    keys = _keys(id if cluster is None else cluster, len(amounts))
    chosen = _options.choice("method", method, Method)
    options = _arrays.options(
        method=chosen,
        replicates=_options.whole("replicates", replicates, least=0),
        seed=_options.whole("seed", seed, least=0),
        level=conf_level,
        cap=None if cap is None else float(cap),
    )
    rows, differences = _core.estimate_mean_interval(columns, keys, options)
    return MeanInterval(rows, differences, None if by is None else groups, chosen, cap)


class MeanInterval:
    """A mean with its interval, or one for each group. Made by :func:`mean_interval`.

    Examples
    --------
    >>> from boligspor.estimate import mean_interval
    >>> cost = [5, 9, 1, 7, 8, 0, 0, 3, 2, 4, 1, 0, 0, 3, 6, 2, 0, 0, 1, 7]
    >>> arms = mean_interval(cost, by=["a"] * 10 + ["b"] * 10)
    >>> arms.differences()["estimate"].round(6).to_list()
    [-1.9]
    """

    def __init__(
        self,
        rows: Sequence[_core._MeanRow],
        differences: Sequence[tuple[int, int, tuple[float, float, float, float]]],
        groups: list[Any] | None,
        method: str,
        cap: float | None,
    ) -> None:
        self._method, self._cap = method, cap
        columns = ("estimate", "std_error", "low", "high", "people", "zeros", "skewness", "removed")
        table = pl.DataFrame([(*r[0], *r[1]) for r in rows], schema=columns, orient="row")
        names = [None] if groups is None else groups
        if groups is not None:
            table.insert_column(0, pl.Series("group", groups, strict=False))
        self._table = table
        self._differences = pl.DataFrame(
            [(names[a], names[b], *numbers) for a, b, numbers in differences],
            schema=["group", "reference", "estimate", "std_error", "low", "high"],
            orient="row",
        )
        self._warnings = [
            MeanWarning(text if groups is None else f"group {groups[i]}: {text}")
            for i, row in enumerate(rows)
            for _, text in row[2]
        ]
        for warning in self._warnings:
            python_warnings.warn(warning, stacklevel=3)

    @property
    def warnings(self) -> list[MeanWarning]:
        """What a reader must know before using the numbers."""
        return list(self._warnings)

    @property
    def estimate(self) -> float:
        """The mean, where there is one group."""
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
        """Return a row, or one for each group.

        Returns
        -------
        polars.DataFrame
            ``group`` if grouped, then ``estimate, std_error, low, high, people``, the
            share of ``zeros``, ``skewness``, and the money ``removed`` by a cap.
        """
        return self._table

    def differences(self) -> pl.DataFrame:
        """Return each later group's mean less each earlier one's, by the same method.

        Returns
        -------
        polars.DataFrame
            ``group, reference, estimate, std_error, low, high``.
        """
        return self._differences

    def describe(self) -> str:
        """Return what was estimated, in a sentence."""
        capped = "" if self._cap is None else f"; sensitivity: amounts capped at {self._cap:,g}"
        return f"Mean per person, interval by {self._method}{capped}."

    def plot(self, *, width: int = 420) -> alt.TopLevelMixin:
        """Return the means with their intervals, as an Altair chart."""
        frame = self._table
        if "group" not in frame.columns:
            frame = frame.with_columns(group=pl.lit("all"))
        frame = frame.with_columns(pl.col("group").cast(pl.String))
        axis = alt.Axis(title="Mean per person", format=",.0f", grid=True, tickCount=6)
        y = alt.Y("group:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False))
        scale = alt.Scale(zero=True)
        base = alt.Chart(frame)
        line = base.mark_rule(color=look.BLUE, strokeWidth=2).encode(
            x=alt.X("low:Q", axis=axis, scale=scale), x2="high:Q", y=y
        )
        point = base.mark_point(color=look.BLUE, filled=True, size=70, opacity=1).encode(
            x=alt.X("estimate:Q", axis=axis, scale=scale), y=y
        )
        sized = alt.layer(line, point).properties(
            width=_options.whole("width", width, least=100), height=max(60, 30 * frame.height)
        )
        return look.finish([sized], title="Mean", notes=[self.describe()], width=width)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        said = "".join(f"\nWarning: {w}" for w in self._warnings)
        return f"<MeanInterval> {self.describe()}\n{_view.text(self._table)}{said}"

    def _repr_html_(self) -> str:
        said = _html.warnings(str(w) for w in self._warnings)
        return _html.table(self._table) + _html.note(self.describe()) + said


def median_interval(values: ArrayLike, *, conf_level: float = 0.95) -> pl.DataFrame:
    """Return the median with its distribution-free interval.

    Parameters
    ----------
    values
        One amount for each person.
    conf_level
        The interval holds the median with at least this confidence.

    Returns
    -------
    polars.DataFrame
        ``estimate, low, high``; limits are order statistics, infinite where there
        are too few people.

    Examples
    --------
    >>> from boligspor.estimate import median_interval
    >>> median_interval(range(1, 11)).row(0)
    (5.5, 2.0, 9.0)
    """
    columns = _arrays.frame({"values": _arrays.numbers("values", values)})
    found = _core.estimate_median(columns, conf_level)
    return pl.DataFrame([found], schema=["estimate", "low", "high"], orient="row")


def concentration(
    values: ArrayLike,
    *,
    top: float = 0.1,
    id: ArrayLike | None = None,  # noqa: A002 - as in the other estimators
    replicates: int = 999,
    seed: int = 1,
    conf_level: float = 0.95,
) -> pl.DataFrame:
    """Return which share of all money the dearest people cost.

    Parameters
    ----------
    values
        One amount for each person, none negative.
    top
        The share of people, from the dearest: 0.1 for the top decile.
    id
        The person of each row, by whom the bootstrap draws.
    replicates, seed
        Of the bootstrap.
    conf_level
        Confidence level of the percentile interval.

    Returns
    -------
    polars.DataFrame
        ``top, share, low, high``.

    Examples
    --------
    >>> from boligspor.estimate import concentration
    >>> concentration([10] * 8 + [20, 100])["share"][0]
    0.5
    """
    amounts = _arrays.numbers("values", values)
    found = _core.estimate_concentration(
        _arrays.frame({"values": amounts}),
        _keys(id, len(amounts)),
        float(top),
        _options.whole("replicates", replicates, least=0),
        _options.whole("seed", seed, least=0),
        conf_level,
    )
    return pl.DataFrame([(top, *found)], schema=["top", "share", "low", "high"], orient="row")


def two_part(
    values: ArrayLike,
    covariates: Covariates,
    *,
    id: ArrayLike | None = None,  # noqa: A002 - as in the other estimators
    weights: ArrayLike | None = None,
    conf_level: float = 0.95,
) -> TwoPart:
    """Model whether there is any cost, and how much where there is.

    The first part is logistic; the second a Poisson pseudo-likelihood with a log
    link, which needs no distribution to hold and no retransformation (Santos
    Silva & Tenreyro 2006, *Review of Economics and Statistics* 88; Mullahy 1998,
    *Journal of Health Economics* 17). Errors are robust, clustered by ``id``.
    Poisson pseudo-likelihood of all amounts in one part is
    ``glm(..., family="poisson", errors="robust")``.

    Parameters
    ----------
    values
        Amounts, zero or more.
    covariates
        As for :func:`cox`.
    id
        The person of each row.
    weights
        Case weights.
    conf_level
        Confidence level of the terms' intervals.

    Returns
    -------
    TwoPart

    Examples
    --------
    Two of four women and three of four men cost something:

    >>> from boligspor.estimate import two_part
    >>> fit = two_part([0, 0, 10, 30, 0, 20, 40, 60], {"sex": ["woman"] * 4 + ["man"] * 4})
    >>> fit.predict({"sex": ["woman", "man"]})["mean"].round(6).to_list()
    [10.0, 30.0]
    """
    amounts = _arrays.numbers("values", values)
    if (rows := int((amounts < 0).sum())) > 0:
        raise _options.refuse("values", f"has {rows} negative rows", "give amounts of zero or more")
    _, coded = Coding.of(covariates)
    some = amounts > 0
    if not some.any():
        raise _options.refuse("values", "is zero in every row", "there is nothing to model")
    for column in coded:
        if len(column) != len(amounts):
            problem = f"has {len(column)} rows, but values has {len(amounts)}"
            raise _options.refuse("covariates", problem, "pass columns of one length")
    table = covariates if isinstance(covariates, pl.DataFrame) else None
    named = table if table is not None else pl.DataFrame(_named(covariates))
    who = None if id is None else _arrays.series("id", id)
    case = None if weights is None else _arrays.numbers("weights", weights)
    any_cost = glm(
        some,
        named,
        family="logistic",
        cluster=who,
        weights=case,
        errors="robust",
        conf_level=conf_level,
    )
    amount = glm(
        amounts.filter(some),
        named.filter(some),
        family="poisson",
        cluster=None if who is None else who.filter(some),
        weights=None if case is None else case.filter(some),
        errors="robust",
        conf_level=conf_level,
    )
    return TwoPart(any_cost, amount)


def _named(covariates: Covariates) -> dict[str, pl.Series]:
    if hasattr(covariates, "items"):
        return {name: _arrays.series(name, column) for name, column in covariates.items()}
    return {"x": _arrays.series("covariates", covariates)}


class TwoPart:
    """Whether there is any cost, and how much. Made by :func:`two_part`."""

    def __init__(self, any_cost: Glm, amount: Glm) -> None:
        self._any, self._amount = any_cost, amount

    @property
    def any(self) -> Glm:
        """The chance of any cost."""
        return self._any

    @property
    def amount(self) -> Glm:
        """The amount where there is any."""
        return self._amount

    def table(self) -> pl.DataFrame:
        """Return the terms of both parts.

        Returns
        -------
        polars.DataFrame
            ``part`` (``any``, ``amount``) and the columns of :meth:`Glm.table`.
        """
        parts = [("any", self._any), ("amount", self._amount)]
        return pl.concat(
            [fit.table().insert_column(0, pl.lit(name).alias("part")) for name, fit in parts]
        )

    def predict(self, covariates: Covariates) -> pl.DataFrame:
        """Return the expected cost of new rows.

        Returns
        -------
        polars.DataFrame
            ``any`` (chance), ``amount`` (if any) and ``mean``, their product.
        """
        chance, amount = self._any.predict(covariates), self._amount.predict(covariates)
        frame = pl.DataFrame({"any": pl.Series(chance), "amount": pl.Series(amount)})
        return frame.with_columns(mean=pl.col("any") * pl.col("amount"))

    def __repr__(self) -> str:
        return f"<TwoPart>\n{_view.text(self.table())}"

    def _repr_html_(self) -> str:
        return _html.table(self.table())
