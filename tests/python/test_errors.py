"""Every kind of bad input has its own exception, whose message says what to do."""

from __future__ import annotations

import datetime as dt
import inspect
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import boligspor as bs
from boligspor import errors

Small = dict[str, Any]
UNTIL = dt.date(2023, 12, 31)


def changed(small: Small, table: str, **columns: list[Any]) -> Small:
    return small | {table: small[table] | columns}


def test_there_is_one_tree_of_exceptions() -> None:
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass)]
    for one in classes:
        assert issubclass(one, bs.BoligsporError)
        assert getattr(bs, one.__name__) is one


@pytest.mark.parametrize(
    ("table", "columns", "code", "column"),
    [
        ("persons", {"person": ["a", "a"]}, "R104", "person"),
        ("persons", {"person": ["a", None]}, "R103", "person"),
        ("persons", {"birth_date": ["1980-02-30", "1990-07-01"]}, "R102", "birth_date"),
        ("stays", {"person": ["SECRET-1", "SECRET-2", "nobody"]}, "R105", "person"),
        ("stays", {"end": ["2019-01-01", "2020-09-01", None]}, "R201", "end"),
        ("stays", {"state": ["dwelling", "castle", "shelter"]}, "R301", "state"),
        ("placements", {"municipality": ["461", "999"]}, "R302", "municipality"),
    ],
)
def test_bad_data_are_findings_by_rule_table_and_column(
    small: Small, table: str, columns: dict[str, list[Any]], code: str, column: str
) -> None:
    bad = changed(small, table, **columns)
    report = bs.Register.check_tables(**bad, observed_until=UNTIL)
    found = report.table().filter(code=code, table=table)
    assert found["column"].to_list() == [column]
    if found["severity"][0] != "error":
        return
    with pytest.raises(bs.CheckError, match=code) as caught:
        bs.Register(**bad, observed_until=UNTIL)
    assert caught.value.report.has_errors
    assert caught.value.report.table().equals(report.table())


def test_a_stratum_known_only_after_time_zero_is_told(small: Small) -> None:
    late = changed(small, "placements", team=["ACT", "ICM"], team_on=["2035-01-01", "1999-01-01"])

    def rows(**options: Any) -> list[int]:
        report = bs.Register.check_tables(**late, observed_until=UNTIL, **options)
        return report.table().filter(rule="immortal-time")["rows"].to_list()

    assert rows() == []
    assert rows(strata=["team"]) == [1]
    assert rows(strata=["municipality"]) == []
    with pytest.raises(bs.OptionError, match="time_zero"):
        rows(strata=["team"], time_zero="birth")
    with pytest.raises(bs.OptionError, match="strata"):
        rows(strata=["team", "team"])


def test_the_limits_of_a_rule_are_options(small: Small) -> None:
    stays = changed(small, "stays", state=["shelter"] * 3, end=[None] * 3)

    def rows(**limits: float) -> list[int]:
        checks = {"rules": {"long-open-stay": {"limits": limits}}}
        report = bs.Register.check_tables(**stays, observed_until=UNTIL, checks=checks)
        return report.table().filter(code="R213")["rows"].to_list()

    assert sum(rows(years=1)) > sum(rows(years=100)) == 0
    for bad in ({"years": 0.5}, {"year": 3}):
        with pytest.raises(bs.OptionError, match=r"rules\.long-open-stay\.limits"):
            rows(**bad)


def test_a_missing_column_is_named(small: Small) -> None:
    del small["stays"]["state"]
    with pytest.raises(bs.CheckError, match=r"R101 stays\.state"):
        bs.Register(**small, observed_until=UNTIL)


def test_a_missing_table_is_named(small: Small) -> None:
    del small["stays"]
    with pytest.raises(bs.TableError, match="table `stays`: is not given") as caught:
        bs.Register.check_tables(**small, observed_until=UNTIL)
    assert caught.value.table == "stays"


def test_a_file_that_is_not_there_is_named(small: Small, tmp_path: Path) -> None:
    path = tmp_path / "none.parquet"
    with pytest.raises(bs.FileError, match=r"none\.parquet") as caught:
        bs.Register(**(small | {"stays": path}), observed_until=UNTIL)
    assert isinstance(caught.value, OSError)
    assert caught.value.path == str(path)


