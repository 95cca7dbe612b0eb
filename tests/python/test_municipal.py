"""Municipalities: peers, counts, implementation, support, homes, context, sheets, the map."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import boligspor
from boligspor import MissingError, OptionError, Register

SAMPLE = Path(__file__).parents[2] / "data-samples" / "country"
TABLES = [
    *("persons", "placements", "stays", "costs", "price_index", "municipalities", "counts"),
    *("capacity", "allocations", "assessments", "second_assessments", "context"),
]


@pytest.fixture(scope="module")
def register() -> Register:
    given: dict[str, Any] = {name: SAMPLE / f"{name}.parquet" for name in TABLES}
    return Register(**given, observed_from="2013-01-01", observed_until="2024-12-31")


@pytest.fixture(scope="module")
def comparison(register: Register) -> boligspor.Comparison:
    cohort = register.cohort(start="2016-01-01", to="2023-12-31")
    return cohort.compare(
        "odense_vive",
        horizon=24,
        case_mix=["age_group", "sex", "substance_use"],
        expected="model",
        model_replicates=200,
        overdispersion=True,
        costs={"replicates": 0},
        anonymous=False,
    )


def test_crude_stands_beside_adjusted_and_no_place_without_its_interval(
    comparison: boligspor.Comparison,
) -> None:
    table = comparison.table().filter(pl.col("ratio").is_not_null())
    assert {"crude_ratio", "ratio", "shrunk", "reliability", "above_1_1"} <= set(table.columns)
    assert (table["rank_low"] <= table["rank"]).all()
    assert (table["rank"] <= table["rank_high"]).all()
    wide = table["rank_high"] - table["rank_low"] + 1 > table.height / 2
    assert not table.filter(wide)["rankable"].any()
    assert table["best_quarter"].is_between(0, 1).all()
    assert (table["false_discovery"] >= table["p_value"]).all()
    terms = comparison.risk_model()
    assert terms is not None
    assert "substance_use=true" in terms["term"].to_list()
    calibration = comparison.calibration()
    assert calibration is not None
    assert calibration["observed"].sum() == table["observed"].sum()
    assert any("C = 0." in w for w in comparison.warnings)
    classes = comparison.by_class()
    assert classes is not None
    assert classes["class"].to_list() == ["strong", "partial", "limited"]


def test_shrunken_ratios_are_nearer_the_planted_effects_than_crude_ones(
    comparison: boligspor.Comparison,
) -> None:
    truth = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))["municipalities"]
    lost = {m["municipality"]: 1 - m["any_dwelling_of_living"]["24"] for m in truth}
    mean = sum(m["share_of_people"] * lost[m["municipality"]] for m in truth)
    table = comparison.table().filter(pl.col("ratio").is_not_null())
    code = table["municipality"].str.extract(r"(\d{3})\)$")
    planted = code.replace_strict(lost, return_dtype=pl.Float64) / mean
    error = {c: float(((table[c] - planted) ** 2).mean() or 0) for c in ("crude_ratio", "shrunk")}
    assert error["shrunk"] < 0.5 * error["crude_ratio"]
    exact = (table["ratio_low"] <= planted) & (planted <= table["ratio_high"])
    assert exact.mean() > 0.9
    held = (table["shrunk_low"] <= planted) & (planted <= table["shrunk_high"])
    assert held.mean() > 0.9
    assert (table["shrunk_low"] < table["shrunk_high"]).all()
    drawn = table.filter(pl.col("model_low").is_not_null())
    assert drawn.height > 0.7 * table.height
    assert drawn["ratio"].is_between(drawn["model_low"], drawn["model_high"]).all()


def test_costs_have_the_pooled_error_over_the_root_of_n(
    comparison: boligspor.Comparison,
) -> None:
    costs = comparison.costs()
    assert costs is not None
    scaled = costs["std_error"] * costs["persons"].sqrt()
    assert scaled.max() == pytest.approx(scaled.min())


def test_peers_leave_oneself_out_and_label_each_mean(register: Register) -> None:
    found = register.peers("461", characteristics=["population", "unemployment"], count=5)
    peers = found.table("peers")
    assert peers.height == 5
    assert peers["distance"].is_sorted()
    assert not peers["municipality"].str.contains("461").any()
    assert found.table().columns == [
        *("indicator", "year", "own", "peers_unweighted", "group_unweighted"),
        *("region_unweighted", "country_weighted"),
    ]
    with pytest.raises(OptionError, match="no column of numbers"):
        register.peers("461", characteristics=["shoes"])
    with pytest.raises(OptionError, match="no table of this result"):
        found.table("pears")


def test_counts_and_programmes(register: Register) -> None:
    found = register.homelessness(programme=["461", "751"], programme_from=2017)
    rates = found.table()
    whole = rates.filter(pl.col("municipality") == "all")
    assert (whole["low"] < whole["per_1000"]).all()
    assert found.table("programme").height == 1
    assert found.table("situations")["share"].drop_nulls().is_between(0, 1).all()
    assert "programme_years" in found.tables
    with pytest.raises(OptionError, match="programme_from"):
        register.homelessness(programme=["461"])


def test_implementation_shows_its_rule_sensitivity_and_agreement(register: Register) -> None:
    found = register.implementation()
    assert "VIVE has published none" in found.describe()
    shares = found.table("shares")
    assert shares["municipalities"].sum() == 98
    assert shares["vive"][0] == "about one sixth"
    kappa = found.table("agreement").filter(pl.col("of") == "homes")
    assert 0.4 < kappa["kappa"][0] < 0.95
    assert kappa["low"][0] < kappa["kappa"][0] < kappa["high"][0]
    # Near VIVE's one sixth and more than half.
    strong, partial, _ = shares["share"].to_list()
    assert strong < 0.25
    assert partial > 0.5
    looser = register.implementation({"strong_from": 5})
    assert looser.table("shares")["municipalities"][0] > shares["municipalities"][0]
    with pytest.raises(OptionError, match="limited_to"):
        register.implementation({"limited_to": 9})
    assert not register.implementation().table()["municipality"].str.contains(r"\(").any()


def test_support_homes_and_context(register: Register) -> None:
    support = register.support()
    assert {"caseload", "above_norm", "target_group", "timing", "phases"} == set(support.tables)
    clusters = support.table("target_group")
    assert clusters["cluster"].to_list() == ["transitional", "episodic", "chronic"]
    homes = register.homes({"runs": 500})
    assert homes.table("allotted")["share"].drop_nulls().max() <= 0.25  # type: ignore[operator]
    years = homes.table("forecast").filter(pl.col("municipality") == "all")
    assert years["homes_a_year"].is_sorted()
    waiting = homes.table("waiting")
    assert (waiting["placed"] + waiting["dead"] + waiting["waiting"] - 1).abs().max() < 1e-9  # type: ignore[operator]
    again = register.homes({"runs": 500})
    assert again.table("forecast").equals(homes.table("forecast"))
    context = register.context()
    assert context.table()["kind"].unique().sort().to_list() == ["barrier", "risk", "stakeholder"]
    assert not re.search(r"\b(101|461|Odense|K0\d)\b", str(context.table("risk_matrix")))


def test_what_is_missing_is_said(register: Register) -> None:
    bare: dict[str, Any] = {name: SAMPLE / f"{name}.parquet" for name in TABLES[:3]}
    alone = Register(**bare, observed_until="2024-12-31")
    for call in (alone.implementation, alone.context, alone.homelessness):
        with pytest.raises(MissingError, match="table"):
            call()
    assert alone.support().tables == ["target_group"]
    assert register.rows["context"] > 98


@pytest.mark.parametrize("lang", ["da", "en"])
def test_a_sheet_names_only_its_own_municipality(register: Register, lang: Any) -> None:
    cohort = register.cohort(start="2016-01-01", to="2023-12-31")
    spec = {"compare": {"horizon": 36, "costs": {"replicates": 0}}, "homes": {"runs": 200}}
    sheet = cohort.sheet("461", lang=lang, spec=spec)
    assert "Odense" in sheet.html
    names = [name for _, _, _, name in boligspor._core.tiles() if name not in {"Odense", "Fur"}]
    text = re.sub(r"<style>.*?</style>", "", sheet.html)
    assert not [name for name in names if re.search(rf"\b{name}\b", text)]
    with zipfile.ZipFile(io.BytesIO(sheet.docx)) as archive:
        assert archive.testzip() is None
        document = archive.read("word/document.xml").decode()
        assert "Odense" in document
        assert not [name for name in names if re.search(rf"\b{name}\b", document)]
    assert cohort.sheet("461", lang=lang, spec=spec).docx == sheet.docx
    with pytest.raises(OptionError, match="none of the register"):
        cohort.sheet("999", spec=spec)


def test_all_sheets_are_written_in_one_run_with_progress(
    register: Register, tmp_path: Path
) -> None:
    cohort = register.cohort(start="2022-01-01", to="2023-12-31")
    told: list[tuple[str, int, int]] = []
    spec = {"compare": {"costs": {"replicates": 0}}, "homes": {"runs": 100, "years": 20}}
    paths = cohort.sheets(tmp_path, spec=spec, progress=lambda *of: told.append(of))
    assert len(paths) == 196
    assert told[-1][1:] == (98, 98)
    assert (tmp_path / "461.docx").stat().st_size > 2000


def test_the_map_has_a_tile_for_each_municipality(register: Register) -> None:
    rates = register.homelessness().table()
    last = rates.filter(pl.col("year") == rates["year"].max()).select(
        "municipality", value="per_1000"
    )
    svg = boligspor.tile_map(last, title="Per 1,000", lang="da").svg()  # type: ignore[attr-defined]
    assert "København"[:9] in svg
    assert len({(r, c) for _, r, c, _ in boligspor._core.tiles()}) == 98
    with pytest.raises(OptionError, match="lack"):
        boligspor.tile_map(pl.DataFrame({"x": [1]}))
