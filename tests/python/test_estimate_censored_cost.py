"""Mean costs under censoring through their Python face."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from boligspor import EstimateError, OptionError
from boligspor.estimate import CostWarning, SmallWeightWarning, censored_cost_mean

ROWS: dict[str, Any] = {
    "id": ["a", "b", "c", "d"],
    "start": [0, 0, 0, 0],
    "stop": [1, 2, 3, 3],
    "cost": [10, 25, 40, 40],
    "follow_up": [1, 2, 3, 3],
    "complete": [True, False, False, False],
}
SHARED = Path(os.environ.get("BOLIGSPOR_SHARED", Path(__file__).parents[3] / "shared"))


@pytest.mark.parametrize("make", [list, np.array, pd.Series, pl.Series])
def test_by_hand(make: type) -> None:
    mean = censored_cost_mean(**{k: make(v) for k, v in ROWS.items()}, limit=3)
    assert mean.estimate == pytest.approx(32.5)
    assert mean.low < mean.estimate < mean.high
    assert mean.std_error > 0
    assert "K(T-)" in repr(mean)
    assert "<table" in mean._repr_html_()


def test_methods_for_contrast_say_so() -> None:
    with pytest.warns(CostWarning, match="contrast"):
        mean = censored_cost_mean(**ROWS, limit=3, method="as")
    assert mean.estimate == pytest.approx(28.75)


def test_a_small_chance_of_having_been_seen_is_a_typed_warning() -> None:
    n = 12
    ends = list(range(1, n + 1))
    with pytest.warns(SmallWeightWarning, match=r"0\.083"):
        censored_cost_mean(
            ends, [0] * n, ends, ends, ends, [*[False] * (n - 1), True], limit=20, method="zt"
        )


def test_arms_have_curves_of_their_own() -> None:
    twice: dict[str, Any] = {k: [*v, *v] for k, v in ROWS.items()} | {"id": list(range(8))}
    arms = censored_cost_mean(**twice, limit=3, by=["x"] * 4 + ["y"] * 4)
    alone = censored_cost_mean(**ROWS, limit=3)
    assert arms.table()["estimate"].to_list() == pytest.approx([alone.estimate] * 2)
    difference = arms.differences()
    assert difference["estimate"].to_list() == pytest.approx([0.0])
    assert difference["std_error"][0] == pytest.approx(alone.std_error * 2**0.5)
    assert arms.plot().to_dict()


def test_refusals_name_the_argument() -> None:
    with pytest.raises(OptionError, match="method"):
        censored_cost_mean(**ROWS, limit=3, method="zhao")  # type: ignore[arg-type]
    with pytest.raises(EstimateError, match="limit"):
        censored_cost_mean(**ROWS, limit=-1)
    with pytest.raises(EstimateError, match="partition"):
        censored_cost_mean(**ROWS, limit=3, method="lin", partition=[2, 1])
    torn = ROWS | {"id": ["a", "a", "c", "d"]}
    with pytest.raises(EstimateError, match="1 people"):
        censored_cost_mean(**torn, limit=3)


@pytest.mark.skipif(not SHARED.exists(), reason="the reference folder is absent")
def test_the_reference_package_is_met() -> None:
    rows = pl.read_csv(SHARED / "reference/effects/ccostr_hcost.csv")
    columns = [rows[c] for c in ("id", "start", "stop", "cost", "surv", "delta")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CostWarning)
        theirs = censored_cost_mean(*columns, limit=1000, method="zt", left_limit=False)
        assert theirs.estimate == pytest.approx(66683.4521288754, rel=1e-9)
        assert theirs.std_error == pytest.approx(3728.86934418175, rel=1e-9)
        ours = censored_cost_mean(*columns, limit=1000)
        assert ours.inclusive
        assert ours.estimate == pytest.approx(68233.28289324934, rel=1e-9)