def test_a_file_that_is_no_parquet_is_refused(small: Small, tmp_path: Path) -> None:
    path = tmp_path / "stays.parquet"
    path.write_text("person;start\n")
    with pytest.raises(bs.TableError, match="cannot be read as Parquet"):
        bs.Register(**(small | {"stays": path}), observed_until=UNTIL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"observed_until": "yesterday"}, "`observed_until` is not a date"),
        ({"observed_until": 2023}, "`observed_until` is not a date"),
        ({"observed_until": dt.datetime(2023, 1, 1, 8)}, "has a time of day"),  # noqa: DTZ001
        ({"observed_until": UNTIL, "observed_from": "2030-01-01"}, "`observed_from` is after"),
        ({"observed_until": UNTIL, "checks": {"strict": True}}, "unknown field `strict`"),
        ({"observed_until": UNTIL, "checks": {"rules": {"R101": {"severity": "off"}}}}, "R101"),
        ({"observed_until": UNTIL, "checks": 3}, "`checks` is no mapping"),
        ({"observed_until": UNTIL, "checks": {"rules": UNTIL}}, "no study file could hold"),
    ],
)
def test_options_of_a_register_are_checked(
    small: Small, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(bs.OptionError, match=message):
        bs.Register(**small, **options)


def test_an_unknown_table_is_refused_with_the_nearest_known(small: Small) -> None:
    with pytest.raises(bs.OptionError, match="did you mean `costs`"):
        bs.Register.check_tables(**small, cost=small["stays"], observed_until=UNTIL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time_zero": "placed"}, r"`time_zero` is none of its choices"),
        ({"time_zero": "enrolmnt"}, r'did you mean "enrolment"'),
        ({"which": 1}, "`which` is none"),
        ({"start": "x"}, "`start` is not a date"),
        ({"start": "2022-01-01", "to": "2020-01-01"}, r"`cohort\.from` is after"),
        ({"look_back_months": -1}, "less than 0"),
        ({"look_back_months": 1.5}, "no whole number"),
        ({"look_back_months": True}, "no whole number"),
        ({"follow_up_months": 0}, "less than 1"),
        ({"strata": ["sexx"]}, "names `sexx`, which is no column"),
        ({"strata": ["sex", "sex"]}, "names `sex` twice"),
        ({"strata": 3}, "`strata` is no list of names"),
        ({"precedence": ["castle"]}, "`precedence` is none"),
        ({"precedence": ["dead", "dead"]}, "names `dead` twice"),
        ({"include": ["age >= 18"]}, "`include` is no mapping"),
    ],
)
def test_options_of_a_cohort_are_checked(
    register: bs.Register, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(bs.OptionError, match=message):
        register.cohort(**options)


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (pl.col("agee") >= 18, "names a column that is not there; columns are .*age_group"),
        (pl.col("age") + 1, "gives Int32 and not true or false"),
        (pl.col("sex") > pl.col("age"), "cannot be evaluated"),
        (pl.col("age").filter(pl.col("age") > 30) > 1, "one answer for each row"),
        (lambda: True, "neither a polars expression nor SQL"),
        ("age >=", "is not an SQL expression"),
        ("agee >= 18", "column not found"),
        ("age + 1", "not true or false"),
    ],
)
def test_conditions_that_cannot_be_evaluated_are_refused(
    register: bs.Register, test: Any, message: str
) -> None:
    with pytest.raises(bs.ExpressionError, match=message) as caught:
        register.cohort(include={"the rule": test})
    assert 'the condition "the rule"' in str(caught.value)


def test_what_the_register_lacks_is_named(small: Small) -> None:
    register = bs.Register(**small, observed_until=UNTIL)
    with pytest.raises(bs.MissingError, match="enrolled_on"):
        register.cohort(time_zero="enrolment")
    with pytest.raises(bs.MissingError, match="first observed day"):
        register.cohort(look_back_months=12)
    with pytest.raises(bs.MissingError, match="costs"):
        register.cohort().costs()
    with pytest.raises(bs.MissingError, match="counts"):
        register.cohort().compare(horizon=12).plot("counts")


