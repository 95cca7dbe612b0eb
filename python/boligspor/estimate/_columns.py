"""Columns of any kind, made ready for the estimators.

Numbers cross to Rust as floats, and everything that only tells rows apart
(groups, clusters, people, causes, states) as codes; their names stay here.
"""

from __future__ import annotations

from typing import Any, TypeAlias, cast

import polars as pl

from boligspor import _options
from boligspor.errors import OptionError

ArrayLike: TypeAlias = Any
"""A column: polars, pandas or numpy, a pyarrow array, a list."""

_TAKEN = {
    *("group", "cause", "state", "time", "n_risk", "n_event", "n_censor"),
    *("estimate", "std_error", "low", "high", "probability"),
}
"""Names of the results' own columns, which groups cannot have."""


def series(name: str, given: ArrayLike) -> pl.Series:
    """Return a column as a series, whatever it came as."""
    if isinstance(given, pl.Series):
        return given.alias(name)
    try:
        if type(given).__module__.partition(".")[0] == "pandas":
            return cast("pl.Series", pl.from_pandas(given)).alias(name)
        if hasattr(given, "__arrow_c_array__") or hasattr(given, "__arrow_c_stream__"):
            return pl.Series(name, given)
        return pl.Series(name, given if hasattr(given, "__array__") else list(given))
    except (TypeError, ValueError, pl.exceptions.PolarsError):
        raise _options.refuse(name, "is no column", "give a series, an array or a list") from None


def no_nulls(column: pl.Series) -> pl.Series:
    """Return the column, refusing missing rows."""
    if nulls := column.null_count():
        raise _options.refuse(column.name, f"has {nulls} missing rows", "fill or drop them first")
    return column


def numbers(name: str, given: ArrayLike) -> pl.Series:
    """Return a column of numbers as floats."""
    column = no_nulls(series(name, given))
    if not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
        raise _options.refuse(name, "holds no numbers", "cast it to a number first")
    return column.cast(pl.Float64)


def flags(name: str, given: ArrayLike) -> pl.Series:
    """Return a column of yes and no as codes 1 and 0."""
    column = no_nulls(series(name, given))
    if column.dtype != pl.Boolean:
        if not column.dtype.is_numeric() or not column.is_in([0, 1]).all():
            raise _options.refuse(name, "is not a yes or no", "give True or False, or 1 and 0")
        column = column.cast(pl.Boolean)
    return column.cast(pl.UInt32)


def coded(column: pl.Series) -> tuple[pl.Series, list[Any]]:
    """Return codes from 0, and the sorted values they stand for."""
    labels = column.drop_nulls().unique().sort()
    codes = column.rank("dense").cast(pl.UInt32) - 1
    return codes, labels.to_list()


def causes(name: str, given: ArrayLike) -> tuple[pl.Series, list[Any]]:
    """Return codes from 1, with 0 for null and 0, and what they stand for."""
    column = series(name, given)
    if column.dtype.is_numeric():
        column = column.replace(0, None)
    codes, labels = coded(column)
    return (codes + 1).fill_null(0).cast(pl.UInt32).alias(name), labels


def states(
    state: ArrayLike, initial: ArrayLike | None
) -> tuple[pl.Series, pl.Series | None, list[Any]]:
    """Return codes of states entered and begun in; code 0 stands for none."""
    entered, labels = causes("state", state)
    if initial is None:
        return entered, None, ["(s0)", *(str(label) for label in labels)]
    begun = no_nulls(series("initial", initial))
    both = pl.concat([series("state", state).cast(pl.String), begun.cast(pl.String)])
    zero = series("state", state).dtype.is_numeric()
    codes, labels = causes("state", both.replace("0", None) if zero else both)
    head = len(codes) - len(begun)
    return codes[:head], codes[head:].alias("initial"), ["(none)", *labels]


def frame(
    columns: dict[str, pl.Series],
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - the name the method is known by
    strata: ArrayLike | None = None,
    by: ArrayLike | None = None,
    by_name: str = "by",
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the columns as the extension module takes them, and the groups."""
    for name, given in (("entry", entry), ("weights", weights)):
        if given is not None:
            columns[name] = numbers(name, given)
    for name, given in (("cluster", cluster), ("id", id), ("strata", strata)):
        if given is not None:
            columns[name] = coded(no_nulls(series(name, given)))[0]
    groups = pl.DataFrame()
    if by is not None:
        own = getattr(by, "name", None)
        name = own if isinstance(own, str) and own not in {"", *_TAKEN} else by_name
        name = name if by_name == "by" else by_name
        keys = by if isinstance(by, pl.DataFrame) else series(name, by).to_frame()
        if by_name == "by" and (taken := _TAKEN.intersection(keys.columns)):
            hint = "rename it"
            raise _options.refuse("by", f"has a column `{min(taken)}`, a name of the results", hint)
        groups = keys.unique().sort(keys.columns)
        numbered = groups.with_row_index("__group")
        joined = keys.join(
            numbered, on=keys.columns, how="left", nulls_equal=True, maintain_order="left"
        )
        columns["group"] = joined["__group"].cast(pl.UInt32)
    rows = {len(column) for column in columns.values()}
    if len(rows) > 1:
        lengths = ", ".join(f"{name} has {len(column):,}" for name, column in columns.items())
        raise OptionError(f"columns differ in length ({lengths}); pass columns of one length")
    return pl.DataFrame([column.alias(name) for name, column in columns.items()]), groups


def with_groups(frame: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Put the groups' columns in place of their number."""
    if not groups.width:
        return frame.drop("group")
    named = groups[frame["group"]]
    return pl.concat([named, frame.drop("group")], how="horizontal")
