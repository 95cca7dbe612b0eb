"""The columns of one call, made ready for the estimators of curves.

Numbers cross to Rust as floats, and everything that only tells rows apart
(groups, clusters, people, causes, states) as integers; their names stay here.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from boligspor import _options
from boligspor.errors import OptionError
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike, flags, identities, numbers, series

__all__ = [
    "ArrayLike",
    "Groups",
    "causes",
    "flags",
    "frame",
    "identities",
    "numbers",
    "series",
    "states",
]

_TAKEN = {
    *("group", "cause", "state", "time", "n_risk", "n_event", "n_censor", "from", "to"),
    *("estimate", "std_error", "low", "high", "probability", "critical"),
}
"""Names of the results' own columns, which groups cannot have."""


class Groups:
    """The groups of a call, in the order of their codes."""

    def __init__(self, names: pl.DataFrame | None = None) -> None:
        self.names = pl.DataFrame() if names is None else names

    def __len__(self) -> int:
        """Return the number of groups; everybody together is one."""
        return max(self.names.height, 1)

    def name(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Put the groups' columns in place of their number."""
        if not self.names.width:
            return frame.drop("group")
        named = self.names[frame["group"]]
        return pl.concat([named, frame.drop("group")], how="horizontal")


def _values(name: str, given: ArrayLike) -> pl.Series:
    """Return causes or states as integers or text, null where there is none."""
    column = series(name, given)
    if column.dtype == pl.Boolean:
        return column.cast(pl.Int64)
    if isinstance(column.dtype, pl.Categorical | pl.Enum):
        return column.cast(pl.String)
    if column.dtype.is_float():
        column = column.fill_nan(None)
        if (column == column.round()).all():
            return column.cast(pl.Int64)
    return column


def _coded(column: pl.Series, labels: pl.Series) -> pl.Series:
    """Return codes from 1 in the order of the labels, and 0 where none of them."""
    if column.dtype.is_integer() and labels.to_list() == list(range(1, len(labels) + 1)):
        return column.fill_null(0).cast(pl.UInt32)
    if column.dtype == pl.String:
        known = column.cast(pl.Enum(labels.cast(pl.String)), strict=False)
        return (known.to_physical().cast(pl.UInt32) + 1).fill_null(0)
    if not len(labels):
        return pl.repeat(0, len(column), dtype=pl.UInt32, eager=True)
    known = column.is_in(labels.implode()) & column.is_not_null()
    found = labels.search_sorted(column.fill_null(labels[0])).cast(pl.UInt32) + 1
    return pl.select(pl.when(known).then(found).otherwise(0).cast(pl.UInt32)).to_series()


def _labels(column: pl.Series) -> pl.Series:
    """Return the sorted values that are causes or states: 0 and "0" stand for none."""
    none = "0" if column.dtype == pl.String else 0
    labels = column.drop_nulls().unique().sort()
    return labels if column.dtype == pl.Null else labels.filter(labels != none)


def causes(name: str, given: ArrayLike) -> tuple[pl.Series, list[Any]]:
    """Return codes from 1, with 0 for null and 0, and what they stand for."""
    column = _values(name, given)
    labels = _labels(column)
    return _coded(column, labels).alias(name), labels.to_list()


def states(
    state: ArrayLike, initial: ArrayLike | None
) -> tuple[pl.Series, pl.Series | None, list[Any], bool]:
    """Return codes of states entered and begun in, and their labels.

    The last tells whether code 0 is a state: that of the beginning, where the
    rows do not say another.
    """
    entered = _values("state", state)
    if initial is None:
        labels = _labels(entered)
        return _coded(entered, labels), None, ["(s0)", *map(str, labels)], True
    begun = _arrays.no_nulls("initial", _values("initial", initial))
    if pl.Null in {entered.dtype, begun.dtype} or entered.dtype != begun.dtype:
        entered, begun = entered.cast(pl.String), begun.cast(pl.String)
    none: Any = "0" if begun.dtype == pl.String else 0
    labels = _labels(pl.concat([entered.rename("state"), begun.rename("state")]))
    zero = bool((begun == none).any())
    return _coded(entered, labels), _coded(begun, labels), [none, *labels], zero


def frame(
    columns: dict[str, pl.Series],
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - the name the method is known by
    strata: ArrayLike | None = None,
    by: ArrayLike | pl.DataFrame | None = None,
    by_name: str = "by",
) -> tuple[pl.DataFrame, Groups]:
    """Return the columns as the extension module takes them, and the groups."""
    for name, given in (("entry", entry), ("weights", weights)):
        if given is not None:
            columns[name] = numbers(name, given)
    for name, given in (("cluster", cluster), ("id", id), ("strata", strata)):
        if given is not None:
            columns[name] = identities(name, given)
    groups = Groups()
    if by is not None:
        columns["group"], groups = _grouped(by, by_name)
    rows = {len(column) for column in columns.values()}
    if len(rows) > 1:
        lengths = ", ".join(f"{name} has {len(column):,}" for name, column in columns.items())
        raise OptionError(f"columns differ in length ({lengths}); pass columns of one length")
    return pl.DataFrame([column.alias(name) for name, column in columns.items()]), groups


def _grouped(by: ArrayLike | pl.DataFrame, by_name: str) -> tuple[pl.Series, Groups]:
    """Return the number of each row's group, and the groups, sorted."""
    own = getattr(by, "name", None)
    named = by_name == "by" and isinstance(own, str) and own not in {"", *_TAKEN}
    if isinstance(by, pl.DataFrame):
        keys = by
    elif hasattr(by, "columns") or hasattr(by, "column_names"):
        keys = pl.DataFrame(
            {str(c): series(str(c), by[c]) for c in getattr(by, "column_names", by.columns)}
        )
    else:
        keys = series(by_name, by).alias(str(own) if named else by_name).to_frame()
    if by_name == "by" and (taken := _TAKEN.intersection(keys.columns)):
        hint = "rename it"
        raise _options.refuse("by", f"has a column `{min(taken)}`, a name of the results", hint)
    if keys.width == 1 and not keys.to_series().null_count():
        code, levels = _arrays.labelled(by_name, keys.to_series())
        return code, Groups(pl.DataFrame({keys.columns[0]: levels}))
    groups = keys.unique().sort(keys.columns)
    numbered = groups.with_row_index("__group")
    joined = keys.join(
        numbered, on=keys.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    return joined["__group"].cast(pl.UInt32), Groups(groups)