def test_a_missing_year_of_the_price_index_is_named(tables: dict[str, Any]) -> None:
    index = tables["price_index"].filter(pl.col("year") != 2015)
    register = bs.Register(**(tables | {"price_index": index}), observed_until=UNTIL)
    with pytest.raises(bs.MissingError, match="price index of 2015"):
        register.cohort().costs(price_base=2023, replicates=0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"home": "castle"}, r"`definition\.home` is none of its choices"),
        ({"home": {"any_dwelling_held": 0}}, "less than 1"),
        ({"home": {"held": 6}}, "unknown key `held`"),
        ({"death": "retained_if_kept"}, r"`definition\.death` is `retained_if_kept`"),
        ({"prison": "ignored"}, r"`definition\.prison` is none"),
        ({"horizons": []}, r"`definition\.horizons` is empty"),
        ({"horizons": [12, 6]}, "not in rising order"),
        ({"horizons": 12}, r"`definition\.horizons` is no list"),
        ({"horizons": [0]}, "less than 1"),
        ({"unit": "weeks"}, r"`definition\.unit` is none"),
        ({"forgiven_absence_days": -1}, "less than 0"),
        ({"also_home": ["dwelling"]}, "names `dead` or `dwelling`"),
        ({"name": " "}, r"`definition\.name` is empty"),
        ({"horizon": [12]}, "did you mean `horizons`"),
    ],
)
def test_choices_of_a_definition_are_checked(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(bs.OptionError, match=message):
        bs.Definition().replace(**changes)


def test_definitions_that_do_not_fit_are_refused(cohort: bs.Cohort) -> None:
    with pytest.raises(bs.OptionError, match="presets are odense_vive"):
        cohort.retention("odense")
    with pytest.raises(bs.OptionError, match="give a Definition"):
        cohort.retention(3)  # type: ignore[arg-type]
    with pytest.raises(bs.OptionError, match="enrol"):
        cohort.retention("tsemberis")
    with pytest.raises(bs.OptionError, match="is no list"):
        cohort.compare_definitions("odense_vive")
    with pytest.raises(bs.OptionError, match="is empty"):
        cohort.compare_definitions([])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"period": "week"}, "`period` is none"),
        ({"first": 1}, r"`costs\.first`"),
        ({"replicates": -1}, "less than 0"),
        ({"last": 10**9}, "longer than 100 years"),
        ({"last": 10**12}, "beyond any use"),
    ],
)
def test_options_of_costs_are_checked(
    cohort: bs.Cohort, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(bs.OptionError, match=message):
        cohort.costs(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"horizon": 35}, r"`compare\.horizon` is none of the definition's"),
        ({"case_mix": ["colour"]}, "names `colour`, which is no column"),
        ({"cost_periods": (1, -1)}, "not in rising order"),
        ({"cost_periods": 1}, "`cost_periods` is no pair"),
        ({"cost_periods": (-9, 1)}, "outside the window"),
        ({"costs": {"replicate": 3}}, "did you mean `replicates`"),
        ({"anonymous": "yes"}, "neither True nor False"),
        ({"definition": bs.Definition(measure="days_housed")}, "counts days and not people"),
    ],
)
def test_options_of_a_comparison_are_checked(
    cohort: bs.Cohort, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(bs.OptionError, match=message):
        cohort.compare(**options)


def test_languages_and_charts_are_chosen_from_those_there_are(cohort: bs.Cohort) -> None:
    retention = cohort.retention()
    with pytest.raises(bs.OptionError, match='`lang` is none of its choices; choose "en", "da"'):
        retention.describe("dk")  # type: ignore[arg-type]
    with pytest.raises(bs.OptionError, match="`kind` is none"):
        retention.plot("pie")  # type: ignore[arg-type]
    with pytest.raises(bs.OptionError, match="`width` is less"):
        retention.plot(width=1)


def test_options_of_synthetic_registers_are_checked(tmp_path: Path) -> None:
    with pytest.raises(bs.OptionError, match="`preset` is none"):
        bs.synth("odense")  # type: ignore[call-overload]
    with pytest.raises(bs.OptionError, match="`people` is less than 1"):
        bs.synth(people=0)
    occupied = tmp_path / "file"
    occupied.write_text("here")
    with pytest.raises(bs.FileError, match="file"):
        bs.synth(people=10, out=occupied / "folder")


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises((bs.TableError, bs.FileError), match=r"\.csv"):
        bs.import_hmis(tmp_path)


def test_nobody_is_explained_who_is_not_there(small: Small) -> None:
    cohort = bs.Register(**small, observed_until=UNTIL).cohort()
    with pytest.raises(bs.OptionError, match="not in `persons`") as caught:
        cohort.explain("SECRET-3")
    assert "SECRET" not in str(caught.value)


def test_no_identifier_is_shown_anywhere(small: Small) -> None:
    register = bs.Register(**small, observed_until=UNTIL)
    cohort = register.cohort()
    results: list[Any] = [
        register,
        register.check(),
        cohort,
        cohort.attrition(),
        cohort.retention(horizons=[6, 12]),
        cohort.compare_definitions(["odense_vive"]),
        cohort.compare(horizon=12),
    ]
    shown = [f(r) for r in results for f in (repr, str, lambda r: r._repr_html_())]
    shown.append(cohort.explain("SECRET-1"))
    assert not [text for text in shown if "SECRET" in text]


def test_no_identifier_or_value_is_in_an_error(small: Small) -> None:
    bad = changed(small, "stays", state=["SECRET-CASTLE", "dwelling", "shelter"])
    with pytest.raises(bs.CheckError) as caught:
        bs.Register(**bad, observed_until=UNTIL)
    assert "SECRET" not in str(caught.value)
    assert "SECRET" not in repr(caught.value.report)
    register = bs.Register(**small, observed_until=UNTIL)
    with pytest.raises(bs.ExpressionError) as failed:
        register.cohort(include={"numbers": pl.col("person").cast(pl.Int64) > 1})
    assert "SECRET" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
