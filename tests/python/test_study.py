"""Studies run from Python as they run from the command."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

import boligspor as bs


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small study: its tables and its file."""
    folder = tmp_path_factory.mktemp("study")
    bs.synth("odense_like", people=200, seed=3, out=folder)
    file = folder / "study.toml"
    file.write_text(
        """
        version = 1
        study = { title = "A small study", lang = "en" }
        [inputs]
        persons = "persons.parquet"
        placements = "placements.parquet"
        stays = "stays.parquet"
        observed_until = 2023-12-31
        [[retention]]
        preset = "odense_vive"
        """,
        encoding="utf-8",
    )
    return file


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "boligspor", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_definition_is_released_with_its_own_shares(study: Path, tmp_path: Path) -> None:
    file = tmp_path / "two.toml"
    lines = study.read_text(encoding="utf-8").replace(
        '"persons.parquet"', f'"{study.parent}/persons.parquet"'
    )
    for table in ("placements", "stays"):
        lines = lines.replace(f'"{table}.parquet"', f'"{study.parent}/{table}.parquet"')
    lines = lines.replace('preset = "odense_vive"', 'preset = "odense_vive"\nhorizons = [12]')
    lines += '[[retention]]\nname = "same home"\nhome = "allotted_dwelling"\nhorizons = [12]\n'
    file.write_text(lines, encoding="utf-8")
    results = bs.run(file, out=tmp_path / "out", internal=True)
    internal = results.internal
    assert internal is not None
    exact = internal.table("retention").filter(pl.col("at_risk") > 0)
    compared = 0
    for name, definition in (
        ("retention_odense_vive", "odense_vive"),
        ("retention_same_home", "same home"),
    ):
        own = exact.filter(pl.col("definition") == definition)
        for row in results.table(name).drop_nulls("share_percent").iter_rows(named=True):
            counted = own.row(by_predicate=pl.col("horizon") == row["horizon"], named=True)
            share = 100 * counted["retained"] / counted["at_risk"]
            assert abs(row["share_percent"] - share) <= 0.5 + 1e-9
            compared += 1
    assert compared >= 1
    shares = exact.group_by("definition").agg(pl.col("retained").first())["retained"]
    assert shares.n_unique() == 2


def test_a_study_gives_a_report_and_tables(study: Path, tmp_path: Path) -> None:
    told: list[tuple[str | None, int, int]] = []
    out = tmp_path / "out"
    results = bs.run(study, out=out, internal=True, progress=lambda *news: told.append(news))
    assert results.report is not None
    assert "A small study" in results.report.read_text(encoding="utf-8")
    assert "retention_odense_vive" in results.tables
    shares = results.table("retention_odense_vive")["share_percent"].drop_nulls()
    assert shares.is_between(0, 100).all()
    internal = results.internal
    assert internal is not None
    assert internal.table("retention")["share"].drop_nulls().is_between(0, 1).all()
    assert told[0][1] == 0
    assert told[-1] == (None, told[-1][2], told[-1][2])
    with pytest.raises(bs.FileError, match=r"there is no such table; there are .*retention"):
        results.table("retentions")


def test_the_command_writes_the_same_bytes(study: Path, tmp_path: Path) -> None:
    results = bs.run(study, out=tmp_path / "python")
    done = command("run", study, "--out", tmp_path / "command")
    assert done.returncode == 0, done.stderr
    assert results.internal is None
    for path in sorted(p for p in results.folder.rglob("*") if p.is_file()):
        other = tmp_path / "command" / path.relative_to(results.folder)
        assert other.read_bytes() == path.read_bytes(), path.name


def test_an_unknown_key_is_refused_with_the_nearest_known(study: Path, tmp_path: Path) -> None:
    bad = study.with_name("bad.toml")
    text = study.read_text(encoding="utf-8").replace("observed_until", "observed_untill")
    bad.write_text(text, encoding="utf-8")
    with pytest.raises(bs.StudyError, match="observed_until"):
        bs.run(bad, out=tmp_path / "out")
    done = command("run", bad, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "observed_until" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_listener_that_raises_stops_the_run(study: Path, tmp_path: Path) -> None:
    def listener(_stage: str | None, done: int, _total: int) -> None:
        if done == 1:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        bs.run(study, out=tmp_path / "out", progress=listener)
    assert not (tmp_path / "out").exists()


def test_a_listener_must_be_callable(study: Path, tmp_path: Path) -> None:
    with pytest.raises(bs.OptionError, match="`progress` cannot be called"):
        bs.run(study, out=tmp_path / "out", progress=3)  # type: ignore[arg-type]


def test_a_study_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(bs.FileError, match=r"none\.toml"):
        bs.run(tmp_path / "none.toml", out=tmp_path / "out")
    assert command("run", tmp_path / "none.toml", "--out", tmp_path / "out").returncode == 2


def test_the_command_tells_its_version() -> None:
    done = command("--version")
    assert done.returncode == 0
    assert bs.__version__ in done.stdout


def test_a_release_has_the_same_bytes_from_any_partitioning(study: Path, tmp_path: Path) -> None:
    parted = tmp_path / "parted"
    shutil.copytree(study.parent, parted)
    stays = pl.read_parquet(parted / "stays.parquet")
    (parted / "stays.parquet").unlink()
    (parted / "stays.parquet").mkdir()
    cuts = [0, stays.height // 5, stays.height // 2, stays.height]
    for number, (start, end) in enumerate(itertools.pairwise(cuts)):
        stays[start:end].write_parquet(parted / "stays.parquet" / f"part{number}.parquet")
    one = bs.run(study, out=tmp_path / "one").folder
    other = bs.run(parted / "study.toml", out=tmp_path / "other").folder
    for part in ("released", "review"):
        files = sorted(p.relative_to(one) for p in (one / part).rglob("*") if p.is_file())
        assert files == sorted(p.relative_to(other) for p in (other / part).rglob("*.*"))
        for path in files:
            assert (one / path).read_bytes() == (other / path).read_bytes(), path
