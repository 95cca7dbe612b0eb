"""Bands, comparisons, transitions, row checks, weights, gap times and the bootstrap."""

import math

import polars as pl
import pytest

from boligspor import estimate
from boligspor.errors import EstimateError, OptionError

DAYS = [2, 3, 3, 5, 6, 8, 9, 9, 11, 13, 14, 15]
LOST = [1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1]


def test_a_band_holds_the_intervals_of_its_times() -> None:
    days, event = list(range(1, 81)), [i % 4 > 0 for i in range(80)]
    curve = estimate.kaplan_meier(days, event)
    pointwise = curve.table().select("time", "low", "high")
    for kind in ("equal-precision", "hall-wellner"):
        band = curve.band(kind, start=10, stop=60)
        both = band.join(pointwise, on="time", suffix="_point")
        assert both.height == 51
        assert (both["low"] < both["low_point"]).all()
        assert (both["high"] > both["high_point"]).all()


def test_a_band_needs_independent_people_and_a_range_with_events() -> None:
    clustered = estimate.kaplan_meier(DAYS, LOST, cluster=[1, 2] * 6)
    with pytest.raises(EstimateError, match="independent"):
        clustered.band()
    with pytest.raises(EstimateError, match="range"):
        estimate.kaplan_meier(DAYS, LOST).band(start=90, stop=99)
    with pytest.raises(OptionError, match="survival curve"):
        estimate.nelson_aalen(DAYS, LOST).band()


def test_means_of_groups_are_compared_with_the_first() -> None:
    group = ["new", "old"] * 6
    found = estimate.compare_means(DAYS, LOST, group, tau=12)
    means = estimate.kaplan_meier(DAYS, LOST, by=group).restricted_mean(12)
    new, old = means.row(0, named=True), means.row(1, named=True)
    assert found["group"].to_list() == ["old"]
    assert found["difference"][0] == pytest.approx(old["estimate"] - new["estimate"])
    error = math.hypot(new["std_error"], old["std_error"])
    assert found["std_error"][0] == pytest.approx(error)
    assert found["high"][0] - found["low"][0] == pytest.approx(2 * 1.959963984540054 * error)
    assert found["ratio"][0] == pytest.approx(old["estimate"] / new["estimate"])
    assert found["ratio_low"][0] * found["ratio_high"][0] == pytest.approx(found["ratio"][0] ** 2)


def test_times_lost_to_causes_are_compared_cause_by_cause() -> None:
    cause = [1, 0, 2, 1, 0, 2, 1, 0, 2, 1, 0, 1]
    curves = estimate.aalen_johansen(DAYS, cause, by=pl.Series("arm", [0, 0, 1] * 4))
    found = curves.compare_means(12)
    assert found.select("arm", "cause").rows() == [(1, 1), (1, 2)]
    lost = curves.restricted_mean(12)["estimate"]
    assert found["difference"].to_list() == pytest.approx([lost[2] - lost[0], lost[3] - lost[1]])
    with pytest.raises(OptionError, match="by"):
        estimate.aalen_johansen(DAYS, cause).compare_means(12)


def test_fleming_and_harringtons_variants() -> None:
    # Two of four fail at once: H = 2/4, or 1/4 + 1/3 one after the other.
    days, event = [1, 1, 2, 2], [1, 1, 0, 0]
    exponential = estimate.kaplan_meier(days, event, survival="exponential")
    assert exponential.table(1)["estimate"][0] == pytest.approx(math.exp(-1 / 2))
    fleming = estimate.kaplan_meier(
        days, event, survival="exponential", hazard="fleming-harrington"
    )
    assert fleming.table(1)["estimate"][0] == pytest.approx(math.exp(-(1 / 4 + 1 / 3)))
    hazard = estimate.nelson_aalen(days, event, hazard="fleming-harrington").table(1)
    assert hazard["estimate"][0] == pytest.approx(1 / 4 + 1 / 3)
    assert hazard["std_error"][0] == pytest.approx(math.sqrt(1 / 16 + 1 / 9))


def test_cause_specific_hazards_add_up_to_that_of_any_event() -> None:
    cause = [1, 0, 2, 1, 0, 2, 1, 0, 2, 1, 0, 1]
    curves = estimate.aalen_johansen(DAYS, cause)
    hazard = curves.cumulative_hazard()
    total = hazard.group_by("time").agg(pl.col("estimate").sum()).sort("time")
    any_event = estimate.nelson_aalen(DAYS, [c > 0 for c in cause]).table()
    assert total["estimate"].to_list() == pytest.approx(any_event["estimate"].to_list())


