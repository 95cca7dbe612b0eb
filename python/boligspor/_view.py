"""What a first look at a result shows; its ``table()`` has the rest."""

from __future__ import annotations

import polars as pl

_RETENTION = ("horizon", "unit", "n", "at_risk", "retained", "share", "low", "high")


def retention(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out how each share of retention was made."""
    first = frame.columns[: frame.columns.index("horizon")]
    return frame.select(*first, *_RETENTION)


def costs(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out single categories and payers."""
    strata = frame.columns[: frame.columns.index("period")]
    return frame.filter(pl.col("category") == "all", pl.col("payer") == "all").select(
        *strata, "period", "persons", "mean_per_person_year", "low", "high", "share_any"
    )


def comparison(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out the limits, and what was not asked for or is not known."""
    shown = [
        *("municipality", "n", "share", "low", "high", "observed", "expected"),
        *("ratio", "ratio_low", "ratio_high", "signal", "small"),
    ]
    optional = [c for c in ("cost_change", "homeless_per_1000") if c in frame.columns]
    known = [c for c in optional if frame[c].null_count() < frame.height]
    return frame.select(*shown, *known)


def text(frame: pl.DataFrame) -> str:
    """Write a table as text, fit for a terminal."""
    with pl.Config(
        tbl_cols=-1,
        tbl_rows=16,
        tbl_width_chars=120,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        float_precision=3,
        thousands_separator=",",
    ):
        return str(frame)
