"""Clearing from Python: what is withheld, what is written, what is refused."""

from __future__ import annotations

import pickle
from pathlib import Path

import polars as pl
import pytest

import boligspor
from boligspor import disclosure


def people(lost: int = 2) -> disclosure.Population:
    """Sixty people of two places, a few of whom lost their home in one."""
    population = disclosure.Population(persons=60)
    place = population.attribute("place", ["Odense"] * 40 + ["Assens"] * 20)
    odense = ["lost"] * 9 + ["kept"] * 31
    home = population.attribute("home", odense + ["lost"] * lost + ["kept"] * (20 - lost))
    population.table("home by place", [place, home])
    return population


def shown(release: disclosure.Release) -> dict[str, float | None]:
    return dict(release.table().select("label", "value").iter_rows())


def test_a_small_cell_is_withheld_and_does_not_subtract_back() -> None:
    numbers = shown(people().release("statistics-denmark"))
    assert numbers["place=Assens, home=lost"] is None
    row = [numbers["place=Assens"], numbers["place=Assens, home=kept"]]
    column = [numbers["home=lost"], numbers["place=Odense, home=lost"]]
    assert None in row
    assert None in column


def test_what_is_written_is_checked_from_its_files(tmp_path: Path) -> None:
    release = people().release("statistics-denmark")
    folder = release.write(tmp_path / "out", name="2026-1", why="a report")
    disclosure.check(folder)
    released = folder / "released"
    names = {file.name for file in released.iterdir()}
    assert {"numbers.csv", "policy.toml", "request.da.html", "ro-crate-metadata.json"} <= names
    assert pl.read_csv(released / "numbers.csv").height == release.table().height
    with pytest.raises(boligspor.DisclosureError, match="not empty"):
        release.write(folder)
    certificate = folder / "review" / "certificate.json"
    certificate.write_text('{"policy": "x", "blocks": []}', encoding="utf-8")
    with pytest.raises(boligspor.DisclosureError):
        disclosure.check(folder)


def test_no_released_byte_depends_on_what_was_withheld(tmp_path: Path) -> None:
    def files(lost: int) -> dict[str, bytes]:
        population = disclosure.Population(persons=40)
        home = population.attribute("home", ["lost"] * lost + ["kept"] * (40 - lost))
        population.table("home", [home])
        folder = population.release("statistics-denmark").write(tmp_path / str(lost))
        return {file.name: file.read_bytes() for file in folder.glob("*/*")}

    assert files(1) == files(4)


def test_a_population_cannot_be_exported() -> None:
    population = people()
    assert "internal" in repr(population)
    with pytest.raises(boligspor.DisclosureError, match="not cleared"):
        pickle.dumps(population)
    assert not hasattr(population, "write")
    assert not hasattr(population, "_repr_html_")


def test_an_earlier_release_holds_todays_numbers_back(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    first = disclosure.Population(persons=48)
    first.table("all", [])
    first.release("statistics-denmark").enter(ledger, "2025")
    assert disclosure.ledger(ledger).rows() == [("2025", "all", "all", 48.0)]

    today = disclosure.Population(persons=50)
    joined = today.attribute("joined", ["2025"] * 48 + ["2026"] * 2)
    today.table("all", [])
    assert shown(today.release("statistics-denmark"))["all"] == 50
    today.earlier(ledger, "2025", ("all", "all"), {joined: "2025"})
    assert shown(today.release("statistics-denmark"))["all"] is None
    with pytest.raises(boligspor.DisclosureError, match="shows no number"):
        today.earlier(ledger, "2024", ("all", "all"))


def test_means_and_shares_are_rounded_and_dominated_ones_withheld() -> None:
    population = disclosure.Population(persons=40)
    group = population.attribute("group", ["x"] * 20 + ["y"] * 20)
    costs = population.amount("costs", [9_000_000] + [12_345] * 39)
    population.means("mean costs", costs, [group])
    numbers = population.release("statistics-denmark").table().filter(table="mean costs")
    assert numbers.filter(label="group=x")["value"].item() is None
    assert numbers.filter(label="all")["value"].item() is None

    population = disclosure.Population(persons=40)
    group = population.attribute("group", ["x"] * 10 + ["y"] * 30)
    population.shares("share", group)
    assert shown(population.release("statistics-denmark")) == {
        "all: group=x": 25.0,
        "all: group=y": 75.0,
    }


def test_own_policies_are_files_and_faults_are_told(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('name = "ours"\nversion = 1\nminimum_persons = 10\nwidth = 10\n', "utf-8")
    assert shown(people().release(path))["place=Odense, home=lost"] is None
    path.write_text('name = "ours"\nversion = 1\nminimum_persons = 10\nwidht = 10\n', "utf-8")
    with pytest.raises(boligspor.DisclosureError, match="unknown field"):
        people().release(path)
    with pytest.raises(boligspor.DisclosureError, match="statistics-denmark"):
        people().release("denmark")
    for name in disclosure.policies():
        assert "personer" in disclosure.describe(name, "da")


def test_columns_of_other_lengths_and_broken_amounts_are_refused() -> None:
    population = disclosure.Population(persons=3)
    with pytest.raises(boligspor.DisclosureError, match="one length"):
        population.attribute("a", ["x"])
    with pytest.raises(boligspor.DisclosureError, match="negative"):
        population.amount("a", [1, 2, -3])
    with pytest.raises(boligspor.DisclosureError, match="missing or not whole"):
        population.amount("a", [1, 2, 2.5])  # type: ignore[list-item]


def test_columns_of_another_population_are_refused() -> None:
    mine, other = disclosure.Population(persons=1), disclosure.Population(persons=1)
    place = other.attribute("place", ["x"])
    with pytest.raises(boligspor.DisclosureError, match="another population"):
        mine.table("by place", [place])