def test_transition_matrices_multiply() -> None:
    rows = {
        "id": [1, 1, 1, 2, 2, 3, 4],
        "start": [0, 2, 5, 0, 4, 0, 0],
        "stop": [2, 5, 9, 4, 9, 7, 9],
        "state": ["home", "shelter", None, "home", "prison", "prison", None],
        "initial": ["shelter", "home", "shelter", "shelter", "home", "shelter", "shelter"],
    }
    curves = estimate.state_occupancy(**rows)  # type: ignore[arg-type]
    names = ["home", "prison", "shelter"]

    def matrix(start: float, stop: float) -> list[list[float]]:
        found = curves.transition_probabilities(start, stop)
        assert found["from"].unique().sort().to_list() == names
        return [found.filter(pl.col("from") == n)["probability"].to_list() for n in names]

    early, late, whole = matrix(0, 4), matrix(4, 9), matrix(0, 9)
    product = [
        [sum(early[i][k] * late[k][j] for k in range(3)) for j in range(3)] for i in range(3)
    ]
    assert [x for row in product for x in row] == pytest.approx([x for row in whole for x in row])
    # Everyone begins in shelter: occupancy is the shelter's row.
    occupied = curves.table(9).sort("state")["estimate"].to_list()
    assert occupied == pytest.approx(whole[2])
    hazards = curves.transition_hazards()
    moved = hazards.filter(pl.col("from") == "shelter", pl.col("to") == "home")
    assert moved["time"].to_list() == [2, 4]
    assert moved["estimate"].to_list() == pytest.approx([1 / 4, 1 / 4 + 1 / 3])


def test_rows_that_break_a_story_are_found_by_kind() -> None:
    found = estimate.check_rows(
        id=["a", "a", "b", "b", "c", "c", "d", "d"],
        start=[0, 10, 0, 25, 0, 5, 0, 9],
        stop=[12, 20, 20, 30, 5, 9, 5, 12],
        state=["x", None, None, "x", "x", None, "x", None],
        initial=["s", "x", "s", "s", "s", "y", "s", "y"],
    )
    assert (found.overlap, found.gap, found.teleport, found.jump) == ([1], [3], [5], [7])
    assert found.table().rows() == [("overlap", 1), ("gap", 3), ("jump", 7), ("teleport", 5)]
    assert not estimate.check_rows([1, 1], [0, 3], [3, 5], [1, 0])


def test_censoring_weights_reproduce_survival() -> None:
    weights = estimate.censoring_weights(DAYS, LOST, [4, 9])
    curve = estimate.kaplan_meier(DAYS, LOST)
    for time in (4, 9):
        w = weights.filter(pl.col("time") == time)["weight"].to_list()
        failed = sum(w[i] for i in range(12) if LOST[i] and DAYS[i] <= time)
        assert 1 - failed / 12 == pytest.approx(curve.table(time)["estimate"][0])
        assert sum(w) == pytest.approx(12)


def test_a_trend_over_two_groups_is_the_log_rank_test() -> None:
    two = [0, 1] * 6
    plain = estimate.log_rank(DAYS, LOST, two)
    assert estimate.log_rank_trend(DAYS, LOST, two).statistic == pytest.approx(plain.statistic)
    three = [1, 2, 3] * 4
    trend = estimate.log_rank_trend(DAYS, LOST, three, scores=[10, 20, 40])
    test = estimate.log_rank(DAYS, LOST, three)
    scores = [10, 20, 40]
    pull = sum(s * (o - e) for s, o, e in zip(scores, test.observed, test.expected, strict=True))
    variance = sum(scores[i] * test.variance[i][j] * scores[j] for i in range(3) for j in range(3))
    assert trend.statistic == pytest.approx(pull**2 / variance)
    with pytest.raises(EstimateError, match="scores"):
        estimate.log_rank_trend(DAYS, LOST, three, scores=[1, 2])


def test_permutation_is_repeatable_and_never_zero() -> None:
    days, group = [1, 2, 3, 10, 11, 12], list("aaabbb")
    p = estimate.log_rank_permutation(days, [1] * 6, group, draws=499, seed=4)
    assert p == estimate.log_rank_permutation(days, [1] * 6, group, draws=499, seed=4)
    assert 0.06 < p < 0.15
    assert estimate.log_rank_permutation(days, [1] * 6, group, draws=1) >= 0.5


