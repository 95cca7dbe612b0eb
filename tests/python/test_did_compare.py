"""Comparators of group-time effects, and what could be wrong with them, from Python."""

from __future__ import annotations

import json
import math
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from boligspor import estimate
from boligspor.errors import EstimateError, OptionError


def panel(units: int = 80, *, peak: float = 0.0) -> dict[str, list[Any]]:
    """Groups 4, 5 and never; the effect is 1 at first and grows by 1; perhaps a peak before it."""
    out: dict[str, list[Any]] = {
        k: [] for k in ("unit", "period", "first_treated", "outcome", "region")
    }
    for unit in range(units):
        group = (4, 5, None, None)[unit % 4]
        for period in range(1, 8):
            noise = ((unit * 7919 + period * 104729) % 1009) / 1009 - 0.5
            since = None if group is None else period - group
            effect = 1 + since if since is not None and since >= 0 else 0
            out["unit"].append(unit)
            out["period"].append(period)
            out["first_treated"].append(group)
            out["outcome"].append(0.3 * period + effect + noise + peak * (since == -1))
            out["region"].append(unit % 12)
    return out


def columns(rows: dict[str, list[Any]]) -> list[list[Any]]:
    return [rows[k] for k in ("unit", "period", "first_treated", "outcome")]


@pytest.mark.parametrize("of", [estimate.sun_abraham, estimate.imputation_did, estimate.twfe])
def test_every_comparator_gives_effects_one_number_and_a_picture(of: Any) -> None:
    found = of(*columns(panel()))
    table = found.table()
    assert table.columns[:5] == ["event_time", "estimate", "std_error", "low", "high"]
    assert 1 < found.overall.estimate < 4
    assert found.describe() in repr(found)
    assert "<svg" in found.plot().svg()
    assert "<table" in found._repr_html_()


def test_sun_abraham_and_imputation_recover_the_planted_effects() -> None:
    for found in (
        estimate.sun_abraham(*columns(panel())).table(),
        estimate.imputation_did(*columns(panel())).table(),
    ):
        for row in found.iter_rows(named=True):
            truth = 1 + row["event_time"] if row["event_time"] >= 0 else 0
            assert abs(row["estimate"] - truth) < 4 * row["std_error"]
    by_cohort = estimate.sun_abraham(*columns(panel())).by_cohort()
    assert by_cohort["group"].to_list() == [4, 5]


def test_the_one_coefficient_is_shown_as_its_comparisons() -> None:
    fit = estimate.twfe(*columns(panel()))
    bacon = fit.bacon()
    assert bacon is not None
    assert bacon["weight"].sum() == pytest.approx(1)
    mean = (bacon["weight"] * bacon["estimate"]).sum()
    assert mean == pytest.approx(fit.overall.estimate)
    assert "later with earlier treated" in bacon["kind"].to_list()


def test_few_clusters_warn_and_have_their_own_inference() -> None:
    rows = panel()
    with pytest.warns(estimate.FewClustersWarning, match="12 clusters"):
        fit = estimate.sun_abraham(*columns(rows), cluster=rows["region"])
    small = fit.small_cluster(replicates=999)
    assert small.columns == [
        *("event_time", "estimate", "std_error", "df", "p_value", "low", "high"),
        *("wild_p_value", "clusters"),
    ]
    assert small["clusters"].unique().to_list() == [12]
    assert small.filter(pl.col("event_time") == 2)["p_value"].item() < 0.01
    assert small.equals(fit.small_cluster(replicates=999))
    with pytest.raises(OptionError):
        fit.small_cluster(weights="webbs")  # type: ignore[arg-type]


