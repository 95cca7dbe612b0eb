"""Days housed, returns and groups compared, from Python."""

from __future__ import annotations

import re
from typing import Any

import polars as pl
import pytest

import boligspor as bs
from boligspor._result import Result


def by_hand() -> bs.Cohort:
    """Four placed on one day: kept, kept elsewhere, lost in a shelter, dead in the first year."""
    register = bs.Register(
        persons={
            "person": [1, 2, 3, 4],
            "birth_date": ["1980-01-01"] * 4,
            "sex": ["m", "f", "m", "f"],
            "death_date": [None, None, None, "2020-06-01"],
        },
        placements={
            "person": [1, 2, 3, 4],
            "placed_on": ["2020-01-01"] * 4,
            "municipality": ["461"] * 4,
            "dwelling": [10, 20, 30, 40],
        },
        stays={
            "person": [1, 2, 2, 3, 3, 4],
            "start": [
                *("2020-01-01", "2020-01-01", "2020-07-01"),
                *("2020-01-01", "2020-10-01", "2020-01-01"),
            ],
            "end": [None, "2020-07-01", None, "2020-10-01", None, "2020-06-01"],
            "state": ["dwelling", "dwelling", "dwelling", "dwelling", "shelter", "dwelling"],
            "dwelling": [10, 20, 21, 30, None, 40],
        },
        observed_until="2021-12-31",
    )
    return register.cohort()


def test_days_are_what_one_counts_by_hand() -> None:
    table = by_hand().days_housed(within=12).table()
    days = dict(table.select("state", "days").iter_rows())
    # 366 days each: 274 housed before the loss on 1 October, 152 before the death.
    assert days["housed"] == pytest.approx((366 + 366 + 274 + 152) / 4)
    assert days["shelter"] == pytest.approx(92 / 4)
    assert days["dead"] == pytest.approx(214 / 4)


def test_the_first_return_competes_with_death() -> None:
    returns = by_hand().returns(bands=[180, 365])
    first = returns.table().filter(pl.col("outcome") == "return")
    # The loss comes on day 274 of one of four.
    assert first["share"].to_list() == pytest.approx([0.0, 0.25, 0.25])
    dead = returns.table().filter(pl.col("outcome") == "dead")
    assert dead["share"].to_list() == pytest.approx([0.25])
    home = by_hand().returns("home", bands=[90])
    assert home.table()["n"][0] == 1
    assert home.table()["share"][0] == 0.0


def test_groups_are_compared_from_the_cohort_and_from_a_result(register: bs.Register) -> None:
    cohort = register.cohort()
    groups = cohort.compare_groups("sex", "odense_vive", adjust=["age_group"])
    again = cohort.retention("odense_vive").compare("sex", adjust=["age_group"])
    assert groups.table().equals(again.table())
    assert groups.tests()["test"].to_list() == ["log_rank", "gray"]
    assert set(groups.adjusted()["method"]) <= {"weighting", "doubly_robust"}
    shares = cohort.retention("odense_vive").table()
    assert groups.table()["horizon"].unique(maintain_order=True).to_list() == (
        shares["horizon"].to_list()
    )
    assert cohort.compare_groups("sex").adjusted().is_empty()
    assert any("mix of people" in w for w in groups.warnings)


@pytest.mark.parametrize(
    ("analysis", "given"),
    [
        ("days_housed", {"within": 0}),
        ("days_housed", {"within": 500}),
        ("days_housed", {"housed": ["house"]}),
        ("days_housed", {"housed": []}),
        ("returns", {"to": "street"}),
        ("returns", {"bands": "365"}),
        ("returns", {"bands": [365, 180]}),
        ("returns", {"exit_days": 0}),
        ("compare_groups", {"by": "nothing"}),
        ("compare_groups", {"by": "sex", "adjust": ["nothing"]}),
        ("compare_groups", {"by": "sex", "adjust": ["sex"]}),
        ("compare_groups", {"by": "sex", "adjust": ["age_group"], "reference": "x"}),
        ("compare_groups", {"by": 3}),
    ],
)
def test_options_that_do_not_fit_are_refused(
    cohort: bs.Cohort, analysis: str, given: dict[str, Any]
) -> None:
    with pytest.raises(bs.OptionError):
        getattr(cohort, analysis)(**given)


@pytest.fixture(scope="module")
def results(cohort: bs.Cohort, register: bs.Register) -> list[Result]:
    return [
        cohort.days_housed(within=24),
        register.cohort().returns(),
        cohort.returns("home"),
        register.cohort().compare_groups("support_method", adjust=["age_group"]),
    ]


def test_every_result_shows_itself_with_its_definition(results: list[Any]) -> None:
    for result in results:
        assert result.describe("da") != result.describe("en")
        assert result.describe().split(".")[0] in repr(result)
        assert "<table" in result._repr_html_()
        for lang in ("en", "da"):
            assert result.plot(lang=lang).svg().startswith("<svg")
    assert results[1].plot("recurrent").svg().startswith("<svg")


def test_their_columns_are_those_documented(results: list[Any]) -> None:
    methods = {
        bs.DaysHoused: ["table", "curve"],
        bs.Returns: ["table", "curve", "recurrent", "gaps"],
        bs.GroupComparison: ["table", "tests", "adjusted", "balance"],
    }
    for result in results:
        for method in methods[type(result)]:
            said = re.findall(r"``([a-z_, ]+)``", str(getattr(type(result), method).__doc__))
            listed = {name.strip() for group in said for name in group.split(",")}
            assert set(getattr(result, method)().columns) - {"support_method"} <= listed, method
