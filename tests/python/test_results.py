"""Results hold their numbers, their words and their pictures."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import altair as alt
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import boligspor as bs
from boligspor import definition as names
from boligspor.charts import OfflineChart

Tables = dict[str, Any]


def by_hand() -> bs.Register:
    """Four placed on one day: kept, kept elsewhere, lost in a shelter, dead in the first year."""
    return bs.Register(
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


def test_retention_is_what_one_counts_by_hand() -> None:
    cohort = by_hand().cohort()
    row = cohort.retention(horizons=[12]).table().row(0, named=True)
    # The dead leave the count: of the other three, two live in a dwelling.
    assert (row["n"], row["excluded"], row["at_risk"], row["retained"]) == (4, 1, 3, 2)
    assert row["share"] == pytest.approx(2 / 3)
    row = cohort.retention(horizons=[12], death="not_retained").table().row(0, named=True)
    assert (row["at_risk"], row["retained"]) == (4, 2)
    row = cohort.retention(horizons=[12], home="allotted_dwelling").table().row(0, named=True)
    assert row["retained"] == 1


def test_the_columns_of_a_retention_table_are_those_documented(cohort: bs.Cohort) -> None:
    frame = cohort.retention("odense_vive").table()
    documented = re.findall(r"``([a-z_, ]+)``", str(bs.Retention.table.__doc__))
    listed = {name.strip() for group in documented for name in group.split(",")}
    assert set(frame.columns) - {"support_method"} <= listed
    wanted = ["horizon", "n", "at_risk", "retained", "share", "low", "high"]
    assert [c for c in frame.columns if c in wanted] == wanted
    assert frame["support_method"][0] == "all"


def test_the_attrition_flow_counts_every_step(register: bs.Register) -> None:
    cohort = register.cohort(
        include={"adults": "age >= 18", "women": pl.col("sex") == "woman"},
        minimum_follow_up_months=12,
    )
    flow = cohort.attrition().table()
    assert flow["step"].to_list()[0] == "rows in placements"
    assert flow["step"].to_list()[-2:] == ["adults", "women"]
    assert flow["rows"][0] - flow["rows_out"].sum() == len(cohort) == flow["rows"][-1]
    assert cohort.attrition().table("da")["step"][0] == "rækker i placements"


def test_sql_and_expressions_mean_the_same(register: bs.Register) -> None:
    sql = register.cohort(include={"c": "age >= 30 AND sex = 'man'"})
    expression = register.cohort(include={"c": (pl.col("age") >= 30) & (pl.col("sex") == "man")})
    assert_frame_equal(sql.retention().table(), expression.retention().table())


def test_a_constant_condition_holds_for_every_row(register: bs.Register) -> None:
    everyone = len(register.cohort())
    assert len(register.cohort(include={"all": pl.lit(value=True)})) == everyone
    assert len(register.cohort(include={"none": pl.lit(value=False)})) == 0


def test_an_empty_cohort_has_results_and_says_so(register: bs.Register) -> None:
    cohort = register.cohort(start="2090-01-01")
    retention = cohort.retention()
    assert retention.table()["n"].to_list() == [0, 0, 0, 0]
    assert any("nobody" in w for w in retention.warnings)
    for chart in (retention.plot(), retention.plot("occupancy"), retention.plot("outcomes")):
        assert isinstance(chart, OfflineChart)
    assert "Retention" in retention._repr_html_()
    costs = cohort.costs(replicates=0)
    assert isinstance(costs.plot(), OfflineChart)
    assert costs._repr_html_()


def test_results_do_not_depend_on_each_other(cohort: bs.Cohort) -> None:
    retention = cohort.retention()
    first = retention.table()
    first.replace_column(0, pl.Series("x", [0] * first.height))
    assert retention.table().columns[0] == "support_method"
    assert_frame_equal(cohort.retention().table(), retention.table())


def test_the_same_seed_gives_the_same_intervals(cohort: bs.Cohort) -> None:
    one = cohort.costs(replicates=50, seed=3).table()
    assert_frame_equal(cohort.costs(replicates=50, seed=3).table(), one)
    assert not cohort.costs(replicates=50, seed=4).table().equals(one)


def test_costs_warn_of_regression_to_the_mean(cohort: bs.Cohort) -> None:
    costs = cohort.costs(replicates=0, price_base=2023)
    assert any("regression to the mean" in w for w in costs.warnings)
    assert "in 2023 prices" in costs.describe()
    assert "regression to the mean" in costs._repr_html_()
    assert costs.contrasts().height > 0


def test_definitions_stand_side_by_side(register: bs.Register) -> None:
    compared = register.cohort(time_zero="enrolment").compare_definitions()
    table = compared.table()
    assert table["definition"].unique(maintain_order=True).to_list() == bs.Definition.presets()
    assert compared.left_out == []
    assert "tsemberis: Share of observed days" in compared.describe()
    some = register.cohort().compare_definitions(["odense_vive", "tsemberis"])
    assert some.left_out == ["tsemberis"]
    assert any("tsemberis" in w for w in some.warnings)
    none = register.cohort().compare_definitions(["tsemberis"])
    assert none.table().is_empty()
    assert "tsemberis" in none._repr_html_()


def test_municipalities_are_compared(tables: Tables) -> None:
    country = bs.synth("country", people=1500, seed=5)
    register = bs.Register(**country, observed_until="2024-12-31")
    comparison = register.cohort().compare("odense_vive", horizon=12, costs={"replicates": 0})
    table = comparison.table()
    assert table["municipality"].str.contains(r"^K\d\d$").all()
    assert table["observed"].sum() == pytest.approx(table["expected"].sum())
    named = register.cohort().compare(
        "odense_vive", horizon=12, costs={"replicates": 0}, anonymous=False
    )
    assert not named.table()["municipality"].str.contains(r"^K\d\d$").any()
    counts, trend = comparison.counts(), comparison.trend()
    assert counts is not None
    assert trend is not None
    assert counts["municipality"][0] == "all"
    assert set(comparison.limits().columns) >= {"expected", "low_95", "high_998"}
    for kind in ("funnel", "counts"):
        assert "<svg" in svg(comparison.plot(kind))
    without = bs.Register(
        **{n: tables[n] for n in ("persons", "placements", "stays")}, observed_until="2023-12-31"
    )
    assert without.cohort().compare(horizon=12).counts() is None


def svg(chart: Any) -> str:
    assert isinstance(chart, OfflineChart)
    return chart.svg()


@pytest.mark.parametrize("lang", ["en", "da"])
def test_every_chart_is_drawn_without_internet(cohort: bs.Cohort, lang: Any) -> None:
    retention = cohort.retention("odense_vive")
    charts = [retention.plot(k, lang=lang) for k in ("curve", "occupancy", "outcomes")]
    charts.append(cohort.costs(replicates=20).plot(lang=lang))
    charts.append(cohort.costs(period="month", first=-24, last=24, replicates=0).plot(lang=lang))
    charts.append(cohort.compare_definitions(["odense_vive"]).plot(lang=lang))
    for chart in charts:
        picture = svg(chart)
        assert "http" not in picture.replace("http://www.w3.org", "")
        assert ">null<" not in picture
        assert ">NaN<" not in picture
    assert ("Andel i bolig" if lang == "da" else "Share housed") in svg(charts[0])


def test_a_notebook_is_given_a_picture(cohort: bs.Cohort) -> None:
    chart = cohort.retention().plot()
    assert isinstance(chart, OfflineChart)
    bundle = chart._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "text/plain"}
    assert repr(chart) == "<OfflineChart: Share housed: any dwelling>"
    restyled = chart.properties(title="Mine")
    assert isinstance(restyled, OfflineChart)
    assert "Mine" in restyled.svg()
    with alt.renderers.enable("json"):
        assert "image/svg+xml" not in chart._repr_mimebundle_()[0]


def test_charts_hold_the_numbers_of_the_table(cohort: bs.Cohort) -> None:
    retention = cohort.retention(horizons=[12])
    chart = retention.plot()
    assert isinstance(chart, OfflineChart)
    drawn = json.dumps(chart.to_dict())
    share = retention.curve().filter(support_method="ACT", month=12.0)["share"].item()
    assert str(share)[:12] in drawn


def test_definition_and_warnings_travel_with_every_table(cohort: bs.Cohort) -> None:
    retention = cohort.retention("odense_vive")
    for text in (repr(retention), retention._repr_html_()):
        assert "Share of those placed who live in any dwelling of their own" in text
    assert "Andel af de boligplacerede" in retention.describe("da")
    comparison = cohort.compare("odense_vive", costs={"replicates": 0})
    assert all(w[1:] in comparison._repr_html_() for w in comparison.warnings if "'" not in w)


def test_html_is_escaped(register: bs.Register) -> None:
    cohort = register.cohort(include={"<script>alert(1)</script>": "age >= 18"})
    retention = cohort.retention(name="<b>mine</b>")
    for text in (cohort._repr_html_(), retention._repr_html_()):
        assert "<script>" not in text
        assert "<b>mine" not in text


def test_a_synthetic_register_is_written_as_it_is_made(tmp_path: Path) -> None:
    folder = bs.synth("cohort", people=60, seed=9, out=tmp_path / "made")
    made: dict[str, Any] = dict(bs.synth("cohort", people=60, seed=9))
    assert made["persons"].height == 60
    for name, table in made.items():
        written = pl.read_parquet(folder / f"{name}.parquet")
        assert_frame_equal(written, table, check_dtypes=False)


def test_one_person_is_explained_in_both_languages() -> None:
    cohort = by_hand().cohort()
    said = cohort.explain(3)
    assert "2020-10-01 – 2021-12-31: shelter" in said  # noqa: RUF001 - an en dash
    assert "in the cohort" in said
    assert "herberg" in cohort.explain(3, lang="da")


@st.composite
def definitions(draw: st.DrawFn) -> bs.Definition:
    def one(alias: Any) -> Any:
        return draw(st.sampled_from(get_args(alias)))

    handling = {s: one(names.Handling) for s in ("abroad", "prison", "hospital", "unknown")}
    home: Any = draw(
        st.sampled_from(["any_dwelling", "allotted_dwelling"])
        | st.integers(1, 24).map(lambda m: {"any_dwelling_held": m})
    )
    return bs.Definition(
        name=draw(st.text(min_size=1, max_size=20).filter(lambda t: t.strip() != "")),
        home=home,
        measure=one(names.Measure),
        unit=one(names.HorizonUnit),
        horizons=sorted(draw(st.sets(st.integers(1, 60), min_size=1, max_size=4))),
        forgiven_absence_days=draw(st.integers(0, 90)),
        **handling,
    )


@settings(max_examples=40, deadline=None)
@given(definition=definitions())
def test_any_definition_can_be_estimated_and_described(definition: bs.Definition) -> None:
    retention = by_hand().cohort().retention(definition)
    shares = retention.table()["share"].drop_nulls()
    assert shares.is_between(0, 1).all()
    for lang in ("en", "da"):
        assert definition.describe(lang).endswith(".")
    assert bs.Definition(**json.loads(definition.to_json())) == definition
