"""The estimators' Python face: columns of every kind in, labelled tables out."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from boligspor import estimate
from boligspor.errors import EstimateError, OptionError

# Maintained arm of the leukaemia trial (Miller 1981, Survival Analysis, p. 49).
WEEKS = [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161]
RELAPSE = [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]


def by_pandas(values: list[int]) -> object:
    return pytest.importorskip("pandas").Series(values, index=range(100, 100 + len(values)))


def by_pyarrow(values: list[int]) -> object:
    return pytest.importorskip("pyarrow").array(values)


@pytest.mark.parametrize(
    "column", [list, tuple, np.array, pl.Series, by_pandas, by_pyarrow], ids=lambda c: c.__name__
)
def test_columns_of_every_kind_give_the_same_curve(column: Callable[[list[int]], Any]) -> None:
    table = estimate.kaplan_meier(column(WEEKS), column(RELAPSE)).table([31])
    s = (10 / 11) * (9 / 10) * (7 / 8) * (6 / 7) * (4 / 5)
    greenwood = 1 / 110 + 1 / 90 + 1 / 56 + 1 / 42 + 1 / 20
    assert table["estimate"][0] == pytest.approx(s, rel=1e-14)
    assert table["std_error"][0] == pytest.approx(s * math.sqrt(greenwood), rel=1e-14)
    assert table["n_risk"][0] == 5


def test_a_table_at_chosen_times_counts_events_since_the_one_before() -> None:
    table = estimate.kaplan_meier(WEEKS, RELAPSE).table([34, 13])
    assert table["time"].to_list() == [13, 34]
    assert table["n_event"].to_list() == [2, 4]
    assert table["n_censor"].to_list() == [1, 1]


def test_groups_keep_their_names_and_are_fitted_apart() -> None:
    arm = ["b", "a"] * 5 + ["b"]
    table = estimate.kaplan_meier(WEEKS, RELAPSE, by=pl.Series("arm", arm)).table()
    assert table.columns[0] == "arm"
    assert table["arm"].unique(maintain_order=True).to_list() == ["a", "b"]
    keep = [a == "a" for a in arm]
    alone = estimate.kaplan_meier(pl.Series(WEEKS).filter(keep), pl.Series(RELAPSE).filter(keep))
    assert table.filter(pl.col("arm") == "a").drop("arm").equals(alone.table())


def test_median_and_restricted_mean() -> None:
    curve = estimate.kaplan_meier(WEEKS, RELAPSE)
    assert curve.quantile()["time"].to_list() == [31]
    assert curve.quantile([0.5, 0.99])["time"].to_list() == [31, None]
    mean = estimate.kaplan_meier([2, 4], [1, 1]).restricted_mean(3)
    assert mean["estimate"].to_list() == [2.5]


def test_fractional_weights_and_clusters_give_robust_errors() -> None:
    weights = [1.5] + [1] * 10
    plain = estimate.kaplan_meier(WEEKS, RELAPSE, weights=weights, robust=False).table()
    robust = estimate.kaplan_meier(WEEKS, RELAPSE, weights=weights).table()
    clustered = estimate.kaplan_meier(WEEKS, RELAPSE, cluster=["x", "y", "x"] + ["z"] * 8).table()
    assert plain["std_error"][0] != robust["std_error"][0]
    assert clustered["std_error"][0] != robust["std_error"][0]


def test_causes_may_be_names_and_censoring_null_or_zero() -> None:
    days = [1, 2, 3, 4]
    named = estimate.aalen_johansen(days, ["home", "dead", None, "home"]).table([4])
    numbered = estimate.aalen_johansen(days, [2, 1, 0, 2]).table([4])
    assert named["cause"].to_list() == ["dead", "home"]
    assert numbered["cause"].to_list() == [1, 2]
    assert named["estimate"].to_list() == numbered["estimate"].to_list() == [0.25, 0.75]
    assert named["n_event"].to_list() == [1, 2]


def test_without_events_there_is_no_cause_and_no_row() -> None:
    table = estimate.aalen_johansen([1, 2, 3], [0, 0, 0]).table()
    assert table.height == 0
    assert table.columns == estimate.aalen_johansen([1], [1]).table().columns


def test_states_by_name_with_the_state_each_row_begins_in() -> None:
    curves = estimate.state_occupancy(
        id=["p", "p", "q"],
        start=[0, 3, 0],
        stop=[3, 9, 9],
        state=["home", "shelter", None],
        initial=["shelter", "home", "shelter"],
    )
    table = curves.table([5])
    assert dict(zip(table["state"], table["estimate"], strict=True)) == {
        "home": 0.5,
        "shelter": 0.5,
    }
    assert curves.sojourn(9)["estimate"].to_list() == [3, 6]
    assert sum(curves.sojourn(9)["estimate"]) == 9


def test_log_rank_by_hand() -> None:
    test = estimate.log_rank([1, 2, 3, 4], [1, 1, 1, 1], ["x", "x", "y", "y"])
    expected, variance = 1 / 2 + 1 / 3, 1 / 4 + 2 / 9
    assert test.groups == ["x", "y"]
    assert test.expected[0] == pytest.approx(expected)
    assert test.statistic == pytest.approx((2 - expected) ** 2 / variance)
    assert test.variance[0][0] == pytest.approx(variance)
    assert test.table()["observed"].to_list() == [2, 2]


def test_grays_test_names_its_cause() -> None:
    days, cause, group = [1, 2, 3, 4, 5, 6], [1, 2, 1, None, 2, 1], list("ababab")
    test = estimate.gray_test(days, cause, group, of=1)
    assert test.df == 1
    assert 0 < test.p_value <= 1
    with pytest.raises(OptionError, match="of"):
        estimate.gray_test(days, cause, group, of=9)


def test_pseudo_values_of_the_uncensored_are_their_outcomes() -> None:
    values = estimate.pseudo_values([1, 3, 5], [1, 1, 1], [2, 4])
    assert values.columns == ["row", "time", "value"]
    assert values["value"].to_list() == pytest.approx([0, 0, 1, 0, 1, 1], abs=1e-12)
    lost = estimate.pseudo_values([1, 3], ["x", "y"], 4, of="x", target="restricted_mean")
    assert lost["value"].to_list() == pytest.approx([3, 0], abs=1e-12)


def test_mean_cumulative_number_and_amount() -> None:
    rows: dict[str, Any] = {"id": [1, 1, 2], "start": [0, 2, 0], "stop": [2, 9, 4]}
    count = estimate.mean_cumulative(**rows, event=[1, 0, 0]).table()
    money = estimate.mean_cumulative(**rows, event=[300.0, 0, 0]).table()
    assert money["estimate"].to_list() == pytest.approx((count["estimate"] * 300).to_list())


def test_sequences_of_states() -> None:
    months = pl.DataFrame({"m1": ["a", "b", "b"], "m2": ["b", "b", None]})
    shares = estimate.state_distribution(months)
    assert shares.filter(pl.col("period") == "m1")["share"].to_list() == pytest.approx(
        [1 / 3, 2 / 3]
    )
    assert shares.filter(pl.col("period") == "m2")["known"].to_list() == [2, 2]
    rates = estimate.transition_rates(months, weights=[1, 3, 5])
    assert rates["count"].to_list() == [0, 1, 0, 3]


def test_a_cumulative_hazard_is_read_at_any_time() -> None:
    hazard = estimate.nelson_aalen([1, 2], [1, 1])
    assert hazard.table()["estimate"].to_list() == [0.5, 1.5]
    assert hazard.table([0.5, 1, 9])["estimate"].to_list() == [0, 0.5, 1.5]
    with pytest.raises(OptionError, match="survival curve"):
        hazard.quantile()


def test_curves_plot_offline_and_show_as_a_table() -> None:
    curve = estimate.kaplan_meier(WEEKS, RELAPSE, by=[1, 2] * 5 + [1])
    drawn = curve.plot().to_dict()
    assert drawn["title"]["text"] == "Survival"
    assert drawn["vconcat"][0]["layer"]
    assert "<table" in curve._repr_html_()
    assert pl.DataFrame(curve).equals(curve.table())


def test_errors_count_rows_and_repeat_no_value() -> None:
    with pytest.raises(EstimateError, match="1 rows enter at or after"):
        estimate.kaplan_meier([5, 777], [1, 1], entry=[0, 777])
    with pytest.raises(OptionError, match="missing values \\(2 rows") as caught:
        estimate.kaplan_meier([987.5, None, None], [1, 1, 1])
    assert "987" not in str(caught.value)
    with pytest.raises(OptionError, match="length"):
        estimate.kaplan_meier([1, 2], [1])
    with pytest.raises(OptionError, match="conf_type"):
        estimate.kaplan_meier([1], [1], conf_type="loglog")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="event"):
        estimate.kaplan_meier([1, 2], [1, 2])
    with pytest.raises(EstimateError, match="overlap"):
        estimate.state_occupancy([1, 1], [0, 2], [3, 4], ["a", "b"])
