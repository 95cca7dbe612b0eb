"""What leaves is released first: results do not export, and what they release does."""

from __future__ import annotations

import copy
import importlib
import json
import pickle
import pkgutil
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

import boligspor as bs
from boligspor import disclosure
from boligspor.release import Unreleased

# What is no result: choices, words, and what has been released.
OPEN = {
    "Amount", "Attribute", "Definition", "Design", "Folder", "Release", "Released", "Results",
    "Scenario",
}  # fmt: skip
# Sheets are written like the internal results of a study, by name.
WRITES = {"Sheet": {"save"}}


def classes() -> list[type]:
    """Every class of the package, but for the estimators on plain arrays and the charts."""
    found: dict[str, type] = {}
    for info in pkgutil.walk_packages(bs.__path__, "boligspor."):
        name = info.name.removeprefix("boligspor.")
        if name.split(".")[0] in {"_core", "estimate", "charts", "errors", "__main__"}:
            continue
        module = importlib.import_module(info.name)
        for cls in vars(module).values():
            if isinstance(cls, type) and cls.__module__ == info.name:
                found[f"{info.name}.{cls.__name__}"] = cls
    return list(found.values())


def test_every_result_is_internal_until_it_is_released() -> None:
    results = [cls for cls in classes() if issubclass(cls, Unreleased)]
    others = {
        cls.__name__
        for cls in classes()
        if cls not in results and not hasattr(cls, "__protocol_attrs__")
    }
    # Whoever adds a class chooses what it is.
    helpers = {"CostAnalyses", "MunicipalAnalyses", "Tables", "ArrowStream"}
    assert others - helpers == OPEN
    assert len(results) > 20
    for cls in results:
        writers = {
            n
            for n in dir(cls)
            if n.startswith(("write", "to_", "save", "export", "dump", "serialize"))
        }
        assert writers == WRITES.get(cls.__name__, set()), cls
        # Made without its contents: refusing does not look at them.
        bare = object.__new__(cls)
        for export in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(bs.DisclosureError, match="not cleared"):
                export(bare)


def test_whatever_a_result_shows_says_that_it_is_internal(
    register: bs.Register, cohort: bs.Cohort
) -> None:
    results = [
        register,
        register.check(),
        cohort,
        cohort.attrition(),
        cohort.retention("odense_vive"),
        cohort.retention_curve("odense_vive"),
        cohort.compare_definitions(["odense_vive", "programme_residence"]),
        cohort.costs(replicates=0),
        cohort.days_housed(),
        bs.disclosure.Population(persons=3),
    ]
    for result in results:
        shown = [repr(result), str(result)]
        if hasattr(result, "_repr_html_"):
            shown.append(result._repr_html_())
        for text in shown:
            for says in ("internal, not cleared", "internt, ikke frigivet"):
                assert text.count(says) == 1, type(result)