def test_trends_that_are_not_parallel_widen_the_bounds_until_they_break() -> None:
    event_study = estimate.att_gt(*columns(panel()), base="universal").aggregate("dynamic")
    found = event_study.sensitivity(0, m=[0, 1, 2])
    table = found.table()
    row = event_study.table().row(by_predicate=pl.col("event_time") == 0, named=True)
    first = table.row(0, named=True)
    assert first["bound_low"] == pytest.approx(row["estimate"])
    assert (first["low"], first["high"]) == pytest.approx((row["low"], row["high"]))
    widths = (table["high"] - table["low"]).to_list()
    assert widths == sorted(widths)
    assert found.breakdown is not None
    assert found.breakdown > 0
    at = event_study.sensitivity(0, m=[found.breakdown]).table()
    assert at["low"][0] == pytest.approx(0, abs=1e-6)
    assert "HonestDiD" in found.describe()
    with pytest.raises(EstimateError):
        event_study.sensitivity(99)
    simple = estimate.att_gt(*columns(panel())).aggregate("simple")
    with pytest.raises(OptionError, match="event study"):
        simple.sensitivity()


def test_a_peak_before_treatment_is_seen_and_another_base_survives_it() -> None:
    rows = panel(peak=5.0)
    with pytest.warns(estimate.PeakWarning, match="base_sensitivity"):
        peak = estimate.peak_diagnostic(*columns(rows))
    assert peak.at_peak
    assert peak.share_at_maximum == 1
    assert peak.excess.estimate > 4
    assert "by chance" in peak.describe()
    found = estimate.base_sensitivity(*columns(rows))
    table = found.table()
    assert table["base"].to_list() == [-1, -2, -3]
    truth = 2.25  # three periods of one group, four of the other, by size
    estimates = table["estimate"].to_list()
    assert estimates[0] < truth - 4
    assert abs(estimates[1] - truth) < 0.6
    assert found.event_studies().columns[:2] == ["base", "event_time"]
    assert "<svg" in found.plot().svg()  # type: ignore[attr-defined]
    flat = panel()
    flat["outcome"] = [y - 0.3 * t for y, t in zip(flat["outcome"], flat["period"], strict=True)]
    assert not estimate.peak_diagnostic(*columns(flat)).at_peak
    with pytest.raises(OptionError, match="negative"):
        estimate.base_sensitivity(*columns(rows), bases=[0])


def test_covariates_and_weights_reach_the_regressions() -> None:
    rows = panel()
    x = [math.sin(i) for i in range(len(rows["unit"]))]
    plain = estimate.sun_abraham(*columns(rows))
    adjusted = estimate.sun_abraham(*columns(rows), covariates={"x": x})
    assert not plain.table().equals(adjusted.table())
    assert adjusted.covariates().height == 1
    weighted = estimate.twfe(*columns(rows), weights=[1 + u % 3 for u in rows["unit"]])
    assert weighted.bacon() is None


SHARED = Path(os.environ.get("BOLIGSPOR_SHARED", Path(__file__).parents[3] / "shared"))


def test_two_way_fixed_effects_agree_with_fixest() -> None:
    # The data set is not among the reference ones; pyfixest ships it.
    spec = find_spec("pyfixest")
    folder = os.environ.get("DF_HET") or (spec and spec.origin and Path(spec.origin).parent)
    values = SHARED / "reference" / "effects" / "values.json"
    if not folder or not values.exists():
        pytest.skip(
            "df_het.csv of pyfixest (DF_HET: its folder) or the reference values are absent"
        )
    rows = pl.read_csv(Path(folder) / "did" / "data" / "df_het.csv", null_values="NA")
    fit = estimate.twfe(*(rows[c] for c in ("unit", "year", "g", "dep_var")))
    found = {r["event_time"]: r for r in fit.table().iter_rows(named=True)}
    compared = 0
    for key, value in json.loads(values.read_text()).items():
        kind, _, rest = key.partition("fixest|twfe_es|df_het|rel::")
        if kind or not rest:
            continue
        at, _, what = rest.partition("|")
        name = "estimate" if what == "est" else "std_error"
        assert found[int(at)][name] == pytest.approx(value["value"], rel=1e-8), (at, what)
        compared += 1
    assert compared == 16
