"""Every attack fails on what was released, and succeeds without the control.

Each attack is a program of its own that is given a folder and nothing else. The
same tables are written once cleared and once as they are; an attack that found
nothing in either would test nothing.
"""

from __future__ import annotations

import csv
import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import boligspor as bs
from boligspor import disclosure

HERE = Path(__file__).parent
POLICY = "statistics-denmark"

Columns = dict[str, list[str]]
Tables = Sequence[tuple[str, ...]]


def attack(program: str, *folders: Path, known: Sequence[str] = ()) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, HERE / program, *folders, *known],
        capture_output=True,
        text=True,
        check=True,
        cwd=folders[0],
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def people(*groups: tuple[int, dict[str, str]]) -> Columns:
    """Make columns of so many people of each kind."""
    columns: Columns = {name: [] for name in groups[0][1]}
    for n, kind in groups:
        for name, value in kind.items():
            columns[name] += [value] * n
    return columns


def cleared(
    columns: Columns,
    tables: Tables,
    folder: Path,
    policy: str = POLICY,
    shares: Sequence[tuple[str, tuple[str, ...]]] = (),
) -> Path:
    size = len(next(iter(columns.values())))
    population = disclosure.Population(persons=size)
    attributes = {name: population.attribute(name, of) for name, of in columns.items()}
    for by in tables:
        population.table(" x ".join(by) or "all", [attributes[a] for a in by])
    for of, by in shares:
        population.shares(f"{of} of {by}", attributes[of], [attributes[a] for a in by])
    population.release(policy).write(folder, name="attacked")
    return folder / "released"


