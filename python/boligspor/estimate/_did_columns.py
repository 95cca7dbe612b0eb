"""Columns of a panel, made ready for difference in differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from boligspor._options import refuse
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike, Coding

__all__ = ["panel", "period_column"]


def panel(
    unit: ArrayLike | None,
    period: ArrayLike,
    first_treated: ArrayLike,
    outcome: ArrayLike,
    *,
    covariates: object = None,
    weights: ArrayLike | None = None,
    cluster: object = None,
) -> tuple[pl.DataFrame, Coding]:
    """Return the columns as the extension module reads them, and the covariates' coding."""
    coding, coded = Coding.of(covariates)
    units = None if unit is None else _identity("unit", unit)
    columns = _arrays.frame(
        {
            "unit": units,
            "period": period_column("period", period),
            "first_treated": _first_treated(first_treated),
            "outcome": _arrays.numbers("outcome", outcome),
            "weights": None if weights is None else _arrays.numbers("weights", weights),
            "cluster": _cluster(cluster, units),
        }
        | _arrays.columns(coded)
    )
    return columns.rechunk(), coding


def period_column(name: str, given: ArrayLike) -> pl.Series:
    """Return periods as whole numbers."""
    made = _arrays.series(name, given)
    if made.null_count() or (made.dtype.is_float() and made.is_nan().any()):
        raise refuse(name, "has missing values", "leave those rows out, or give them a period")
    return _whole(name, made)


def _whole(name: str, made: pl.Series) -> pl.Series:
    if made.dtype.is_integer():
        return made.cast(pl.Int64)
    if made.dtype.is_float() and (made == made.floor()).all():
        return made.cast(pl.Int64)
    raise refuse(name, "holds other than whole numbers", "give years, or number the periods")


def _first_treated(given: ArrayLike) -> pl.Series:
    """Return the period of first treatment, 0 where it is null, NaN or infinite: never."""
    made = _arrays.series("first_treated", given)
    if made.dtype == pl.Null:
        made = made.cast(pl.Int64)
    if made.dtype.is_float():
        made = made.set(made.is_nan() | (made == float("inf")), None)
    return _whole("first_treated", made.fill_null(0)) if made.dtype.is_numeric() else _refused()


def _refused() -> pl.Series:
    hint = "give the first period of treatment, null or 0 for never"
    raise refuse("first_treated", "does not hold periods", hint)


def _identity(name: str, given: ArrayLike) -> pl.Series:
    """Return whole numbers as they are, anything else as codes."""
    made = _arrays.series(name, given)
    if made.dtype.is_integer() and not made.null_count() and made.dtype != pl.UInt64:
        return made.cast(pl.Int64)
    return _arrays.codes(name, made)[0]


def _cluster(given: object, unit: pl.Series | None) -> pl.Series | None:
    """Return the column errors are clustered by, besides the unit itself."""
    if given is None:
        return None
    several: Sequence[Any] | None = None
    if isinstance(given, Mapping):
        several = list(given.values())
    elif isinstance(given, pl.DataFrame):
        several = given.get_columns()
    elif isinstance(given, tuple):
        several = given
    found = [_identity("cluster", g) for g in ([given] if several is None else several)]
    others = [c for c in found if unit is None or not _same(c, unit)]
    if len(others) > 1:
        hint = "errors are clustered by unit already; give one column more"
        raise refuse("cluster", "names several clusters besides the unit", hint)
    return others[0] if others else None


def _same(one: pl.Series, other: pl.Series) -> bool:
    return len(one) == len(other) and bool((one == other).all())
