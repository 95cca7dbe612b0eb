"""Raw registers from Python."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

import boligspor


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("raw") / "deliveries"
    command = [sys.executable, "-m", "boligspor", "synth", "--people", "120", "--as-registers"]
    subprocess.run([*command, "--out", str(out)], check=True, capture_output=True)
    return out


def test_a_folder_of_registers_gives_a_cohort(deliveries: Path, tmp_path: Path) -> None:
    imported = boligspor.import_registers(
        deliveries, mapping=deliveries / "mapping.toml", out=tmp_path / "tables"
    )
    assert imported.road == "spells"
    assert imported.corrections.columns == ["register", "rule", "done", "year", "rows"]
    nights = imported.shelter_by_rule.get_column("nights")
    assert nights[0] > nights[-1] > 0
    assert (tmp_path / "tables" / "stays.parquet").exists()
    assert "120" in repr(imported)
    table = imported.register().cohort().retention("odense_vive").table()
    assert table.height > 0


def test_choices_can_be_given_as_a_mapping(tmp_path: Path) -> None:
    (tmp_path / "krin.csv").write_text("pnr;start;end\na;01-02-2020;05-02-2020\n")
    given = {
        "version": 1,
        "observed_until": dt.date(2023, 12, 31),
        "deliveries": [{"register": "krin", "files": ["krin.csv"]}],
    }
    stays = boligspor.import_registers(tmp_path, mapping=given).tables["stays"]
    assert stays.select("start", "end").row(0) == (dt.date(2020, 2, 1), dt.date(2020, 2, 5))
    with pytest.raises(boligspor.OptionError, match="unknown field"):
        boligspor.import_registers(tmp_path, mapping={**given, "deliverys": []})
    with pytest.raises(boligspor.FileError, match="cannot read"):
        boligspor.import_registers(tmp_path, mapping=tmp_path / "nowhere.toml")
    (tmp_path / "krin.csv").write_text("pnr;begin\na;01-02-2020\n")
    with pytest.raises(boligspor.TableError, match="has no column for it"):
        boligspor.import_registers(tmp_path, mapping=given)
