"""Tables from anywhere, made ready to cross to Rust.

A path crosses as it is: the library reads Parquet and CSV itself. Everything
else becomes a polars frame of the few types that the library reads: booleans,
whole numbers of 64 bits, floats, text, dates and date-times without a zone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import polars as pl

from boligspor.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ArrowStream", "TableLike", "table"]


@runtime_checkable
class ArrowStream(Protocol):
    """Anything that offers itself as a stream of Arrow batches."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return a capsule named ``arrow_array_stream``."""
        ...


TableLike: TypeAlias = (
    "str | os.PathLike[str] | pl.DataFrame | pl.LazyFrame | pd.DataFrame | ArrowStream"
    " | Mapping[str, Any]"
)
"""What a table can be given as: a path to Parquet or CSV, a polars data or lazy
frame, a pandas data frame, a pyarrow table or reader, a DuckDB relation, any
object with ``__arrow_c_stream__``, or a mapping from column names to values."""


def table(name: str, given: object) -> str | pl.DataFrame:
    """Return a table as the extension module takes it: a path, or a plain frame."""
    if isinstance(given, str | os.PathLike):
        return os.fspath(given)
    return _plain(name, _frame(name, given))


def _frame(name: str, given: Any) -> pl.DataFrame:  # noqa: ANN401 - any object may come
    if isinstance(given, pl.DataFrame):
        return given
    try:
        if isinstance(given, pl.LazyFrame):
            return given.collect()
        if type(given).__module__.partition(".")[0] == "pandas":
            return _from_pandas(given)
        if isinstance(given, ArrowStream):
            return pl.DataFrame(given)
        if isinstance(given, Mapping):
            return pl.DataFrame(dict(given))
    except KeyboardInterrupt:
        raise
    # Whoever offers the table may fail in any way; its text may quote values.
    except Exception as error:  # noqa: BLE001 - as said
        raise TableError(
            f"table `{name}`: cannot be read from a {_kind(given)} ({type(error).__name__}); "
            "turn it into a polars or pyarrow table first",
            table=name,
        ) from None
    raise TableError(
        f"table `{name}`: is a {_kind(given)}, which is no table; give a path, a polars, pandas, "
        "pyarrow or DuckDB table, or any object with `__arrow_c_stream__`",
        table=name,
    )


def _from_pandas(given: Any) -> pl.DataFrame:  # noqa: ANN401 - pandas is optional
    """Read a pandas frame; its index is no part of a table.

    A column of whole numbers with gaps is one of floats in pandas: where all
    its values are whole, it is read back as whole numbers, so that identifiers
    and codes keep their form.
    """
    if not hasattr(given, "columns"):
        raise TypeError
    columns: dict[str, pl.Series] = {}
    for position, label in enumerate(given.columns):
        values = given.iloc[:, position]
        try:
            series = pl.Series(pl.from_pandas(values, nan_to_null=True))
        except (ImportError, ModuleNotFoundError):
            # Without pyarrow some types have no fast way.
            gaps = values.isna()
            listed = [None if gap else v for v, gap in zip(values.tolist(), gaps, strict=True)]
            series = pl.Series(listed, strict=False)
        if series.dtype.is_float() and (series == series.round(0)).all():
            series = series.cast(pl.Int64, strict=False)
        columns[str(label)] = series.rename(str(label))
    return pl.DataFrame(list(columns.values()))


def _plain(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Cast every column to one of the types that the library reads."""
    casts = []
    for column, dtype in frame.schema.items():
        plain = _plain_type(dtype)
        if plain is None:
            raise TableError(
                f"table `{name}`, column `{column}`: has the type {dtype}; cast it to text, a "
                "whole number, a number or a date, or leave it out",
                table=name,
                column=column,
            )
        expression = pl.col(column)
        if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
            # The day is the one that clocks in that zone show.
            expression = expression.dt.replace_time_zone(None)
        if plain != dtype or isinstance(dtype, pl.Datetime):
            casts.append(expression.cast(plain))
    try:
        return frame.with_columns(casts) if casts else frame
    except pl.exceptions.PolarsError:
        raise TableError(
            f"table `{name}`: has a whole number beyond 64 bits; cast that column to text",
            table=name,
        ) from None


def _plain_type(dtype: pl.DataType) -> pl.DataType | None:
    """Return the type that a type is read as, or nothing where it is not read."""
    if dtype.is_integer():
        return pl.Int64()
    if dtype.is_float() or isinstance(dtype, pl.Decimal):
        return pl.Float64()
    if isinstance(dtype, pl.Categorical | pl.Enum | pl.Null | pl.String):
        return pl.String()
    if isinstance(dtype, pl.Datetime):
        return pl.Datetime("us")
    if isinstance(dtype, pl.Boolean | pl.Date):
        return dtype
    return None


def _kind(given: object) -> str:
    kind = type(given)
    module = kind.__module__.partition(".")[0]
    return kind.__name__ if module == "builtins" else f"{module} {kind.__name__}"
