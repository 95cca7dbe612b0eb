"""Standardised rates, funnels, shrinkage and ranks through their Python face."""

from __future__ import annotations

import csv
import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from boligspor import EstimateError, OptionError
from boligspor.estimate import (
    direct_standardisation,
    false_discovery,
    funnel,
    indirect_standardisation,
    mean_funnel,
    proportion,
    ranks,
    rate,
    shrinkage,
)

SHARED = Path(os.environ.get("BOLIGSPOR_SHARED", Path(__file__).parents[3] / "shared"))
EFFECTS = SHARED / "reference" / "effects"
reference = pytest.mark.skipif(
    not EFFECTS.exists(), reason="the reference values are kept outside the repository"
)


def rows(name: str) -> list[dict[str, str]]:
    with (EFFECTS / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def values(prefix: str) -> dict[str, float]:
    found = json.loads((EFFECTS / "values.json").read_text(encoding="utf-8"))
    return {k: v["value"] for k, v in found.items() if k.startswith(prefix)}


def frame(name: str) -> pl.DataFrame:
    return pl.from_pandas(pd.read_csv(EFFECTS / name))  # quoted numbers are numbers


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@reference
def test_rates_have_phe_s_limits() -> None:
    compared = 0
    for file, name in (("phe_test_Rate.csv", None), ("phe_test_Rate_g_results.csv", "lowercl")):
        for row in rows(file):
            count, people = number(row["Numerator"]), number(row["Denominator"])
            if not count or not people or count != round(count) or not number(row["value"]):
                continue
            per = number(row["multiplier"]) or 1e5
            ends = [("lower95_0cl", "upper95_0cl", 0.95), ("lower99_8cl", "upper99_8cl", 0.998)]
            if name is not None:
                level = {"95%": 0.95, "99.8%": 0.998}.get(row["confidence"], 0.95)
                ends = [("lowercl", "uppercl", level)]
            for low, high, level in ends:
                if not number(row[low]):
                    continue
                found = rate(
                    [int(count)], [people], per=per, method="exact-then-byar", conf_level=level
                ).table()
                assert found["rate"][0] == pytest.approx(float(row["value"]), rel=1e-9)
                assert found["low"][0] == pytest.approx(float(row[low]), rel=1e-9)
                assert found["high"][0] == pytest.approx(float(row[high]), rel=1e-9)
                compared += 3
    assert compared > 100


@reference
def test_byar_exact_and_wilson_limits_agree_with_phe_and_epitools() -> None:
    compared = 0
    for key, value in values("PHE|").items():
        parts = key.split("|")
        if parts[1] not in {"Byars", "Wilson"}:
            continue
        x, n = float(parts[2][2:]), float(parts[3][2:])
        level = float(parts[4][5:-1]) / 100
        end = "low" if parts[5] == "lowercl" else "high"
        if parts[1] == "Byars":
            found = rate([int(x)], [1], method="byar", conf_level=level).table()
        else:
            found = proportion([x], [n], conf_level=level).table()
        assert found[end][0] == pytest.approx(value, rel=1e-9)
        compared += 1
    for key, value in values("epitools|binom.exact").items():
        _, _, x_, n_, end = key.split("|")
        exact = proportion([int(x_[2:])], [int(n_[2:])], method="clopper-pearson").table()
        assert exact[{"lower": "low", "upper": "high"}[end]][0] == pytest.approx(value, rel=1e-6)
        compared += 1
    assert compared == 39


@reference
def test_shares_have_phe_s_limits() -> None:
    compared = 0
    for row in rows("phe_test_Prop.csv"):
        x, n = number(row["Numerator"]), number(row["Denominator"])
        if x is None or not n or not number(row["lower95_0cl"]):
            continue
        scale = float(row["multiplier"])
        for name, level in (("95_0", 0.95), ("99_8", 0.998)):
            found = proportion([x], [n], conf_level=level).table()
            for end, side in (("low", "lower"), ("high", "upper")):
                value = float(row[f"{side}{name}cl"])
                assert found[end][0] * scale == pytest.approx(value, rel=1e-9)
                compared += 1
    assert compared > 40


@reference
def test_rates_of_repeated_events_agree_with_phe() -> None:
    """PHE's table has a row per number of events; sums of squares are made of it."""
    strata = (
        frame("phe_test_DSR_nonind.csv")
        .with_columns(pl.col("persons").fill_null(0))
        .group_by("area", "ageband", maintain_order=True)
        .agg(
            pl.col("pop", "esp2013").first(),
            events=(pl.col("freq") * pl.col("persons")).sum(),
            squares=(pl.col("freq") ** 2 * pl.col("persons")).sum(),
        )
    )
    published = [r for r in rows("phe_test_DSR_results.csv") if "non-independent" in r["method"]]
    compared = 0
    for name, level in (("95_0", 0.95), ("99_8", 0.998)):
        found = direct_standardisation(
            strata["events"],
            strata["pop"],
            strata["esp2013"],
            squares=strata["squares"],
            by=strata["area"],
            per=1e5,
            conf_level=level,
        ).table()
        for row in published:
            if not number(row["value"]):
                continue
            ours = found.row(by_predicate=pl.col("unit") == row["area"], named=True)
            for column, theirs in (
                ("rate", "value"),
                ("low", f"lower{name}cl"),
                ("high", f"upper{name}cl"),
            ):
                # Published to eight decimals.
                assert ours[column] == pytest.approx(float(row[theirs]), rel=1e-9)
                compared += 1
    assert compared == 18


@reference
def test_directly_standardised_rates_agree_with_phe_and_epitools() -> None:
    strata = frame("phe_test_multiarea_esp.csv")
    published = {r["area"]: r for r in rows("phe_OUT_dsr.csv") if number(r["value"])}
    for name, level in (("95_0", 0.95), ("99_8", 0.998)):
        found = direct_standardisation(
            strata["count"].fill_null(0),
            strata["pop"],
            strata["esp2013"],
            by=strata["area"],
            per=1e5,
            conf_level=level,
        ).table()
        for area, row in published.items():
            ours = found.row(by_predicate=pl.col("unit") == area, named=True)
            for end, column in (
                ("rate", "value"),
                ("low", f"lower{name}cl"),
                ("high", f"upper{name}cl"),
            ):
                assert ours[end] == pytest.approx(float(row[column]), rel=1e-9)
    down = frame("fleiss_down.csv")
    gamma = direct_standardisation(
        down["events"], down["pop"], down["std"], by=down["order"], per=1e5, method="gamma"
    ).table()
    columns = {"crude.rate": "crude", "adj.rate": "rate", "lci": "low", "uci": "high"}
    for key, value in values("epitools|ageadjust.direct|").items():
        _, _, order, name = key.split("|")
        ours = gamma.row(by_predicate=pl.col("unit") == int(order[-1]), named=True)
        assert ours[columns[name.removesuffix("_per1e5")]] == pytest.approx(value, rel=1e-9)


@reference
def test_indirectly_standardised_rates_agree_with_phe() -> None:
    strata = frame("phe_test_ISR_ownref.csv")
    compared = 0
    for row in rows("phe_test_ISR_results.csv"):
        if not row["area"].startswith("testdata"):
            continue
        big = row["area"] == "testdata_tiny"
        part = strata.filter(pl.col("area") == ("testdata_big" if big else row["area"]))
        observed = [0] * part.height
        observed[0] = int(float(row["observed"]))
        for name, level in (("95_0", 0.95), ("99_8", 0.998)):
            found = indirect_standardisation(
                observed,
                population=part["pop"].fill_null(0),
                reference_events=part["refcount"],
                reference_population=part["refpop"],
                by=[1] * part.height,
                method="exact-then-byar",
                conf_level=level,
            ).table()
            assert found["expected"][0] == pytest.approx(float(row["expected"]), rel=1e-9)
            ratio = row["statistic"].startswith("indirectly standardised ratio")
            scale = 100.0 if ratio and row["statistic"].endswith("100") else 1.0
            scale = scale if ratio else float(row["ref_rate"])
            for ours, column in (
                ("ratio", "value"),
                ("ratio_low", f"lower{name}cl"),
                ("ratio_high", f"upper{name}cl"),
            ):
                assert found[ours][0] * scale == pytest.approx(float(row[column]), rel=1e-9)
                compared += 1
    assert compared > 60


@reference
def test_funnel_limits_agree_with_spiegelhalter_s_formula() -> None:
    for key, value in values("own|spiegelhalter2005_poisson|").items():
        _, _, e, p_ = key.split("|")
        p = float(p_[2:])
        level = round(abs(1 - 2 * p), 12)
        found = funnel([1, 1], [float(e[2:])] * 2, levels=[level]).limits([float(e[2:])])
        column = found.columns[1 if p < 0.5 else 2]
        assert found[column][0] == pytest.approx(max(value, 0.0), rel=1e-9, abs=1e-12)


@reference
def test_funnels_of_shares_and_counts_agree_with_phe() -> None:
    inputs = rows("phe_test_funnel_inputs.csv")
    baseline = sum(float(r["numerator"]) for r in inputs) / sum(
        float(r["denominator"]) for r in inputs
    )
    for row in rows("phe_test_funnel_outputs.csv"):
        n = [int(float(row["Population"]))]
        # Their three sigma is a P of 0.001 at either side, their two sigma 0.025.
        found = funnel([0], n=n, target=baseline, limits="normal").limits(n)
        for ours, theirs in (
            ("low_95", "lower_2s_limit"),
            ("high_95", "upper_2s_limit"),
            ("low_998", "lower_3s_limit"),
            ("high_998", "upper_3s_limit"),
        ):
            assert found[ours][0] * 100 == pytest.approx(float(row[theirs]), rel=1e-7, abs=1e-6)
    for row in rows("phe_test_funnel_ratio_outputs.csv"):
        count = [int(float(row["Observed_events"]))]
        for sigma, level in (("2s", 0.95), ("3s", 0.998)):
            found = rate(count, [1], conf_level=level).table()
            # The expected number at which the count lies on the limit.
            low = float(row[f"lower_{sigma}_exp_events"])
            assert found["high"][0] == pytest.approx(low, rel=1e-6)  # a search of theirs
            high = float(row[f"upper_{sigma}_exp_events"])
            assert found["low"][0] == pytest.approx(high, rel=5e-5)


@reference
@pytest.mark.parametrize("method", ["SHMI", "CQC"])
def test_overdispersion_agrees_with_funnelplotr(method: str) -> None:
    data = frame("medpar_by_provider.csv")
    expected = data["denominator"].round(2) if method == "SHMI" else data["denominator"]
    chosen: dict[str, Any] = (
        {"scale": "log", "extremes": "trim"} if method == "SHMI" else {"extremes": "winsorise"}
    )
    found = funnel(data["numerator"], expected, overdispersion="additive", **chosen)
    prefix = f"FunnelPlotR|medpar|SR|{method}|trim0.1|"
    known = values(prefix)
    assert found.phi == pytest.approx(known[f"{prefix}phi"], rel=1e-9)
    assert found.tau2 == pytest.approx(known[f"{prefix}tau2"], rel=1e-9)
    plain = funnel(data["numerator"], expected, limits="inverted")
    for key, value in known.items():
        name = key.removeprefix(prefix).split("|")
        if not name[0].startswith("denom="):
            continue
        size, end = [float(name[0][6:])], name[1]
        column = ("low" if "ll" in end else "high") + ("_998" if "998" in end else "_95")
        limits = (found if end.startswith("od") else plain).limits(size)
        ours = limits[column][0]
        if end.startswith("od") and method == "CQC":
            ours = math.sqrt(ours)  # theirs stay on the root's scale
        assert ours == pytest.approx(value, rel=2e-7), key


@reference
def test_shrinkage_agrees_with_metafor() -> None:
    data = frame("bcg.csv")
    names: dict[str, Any] = {
        "DL": "der-simonian-laird",
        "REML": "reml",
        "ML": "ml",
        "PM": "paule-mandel",
    }
    for name, method in names.items():
        found = shrinkage(estimates=data["yi"], std_errors=data["vi"].sqrt(), method=method)
        known = values(f"metafor|bcg|{name}|")
        assert found.between == pytest.approx(known[f"metafor|bcg|{name}|tau2"], rel=1e-4)
        assert found.mean == pytest.approx(known[f"metafor|bcg|{name}|mu"], rel=1e-4)


def test_a_funnel_of_four_units_by_hand() -> None:
    found = funnel([0, 12, 40, 20], [3.0, 10.0, 20.0, 20.0], units=list("ABCD"))
    table = found.table()
    assert table.columns == [
        *("unit", "observed", "expected", "ratio", "low_95", "high_95", "low_998", "high_998"),
        *("z", "p_value", "false_discovery", "outside", "signal"),
    ]
    assert table["signal"].to_list() == ["inside", "inside", "act", "inside"]
    # Square roots: 2(sqrt(40) - sqrt(20)).
    assert table["z"][2] == pytest.approx(2 * (math.sqrt(40) - math.sqrt(20)))
    assert table["p_value"][0] == pytest.approx(math.exp(-3))
    assert table["false_discovery"].to_list() == pytest.approx(
        false_discovery(table["p_value"]).to_list()
    )
    three = funnel([1, 2], [1.0, 2.0], levels=[0.8, 0.95, 0.998]).table()
    assert {"low_80", "high_80"} <= set(three.columns)


def test_tiny_counts_and_zeros_have_gamma_poisson_limits() -> None:
    found = funnel(
        [0, 0, 1, 4, 9, 0],
        [0.5, 1.0, 1.5, 1.0, 2.0, 0.2],
        limits="gamma-poisson",
        extremes="keep",
    )
    assert found.tau2 is not None
    assert found.tau2 > 0
    exact = funnel([1, 1], [1.0, 2.0]).limits([2.0])
    assert found.limits([2.0])["high_95"][0] > exact["high_95"][0]


def test_cost_funnels_use_the_pooled_deviation_and_hold_a_planted_unit() -> None:
    rng = np.random.default_rng(5)
    unit = np.repeat([f"m{i}" for i in range(20)], 60)
    costs = rng.lognormal(10, 1.2, unit.size)
    costs[unit == "m3"] *= 3
    found = mean_funnel(costs, unit, draws=2000, seed=1)
    table = found.table()
    assert table.filter(pl.col("signal") == "act")["unit"].to_list() == ["m3"]
    pooled = costs.std(ddof=1) / math.sqrt(60)
    assert table["std_error"][0] == pytest.approx(pooled)
    assert "<svg" in found.plot().svg()  # type: ignore[attr-defined]


def test_shrinkage_pulls_small_units_most_and_says_how_likely_an_excess_is() -> None:
    found = shrinkage([0, 22, 30, 9, 45], [1.5, 20.0, 18.0, 15.0, 40.0], units=list("ABCDE"))
    table = found.table()
    assert table["reliability"][0] == table["reliability"].min()
    above = found.probability_above(1.1)
    assert above["probability"].is_between(0, 1).all()
    shares = shrinkage([4, 160, 55, 30, 90], n=[4, 200, 90, 40, 100])
    assert shares.table()["estimate"][0] < 0.9
    normal = shrinkage(estimates=[1.0, 3.0, 8.0], std_errors=[1.0, 1.0, 1.0])
    assert normal.between == pytest.approx(12.0)


def test_a_unit_that_cannot_be_ranked_says_so() -> None:
    table = ranks([1.0, 9.0, 1.2, 0.8], [0.5] * 4, units=list("ABCD"), seed=3).table()
    assert table["unit"][0] == "B"
    assert table.row(0, named=True)["place"] == "B: 1"
    assert table["rankable"].to_list() == [True, False, False, False]
    assert "not rankable" in table["place"][1]


@pytest.mark.parametrize("make", [list, np.array, pd.Series, pl.Series, pa.array, tuple])
def test_any_array_gives_the_same_figures(make: type) -> None:
    plain = funnel([3, 8, 9], [4.0, 6.0, 11.0]).table()
    assert funnel(make([3, 8, 9]), make([4.0, 6.0, 11.0])).table().equals(plain)
    assert rate(make([3]), make([100])).table().equals(rate([3], [100]).table())


def test_direct_rates_say_nothing_where_events_are_too_few() -> None:
    few = direct_standardisation([1, 3], [100, 100], [1, 1]).table()
    assert few["low"][0] is None
    gamma = direct_standardisation([1, 3], [100, 100], [1, 1], method="gamma").table()
    assert gamma["low"][0] > 0
    two = direct_standardisation(
        [1, 30, 3, 10], [100] * 4, [1, 2, 1, 2], by=["a", "b", "a", "b"], per=1000
    ).table()
    assert two["unit"].to_list() == ["a", "b"]
    assert two["events"].to_list() == [4, 40]


def test_what_cannot_be_is_refused_without_telling_values() -> None:
    with pytest.raises(OptionError, match="other than counts"):
        funnel([1.5, 2], [1.0, 2.0])
    with pytest.raises(OptionError, match="not both"):
        funnel([1, 2])
    with pytest.raises(EstimateError, match="expected"):
        funnel([1, 2], [0.0, 2.0])
    with pytest.raises(EstimateError, match="level"):
        funnel([1, 2], [1.0, 2.0], levels=[95])
    with pytest.raises(OptionError, match="did you mean"):
        funnel([1, 2], [1.0, 2.0], limits="exat")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="has 3 rows"):
        funnel([1, 2], [1.0, 2.0], units=["a", "b", "c"])
    with pytest.raises(OptionError, match="make no pair"):
        shrinkage([1, 2])
    with pytest.raises(EstimateError):
        ranks([1.0, math.nan], [1.0, 1.0])
    with pytest.raises(EstimateError, match="groups"):
        shrinkage([3], [2.0])


def test_results_show_themselves() -> None:
    observed, expected = [3, 8, 30], [4.0, 6.0, 11.0]
    for made in (
        funnel(observed, expected),
        funnel(observed, n=[10, 20, 40]),
        shrinkage(observed, expected),
        ranks([1.0, 2.0, 3.0], [1.0, 1.0, 1.0]),
        rate(observed, [100, 200, 300]),
    ):
        assert "<table" in made._repr_html_()
        assert repr(made).startswith("<")
        assert "<svg" in made.plot().svg()  # type: ignore[attr-defined]
        assert pl.DataFrame(made).equals(made.table())
