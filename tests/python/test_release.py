"""What leaves is released first: results do not export, and what they release does."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import polars as pl
import pytest

import boligspor as bs


def test_an_unreleased_result_does_not_export(cohort: bs.Cohort) -> None:
    for result in (cohort.retention("odense_vive"), cohort.costs(replicates=0)):
        writers = [n for n in dir(result) if n.startswith(("write", "to_"))]
        assert not writers
        with pytest.raises(bs.DisclosureError, match="not cleared"):
            pickle.dumps(result)
        assert "internal, not cleared" in result._repr_html_()


def test_what_is_released_exports(cohort: bs.Cohort, tmp_path: Path) -> None:
    retention = cohort.retention("odense_vive", horizons=[12, 24])
    released = retention.release(policy="statistics-denmark")
    assert released.policy[0] == "statistics-denmark"
    frame = released.table()
    assert frame.columns[:4] == ["stratum", "horizon", "n", "share_percent"]
    shown = frame.filter(pl.col("share_percent").is_not_null())
    # Whole per cents of what the result has, and no count of few.
    exact = retention.table().filter(pl.col("horizon") == 12)["share"][0]
    first = shown.filter(pl.col("horizon") == 12)["share_percent"]
    assert first.is_empty() or abs(first[0] - 100 * exact) < 3
    assert frame["n"].drop_nulls().min() >= 5  # type: ignore[operator]
    name = released.tables[0]
    assert pl.read_csv(released.write_csv(tmp_path / "a.csv")).height == frame.height
    assert pl.read_parquet(released.write_parquet(tmp_path / "a.parquet")).equals(frame)
    data = json.loads(released.write_json(tmp_path / "a.json").read_text(encoding="utf-8"))
    assert data["name"] == name
    assert len(data["rows"]) == frame.height
    page = released.write_html(tmp_path / "a.html").read_text(encoding="utf-8")
    assert "Released under statistics-denmark" in page
    assert "not cleared" not in page


def test_costs_are_sums_a_person(cohort: bs.Cohort) -> None:
    costs = cohort.costs(first=-1, last=1, replicates=0)
    table = costs.release(policy="statistics-denmark").table()
    assert set(table["period"]) == {-1, 0, 1}
    shown = table.filter(pl.col("stratum") == "all", pl.col("category") == "all")
    exact = costs.table().filter(pl.col("category") == "all", pl.col("payer") == "all")
    for period, mean in shown.select("period", "mean_per_person").iter_rows():
        if mean is not None:
            total = exact.filter(pl.col("period") == period)["total"][0]
            assert mean == pytest.approx(total / shown["n"][0], rel=0.01)


def test_an_unknown_policy_is_refused(cohort: bs.Cohort) -> None:
    with pytest.raises(bs.DisclosureError, match="statistics-denmark"):
        cohort.retention("odense_vive").release(policy="none-such")
