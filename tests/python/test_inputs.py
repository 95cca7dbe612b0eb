"""Tables come from anywhere and mean the same."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import boligspor as bs

Tables = dict[str, Any]
UNTIL = dt.date(2023, 12, 31)


def result(tables: dict[str, Any]) -> pl.DataFrame:
    register = bs.Register(**tables, observed_until=UNTIL)
    return register.cohort(strata=["sex"]).retention("odense_vive").table()


@pytest.fixture(scope="module")
def expected(tables: Tables) -> pl.DataFrame:
    return result(required(tables))


def required(tables: Tables) -> Tables:
    return {name: tables[name] for name in ("persons", "placements", "stays")}


def as_pandas(frame: pl.DataFrame) -> Any:
    pytest.importorskip("pandas")
    return frame.to_pandas()


def as_pyarrow(frame: pl.DataFrame) -> Any:
    pytest.importorskip("pyarrow")
    return frame.to_arrow()


def as_reader(frame: pl.DataFrame) -> Any:
    pytest.importorskip("pyarrow")
    return frame.to_arrow().to_reader(max_chunksize=97)


def as_duckdb(frame: pl.DataFrame) -> Any:
    duckdb = pytest.importorskip("duckdb")
    return duckdb.connect().from_arrow(frame.to_arrow())


def as_categories(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.String).cast(pl.Categorical))


def as_date_times(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.Date).cast(pl.Datetime("ms")))


def as_zoned(frame: pl.DataFrame) -> pl.DataFrame:
    zoned = pl.col(pl.Date).cast(pl.Datetime("us")).dt.replace_time_zone("Europe/Copenhagen")
    return frame.with_columns(zoned)


def as_iso_text(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col(pl.Date).cast(pl.String))


def in_chunks(frame: pl.DataFrame) -> pl.DataFrame:
    third = frame.height // 3
    return pl.concat([frame[:third], frame[third:]], rechunk=False)


@pytest.mark.parametrize(
    "turn",
    [
        pl.DataFrame.lazy,
        as_pandas,
        as_pyarrow,
        as_reader,
        as_duckdb,
        as_categories,
        as_date_times,
        as_zoned,
        as_iso_text,
        in_chunks,
        lambda frame: frame.to_dict(as_series=False),
    ],
)
def test_every_kind_of_table_gives_the_same_result(
    tables: Tables, expected: pl.DataFrame, turn: Callable[[pl.DataFrame], Any]
) -> None:
    given = {name: turn(table) for name, table in required(tables).items()}
    assert_frame_equal(result(given), expected)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@pytest.mark.parametrize("as_text", [False, True])
def test_paths_are_read_by_the_library(
    tables: Tables, expected: pl.DataFrame, tmp_path: Path, kind: str, *, as_text: bool
) -> None:
    given: dict[str, Any] = {}
    for name, table in required(tables).items():
        path = tmp_path / f"{name}.{kind}"
        table.write_parquet(path) if kind == "parquet" else table.write_csv(path)
        given[name] = str(path) if as_text else path
    assert_frame_equal(result(given), expected)


def test_rows_may_come_in_any_order(tables: Tables, expected: pl.DataFrame) -> None:
    given = {
        name: table.sample(fraction=1, shuffle=True, seed=3)
        for name, table in required(tables).items()
    }
    assert_frame_equal(result(given), expected)


def test_whole_numbers_with_gaps_in_pandas_stay_whole_numbers() -> None:
    pandas = pytest.importorskip("pandas")
    given: dict[str, Any] = {
        "persons": pandas.DataFrame(
            {"person": [1.0, 2.0], "birth_date": ["1980-01-01", None], "sex": ["m", "f"]}
        ),
        "placements": pandas.DataFrame(
            {
                "person": [1.0, 2.0],
                "placed_on": ["2020-01-01", "2020-01-01"],
                "municipality": [461.0, 461.0],
                "dwelling": [7.0, float("nan")],
            }
        ),
        "stays": pandas.DataFrame(
            {
                "person": [1.0, 2.0],
                "start": pandas.to_datetime(["2020-01-01", "2020-01-01"]),
                "end": pandas.to_datetime([None, "2020-02-01"]),
                "state": pandas.Categorical(["dwelling", "dwelling"]),
                "dwelling": [7.0, float("nan")],
            }
        ),
    }
    register = bs.Register(**given, observed_until="2022-12-31")
    frame = register.frame("placements")
    assert frame is not None
    assert frame["municipality"].to_list() == ["461", "461"]
    assert frame["dwelling"].to_list() == [7, None]
    assert register.cohort().explain("1") == register.cohort().explain(1)


def test_small_integers_decimals_and_unused_types_are_read(tables: Tables) -> None:
    costs = tables["costs"].with_columns(pl.col("amount").cast(pl.Decimal(20, 2)))
    municipalities = tables["municipalities"].with_columns(
        pl.col("year").cast(pl.Int16), pl.col("population").cast(pl.UInt32)
    )
    given = required(tables) | {
        "costs": costs,
        "municipalities": municipalities,
        "counts": tables["counts"],
    }
    plain = bs.Register(**(given | {"costs": tables["costs"]}), observed_until=UNTIL)
    register = bs.Register(**given, observed_until=UNTIL)
    got = register.cohort().costs(replicates=0).table()
    assert_frame_equal(got, plain.cohort().costs(replicates=0).table())


def test_results_cross_to_other_libraries(cohort: bs.Cohort) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    retention = cohort.retention()
    table = pyarrow.table(retention)
    assert table.num_rows == retention.table().height
    assert_frame_equal(pl.DataFrame(retention), retention.table())
    assert table.to_pandas()["n"].sum() == retention.table()["n"].sum()
    duckdb = pytest.importorskip("duckdb")
    assert duckdb.connect().from_arrow(table).count("*").fetchall() == [(table.num_rows,)]


def test_a_stream_is_read_once_and_then_refused(tables: Tables) -> None:
    pytest.importorskip("pyarrow")
    reader = as_reader(tables["persons"])
    given: dict[str, Any] = required(tables) | {"persons": reader}
    assert bs.Register(**given, observed_until=UNTIL).people == tables["persons"].height
    with pytest.raises(bs.CheckError):
        bs.Register(**given, observed_until=UNTIL)


def test_an_object_of_no_table_is_refused(tables: Tables) -> None:
    for strange in (3, [1, 2], object(), io.StringIO("person")):
        given: dict[str, Any] = required(tables) | {"persons": strange}
        with pytest.raises(bs.TableError, match=r"table `persons`: is a .*, which is no table"):
            bs.Register(**given, observed_until=UNTIL)


def test_a_column_of_lists_is_refused_by_name(tables: Tables) -> None:
    persons = tables["persons"].with_columns(visits=pl.lit([[1, 2]]).first())
    persons = tables["persons"].with_columns(visits=pl.concat_list(pl.lit(1), pl.lit(2)))
    with pytest.raises(bs.TableError, match="column `visits`: has the type List") as caught:
        bs.Register(**(required(tables) | {"persons": persons}), observed_until=UNTIL)
    assert (caught.value.table, caught.value.column) == ("persons", "visits")
