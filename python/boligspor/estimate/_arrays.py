"""One-dimensional arrays from anywhere, made ready to cross to Rust.

Every estimator takes lists, polars and pandas series, numpy and pyarrow arrays:
whatever a notebook happens to hold. They become polars series of three kinds,
numbers, flags and codes, whose errors name the argument and never a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import polars as pl

from boligspor._options import refuse

__all__ = [
    "ArrayLike",
    "Coding",
    "Covariates",
    "codes",
    "flags",
    "frame",
    "identities",
    "labelled",
    "no_nulls",
    "numbers",
    "series",
    "units",
    "whole_numbers",
]

ArrayLike: TypeAlias = "Sequence[Any] | pl.Series | Any"
"""A list, a polars or pandas series, a numpy or pyarrow array."""

Covariates: TypeAlias = "Mapping[str, ArrayLike] | pl.DataFrame | ArrayLike"
"""Columns by name, a polars, pandas or Arrow table, or a single column."""


def series(name: str, given: object) -> pl.Series:
    """Return any one-dimensional array-like as a polars series."""
    if isinstance(given, str | bytes | Mapping):
        raise refuse(name, "is no array", "give a list, a series or an array of one dimension")
    if getattr(given, "ndim", 1) != 1:
        raise refuse(name, "has more than one dimension", "give one column of it")
    try:
        made = _made(given)
    except KeyboardInterrupt:
        raise
    # The maker of the array may fail in any way; its text may quote values.
    except Exception:  # noqa: BLE001 - as said
        raise refuse(
            name, "cannot be read as an array", "give a list, a series or an array"
        ) from None
    if made.dtype.is_nested():
        raise refuse(name, "has more than one dimension", "give one column of it")
    return made


def _made(given: Any) -> pl.Series:  # noqa: ANN401 - an array of any library
    if isinstance(given, pl.Series):
        return given
    kind = str(getattr(given, "dtype", ""))
    if type(given).__module__.partition(".")[0] == "pandas":
        # Columns of numpy's kinds cross as they are; pandas' own ones by value.
        if kind.startswith(("int", "uint", "float", "bool")):
            return pl.Series(values=given.to_numpy())
        gaps = given.isna().tolist()
        listed = [None if gap else v for v, gap in zip(given.tolist(), gaps, strict=True)]
        return pl.Series(listed, strict=False)
    if kind == "object" and hasattr(given, "tolist"):
        given = [None if v != v else v for v in given.tolist()]  # noqa: PLR0124 - NaN
    elif not any(hasattr(given, offered) for offered in _OFFERED):
        given = list(given)
    return pl.Series(values=given, strict=False)


_OFFERED = ("__arrow_c_array__", "__arrow_c_stream__", "__array__", "to_pylist")


def numbers(name: str, given: object) -> pl.Series:
    """Return a column of numbers as floats, refusing missing rows."""
    made = series(name, given)
    if made.dtype == pl.Null and not len(made):
        made = made.cast(pl.Float64)
    if not (made.dtype.is_numeric() or made.dtype == pl.Boolean):
        if made.null_count() < len(made) or not len(made):
            raise refuse(name, "does not hold numbers", "cast it to numbers first")
        made = made.cast(pl.Float64)
    return no_nulls(name, made).cast(pl.Float64)


def no_nulls(name: str, column: pl.Series) -> pl.Series:
    """Return the column, refusing missing rows."""
    if nulls := column.null_count():
        hint = "leave those rows out, or fill them"
        raise refuse(name, f"has missing values ({nulls:,} rows)", hint)
    return column


def flags(name: str, given: object) -> pl.Series:
    """Return a column of yes and no, from booleans or from zeros and ones."""
    made = no_nulls(name, series(name, given))
    if made.dtype == pl.Boolean:
        return made
    if made.dtype.is_float() and made.is_nan().any():
        raise refuse(name, "has missing values", "leave those rows out, or say what they are")
    if not len(made):
        return made.cast(pl.Boolean)
    yes = made == 1 if made.dtype.is_numeric() else None
    if yes is None or not (yes | (made == 0)).all():
        raise refuse(name, "holds other than true and false", "give booleans, or zeros and ones")
    return yes


def identities(name: str, given: object) -> pl.Series:
    """Return a column that only tells rows apart, as integers of any kind."""
    return _integers(no_nulls(name, series(name, given)))


def _integers(made: pl.Series) -> pl.Series:
    """Return integers in the order of the values, which Rust makes dense."""
    if made.dtype.is_integer() and made.dtype not in {pl.UInt64, pl.Int128, pl.UInt128}:
        return made.cast(pl.Int64)
    if made.dtype == pl.Boolean or made.dtype.is_temporal():
        return made.to_physical().cast(pl.Int64)
    if made.dtype in {pl.String, pl.Categorical, pl.Enum}:
        text = made.cast(pl.String)
        ordered = text.unique().drop_nulls().sort()
        return text.cast(pl.Enum(ordered)).to_physical().cast(pl.Int64)
    return made.rank("dense").cast(pl.Int64)


def whole_numbers(name: str, given: object) -> list[int]:
    """Return a column of counts: whole numbers, zero or more."""
    made = numbers(name, given)
    if not made.is_finite().all() or (made < 0).any() or (made != made.round()).any():
        raise refuse(name, "holds other than counts", "give whole numbers, zero or more")
    return made.cast(pl.Int64).to_list()


def units(name: str, given: object | None, height: int) -> pl.Series:
    """Return the unit of each row; numbers from 1 where none are given."""
    if given is None:
        return pl.Series(range(1, height + 1), dtype=pl.Int64)
    made = series(name, given)
    if len(made) != height:
        raise refuse(name, f"has {len(made)} rows, not {height}", "pass columns of one length")
    if made.null_count():
        raise refuse(name, "has missing values", "leave those rows out, or give them a value")
    return made.cast(pl.String) if isinstance(made.dtype, pl.Categorical | pl.Enum) else made


def labelled(name: str, given: object) -> tuple[pl.Series, list[Any]]:
    """Return a column of any values as integers that Rust makes dense, and the values, sorted."""
    made = no_nulls(name, series(name, given))
    if isinstance(made.dtype, pl.Categorical | pl.Enum):
        made = made.cast(pl.String)
    return _integers(made), made.unique().sort().to_list()


def codes(name: str, given: object) -> tuple[pl.Series, list[Any]]:
    """Return a column of any values as codes from 0, and the values by code, sorted."""
    integers, values = labelled(name, given)
    return integers.unique().sort().search_sorted(integers).cast(pl.Int64), values


def frame(columns: Mapping[str, pl.Series | None]) -> pl.DataFrame:
    """Put columns of one length side by side."""
    given = {name: column for name, column in columns.items() if column is not None}
    first, height = next((name, len(column)) for name, column in given.items())
    for name, column in given.items():
        if len(column) != height:
            raise refuse(
                name,
                f"has {len(column)} rows, but {first} has {height}",
                "pass columns of one length",
            )
    return pl.DataFrame([column.rename(name) for name, column in given.items()])


def options(**chosen: object) -> str:
    """Write options as the extension module reads them."""
    return json.dumps(chosen)


@dataclass(frozen=True)
class Coding:
    """How covariates become columns of numbers, the same way for new rows.

    Text and categories become a 0/1 column for every value but the first (in
    the order of a polars Enum, alphabetically otherwise).
    """

    levels: dict[str, list[str] | None] = field(default_factory=dict)

    @property
    def terms(self) -> list[str]:
        """The names of the columns."""
        return [
            name if levels is None else f"{name}={level}"
            for name, levels in self.levels.items()
            for level in ([""] if levels is None else levels[1:])
        ]

    @property
    def groups(self) -> dict[str, list[int]]:
        """The columns of each covariate."""
        out: dict[str, list[int]] = {}
        at = 0
        for name, levels in self.levels.items():
            width = 1 if levels is None else len(levels) - 1
            out[name] = list(range(at, at + width))
            at += width
        return out

    @classmethod
    def of(cls, given: object) -> tuple[Coding, list[pl.Series]]:
        """Find the coding of these covariates, and code them."""
        named = _named(given)
        levels: dict[str, list[str] | None] = {}
        for name, column in named.items():
            if isinstance(column.dtype, pl.Enum):
                present = set(column.cast(pl.String).unique().to_list())
                levels[name] = [c for c in column.dtype.categories.to_list() if c in present]
            elif isinstance(column.dtype, pl.Categorical | pl.String):
                levels[name] = column.cast(pl.String).drop_nulls().unique().sort().to_list()
            else:
                levels[name] = None
        coding = cls(levels)
        return coding, coding.code(named)

    def apply(self, given: object) -> list[pl.Series]:
        """Code new rows the same way; a covariate unknown to the fit is left aside."""
        named = _named(given)
        for name in self.levels:
            if name not in named:
                raise refuse("covariates", f"lack `{name}`", "give every covariate of the fit")
        return self.code({name: named[name] for name in self.levels})

    def partly(self, given: object) -> dict[str, pl.Series]:
        """Code some of the covariates, by term."""
        named = _named(given)
        part = Coding({name: self.levels[name] for name in named})
        return dict(zip(part.terms, part.code(named), strict=True))

    def code(self, named: Mapping[str, pl.Series]) -> list[pl.Series]:
        """Code covariates by name."""
        out: list[pl.Series] = []
        for name, column in named.items():
            levels = self.levels[name]
            if levels is None:
                out.append(numbers(name, column))
                continue
            text = column.cast(pl.String)
            if text.null_count():
                raise refuse(name, "has missing values", "leave those rows out, or name them")
            if not text.is_in(levels).all():
                raise refuse(
                    name, "has values that the fit did not see", "predict for those it saw"
                )
            out.extend((text == level).cast(pl.Float64) for level in levels[1:])
        return out


def _named(given: object) -> dict[str, pl.Series]:
    """Return covariates by name, from any table or a single column."""
    if given is None:
        return {}
    table: Any = given
    if isinstance(given, Mapping):
        return {str(name): series(str(name), column) for name, column in given.items()}
    if type(given).__module__.partition(".")[0] == "pandas" and hasattr(given, "columns"):
        return {str(name): series(str(name), table[name]) for name in table.columns}
    if getattr(given, "ndim", 1) == 2 and not isinstance(given, pl.DataFrame):  # noqa: PLR2004
        width = range(table.shape[1])
        return {f"x{i + 1}": series(f"x{i + 1}", table[:, i]) for i in width}
    if isinstance(given, pl.DataFrame) or hasattr(given, "column_names"):
        return {column.name: column for column in pl.DataFrame(table)}
    made = series("covariates", given)
    return {made.name or "x": made}


def columns(coded: Sequence[pl.Series]) -> dict[str, pl.Series]:
    """Name coded columns as the extension module reads them."""
    return {f"x{i}": column for i, column in enumerate(coded)}
