"""Means of skewed amounts through their Python face."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from boligspor import EstimateError, OptionError
from boligspor.estimate import (
    MeanWarning,
    concentration,
    mean_interval,
    median_interval,
    two_part,
)

DRAW = np.random.default_rng(3)
COST = np.where(DRAW.random(60) < 0.4, 0, DRAW.gamma(0.5, 2e5, 60))


def test_bootstrap_t_leans_to_the_long_tail() -> None:
    found = mean_interval(COST)
    assert found.estimate == pytest.approx(COST.mean())
    assert found.std_error == pytest.approx(COST.std(ddof=1) / math.sqrt(60))
    assert found.high - found.estimate > found.estimate - found.low
    assert "bootstrap_t" in repr(found)
    assert found.plot().to_dict()


def test_normal_warns_on_skewed_costs() -> None:
    with pytest.warns(MeanWarning, match="bootstrap_t"):
        found = mean_interval(COST, method="normal")
    z = 1.959963984540054
    assert found.high - found.low == pytest.approx(2 * z * found.std_error)


def test_people_are_told_by_their_identifier_in_any_order() -> None:
    id = [f"p{i % 20}" for i in range(60)]  # noqa: A001 - as the argument
    forward = mean_interval(COST, id=id, weights=[1] * 60)
    order = DRAW.permutation(60)
    shuffled = mean_interval(COST[order], cluster=[id[i] for i in order])
    assert forward.table()["people"].to_list() == [20]
    assert forward.low == pytest.approx(shuffled.low, rel=1e-12)
    with pytest.raises(OptionError, match="cluster"):
        mean_interval(COST, id=id, cluster=id)


def test_groups_and_their_difference() -> None:
    arms = mean_interval(COST, by=["a", "b"] * 30, method="percentile")
    difference = arms.differences().row(0, named=True)
    a, b = arms.table()["estimate"]
    assert difference["estimate"] == pytest.approx(b - a)
    assert difference["low"] < difference["estimate"] < difference["high"]
    with pytest.raises(EstimateError, match="both groups"):
        mean_interval([1, 2, 3, 4], id=[1, 2, 1, 3], by=["a", "a", "b", "b"])


def test_a_cap_is_labelled_with_the_money_removed() -> None:
    with pytest.warns(MeanWarning, match=r"65\.0 % of the money"):
        found = mean_interval([0, 5, 10, 15, 70] * 2, cap=10)
    assert found.table()["removed"].to_list() == [130]


def test_median_and_concentration() -> None:
    assert median_interval(pl.Series(range(1, 11))).row(0) == (5.5, 2.0, 9.0)
    row = concentration([10] * 8 + [20, 100]).row(0, named=True)
    assert row["share"] == pytest.approx(0.5)
    assert row["low"] <= row["share"] <= row["high"]


def test_two_parts_multiply_to_the_mean() -> None:
    fit = two_part([0, 0, 10, 30, 0, 20, 40, 60], {"sex": ["w"] * 4 + ["m"] * 4})
    found = fit.predict({"sex": ["w", "m"]})
    assert found["any"].to_list() == pytest.approx([0.5, 0.75])
    assert found["mean"].to_list() == pytest.approx([10, 30])
    assert fit.table()["part"].unique().sort().to_list() == ["amount", "any"]
    with pytest.raises(OptionError, match="negative"):
        two_part([-1, 2], {"x": [1, 2]})