def test_gap_times_restart_the_clock() -> None:
    found = estimate.gap_times(["b", "a", "b"], [0, 0, 4], [4, 9, 7], [1, 0, 1])
    assert found.rows() == [(0, 4, 0), (0, 9, 0), (0, 3, 1)]


@pytest.mark.parametrize("by", [None, ["x", "y"] * 6])
def test_the_bootstrap_centres_on_the_curve(by: list[str] | None) -> None:
    found = estimate.bootstrap_survival(DAYS, LOST, [4, 9], by=by, replicates=400, seed=1)
    curve = estimate.kaplan_meier(DAYS, LOST, by=by).table([4, 9])
    assert found["estimate"].to_list() == pytest.approx(curve["estimate"].to_list())
    inside = (found["low"] <= found["estimate"]) & (found["estimate"] <= found["high"])
    assert inside.all()
    again = estimate.bootstrap_survival(DAYS, LOST, [4, 9], by=by, replicates=400, seed=1)
    assert found.equals(again)


def test_the_bootstrap_draws_people_not_rows() -> None:
    # Each person in 30 equal rows: as rows, the error would be far too small.
    days, lost = [d for d in DAYS for _ in range(30)], [e for e in LOST for _ in range(30)]
    person = [p for p in range(12) for _ in range(30)]
    by_row = estimate.bootstrap_survival(days, lost, 9, replicates=300)
    by_person = estimate.bootstrap_survival(days, lost, 9, cluster=person, replicates=300)
    assert by_person["std_error"][0] > 3 * by_row["std_error"][0]


def test_incidences_and_states_are_bootstrapped_too() -> None:
    cause = ["home", None, "dead"] * 4
    found = estimate.bootstrap_incidence(DAYS, cause, [5, 12], replicates=100)
    plain = estimate.aalen_johansen(DAYS, cause).table([5, 12])
    assert found.select("cause", "time").rows() == plain.select("cause", "time").rows()
    assert found["estimate"].to_list() == pytest.approx(plain["estimate"].to_list())
    states = estimate.bootstrap_occupancy(range(12), [0] * 12, DAYS, cause, 9, replicates=100)
    assert states["state"].to_list() == ["(s0)", "dead", "home"]
    assert sum(states["estimate"]) == pytest.approx(1)


def test_curves_standardised_over_the_cohort() -> None:
    n = range(80)
    days, event = [1 + i * 29 % 60 for i in n], [i % 3 != 0 for i in n]
    covariates = {"offer": ["no", "yes"] * 40, "age": [20 + i * 37 % 50 for i in n]}
    found = estimate.standardised_curves(
        days,
        event,
        covariates,
        settings={"usual": {"offer": "no"}, "offered": {"offer": "yes"}},
        times=[12, 36],
        tau=36,
        replicates=40,
    )
    fit = estimate.cox(days, event, covariates)
    for setting, value in (("usual", "no"), ("offered", "yes")):
        mean = fit.predict(covariates | {"offer": [value] * 80}, [12, 36], kind="mean")
        own = found.table().filter(pl.col("setting") == setting)
        assert own["estimate"].to_list() == pytest.approx(mean["survival"].to_list())
    usual, offered = (found.table()["estimate"][i] for i in (1, 3))
    assert found.difference()["estimate"][1] == pytest.approx(offered - usual)
    mean = found.restricted_mean()
    assert mean["contrast"].to_list() == ["mean", "mean", "difference"]
    assert mean["estimate"][2] == pytest.approx(mean["estimate"][1] - mean["estimate"][0])
    with pytest.raises(OptionError, match="settings"):
        estimate.standardised_curves(days, event, covariates, settings=[{"sex": 1}], times=12)


def test_mean_periods_in_each_state_from_any_table() -> None:
    rows = [["s", "h", "h"], ["s", "s", None]]
    found = estimate.mean_time_in_state(rows)
    assert dict(found.rows()) == {"h": 1.0, "s": 1.5}
    wide = pl.DataFrame(rows, orient="row")
    assert estimate.mean_time_in_state(wide).equals(found)
    pandas = pytest.importorskip("pandas")
    assert estimate.transition_rates(pandas.DataFrame(rows))["rate"].to_list() == [1, 0, 0.5, 0.5]
