"""The whole curve of retention, from Python."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import boligspor as bs


@pytest.fixture(scope="module")
def curve(cohort: bs.Cohort) -> bs.RetentionCurve:
    return cohort.retention_curve("odense_vive", death="competing", band=True, replicates=100)


def test_its_columns_are_those_documented(curve: bs.RetentionCurve) -> None:
    documented = re.findall(r"``([a-z_, ]+)``", str(bs.RetentionCurve.table.__doc__))
    listed = {name.strip() for group in documented for name in group.split(",")}
    assert set(curve.table().columns) - {"support_method"} <= listed


def test_the_shares_of_those_counted_add_up(curve: bs.RetentionCurve) -> None:
    sums = (
        curve.table()
        .filter(pl.col("of") == "counted")
        .group_by("support_method", "time")
        .agg(pl.col("estimate").sum())
    )
    assert sums["estimate"].to_list() == pytest.approx([1.0] * sums.height, abs=1e-12)


def test_at_the_horizons_it_is_the_tables_share(cohort: bs.Cohort) -> None:
    curve = cohort.retention_curve("odense_vive", by="day").table()
    table = cohort.retention("odense_vive").table().filter(pl.col("method") == "aalen_johansen")
    for row in table.iter_rows(named=True):
        at = curve.filter(
            pl.col("support_method") == row["support_method"],
            pl.col("outcome") == "retained",
            (pl.col("month") < row["horizon"])
            | ((pl.col("month") == row["horizon"]) & (pl.col("day") == 0)),
        )
        assert at["estimate"][-1] == pytest.approx(row["share"], rel=1e-12)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("by", "week"),
        ("level", 1.0),
        ("level", "much"),
        ("interval", "loglog"),
        ("until", 0),
        ("replicates", 0),
        ("band_from", 99),
    ],
)
def test_options_that_do_not_fit_are_refused(cohort: bs.Cohort, option: str, value: object) -> None:
    given: dict[str, Any] = {"band": True, option: value}
    with pytest.raises(bs.OptionError, match=option):
        cohort.retention_curve("odense_vive", **given)


def test_a_definition_in_days_housed_has_none(cohort: bs.Cohort) -> None:
    with pytest.raises(bs.OptionError, match="days_housed"):
        cohort.retention_curve(measure="days_housed")


def test_it_shows_itself_with_its_definition(curve: bs.RetentionCurve) -> None:
    assert "Aalen–Johansen" in repr(curve)  # noqa: RUF001 - an en dash
    assert "months with 95% confidence" in curve._repr_html_()
    svg = curve.plot(lang="da").svg()  # type: ignore[attr-defined]
    assert "Antal i risiko" in svg
    assert_frame_equal(pl.DataFrame(curve), curve.table())
