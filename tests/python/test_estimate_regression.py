"""Regressions through their Python face: by-hand values, any array, clear errors."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from boligspor import EstimateError, OptionError
from boligspor.estimate import (
    CollinearityWarning,
    NoEventsWarning,
    SeparationWarning,
    compare_curves,
    concordance,
    cox,
    fine_gray,
    glm,
)

TIME = [1, 1, 6, 6, 8, 9]
EVENT = [1, 0, 1, 1, 0, 1]
X = [1, 1, 1, 0, 0, 0]
COLUMNS = ["term", "coef", "std_error", "robust_std_error", "z", "p_value", "low", "high"]


def test_breslow_on_the_six_people_of_therneau_and_grambsch() -> None:
    fit = cox(TIME, EVENT, {"x": X}, ties="breslow")
    r = (3 + math.sqrt(33)) / 2
    table = fit.table()
    assert table.columns == COLUMNS
    assert table["coef"][0] == pytest.approx(math.log(r), abs=1e-9)
    assert fit.score_test.statistic == pytest.approx(1.6, abs=1e-12)
    assert float(fit.score_test) == fit.score_test.statistic
    assert table["robust_std_error"][0] is None


@pytest.mark.parametrize("make", [list, np.array, pd.Series, pl.Series, pa.array, tuple])
def test_any_array_gives_the_same_fit(make: type) -> None:
    fit = cox(make(TIME), make(EVENT), {"x": make(X)})
    assert fit.table().equals(cox(TIME, EVENT, {"x": X}).table())


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_any_table_of_covariates_gives_the_same_fit(make: type) -> None:
    fit = cox(TIME, EVENT, make({"x": X}))
    assert fit.table().equals(cox(TIME, EVENT, {"x": X}).table())


def test_text_becomes_columns_against_its_first_value_and_one_term_in_tests() -> None:
    kind = ["b", "a", "c"] * 4
    time = [4, 9, 2, 12, 5, 3, 7, 6, 1, 10, 8, 11]
    age = [30, 42, 51, 29, 33, 40, 45, 38, 36, 31, 44, 35]
    fit = cox(time, [1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1], {"kind": kind, "age": age})
    assert fit.table()["term"].to_list() == ["kind=b", "kind=c", "age"]
    test = fit.ph_test()
    assert test["term"].to_list() == ["kind", "age", "GLOBAL"]
    assert test["df"].to_list() == [2, 1, 3]
    predicted = fit.predict({"age": [40], "kind": ["c"]}, times=[2.0, 5.0])
    baseline = fit.baseline({"kind": "c", "age": 40})
    at = baseline.filter(pl.col("time") <= 5)["survival"][-1]
    assert predicted["survival"][1] == pytest.approx(at, abs=1e-12)
    with pytest.raises(OptionError, match="did not see"):
        fit.predict({"age": [40], "kind": ["d"]}, times=[2.0])
    with pytest.raises(OptionError, match="lack `kind`"):
        fit.predict({"age": [40]}, times=[2.0])


def test_baseline_sums_events_over_risk_in_each_stratum() -> None:
    strata = ["north"] * 3 + ["south"] * 3
    fit = cox([1, 2, 3, 1, 2, 3], [1, 1, 0, 1, 0, 1], {}, strata=strata)
    baseline = fit.baseline()
    assert baseline.columns[:3] == ["stratum", "time", "cumulative_hazard"]
    north = baseline.filter(pl.col("stratum") == "north")["cumulative_hazard"]
    assert north.to_list() == pytest.approx([1 / 3, 1 / 3 + 1 / 2])
    south = baseline.filter(pl.col("stratum") == "south")["cumulative_hazard"]
    assert south.to_list() == pytest.approx([1 / 3, 1 / 3 + 1])


def test_standardised_survival_is_the_mean_of_the_predictions() -> None:
    fit = cox(TIME, EVENT, {"x": X})
    each = fit.predict({"x": X}, times=[6.0])["survival"].mean()
    assert fit.predict({"x": X}, times=[6.0], kind="mean")["survival"][0] == pytest.approx(each)


def test_clusters_and_concordance_are_reported() -> None:
    fit = cox(TIME, EVENT, {"x": X}, cluster=["a", "a", "b", "b", "c", "c"])
    assert fit.table()["robust_std_error"][0] > 0
    found = fit.concordance()
    assert 0.5 < float(found) < 1
    assert found.table()["std_error"][0] == found.std_error
    assert concordance([1, 2, 3], [1, 1, 0], [3, 2, 1]).concordance == 1


def test_concordance_of_people_seen_twice_has_the_error_of_the_people() -> None:
    time, event, score = [1, 2, 3, 4, 5], [1, 1, 0, 1, 0], [0.3, 0.9, 0.5, 0.1, 0.4]
    once = concordance(time, event, score)
    twice = concordance(time * 2, event * 2, score * 2, cluster=[0, 1, 2, 3, 4] * 2)
    assert float(twice) == pytest.approx(float(once))
    assert twice.std_error == pytest.approx(once.std_error)


def test_separation_warns_by_name_and_firth_does_not() -> None:
    time, event, x = [1, 2, 3, 4, 5, 6], [1] * 6, {"sheltered": [1, 1, 1, 0, 0, 0]}
    with pytest.warns(SeparationWarning, match="`sheltered` separates"):
        fit = cox(time, event, x)
    assert isinstance(fit.warnings[0], SeparationWarning)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cox(time, event, x, penalty="firth").penalised
        assert cox(time, event, x, penalty="firth-if-separated").penalised


def test_redundant_columns_and_missing_events_warn() -> None:
    with pytest.warns(CollinearityWarning, match="`one`"):
        fit = cox(TIME, EVENT, {"one": [1] * 6, "x": X})
    assert math.isnan(fit.table()["coef"][0])
    with pytest.warns(NoEventsWarning):
        cox(TIME, [0] * 6, {"x": X})


def test_what_cannot_be_is_refused_without_telling_values() -> None:
    with pytest.raises(OptionError, match="`x` has missing values"):
        cox(TIME, EVENT, {"x": [1, 1, None, 0, 0, 0]})
    with pytest.raises(EstimateError, match="enter at or after"):
        cox(TIME, EVENT, {"x": X}, entry=[0, 0, 6, 0, 0, 0])
    with pytest.raises(OptionError, match="has 5 rows, but time has 6"):
        cox(TIME, EVENT[:5], {"x": X})
    with pytest.raises(OptionError, match="holds other than true and false"):
        cox(TIME, [1, 2, 1, 2, 1, 2], {"x": X})
    with pytest.raises(OptionError, match='did you mean "efron"'):
        cox(TIME, EVENT, {"x": X}, ties="efrom")  # type: ignore[arg-type]
    with pytest.raises(EstimateError, match="confidence level"):
        cox(TIME, EVENT, {"x": X}, conf_level=95)


def test_with_one_cause_fine_and_gray_is_cox() -> None:
    gray = fine_gray(TIME, EVENT, {"x": X}, of=1)
    assert gray.table()["coef"][0] == pytest.approx(cox(TIME, EVENT, {"x": X}).table()["coef"][0])


def test_causes_may_be_words_and_censoring_null() -> None:
    time = [1, 2, 3, 4, 5, 6, 7, 8]
    x = {"x": [3, 1, 9, 5, 2, 4, 7, 6]}
    words = ["home", "dead", "home", None, "home", "dead", None, "home"]
    numbers = [1, 2, 1, 0, 1, 2, 0, 1]
    a, b = fine_gray(time, words, x, of="home"), fine_gray(time, numbers, x, of=1)
    assert a.table().equals(b.table())
    incidence = a.predict({"x": 4})
    assert incidence.columns == ["time", "incidence", "std_error", "low", "high"]
    assert incidence["incidence"].is_sorted()
    with pytest.raises(OptionError, match="occurs in no row"):
        fine_gray(time, words, x, of="shelter")
    original = fine_gray(time, numbers, x, of=1, convention="original")
    assert original.ph_test()["term"].to_list() == ["x", "GLOBAL"]


def test_logistic_and_poisson_by_hand() -> None:
    fit = glm([1, 0, 0, 1, 1, 0], {"x": [0, 0, 0, 1, 1, 1]})
    assert fit.table()["coef"].to_list() == pytest.approx([-math.log(2), math.log(4)])
    assert fit.predict({"x": [1]})[0] == pytest.approx(2 / 3)
    exposure = [math.log(100), math.log(150)]
    rates = glm([4, 18], {"x": [0, 1]}, family="poisson", offset=exposure)
    assert rates.table()["coef"][1] == pytest.approx(math.log(3))
    assert rates.deviance == pytest.approx(0, abs=1e-9)
    share = glm([0.3, 0.6], {"x": [0, 1]}, weights=[10, 20])
    assert share.fitted.to_list() == pytest.approx([0.3, 0.6])


@pytest.mark.parametrize("method", ["weighting", "prediction", "doubly-robust"])
def test_adjusted_curves_remove_the_difference_that_covariates_make(method: str) -> None:
    rng = np.random.default_rng(3)
    n = 1500
    ill = rng.random(n) < 0.5
    treated = rng.random(n) < np.where(ill, 0.75, 0.25)
    event = rng.exponential(np.where(ill, 5, 20), n)
    seen = np.minimum(event, 12)
    found = compare_curves(
        seen,
        event <= 12,
        np.where(treated, "treated", "usual"),
        {"ill": ill},
        times=[6],
        tau=12,
        method=method,  # type: ignore[arg-type]
        replicates=50,
    )
    difference = found.table().filter(pl.col("group") == "difference").row(0, named=True)
    assert difference["low"] < 0 < difference["high"]
    crude = (event[treated] > 6).mean() - (event[~treated] > 6).mean()
    assert crude < -0.15
    assert abs(difference["estimate"]) < 0.06
    assert abs(found.balance()["before"][0]) > 1
    assert abs(found.balance()["after"][0]) < 0.01
    assert found.restricted_mean().height == 3


def test_results_show_themselves() -> None:
    fit = cox(TIME, EVENT, {"x": X})
    assert "Cox regression of 6 rows with 4 events" in repr(fit)
    assert "<table" in fit._repr_html_()
    assert "<svg" in fit.plot().svg()  # type: ignore[attr-defined]
    assert pl.DataFrame(fit).equals(fit.table())
