"""Attacks on what a study releases, each with and without the control it is against.

The programs get released folders and nothing else.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import boligspor as bs

HERE = Path(__file__).parent
PLACED = dt.date(2020, 1, 1)
MOVED = dt.date(2020, 6, 1)


def attack(program: str, *folders: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, HERE / program, *folders], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def register(folder: Path, people: int, *, lost: int, moved: int, first: int = 1) -> None:
    """Write the tables of so many people; some lose the home, some move to another."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = list(range(first, first + people))
    pl.DataFrame(
        {"person": ids, "birth_date": [dt.date(1980, 1, 1)] * people, "sex": ["man"] * people}
    ).write_parquet(folder / "persons.parquet")
    pl.DataFrame(
        {
            "person": ids,
            "placed_on": [PLACED] * people,
            "municipality": ["461"] * people,
            "dwelling": [f"d{i}" for i in ids],
        }
    ).write_parquet(folder / "placements.parquet")
    stays: list[tuple[int, dt.date, dt.date | None, str, str | None]] = []
    for i in ids:
        if i < 1 + lost:
            stays += [(i, PLACED, MOVED, "dwelling", f"d{i}"), (i, MOVED, None, "shelter", None)]
        elif i < 1 + lost + moved:
            stays += [
                (i, PLACED, MOVED, "dwelling", f"d{i}"),
                (i, MOVED, None, "dwelling", f"x{i}"),
            ]
        else:
            stays.append((i, PLACED, None, "dwelling", f"d{i}"))
    columns = ["person", "start", "end", "state", "dwelling"]
    types = [pl.Int64, pl.Date, pl.Date, pl.String, pl.String]
    pl.DataFrame(stays, schema=dict(zip(columns, types, strict=True)), orient="row").write_parquet(
        folder / "stays.parquet"
    )
    pl.DataFrame(
        {
            "person": ids,
            "start": [dt.date(2020, 3, 1)] * people,
            "end": [dt.date(2020, 4, 1)] * people,
            "category": ["support"] * people,
            "amount": [10_000.0 + 100 * (i * i % 901) for i in ids],
        }
    ).write_parquet(folder / "costs.parquet")


def study(folder: Path, definitions: list[str], *, name: str = "2026", costs: bool = False) -> Path:
    file = folder / f"{name}-{'-'.join(definitions)}.toml"
    lines = [
        "version = 1",
        'study = { title = "Attacked", lang = "en" }',
        "[inputs]",
        *(f'{t} = "{t}.parquet"' for t in ("persons", "placements", "stays")),
        *(['costs = "costs.parquet"'] if costs else []),
        "observed_from = 2019-01-01",
        "observed_until = 2023-12-31",
        "[release]",
        f'name = "{name}"',
        'formats = ["csv"]',
    ]
    if costs:
        lines += ["[costs]", "first = 0", "last = 0", "replicates = 0"]
    for definition in definitions:
        lines += ["[[retention]]", f'preset = "{definition}"', "horizons = [12]"]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def released(file: Path, out: Path, ledger: Path | None = None) -> Path:
    return bs.run(file, out=out, ledger=ledger).folder / "released"


def test_what_two_releases_of_a_study_differ_by_stays_unknown(tmp_path: Path) -> None:
    """Two people more in the second delivery, told apart by the ledger only."""
    for folder, people in (("old", 60), ("new", 62)):
        register(tmp_path / folder, people, lost=6, moved=10)
    old, new = (study(tmp_path / n, ["odense_vive"], name=n, costs=True) for n in ("old", "new"))
    first = released(old, tmp_path / "1")
    without = released(new, tmp_path / "2")
    found = attack("newcomers.py", first, without)
    assert found["people in all"] == 2
    assert any(place.startswith("costs of all") for place in found)

    ledger = tmp_path / "ledger.jsonl"
    first = released(old, tmp_path / "3", ledger)
    assert (first / "tables/people.csv").read_text() == (
        tmp_path / "1/released/tables/people.csv"
    ).read_text()
    second = released(new, tmp_path / "4", ledger)
    assert not attack("newcomers.py", first, second)
    bs.disclosure.check(tmp_path / "4")
    # It is entered when it is in place, and a name stands for one release.
    names = [json.loads(line)["release"] for line in ledger.read_text().splitlines()]
    assert names == ["old", "new"]
    with pytest.raises(bs.DisclosureError, match="entered already"):
        released(new, tmp_path / "5", ledger)
    assert not (tmp_path / "5").exists()
    page = (second / "request.en.html").read_text(encoding="utf-8")
    assert "cleared together with: old" in page
    # The same people again: nothing is lost that was shown.
    again = released(
        study(tmp_path / "old", ["odense_vive"], name="third", costs=True), tmp_path / "6", ledger
    )
    shown = pl.read_csv(again / "tables/people.csv")["n"].null_count()
    assert shown == pl.read_csv(first / "tables/people.csv")["n"].null_count()


