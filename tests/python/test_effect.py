"""Costs beside those of people not placed, from Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import boligspor
from boligspor import CostEffect, Design, OptionError

ROOT = Path(__file__).parents[2]
COUNTRY = ROOT / "data-samples" / "country"
COVARIATES = ["age", "sex", "substance_use", "psychiatric_diagnosis"]


@pytest.fixture(scope="module")
def found() -> CostEffect:
    tables: dict[str, Any] = {
        name: COUNTRY / f"{name}.parquet"
        for name in ("persons", "placements", "stays", "costs", "price_index")
    }
    register = boligspor.Register(**tables, observed_from="2013-01-01", observed_until="2024-12-31")
    cohort = register.cohort(time_zero="placement", which="first")
    design = Design(covariates=COVARIATES, first=-3, price_base=2024, replicates=199)
    return cohort.compare_costs(design)


def effects(found: CostEffect, base: int) -> dict[int, tuple[float, float, float]]:
    rows = found.table().filter(pl.col("base") == base)
    return {r["year"]: (r["estimate"], r["low"], r["high"]) for r in rows.iter_rows(named=True)}


def planted() -> dict[int, dict[str, float]]:
    truth = pl.read_json(COUNTRY / "truth.json")["cost_effects_by_relative_year"].explode()
    return {row["year"]: row for row in truth.to_list()}


def test_the_planted_effect_comes_back_and_before_after_is_off_by_the_planted_amount(
    found: CostEffect,
) -> None:
    truth = planted()
    naive = found.contrasts().filter(pl.col("method") == "before_after")
    for year in (0, 1, 2):
        estimate, low, high = effects(found, -3)[year]
        # Three and a half standard errors: one sample, three years.
        reach = 3.5 / 1.96
        assert abs(estimate - truth[year]["effect"]) < reach * (high - low) / 2
        row = naive.filter(pl.col("year") == year).row(0, named=True)
        wide = reach * (row["high"] - row["low"]) / 2
        assert abs(row["estimate"] - truth[year]["before_after"]) < wide
    assert naive.filter(pl.col("year") == 0)["low"][0] > truth[0]["effect"]


def test_the_peak_is_seen_and_said(found: CostEffect) -> None:
    shares = dict(found.diagnostics().select("diagnostic", "value").iter_rows())
    assert shares["peak_share_placed"] > 1.3 * shares["peak_share_by_chance"]
    assert any("regression to the mean" in w for w in found.warnings)
    assert any("topper" in w for w in found.warnings_in("da"))


def test_groups_are_alike_and_the_flow_is_told(found: CostEffect) -> None:
    balance = found.balance().filter(pl.col("kind") == "covariate")
    assert balance["difference_after"].abs().max() < 1e-6  # type: ignore[operator]
    flow = found.attrition()
    assert flow["arm"].unique().sort().to_list() == ["comparison", "placed"]
    for _, arm in flow.group_by("arm", maintain_order=True):
        assert arm["persons"].is_sorted(descending=True)


@pytest.mark.parametrize("picture", ["event_study", "sides", "balance"])
@pytest.mark.parametrize("lang", ["en", "da"])
def test_every_picture_can_be_drawn(found: CostEffect, picture: str, lang: str) -> None:
    assert found.plot(picture, lang=lang).to_dict()  # type: ignore[arg-type]


def test_designs_refuse_what_does_not_fit() -> None:
    with pytest.raises(OptionError, match="base"):
        Design(base=0).describe()
    with pytest.raises(OptionError, match="adjust"):
        Design(adjust="matching").describe()  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="adjust"):
        Design.of({"adjus": "match"})
    assert "år −3" in Design().describe("da")  # noqa: RUF001 - a minus