def uncleared(
    columns: Columns,
    tables: Tables,
    folder: Path,
    hide: Callable[[int], bool] = lambda n: 0 < n < 5,
    shares: Sequence[tuple[str, tuple[str, ...]]] = (),
) -> Path:
    """Write the same tables as peers do: small cells hidden one by one, if at all."""
    folder.mkdir(parents=True)
    size = len(next(iter(columns.values())))

    def label(key: Sequence[tuple[str, str]]) -> str:
        return ", ".join(f"{a}={v}" for a, v in key) or "all"

    def count(key: Sequence[tuple[str, str]]) -> int:
        return sum(all(columns[a][i] == v for a, v in key) for i in range(size))

    def groups(by: Sequence[str]) -> list[list[tuple[str, str]]]:
        levels = [sorted(set(columns[a])) for a in by]
        return [list(zip(by, values, strict=True)) for values in itertools.product(*levels)]

    with (folder / "numbers.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["table", "label", "value", "unit"])
        for by in tables:
            for margin in range(len(by) + 1):
                for kept in itertools.combinations(by, margin):
                    for key in groups(kept):
                        n = count(key)
                        hidden = hide(n)
                        row = ["", ""] if hidden else [n, "persons"]
                        out.writerow([" x ".join(by) or "all", label(key), *row])
        for of, by in shares:
            for key in groups(by):
                for value in sorted(set(columns[of])):
                    n = count([*key, (of, value)])
                    share = f"{100 * n / count(key):.1f}"
                    out.writerow([f"{of} of {by}", f"{label(key)}: {of}={value}", share, "percent"])
    return folder


SINGLETONS = people(
    (17, {"place": "a", "home": "kept"}),
    (1, {"place": "a", "home": "lost"}),
    (25, {"place": "b", "home": "kept"}),
    (9, {"place": "b", "home": "lost"}),
    (30, {"place": "c", "home": "kept"}),
    (8, {"place": "c", "home": "lost"}),
)
# The row of three singletons: each is hidden, their sum of 3 is not.
THREE = people(
    *[(1, {"row": "few", "column": c}) for c in ("x", "y", "z")],
    *[(20 + i, {"row": "many", "column": c}) for i, c in enumerate(("x", "y", "z"))],
    *[(31 - i, {"row": "more", "column": c}) for i, c in enumerate(("x", "y", "z"))],
)
# Two groupings, each safe by itself: under and over 30, and under and over 31.
GROUPINGS = people(
    (40, {"by_30": "under", "by_31": "under"}),
    (2, {"by_30": "over", "by_31": "under"}),
    (50, {"by_30": "over", "by_31": "over"}),
)
# Strata of which one is nearly everybody.
STRATA = people(
    (60, {"stratum": "main", "home": "kept"}),
    (22, {"stratum": "main", "home": "lost"}),
    (9, {"stratum": "rest", "home": "kept"}),
    (3, {"stratum": "rest", "home": "lost"}),
)


@pytest.mark.parametrize(
    ("columns", "tables"),
    [
        (SINGLETONS, [("place", "home")]),
        (THREE, [("row", "column")]),
        (GROUPINGS, [("by_30",), ("by_31",)]),
        (STRATA, [("stratum", "home"), ("home",)]),
    ],
    ids=["singletons", "three singletons", "two groupings", "strata against pooled"],
)
def test_linked_tables_do_not_subtract_back(
    columns: Columns, tables: Tables, tmp_path: Path
) -> None:
    # What everybody knows: who is under 30 is under 31.
    known = ["--within", "by_30=under:by_31=under"]
    assert attack("eliminate.py", uncleared(columns, tables, tmp_path / "without"), known=known)
    assert not attack("eliminate.py", cleared(columns, tables, tmp_path / "with"), known=known)


def test_what_two_releases_differ_by_stays_unknown(tmp_path: Path) -> None:
    """Two newcomers between two releases, told apart by the ledger only."""
    columns = people(
        (48, {"joined": "2025"}),
        (2, {"joined": "2026"}),
    )
    first = {"joined": columns["joined"][:48]}
    old = cleared(first, [()], tmp_path / "old")
    assert (old / "numbers.csv").exists()
    # Without a ledger the second release shows 50.
    new = cleared({"joined": columns["joined"]}, [()], tmp_path / "new")

    def total(folder: Path) -> str:
        with (folder / "numbers.csv").open(encoding="utf-8", newline="") as file:
            return next(csv.DictReader(file))["value"]

    assert int(total(new)) - int(total(old)) == 2
    # With it the second gives way to the first.
    ledger = tmp_path / "ledger.jsonl"
    before = disclosure.Population(persons=48)
    before.table("all", [])
    before.release(POLICY).enter(ledger, "2025")
    today = disclosure.Population(persons=50)
    joined = today.attribute("joined", columns["joined"])
    today.table("all", [])
    today.earlier(ledger, "2025", ("all", "all"), {joined: "2025"})
    today.release(POLICY).write(tmp_path / "linked")
    assert total(tmp_path / "linked" / "released") == ""


def test_percentages_do_not_multiply_back(tmp_path: Path) -> None:
    columns = people(
        (39, {"place": "a", "home": "kept"}),
        (2, {"place": "a", "home": "lost"}),
        (30, {"place": "b", "home": "kept"}),
        (30, {"place": "b", "home": "lost"}),
        (24, {"place": "c", "home": "kept"}),
        (0, {"place": "c", "home": "lost"}),
    )
    tables, shares = [("place",)], [("home", ("place",))]
    without = uncleared(columns, tables, tmp_path / "without", shares=shares)
    found = attack("shares.py", without)
    # 2 of 41, and everybody in c.
    assert found["place=a: home=lost"] == 2
    assert found["place=c: home=kept"] == 24
    assert not attack("shares.py", cleared(columns, tables, tmp_path / "with", shares=shares))


def test_the_combinations_that_occur_do_not_leave(tmp_path: Path) -> None:
    released = cleared(STRATA, [("stratum", "home")], tmp_path / "with")
    assert not attack("combinations.py", released)
    # They are in the proof, which stays with whoever checks the release.
    assert attack("combinations.py", released.parent / "review")["combinations"] >= 4


def test_no_file_holds_a_trace(tmp_path: Path) -> None:
    released = cleared(THREE, [("row", "column")], tmp_path / "with")
    assert not attack("traces.py", released)
    without = tmp_path / "without"
    without.mkdir()
    (without / "chart.svg").write_text("<svg><title>x: 3 people</title></svg>", encoding="utf-8")
    (without / "manifest.json").write_text('{"persons": 2}', encoding="utf-8")
    assert set(attack("traces.py", without)) == {"chart.svg", "manifest.json"}


def test_no_byte_depends_on_what_was_withheld(tmp_path: Path) -> None:
    """Hashes, sizes, names, manifests: the folders of two truths are the same."""

    def contents(folder: Path) -> dict[str, bytes]:
        files = (p for p in folder.rglob("*") if p.is_file())
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}

    def truth(few: int) -> Columns:
        return people((400 - few, {"home": "kept"}), (few, {"home": "lost"}))

    one, four = (cleared(truth(n), [("home",)], tmp_path / f"with {n}") for n in (1, 4))
    assert contents(one) == contents(four)
    one, four = (
        uncleared(truth(n), [("home",)], tmp_path / f"without {n}", hide=lambda n: n < 5)
        for n in (1, 4)
    )
    assert contents(one) != contents(four)


