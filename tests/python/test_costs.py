"""The cost trajectory's windows, intervals, views and flags from Python."""

from __future__ import annotations

import polars as pl
import pytest

import boligspor
from boligspor import Cohort, OptionError
from boligspor.costs import IntervalMethod


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    register = boligspor.Register(
        **boligspor.synth("country", people=800, seed=11), observed_until="2024-12-31"
    )
    return register.cohort(look_back_months=0)


def everything(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("category") == "all")


def test_windows_stand_beside_the_table(cohort: Cohort) -> None:
    costs = cohort.costs(first=-2, last=3, replicates=100)
    table = everything(costs.table()).filter(pl.col("payer") == "all")
    windows = everything(costs.windows())
    own = windows.filter(pl.col("window") == "unbalanced", pl.col("death") == "zero")
    shared = ["persons", "person_years", "total", "mean_per_person_year", "low", "high"]
    assert own.select(shared).equals(table.select(shared))
    balanced = windows.filter(pl.col("window") == "balanced", pl.col("death") == "zero")
    assert balanced["persons"].n_unique() == 1
    # Fewer days for the same money where the dead leave: the living cost more.
    living = windows.filter(pl.col("window") == "unbalanced", pl.col("death") == "survivors")
    assert (living["total"] == own["total"]).all()
    assert (living["person_years"] <= own["person_years"]).all()


def test_death_by_name_is_the_other_row(cohort: Cohort) -> None:
    survivors = cohort.costs(death="survivors", replicates=100)
    windows = everything(survivors.windows())
    other = windows.filter(pl.col("window") == "unbalanced", pl.col("death") == "survivors")
    table = everything(survivors.table()).filter(pl.col("payer") == "all")
    assert table["mean_per_person_year"].equals(other["mean_per_person_year"])
    assert table["low"].equals(other["low"])


@pytest.mark.parametrize("method", ["bootstrap_t", "percentile", "bca", "normal", "auto"])
def test_every_method_holds_the_mean(cohort: Cohort, method: IntervalMethod) -> None:
    table = cohort.costs(first=-1, last=1, method=method, replicates=200).table()
    totals = everything(table).filter(pl.col("payer") == "all")
    assert (totals["low"] < totals["mean_per_person_year"]).all()
    assert (totals["high"] > totals["mean_per_person_year"]).all()
    if method in {"normal", "auto"}:
        assert totals["low"].equals(totals["low_normal"].alias("low"))


def test_budgets_and_society_are_apart(cohort: Cohort) -> None:
    costs = cohort.costs(last=2, views={"rate": 0.03, "transfers": []}, replicates=100)
    views = costs.views()
    assert set(views["view"]) == {"budget", "societal"}
    society = views.filter(pl.col("view") == "societal")["mean_per_person_year"]
    budgets = views.filter(pl.col("view") == "budget").group_by("period", maintain_order=True)
    summed = budgets.agg(pl.col("mean_per_person_year").sum())["mean_per_person_year"]
    assert ((society / summed - 1.28).abs() < 1e-9).all()
    assert costs.present_values()["rate"].unique().len() == 6
    assert cohort.costs(replicates=0).views().is_empty()


def test_flags_are_data_and_words(cohort: Cohort) -> None:
    costs = cohort.costs(replicates=0)
    flags = costs.flags()
    assert flags["flag"][0] == "regression_to_the_mean"
    assert "design_possible" in flags["flag"]
    assert flags["english"].to_list() == costs.warnings
    assert "not an effect" in repr(costs)


def test_a_cap_is_a_sensitivity_analysis(cohort: Cohort) -> None:
    costs = cohort.costs(cap=300_000, replicates=100)
    capped = costs.sensitivity()
    table = everything(costs.table()).filter(pl.col("payer") == "all")
    removed = table["total"] - capped["removed"]
    means = removed / table["person_years"]
    assert ((capped["mean_per_person_year"] / means - 1).abs() < 1e-9).all()
    assert table["total"].equals(
        everything(cohort.costs(replicates=0).table()).filter(pl.col("payer") == "all")["total"]
    )


@pytest.mark.parametrize(
    "options",
    [
        {"method": "jackknife"},
        {"death": "none"},
        {"cap": 0},
        {"views": {"rates": 0.03}},
        {"views": {"rate": 3.5}},
        {"views": {"net_tax_factor": "x"}},
    ],
)
def test_faults_are_refused(cohort: Cohort, options: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        cohort.costs(**options)  # type: ignore[arg-type]
