"""Matching, weights and balance through their Python face."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from boligspor import EstimateError, OptionError
from boligspor.estimate import ComparisonWarning, SeparationWarning, balance, match, weights

N = 400
DRAW = np.random.default_rng(7)
AGE = DRAW.integers(18, 70, N)
WOMAN = DRAW.random(N) < 0.3
TREATED = DRAW.random(N) < 1 / (1 + np.exp((AGE - 40) / 12 + WOMAN))
COVARIATES = {"age": AGE, "sex": np.where(WOMAN, "woman", "man")}


def test_nearest_neighbours_within_a_caliper_make_groups_alike() -> None:
    found = match(TREATED, COVARIATES, replacement=True, ratio=3)
    alike = found.balance().table()
    assert alike["term"].to_list() == ["age", "sex=woman"]
    assert alike["difference_before"].abs().max() > 0.4  # type: ignore[operator]
    assert alike["difference_after"].abs().max() < 0.15  # type: ignore[operator]
    pairs = found.pairs()
    assert set(pairs.columns) == {"treated", "untreated", "distance"}
    assert not TREATED[pairs["untreated"].to_numpy()].any()
    assert "Matched" in repr(found)
    assert found.plot().to_dict()


def test_exact_cells_and_cuts() -> None:
    found = match([1, 0, 0], {"age": [30, 34, 60]}, method="coarsened", cuts={"age": [50]})
    assert found.table()["cell"].to_list() == [0, 0, None]
    with pytest.raises(OptionError, match="cuts"):
        match([1, 0, 0], {"age": [30, 34, 60]}, method="coarsened", cuts={"agee": [50]})


def test_the_unmatched_are_counted() -> None:
    with pytest.warns(ComparisonWarning, match="1 of 2"):
        found = match([1, 1, 0], {"x": [1, 2, 1]}, method="exact")
    assert found.matched == 1


@pytest.mark.parametrize("method", ["overlap", "entropy"])
def test_means_agree_exactly(method: str) -> None:
    found = weights(TREATED, COVARIATES, method=method)  # type: ignore[arg-type]
    after = found.balance(standardise="pooled").table()["difference_after"]
    assert after.abs().max() < 1e-6  # type: ignore[operator]
    assert (found.propensity is None) == (method == "entropy")


def test_separation_is_a_typed_warning() -> None:
    with pytest.warns(SeparationWarning, match="ridge"):
        weights([1, 1, 0, 0], {"x": [5, 6, 1, 2]})


def test_balance_by_hand() -> None:
    found = balance([1, 1, 0, 0], {"x": [1, 3, 2, 6]}, [1, 1, 3, 1])
    row = found.table().row(0, named=True)
    assert row["difference_before"] == pytest.approx(-(2**0.5))
    assert row["untreated_after"] == pytest.approx(3)
    assert row["ks_before"] == pytest.approx(0.5)
    assert found.effective_sizes()["untreated"].to_list() == pytest.approx([2, 1.6])
    assert pl.DataFrame(found).height == 1


def test_refusals_name_the_argument() -> None:
    with pytest.raises(EstimateError):
        weights([1, 1], {"x": [1, 2]})
    with pytest.raises(EstimateError, match="trim"):
        weights([1, 0], {"x": [1, 2]}, trim=0.5)
    with pytest.raises(OptionError, match="missing"):
        match([1, 0], {"x": [1, None]})
    with pytest.raises(OptionError, match="method"):
        match([1, 0], {"x": [1, 2]}, method="neares")  # type: ignore[arg-type]