def test_rounded_counts_do_not_unpick(tmp_path: Path) -> None:
    """Every shown count is a multiple of 5, so parts do not add up to exact totals."""
    tables = [("place", "home")]
    released = cleared(SINGLETONS, tables, tmp_path / "with", policy="opensafely")
    with (released / "numbers.csv").open(encoding="utf-8", newline="") as file:
        shown = [int(row["value"]) for row in csv.DictReader(file) if row["value"]]
    assert shown
    assert all(n % 5 == 0 for n in shown)
    # Whoever takes them for exact finds groups of nobody, never of a few.
    assert not attack("eliminate.py", released)
    # Exact totals beside them would give the parts back.
    assert attack("eliminate.py", uncleared(SINGLETONS, tables, tmp_path / "without"))


@pytest.fixture(scope="module")
def followed() -> bs.Cohort:
    register = bs.Register(
        **bs.synth("odense_like", people=300, seed=11),
        observed_until="2023-12-31",
    )
    return register.cohort(minimum_follow_up_months=12)


def test_curves_do_not_invert_to_single_people(followed: bs.Cohort, tmp_path: Path) -> None:
    curve = followed.retention_curve("programme_residence", until=36)
    released = curve.release(policy=POLICY)
    safe = tmp_path / "safe"
    safe.mkdir()
    for name in released.tables:
        released.write_csv(safe / f"{name}.csv", name)
    found = attack("curve.py", safe)
    assert found["steps"] > 0
    assert found["small"] == {"greenwood": 0, "at risk": 0}

    # The same curve as peers write it: exact, with standard errors or numbers at risk.
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    exact = curve.table().filter(pl.col("outcome") == "retained")
    exact.select(
        outcome=pl.lit("kept"),
        months="month",
        n_risk="n_risk",
        estimate_percent=100 * pl.col("estimate"),
        std_error="std_error",
    ).write_csv(open_to_all / "curve.csv")
    found = attack("curve.py", open_to_all)
    assert found["small"]["greenwood"] > 0
    assert found["small"]["at risk"] > 0


def test_the_calendar_does_not_give_a_withheld_state(followed: bs.Cohort, tmp_path: Path) -> None:
    days = followed.days_housed(within=12)
    table = days.release(policy=POLICY).table()
    safe = tmp_path / "safe"
    safe.mkdir()
    table.write_csv(safe / "days.csv")
    assert attack("calendar_days.py", safe, known=["365.25"])["found"] == {}

    # One state hidden by itself, as a check of single cells does it.
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    exact = days.table().filter(pl.col("state") != "housed")
    rarest = exact.sort("days")["state"][0]
    hidden = pl.when(pl.col("state") != rarest).then(pl.col("days"))
    exact.select(stratum=pl.lit("all"), state="state", days_per_person=hidden).write_csv(
        open_to_all / "days.csv"
    )
    found = attack("calendar_days.py", open_to_all, known=["365.25"])["found"]
    assert list(found) == [f"all: {rarest}"]