def test_a_release_that_cannot_be_tied_in_is_told_of(tmp_path: Path) -> None:
    register(tmp_path / "old", 60, lost=6, moved=10)
    ledger = tmp_path / "ledger.jsonl"
    population = bs.disclosure.Population(persons=60)
    population.table("all", [])
    population.release("statistics-denmark").enter(ledger, "by hand")
    file = study(tmp_path / "old", ["odense_vive"])
    with pytest.warns(UserWarning, match="by hand is in the ledger"):
        results = bs.run(file, out=tmp_path / "out", ledger=ledger)
    assert results.untied == ("by hand",)
    for lang, says in (("da", "ADVARSEL"), ("en", "WARNING")):
        page = results.folder / f"released/request.{lang}.html"
        assert says in page.read_text(encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bs.run(file, out=tmp_path / "out").untied == ()


def test_nested_definitions_do_not_subtract(tmp_path: Path) -> None:
    """Three people have another home than the one they were given."""
    register(tmp_path / "data", 60, lost=6, moved=3)
    wide, strict = "odense_vive", "programme_residence"
    apart = [released(study(tmp_path / "data", [one]), tmp_path / one) for one in (wide, strict)]
    assert [3] in attack("nested.py", *apart).values()
    both = released(study(tmp_path / "data", [wide, strict]), tmp_path / "both")
    assert not attack("nested.py", both)
    # Not because nothing is shown at all.
    shown = [
        pl.read_csv(path)["share_percent"].drop_nulls().len()
        for path in (both / "tables").glob("retention*.csv")
    ]
    assert sum(shown) >= 1


def test_a_ledger_that_was_changed_stops_the_release(tmp_path: Path) -> None:
    register(tmp_path / "data", 60, lost=6, moved=10)
    ledger = tmp_path / "ledger.jsonl"
    released(study(tmp_path / "data", ["odense_vive"], name="a"), tmp_path / "a", ledger)
    ledger.write_text(
        ledger.read_text(encoding="utf-8").replace('"count":60', '"count":59'), encoding="utf-8"
    )
    with pytest.raises(bs.DisclosureError, match="was changed"):
        released(study(tmp_path / "data", ["odense_vive"], name="b"), tmp_path / "b", ledger)
    assert not (tmp_path / "b").exists()


def test_a_refusal_leaves_the_internal_results_only(tmp_path: Path) -> None:
    """Nobody can be hidden among a thousand where there are sixty."""
    register(tmp_path / "data", 60, lost=6, moved=3)
    file = study(tmp_path / "data", ["odense_vive", "programme_residence"])
    shipped = HERE.parents[1] / "crates/boligspor-disclosure/policies/statistics-denmark.toml"
    policy = shipped.read_text(encoding="utf-8").replace("\nwidth = 5\n", "\nwidth = 1000\n")
    (tmp_path / "data/wide.toml").write_text(policy, encoding="utf-8")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[release]", '[release]\npolicy = "wide.toml"'), encoding="utf-8")
    with pytest.raises(bs.DisclosureError, match="nothing is released"):
        bs.run(file, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(bs.DisclosureError, match="internal results are written"):
        bs.run(file, out=tmp_path / "out", internal=True)
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"internal", "manifest.json"}
    assert (tmp_path / "out/internal/report.html").exists()


def test_no_office_file_holds_a_trace(tmp_path: Path) -> None:
    """Three people moved: no workbook, document, picture or manifest says so."""
    register(tmp_path / "data", 60, lost=6, moved=3)
    file = study(tmp_path / "data", ["odense_vive", "programme_residence"], costs=True)
    text = file.read_text(encoding="utf-8")
    every = '["parquet", "csv", "json", "xlsx", "html", "docx", "svg", "png"]'
    file.write_text(text.replace('["csv"]', every), encoding="utf-8")
    folder = released(file, tmp_path / "out")
    ends = {p.suffix for p in folder.rglob("*") if p.is_file()}
    assert {".xlsx", ".docx", ".png", ".svg", ".parquet", ".json"} <= ends
    assert not attack("traces.py", folder)
    # A workbook that keeps what its cell no longer shows.
    book = tmp_path / "without/tables.xlsx"
    book.parent.mkdir()
    with zipfile.ZipFile(book, "w") as archive:
        archive.writestr("xl/comments1.xml", "<comments><t>withheld: 3 people</t></comments>")
    assert attack("traces.py", book.parent) == {"tables.xlsx": ["3"]}
