"""Services priced, refunds moved, and what a gain costs: through the Python face."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

import boligspor as bs
from boligspor import estimate

PERSONS = {"person": ["a", "b"], "birth_date": ["1980-01-01"] * 2, "sex": ["woman", "man"]}
PLACEMENTS = {"person": ["a", "b"], "placed_on": ["2024-01-01"] * 2, "municipality": [461, 461]}
STAYS = {
    "person": ["a", "b"],
    "start": ["2015-01-01"] * 2,
    "end": [None, None],
    "state": ["dwelling"] * 2,
}
SERVICES = {
    "person": ["a", "b"],
    "start": ["2023-11-01", "2024-07-01"],
    "end": ["2024-05-01", "2024-07-11"],
    "service": ["shelter", "shelter"],
    "quantity": pl.Series([None, None], dtype=pl.Float64),
}
PRICES: dict[str, list[Any]] = {
    "service": ["shelter", "shelter"],
    "year": [2023, 2024],
    "unit_price": [1200.0, 1200.0],
    "payer": ["municipality"] * 2,
    "share": [1.0, 1.0],
    "unit": ["night", "night"],
}


def cohort(prices: Any = None) -> bs.Cohort:
    register = bs.Register(
        persons=pl.DataFrame(PERSONS),
        placements=pl.DataFrame(PLACEMENTS),
        stays=pl.DataFrame(STAYS),
        services=pl.DataFrame(SERVICES),
        prices=pl.DataFrame(prices or PRICES),
        observed_until="2024-12-31",
    )
    return register.cohort()


def total(table: pl.DataFrame, **at: object) -> float:
    rows = table.filter(*(pl.col(k) == v for k, v in at.items()))
    assert rows.height == 1
    return float(rows["total"][0])


def test_services_are_priced_where_there_are_no_booked_costs() -> None:
    costs = cohort().costs(period="calendar_year", first=-1, last=0, replicates=0)
    table = costs.table()
    assert total(table, period=-1, category="all", payer="all") == 61 * 1200
    assert total(table, period=0, category="shelter", payer="municipality") == 131 * 1200
    assert costs.price_years()["price_year"].to_list() == [2023, 2024]
    assert "services times their prices" in costs.describe()


def test_a_missing_price_names_service_and_year() -> None:
    first = {k: v[:1] for k, v in PRICES.items()}
    with pytest.raises(bs.MissingError, match="`shelter` in 2024"):
        cohort(first).costs()


def test_the_reform_moves_money_between_payers() -> None:
    paid = cohort().who_pays(
        ["before_2023", "denmark"], period="calendar_year", first=-1, last=0, replicates=50
    )
    at = {"period": 0, "category": "all", "payer": "state"}
    assert total(paid.table(), rules="before_2023", **at) == 131 * 600
    assert total(paid.table(), rules="denmark", **at) == 69 * 600
    change = paid.changes().filter(pl.col("period") == 0, pl.col("payer") == "municipality")
    assert change["difference"].to_list() == [62 * 600]
    assert paid.rules()["certainty"].unique().to_list() == ["found"]
    assert paid.days().filter(pl.col("refunded_days") > pl.col("days")).is_empty()
    assert "Behaviour is unchanged" in paid.describe()
    svg = paid.plot(lang="da").svg()  # type: ignore[attr-defined]
    assert "Kommunen" in svg
    with pytest.raises(bs.OptionError, match="before_2023, reform_2023, denmark"):
        cohort().who_pays(["next_year"])


def test_cost_charts_speak_danish() -> None:
    tables = bs.synth("odense_like", people=200, seed=7)
    register = bs.Register(**tables, observed_until="2023-12-31")
    costs = register.cohort().costs(first=-1, last=1, replicates=0)
    assert "Kontanthjælp" in costs.plot(lang="da").svg()  # type: ignore[attr-defined]


def test_what_a_gain_costs() -> None:
    found = estimate.cost_effectiveness(
        cost=[10, 30, 0, 4], effect=[1, 3, 0, 2], treated=[True, True, False, False], replicates=99
    )
    row = found.table().row(0, named=True)
    # Differences 18 and 1; variances of means 200/2 + 8/2 and 2/2 + 2/2.
    assert (row["cost_difference"], row["effect_difference"], row["ratio"]) == (18.0, 1.0, 18.0)
    assert row["cost_se"] == pytest.approx(104**0.5)
    assert row["covariance"] == pytest.approx(12.0)
    assert row["fieller"] in {"outside", "everything"}
    curve = found.acceptability([0.0, 20.0])
    assert curve["net_benefit"].to_list() == pytest.approx([-18.0, 2.0])
    assert found.quadrants()["share"].sum() == pytest.approx(1.0)
    assert "Hvad gevinsten koster" in found.plot(lang="da").svg()  # type: ignore[attr-defined]


def test_fieller_with_an_exact_denominator_is_the_plain_interval() -> None:
    kept = estimate.fieller_set(10, 5, variance=[1, 0])
    assert kept.shape == "interval"
    assert kept.low == pytest.approx(2 - 1.959963984540054 / 5)
    with pytest.raises(bs.OptionError):
        estimate.fieller_set(1, 1, variance=[1])
