"""The estimators' face as its users meet it: every kind of column, every edge."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from boligspor import estimate
from boligspor.errors import EstimateError, OptionError

DAYS = [2, 3, 3, 5, 6, 8, 9, 9, 11, 13, 14, 15]
LOST = [1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1]
CAUSE = [1, 0, 2, 1, 0, 2, 1, 0, 2, 1, 0, 1]
X = [0.3, 1.0, 0.1, 0.8, 0.4, 0.2, 0.9, 0.5, 0.6, 0.7, 0.35, 0.15]


def from_pandas(values: list[Any]) -> object:
    return pytest.importorskip("pandas").Series(values, index=range(7, 7 + len(values)))


def from_nullable_pandas(values: list[Any]) -> object:
    return pytest.importorskip("pandas").Series(values).convert_dtypes()


def from_pyarrow(values: list[Any]) -> object:
    return pytest.importorskip("pyarrow").array(values)


def from_chunks(values: list[Any]) -> object:
    pyarrow = pytest.importorskip("pyarrow")
    return pyarrow.chunked_array([pyarrow.array(values[:5]), pyarrow.array(values[5:])])


def from_pieces(values: list[Any]) -> pl.Series:
    return pl.Series(values[:4]).append(pl.Series(values[4:]))


KINDS = [
    *(list, tuple, np.array, pl.Series, from_pieces),
    *(from_pandas, from_nullable_pandas, from_pyarrow, from_chunks),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_argument_takes_every_kind_of_column(kind: Callable[[list[Any]], Any]) -> None:
    people = ["p" + str(i // 2) for i in range(12)]
    common: dict[str, Any] = {
        "entry": [0] * 12,
        "weights": [1.0, 2.0] * 6,
        "cluster": people,
        "by": [0, 1, 1] * 4,
    }
    given = {name: kind(values) for name, values in common.items()}
    both: list[tuple[Any, list[int]]] = [
        (estimate.kaplan_meier, LOST),
        (estimate.aalen_johansen, CAUSE),
    ]
    for function, outcome in both:
        plain = function(DAYS, outcome, **common).table()
        found = function(kind(DAYS), kind(outcome), **given).table()
        assert found.equals(plain)
    plain = estimate.cox(DAYS, LOST, {"x": X}, cluster=people, strata=common["by"]).table()
    fit = estimate.cox(
        kind(DAYS), kind(LOST), {"x": kind(X)}, cluster=kind(people), strata=kind(common["by"])
    )
    assert fit.table().equals(plain)
    states = estimate.state_occupancy(
        kind(people), kind([0, 4] * 6), kind([4, 9] * 6), kind(["home", "out"] * 6)
    )
    assert states.table(5)["estimate"].to_list() == pytest.approx([0, 1, 0])


@pytest.mark.parametrize("event", [LOST, [bool(e) for e in LOST], [float(e) for e in LOST]])
def test_events_are_booleans_or_zeros_and_ones_of_any_type(event: list[Any]) -> None:
    expected = estimate.kaplan_meier(DAYS, LOST).table()
    assert estimate.kaplan_meier(DAYS, event).table().equals(expected)
    small = pl.Series(event).cast(pl.Int8)
    assert estimate.kaplan_meier(pl.Series(DAYS, dtype=pl.UInt8), small).table().equals(expected)


@pytest.mark.parametrize(
    "cause",
    [
        CAUSE,
        [c or None for c in CAUSE],
        [float(c) for c in CAUSE],
        [float(c) if c else math.nan for c in CAUSE],
        np.array([c or None for c in CAUSE], dtype=object),
        pl.Series([c or None for c in CAUSE], dtype=pl.Int8),
    ],
    ids=["zero", "null", "float", "nan", "object", "small"],
)
def test_causes_by_number_are_censored_by_zero_null_or_nan(cause: object) -> None:
    found = estimate.aalen_johansen(DAYS, cause).table()
    assert found["cause"].to_list() == [1] * 10 + [2] * 10
    assert found.equals(estimate.aalen_johansen(DAYS, CAUSE).table())
    test = estimate.gray_test(DAYS, cause, [0, 1] * 6, of=2)
    assert test.observed == [2.0, 1.0]


def test_causes_by_name_may_be_text_categories_or_an_enum() -> None:
    names = [None if c == 0 else ("dead", "moved")[c - 1] for c in CAUSE]
    expected = estimate.aalen_johansen(DAYS, CAUSE).table()["estimate"]
    for kind in (pl.String, pl.Categorical, pl.Enum(["moved", "dead", "unused"])):
        found = estimate.aalen_johansen(DAYS, pl.Series(names, dtype=kind)).table()
        assert found["cause"].unique().sort().to_list() == ["dead", "moved"]
        assert found["estimate"].equals(expected)
    pandas = pytest.importorskip("pandas")
    found = estimate.aalen_johansen(DAYS, pandas.Series(names, dtype="category")).table()
    assert found["estimate"].equals(expected)


def test_groups_of_several_columns_and_missing_groups_keep_their_names() -> None:
    by = pl.DataFrame({"sex": ["f", "m", None] * 4, "old": [True, False] * 6})
    table = estimate.kaplan_meier(DAYS, LOST, by=by).table()
    assert table.columns[:3] == ["sex", "old", "time"]
    assert table.select("sex", "old").unique().height == 6
    part = (by["sex"] == "m").fill_null(value=False) & by["old"]
    alone = estimate.kaplan_meier(
        pl.Series(DAYS).filter(part), pl.Series(LOST).filter(part)
    ).table()
    assert table.filter(pl.col("sex") == "m", "old").drop("sex", "old").equals(alone)
    pandas = pytest.importorskip("pandas")
    same = pandas.DataFrame({"sex": ["f", "m", None] * 4, "old": [True, False] * 6})
    assert estimate.kaplan_meier(DAYS, LOST, by=same).table().equals(table)


def test_groups_in_which_a_cause_never_occurs_still_have_its_curve() -> None:
    curves = estimate.aalen_johansen(DAYS, CAUSE, by=[c == 2 for c in CAUSE])
    assert curves.table(20).select("by", "cause").rows() == [
        *((False, 1), (False, 2)),
        *((True, 1), (True, 2)),
    ]
    assert curves.table(20)["estimate"][1] == 0


def test_weights_are_copies_and_weights_of_zero_are_no_rows() -> None:
    weights = [1, 2, 0, 3, 1, 1, 2, 1, 0, 1, 1, 2]
    copied = [i for i, w in enumerate(weights) for _ in range(w)]
    weighted = estimate.kaplan_meier(DAYS, LOST, weights=weights).table()
    written_out = estimate.kaplan_meier([DAYS[i] for i in copied], [LOST[i] for i in copied])
    for column in ("time", "n_risk", "n_event", "estimate", "std_error"):
        ours, theirs = weighted[column].to_list(), written_out.table()[column].to_list()
        assert ours == pytest.approx(theirs, nan_ok=True), column
    with pytest.raises(EstimateError, match="weights is zero in every row"):
        estimate.kaplan_meier(DAYS, LOST, weights=[0] * 12)


def test_robust_errors_are_chosen_as_r_does() -> None:
    def error(**given: Any) -> float:
        return float(estimate.kaplan_meier(DAYS, LOST, **given).table(9)["std_error"][0])

    own, pair = list(range(12)), [i // 2 for i in range(12)]
    plain = error(robust=False)
    # Of single rows the jackknife is Greenwood's; of pairs, or of weights, not.
    assert error(robust=True) == error(cluster=own) == pytest.approx(plain)
    assert error() == error(weights=[1] * 12) == error(id=own) == plain
    assert error(cluster=pair) != pytest.approx(plain)
    twice = error(weights=[2] * 12)
    assert twice == pytest.approx(plain / math.sqrt(2))
    assert error(weights=[2] * 12, robust=True) == pytest.approx(plain)
    # Weights that are not whole are no numbers of people: robust by default.
    assert error(weights=[1.5] * 12) == pytest.approx(plain)
    assert error(weights=[1.5] * 12, robust=False) == pytest.approx(plain / math.sqrt(1.5))
    # A person with two events: two rows one after the other.
    recurring = estimate.kaplan_meier([3, 7, 7], [1, 1, 0], entry=[0, 3, 0], id=[1, 1, 2])
    clustered = estimate.kaplan_meier([3, 7, 7], [1, 1, 0], entry=[0, 3, 0], cluster=[1, 1, 2])
    ours, theirs = (c.table()["std_error"].to_list() for c in (recurring, clustered))
    assert ours == pytest.approx(theirs)


def test_rows_of_one_person_are_not_censored_in_between() -> None:
    split = estimate.kaplan_meier([4, 9, 6], [0, 1, 1], entry=[0, 4, 0], id=["a", "a", "b"])
    whole = estimate.kaplan_meier([9, 6], [1, 1])
    assert split.table()["time"].to_list() == [6, 9]
    assert split.table()["n_risk"].to_list() == whole.table()["n_risk"].to_list()


def test_a_flat_stretch_at_the_level_gives_its_middle() -> None:
    # S = 1/2 from 2 to 3: the median is 2.5, as R has it.
    assert estimate.kaplan_meier([1, 2, 3, 4], [1] * 4).quantile()["time"].to_list() == [2.5]
    # Flat to the end of follow-up.
    flat = estimate.kaplan_meier([1, 2, 8, 9], [1, 1, 0, 0])
    assert flat.quantile(0.5)["time"].to_list() == [5.5]
    assert flat.quantile([0.25, 0.75])["time"].to_list() == [1.5, None]


def test_times_that_differ_by_rounding_are_tied() -> None:
    tenths = [0.1 + 0.2, 0.3, 0.5]
    assert estimate.kaplan_meier(tenths, [1, 1, 1]).table()["n_event"].to_list() == [2, 1]
    near = [10, 10 + 1e-3, 12]
    assert estimate.kaplan_meier(near, [1, 1, 1]).table().height == 3


def test_a_risk_set_that_empties_ends_survival_for_good() -> None:
    # The only one at risk fails on day 2; two others enter later.
    found = estimate.kaplan_meier([2, 6, 8], [1, 1, 0], entry=[0, 3, 3]).table()
    assert found["n_risk"].to_list() == [1, 2, 1]
    assert found["estimate"].to_list() == [0, 0, 0]
    hazard = estimate.nelson_aalen([2, 6, 8], [1, 1, 0], entry=[0, 3, 3]).table()
    assert hazard["estimate"].to_list() == [1, 1.5, 1.5]
    # Conditioning on day 3 starts afresh.
    later = estimate.kaplan_meier([2, 6, 8], [1, 1, 0], entry=[0, 3, 3], start_time=3).table()
    assert later["estimate"].to_list() == [0.5, 0.5]


def test_limits_of_the_data() -> None:
    one = estimate.kaplan_meier([5], [1]).table()
    assert one["estimate"].to_list() == [0]
    censored = estimate.kaplan_meier(DAYS, [0] * 12)
    assert censored.table()["estimate"].unique().to_list() == [1]
    assert censored.quantile()["time"].to_list() == [None]
    assert censored.restricted_mean(10)["estimate"].to_list() == [10]
    together = estimate.kaplan_meier([4] * 6, [1] * 6)
    assert together.quantile([0.1, 0.9])["time"].to_list() == [4, 4]
    with pytest.raises(EstimateError, match="empty"):
        estimate.kaplan_meier([], [])
    with pytest.raises(EstimateError, match="1 rows that are not finite"):
        estimate.kaplan_meier([1, math.inf], [1, 0])
    with pytest.raises(EstimateError, match="not finite"):
        estimate.kaplan_meier([1, math.nan], [1, 0])
    with pytest.raises(OptionError, match="dimension"):
        estimate.kaplan_meier(np.ones((3, 2)), [1, 0, 1])


@pytest.mark.parametrize("conf_type", ["log", "log-log", "plain", "logit", "arcsine"])
def test_every_scale_of_interval_at_every_level(conf_type: Any) -> None:
    wide, narrow = (
        estimate.kaplan_meier(DAYS, LOST, conf_type=conf_type, conf_level=level).table(8)
        for level in (0.99, 0.5)
    )
    assert wide["low"][0] < narrow["low"][0] < narrow["estimate"][0]
    assert narrow["estimate"][0] < narrow["high"][0] < wide["high"][0]


def test_single_state_and_several_initial_states() -> None:
    alone = estimate.state_occupancy([1, 2], [0, 0], [5, 9], [None, None]).table()
    assert alone["state"].unique().to_list() == ["(s0)"]
    assert alone["estimate"].unique().to_list() == [1]
    mixed = estimate.state_occupancy(
        id=[1, 2, 3, 4],
        start=[0, 0, 0, 0],
        stop=[4, 4, 6, 6],
        state=[2, 0, 1, 0],
        initial=[1, 1, 2, 2],
    )
    table = mixed.table([0, 5, 7])
    assert table.filter(pl.col("state") == 1)["estimate"].to_list() == [0.5, 0.25, 0.625]
    days = mixed.sojourn(7)
    assert sum(days["estimate"]) == pytest.approx(7)


def test_statewise_and_competing_risks_agree() -> None:
    own = list(range(12))
    states = estimate.state_occupancy(own, [0] * 12, DAYS, CAUSE)
    risks = estimate.aalen_johansen(DAYS, CAUSE, variance="infinitesimal_jackknife")
    for cause in (1, 2):
        left = states.table().filter(pl.col("state") == str(cause))
        right = risks.table().filter(pl.col("cause") == cause)
        for column in ("time", "n_event", "estimate", "std_error"):
            assert left[column].to_list() == pytest.approx(right[column].to_list()), column
    lost = risks.restricted_mean(12).filter(pl.col("cause") == 1).row(0, named=True)
    spent = states.sojourn(12).filter(pl.col("state") == "1").row(0, named=True)
    assert spent["estimate"] == pytest.approx(lost["estimate"])
    assert spent["std_error"] == pytest.approx(lost["std_error"])


def test_a_stratum_that_holds_one_group_says_nothing() -> None:
    group, strata = [0, 1] * 6, [0] * 12
    plain = estimate.log_rank(DAYS, LOST, group, strata=strata)
    more = estimate.log_rank(
        [*DAYS, 1, 2, 3], [*LOST, 1, 1, 1], [*group, 1, 1, 1], strata=[*strata, 1, 1, 1]
    )
    assert more.statistic == pytest.approx(plain.statistic)
    gray = estimate.gray_test(DAYS, CAUSE, group, of=1, strata=strata)
    assert gray.statistic == pytest.approx(
        estimate.gray_test(DAYS, CAUSE, group, of=1).statistic, rel=1e-12
    )
    assert estimate.gray_test(DAYS, CAUSE, group, of=1, rho=1).statistic != gray.statistic


def test_groups_that_do_not_differ_at_all_have_p_one() -> None:
    test = estimate.log_rank([1, 1, 2, 2, 3, 3], [1] * 6, [0, 1] * 3)
    assert test.statistic == pytest.approx(0, abs=1e-12)
    assert test.p_value == pytest.approx(1)
    with pytest.raises(EstimateError, match="groups"):
        estimate.log_rank([1, 2], [1, 1], [0, 0])


def test_signatures_are_those_of_the_issue() -> None:
    curve = ["entry", "weights", "cluster", "id", "by", "start_time", "robust", "conf_type"]
    assert list(inspect.signature(estimate.kaplan_meier).parameters)[:10] == [
        *("duration", "event"),
        *curve,
    ]
    assert list(inspect.signature(estimate.aalen_johansen).parameters)[2:10] == curve
    for function in (estimate.kaplan_meier, estimate.nelson_aalen, estimate.aalen_johansen):
        parameters = inspect.signature(function).parameters
        assert parameters["conf_type"].default == "log"
        assert parameters["conf_level"].default == 0.95
        assert parameters["robust"].default is None
    assert inspect.signature(estimate.aalen_johansen).parameters["variance"].default == "aalen"


def test_clusters_make_incidence_errors_robust() -> None:
    pair = [i // 2 for i in range(12)]
    by_default = estimate.aalen_johansen(DAYS, CAUSE, cluster=pair).table()
    named = estimate.aalen_johansen(
        DAYS, CAUSE, cluster=pair, variance="infinitesimal_jackknife"
    ).table()
    assert by_default.equals(named)
    assert (
        not estimate.aalen_johansen(DAYS, CAUSE, cluster=pair, robust=False).table().equals(named)
    )


def test_strata_are_predicted_by_name_whichever_are_asked_for() -> None:
    strata = [900, 5, 70] * 4
    fit = estimate.cox(DAYS, LOST, {"x": X}, strata=strata)
    every = fit.predict({"x": [0.5] * 3}, [8], strata=[5, 70, 900])["survival"].to_list()
    one = fit.predict({"x": [0.5]}, [8], strata=[900])["survival"].to_list()
    assert one == every[2:]
    # In stratum 5 nobody fails: it has no times of its own.
    assert fit.baseline()["stratum"].unique(maintain_order=True).to_list() == [70, 900]


def test_identifiers_need_not_be_small_or_in_order() -> None:
    people = [3_112_801_234, 101_901_111, 3_112_801_234, 7] * 3
    other = ["d", "a", "d", "b"] * 3
    found = estimate.kaplan_meier(DAYS, LOST, cluster=people).table()
    assert found.equals(estimate.kaplan_meier(DAYS, LOST, cluster=other).table())
