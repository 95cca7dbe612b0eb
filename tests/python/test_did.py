"""Difference in differences from Python: columns of any kind, warnings, averages, pictures."""

from __future__ import annotations

import math
import warnings
from typing import Any

import polars as pl
import pytest

from boligspor import estimate
from boligspor.errors import EstimateError, OptionError


def panel(units: int = 60, periods: int = 6) -> dict[str, list[Any]]:
    """Groups 3, 4 and never; the effect is 1 at first and grows by 1 a period."""
    out: dict[str, list[Any]] = {
        k: [] for k in ("unit", "period", "first_treated", "outcome", "x", "region")
    }
    for unit in range(units):
        group = (3, 4, None)[unit % 3]
        for period in range(1, periods + 1):
            noise = ((unit * 7919 + period * 104729) % 1009) / 1009 - 0.5
            effect = 1 + period - group if group is not None and period >= group else 0
            out["unit"].append(f"u{unit}")
            out["period"].append(period)
            out["first_treated"].append(group)
            out["outcome"].append(0.3 * period + effect + noise)
            out["x"].append((unit * 37 % 11) / 11)
            out["region"].append("ABCDEFGHIJ"[unit // 6])
    return out


def fit(**options: Any) -> estimate.AttGt:
    rows = panel()
    columns = [rows[k] for k in ("unit", "period", "first_treated", "outcome")]
    return estimate.att_gt(*columns, **options)


def test_effects_come_by_group_and_period() -> None:
    found = fit()
    table = found.table()
    assert table.columns[:6] == ["group", "period", "estimate", "std_error", "low", "high"]
    assert table.height == 10
    for row in table.iter_rows(named=True):
        since = row["period"] - row["group"]
        truth = 1 + since if since >= 0 else 0
        assert abs(row["estimate"] - truth) < 4 * row["std_error"]
        assert row["band_low"] < row["low"] < row["high"] < row["band_high"]
        assert (row["treated"], row["controls"]) == (20, 20)
    assert "never treated" in found.describe()
    assert "2021" in repr(found)
    assert "<table" in found._repr_html_()


def test_columns_of_any_kind_give_the_same() -> None:
    pandas = pytest.importorskip("pandas")
    rows = panel()
    expected = fit().table()
    frame = pandas.DataFrame(rows)
    for other in (
        [pl.Series(rows[k]) for k in ("unit", "period", "first_treated", "outcome")],
        [frame[k] for k in ("unit", "period", "first_treated", "outcome")],
        [
            rows["unit"],
            [float(p) for p in rows["period"]],
            [g or 0 for g in rows["first_treated"]],
            rows["outcome"],
        ],
        [
            rows["unit"],
            rows["period"],
            [math.inf if g is None else g for g in rows["first_treated"]],
            rows["outcome"],
        ],
    ):
        assert estimate.att_gt(*other).table().equals(expected)


def test_averages_have_their_one_number_and_a_band() -> None:
    found = fit(base="universal")
    event_study = found.aggregate("dynamic")
    table = event_study.table()
    assert table["event_time"].to_list() == [-3, -2, -1, 0, 1, 2, 3]
    base = table.row(by_predicate=pl.col("event_time") == -1, named=True)
    assert (base["estimate"], base["std_error"], base["is_base"]) == (0.0, None, True)
    after = table.filter(pl.col("event_time") >= 0)["estimate"]
    assert event_study.overall.estimate == pytest.approx(after.mean())
    assert event_study.critical_value > 1.96
    assert event_study.pre_trend is not None
    assert event_study.pre_trend.df == 3
    balanced = found.aggregate("dynamic", balance_e=3).table()
    assert balanced["groups"].max() == 1
    assert found.aggregate("simple").table().height == 1
    assert found.aggregate("group").table()["group"].to_list() == [3, 4]
    assert found.aggregate("calendar").table()["period"].to_list() == [3, 4, 5, 6]
    covariance = event_study.covariance()
    assert covariance[4][4] == pytest.approx(table["std_error"][4] ** 2)


def test_options_reach_the_estimator() -> None:
    rows = panel()
    plain = fit().table()
    assert fit(control="not_yet").table()["controls"].max() == 40
    assert not fit(covariates={"x": rows["x"]}).table().equals(plain)
    assert fit(anticipation=1).table()["base"].min() == 1
    drawn = fit(bootstrap=99, seed=1)
    assert not drawn.table()["std_error"].equals(plain["std_error"])
    assert drawn.table().equals(fit(bootstrap=99, seed=1).table())
    with pytest.warns(estimate.FewClustersWarning, match="10 clusters"):
        one = fit(cluster=rows["region"]).table()
    with pytest.warns(estimate.FewClustersWarning):
        both = fit(cluster=(rows["unit"], rows["region"])).table()
    assert one.equals(both)
    assert fit(cluster=(rows["unit"],)).table().equals(plain)
    sections = estimate.att_gt(None, rows["period"], rows["first_treated"], rows["outcome"])
    assert sections.table()["estimate"].to_list() == pytest.approx(plain["estimate"].to_list())


def test_faults_are_told_by_rule_and_number() -> None:
    rows = panel()
    columns = [rows[k] for k in ("unit", "period", "first_treated", "outcome")]

    def broken(place: int, change: Any) -> list[Any]:
        return [[change(v) for v in c] if i == place else c for i, c in enumerate(columns)]

    for code in (-1, -999):
        with pytest.raises(EstimateError, match="null or 0"):
            estimate.att_gt(*broken(2, lambda g, code=code: code if g is None else g))
    with pytest.raises(EstimateError, match="never treated"):
        estimate.att_gt(*broken(2, lambda g: 1 if g is None else g))
    with pytest.raises(EstimateError, match="repeat a unit"):
        estimate.att_gt(*broken(1, lambda p: 2 if p == 1 else p))
    with pytest.raises(EstimateError, match="not finite"):
        estimate.att_gt(*broken(3, lambda y: math.inf if y > 4 else y))
    changing = [*columns[:2], [3, *columns[2][1:]], columns[3]]
    changing[2][5] = 4
    with pytest.raises(EstimateError, match="changes within 1 units"):
        estimate.att_gt(*changing)
    with pytest.raises(OptionError, match="whole numbers"):
        estimate.att_gt(*broken(1, lambda p: p + 0.5))
    with pytest.raises(OptionError, match="never"):
        fit(control="nevr")
    with pytest.raises(OptionError, match="several clusters"):
        fit(cluster=(rows["region"], rows["x"]))


def test_a_cell_that_cannot_be_computed_is_named_and_the_rest_computed() -> None:
    rows = pl.DataFrame(panel())
    x = pl.when(pl.col("first_treated") == 4).then(9.0).otherwise("x")
    rows = rows.with_columns(x=x)
    columns = [rows[k] for k in ("unit", "period", "first_treated", "outcome")]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = estimate.att_gt(*columns, covariates=rows.select("x"))
        average = found.aggregate("simple")
    cells = [w.message for w in told if isinstance(w.message, estimate.OverlapWarning)]
    assert {(w.group, w.period) for w in cells} == {(4, t) for t in range(2, 7)}
    assert isinstance(told[-1].message, estimate.CellsLeftOutWarning)
    table = found.table()
    assert table.filter(pl.col("group") == 4)["estimate"].null_count() == 5
    assert table.filter(pl.col("group") == 3)["estimate"].null_count() == 0
    assert math.isfinite(float(average.overall))


def test_pictures_are_drawn() -> None:
    found = fit(base="universal")
    svg = found.plot().svg()  # type: ignore[attr-defined]
    assert "Periods since treatment" in svg
    assert "Trend before treatment: p = " in svg
    for kind in ("simple", "group", "calendar"):
        assert "<svg" in found.aggregate(kind).plot(width=400).svg()  # type: ignore[attr-defined]