def test_what_is_released_exports(cohort: bs.Cohort, tmp_path: Path) -> None:
    retention = cohort.retention("odense_vive", horizons=[12, 24])
    released = retention.release(policy="statistics-denmark")
    assert released.policy[0] == "statistics-denmark"
    frame = released.table()
    assert frame.columns[:4] == ["stratum", "horizon", "n", "share_percent"]
    shown = frame.filter(pl.col("share_percent").is_not_null())
    # Whole per cents of what the result has, and no count of few.
    exact = retention.table().filter(pl.col("horizon") == 12)["share"][0]
    first = shown.filter(pl.col("horizon") == 12)["share_percent"]
    assert first.is_empty() or abs(first[0] - 100 * exact) < 3
    assert frame["n"].drop_nulls().min() >= 5  # type: ignore[operator]
    name = released.tables[0]
    assert pl.read_csv(released.write_csv(tmp_path / "a.csv")).height == frame.height
    assert pl.read_parquet(released.write_parquet(tmp_path / "a.parquet")).equals(frame)
    data = json.loads(released.write_json(tmp_path / "a.json").read_text(encoding="utf-8"))
    assert data["name"] == name
    assert len(data["rows"]) == frame.height
    page = released.write_html(tmp_path / "a.html").read_text(encoding="utf-8")
    assert "statistics-denmark" in page
    assert "not cleared" not in page


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_is_released_leaves_for_an_office(cohort: bs.Cohort, tmp_path: Path) -> None:
    released = cohort.retention("odense_vive", horizons=[12, 24]).release(
        policy="statistics-denmark"
    )
    frame = released.table()
    book = unpacked(released.write_xlsx(tmp_path / "a.xlsx", lang="da"))
    # Values only: no formula, no author, no time but the archive's first.
    assert not any(b"<f>" in part for part in book.values())
    assert b"<dc:creator></dc:creator>" in book["docProps/core.xml"]
    assert b"1980-01-01T00:00:00Z</dcterms:created>" in book["docProps/core.xml"]
    withheld = sum(frame[c].sum() for c in frame.columns if c.endswith("_withheld"))
    sheet = book["xl/worksheets/sheet2.xml"]
    words = book["xl/sharedStrings.xml"].decode()
    at = re.findall(r"<t[^>]*>([^<]*)</t>", words)
    if withheld:
        code = at.index("tilbageholdt")
        assert len(re.findall(rf't="s"><v>{code}</v>'.encode(), sheet)) == withheld
    page = unpacked(released.write_docx(tmp_path / "a.docx", lang="da"))
    text = page["word/document.xml"].decode()
    assert "Regler for frigivelse" in text
    assert text.count("tilbageholdt") >= withheld
    assert page["word/media/image1.png"].startswith(b"\x89PNG")
    assert released.write_png(tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in released.write_svg(tmp_path / "a.svg").read_bytes()
    # The same release, the same bytes.
    for end in ("xlsx", "docx", "html"):
        write = getattr(released, f"write_{end}")
        assert (
            write(tmp_path / f"1.{end}").read_bytes() == write(tmp_path / f"2.{end}").read_bytes()
        )


def test_a_release_is_written_whole_with_its_proof(cohort: bs.Cohort, tmp_path: Path) -> None:
    released = cohort.retention("odense_vive", horizons=[12, 24]).release(
        policy="statistics-denmark"
    )
    out = released.write(tmp_path / "out", formats=["csv", "xlsx"], name="2026-1", lang="da")
    names = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert {"released/tables.xlsx", "released/request.da.html", "review/rows.json"} <= names
    assert f"released/tables/{released.tables[0]}.csv" in names
    assert not any(n.endswith((".parquet", "report.html", ".docx", ".svg")) for n in names)
    disclosure.check(out)
    # Written again in its place, but not among other files.
    released.write(out, formats=["json"])
    assert not (out / "released/tables.xlsx").exists()
    (out / "thesis.docx").write_text("years", encoding="utf-8")
    with pytest.raises(bs.OptionError, match=r"thesis\.docx"):
        released.write(out)
    with pytest.raises(bs.OptionError, match="formats"):
        released.write(tmp_path / "other", formats=["pdf"])  # type: ignore[list-item]


def test_costs_are_sums_a_person(cohort: bs.Cohort) -> None:
    costs = cohort.costs(first=-1, last=1, replicates=0)
    table = costs.release(policy="statistics-denmark").table()
    assert set(table["period"]) == {-1, 0, 1}
    shown = table.filter(pl.col("stratum") == "all", pl.col("category") == "all")
    exact = costs.table().filter(pl.col("category") == "all", pl.col("payer") == "all")
    for period, mean in shown.select("period", "mean_per_person").iter_rows():
        if mean is not None:
            total = exact.filter(pl.col("period") == period)["total"][0]
            assert mean == pytest.approx(total / shown["n"][0], rel=0.01)


def test_a_curve_is_released_in_steps(cohort: bs.Cohort) -> None:
    curve = cohort.retention_curve("odense_vive", until=36)
    released = curve.release(policy="statistics-denmark")
    steps = released.table("curve_odense_vive")
    kept = steps.filter(pl.col("outcome") == "kept")
    assert kept["estimate_percent"][0] == 100
    # No step, and no difference of numbers at risk, is of fewer than five.
    for column in (steps["n_event"], -kept["n_risk"].diff().drop_nulls()):
        assert ((column == 0) | (column >= 5)).all()
    # The product limit of the published counts is the published share.
    share = 100.0
    for n_risk, n_event, shown in kept.select("n_risk", "n_event", "estimate_percent").iter_rows():
        share *= 1 - n_event / n_risk
        assert shown == pytest.approx(share, abs=1e-9)
    times = released.table("curve_odense_vive_times")
    assert times["measure"].to_list() == ["median", "restricted_mean"]
    assert 0 < times["months"][1] <= 36
    exact = curve.table().columns
    assert "std_error" in exact
    assert "std_error" not in steps.columns


def test_days_and_returns_and_groups_are_released(cohort: bs.Cohort) -> None:
    tables = bs.synth("odense_like", people=300, seed=11)
    days = (
        bs.Register(**tables, observed_until="2023-12-31").cohort().days_housed(within=12).release()
    )
    table = days.table().filter(pl.col("stratum") == "all")
    housed = table.filter(pl.col("state") == "housed")["days_per_person"]
    assert housed.is_null().all() or 0 < housed[0] <= 366
    back = cohort.returns(bands=[365]).release().table()
    assert set(back["horizon"]) == {365}
    assert back["share_percent"].drop_nulls().is_between(0, 100).all()
    compared = cohort.compare_groups("support_method", "odense_vive", within=12).release().table()
    shown = compared.drop_nulls("difference_points")
    gaps = shown["to_percent"] - shown["from_percent"] - shown["difference_points"]
    assert gaps.abs().max() is None or gaps.abs().max() < 1e-9  # type: ignore[operator]
    assert (shown["low"] <= shown["difference_points"]).all()
    assert (shown["p_bonferroni"] >= shown["p_value"]).all()


def test_effects_net_cost_and_municipalities_are_released() -> None:
    tables = bs.synth("country", people=1500, seed=5)
    cohort = bs.Register(**tables, observed_until="2024-12-31").cohort()
    design = bs.Design(adjust="year", price_base=2024, replicates=99)
    effect = cohort.compare_costs(design)
    shown = effect.release().table().filter(pl.col("method") == "designed")
    exact = effect.table()
    for row in shown.drop_nulls("estimate").iter_rows(named=True):
        own = exact.filter((pl.col("base") == row["base"]) & (pl.col("year") == row["year"]))
        half = (own["high"][0] - own["low"][0]) / 2
        # Two digits of half the interval: off by a twentieth of it at most.
        assert abs(row["estimate"] - own["estimate"][0]) <= half / 20
        assert row["estimate"] != own["estimate"][0]
    support = {"payer": "municipality", "per_year": 50_000}
    cost = cohort.net_cost(design, {"programme": [support], "replicates": 99}).release().table()
    assert {"societal", "budgets", "municipality"} <= set(cost["payer"])
    compared = cohort.compare("odense_vive", horizon=12, costs={"replicates": 0}).release().table()
    whole = compared.drop_nulls("expected")["expected"]
    assert len(whole) > 0
    assert (whole == whole.round()).all()


def test_an_unknown_policy_is_refused(cohort: bs.Cohort) -> None:
    with pytest.raises(bs.DisclosureError, match="statistics-denmark"):
        cohort.retention("odense_vive").release(policy="none-such")
