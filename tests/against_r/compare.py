"""Compare the estimators with R's survival and cmprsk on random data.

The data have ties, late entry, weights, clusters and strata, which published
examples seldom combine. Needs ``Rscript`` with survival, cmprsk and jsonlite:

    .venv/bin/python tests/against_r/compare.py

prints a line for each quantity and fails if one differs by more than it may.
Left out, each for its reason: coefficients of separated data (infinite: where
the iteration stops is arbitrary), limits at a survival of 0 or 1 (``NA`` in R on some
scales), Gray's test where R finds its variance singular, and the error of the
restricted mean of weighted or clustered rows (robust here, Greenwood's in R).
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from boligspor import estimate
from boligspor.errors import EstimateError

CASES = 300
EXACT = 1e-9
# `crr` stops its iteration earlier than the others do.
ITERATED = 1e-6


def random_case(rng: np.random.Generator) -> dict[str, Any]:
    """One data set and the options to fit it with."""
    n, unit = int(rng.integers(6, 70)), float(rng.choice([0.25, 1, 7]))
    time = rng.integers(1, rng.integers(5, 25), n) * unit
    event = (rng.random(n) < rng.choice([0.2, 0.5, 0.9])).astype(int)
    event[:3] = 1
    weights = [None, None, rng.integers(1, 4, n).astype(float), rng.random(n) * 3 + 0.1]
    entry = np.maximum(0, time - rng.integers(1, 12, n) * unit)
    clusters = rng.integers(0, max(2, n // 3), n)
    case = {
        "time": time,
        "event": event,
        "cause": event * (1 + rng.integers(0, 2, n)),
        "g": rng.integers(0, rng.integers(2, 4), n),
        "s": rng.integers(0, 2, n),
        "x": rng.normal(size=n).round(2),
        "x2": rng.integers(0, 2, n),
        "entry": entry if rng.random() < 0.5 else None,
        "weights": weights[rng.integers(0, 4)],
        "cluster": clusters if rng.random() < 0.35 else None,
    }
    columns = {key: None if v is None else v.tolist() for key, v in case.items()}
    return columns | {
        "conf": str(rng.choice(["log", "log-log", "plain", "logit", "arcsin"])),
        # R's exact likelihood takes for ever on large risk sets with many ties.
        "ties": str(rng.choice(["efron", "breslow", "exact"][: 3 if n < 20 else 2])),
        "robust": [None, None, True][int(rng.integers(0, 3))],
        "rho": float(rng.choice([0, 0, 0.5, 1])),
        "tau": float(rng.integers(2, 20) * unit),
        "start": 2 * unit if rng.random() < 0.3 else None,
    }


class Comparison:
    """The largest relative difference of each quantity."""

    def __init__(self) -> None:
        self.count: dict[str, int] = defaultdict(int)
        self.worst: dict[str, float] = defaultdict(float)
        self.apart: dict[str, int] = defaultdict(int)

    def add(
        self,
        name: str,
        ours: Iterable[float | None],
        theirs: object,
        *,
        tolerance: float = EXACT,
        where: Iterable[bool] | None = None,
    ) -> None:
        """Compare two columns, where ``where`` is true."""
        found, wanted = list(ours), numbers(theirs)
        chosen = [True] * len(found) if where is None else list(where)
        if len(found) != len(wanted):
            self.apart[name] += 1
            return
        for a, b, compared in zip(found, wanted, chosen, strict=True):
            if not compared:
                continue
            value = math.nan if a is None else float(a)
            self.count[name] += 1
            if value == b or (math.isnan(value) and math.isnan(b)):
                continue
            # Relative, but to a thousandth at least: an error of zero is zero to 1e-8 only.
            difference = abs(value - b) / max(abs(b), 1e-3)
            self.worst[name] = max(self.worst[name], difference)
            self.apart[name] += not difference <= tolerance

    def table(self) -> pl.DataFrame:
        """A row for each quantity."""
        names = sorted(self.count)
        return pl.DataFrame(
            {
                "quantity": names,
                "values": [self.count[n] for n in names],
                "largest difference": [f"{self.worst[n]:.1e}" for n in names],
                "beyond tolerance": [self.apart[n] for n in names],
            }
        )


def numbers(column: object) -> list[float]:
    """What R wrote, flat and with its missing values as NaN."""
    if isinstance(column, list):
        return [x for item in column for x in numbers(item)]
    if column is None or column in ("NA", "NaN"):
        return [math.nan]
    return [float(str(column).replace("Inf", "inf"))]


def compare_curves(seen: Comparison, case: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Survival, hazard, quantiles, restricted mean; then incidence and pseudo-values."""
    options = {k: case[k] for k in ("entry", "weights", "cluster", "robust")}
    options["start_time"] = case["start"]
    time, event = case["time"], case["event"]
    if r := theirs.get("curve"):
        scale = case["conf"].replace("arcsin", "arcsine")
        curve = estimate.kaplan_meier(time, event, **options, conf_type=scale)
        table = curve.table(numbers(r["time"]))
        for name in ("n_risk", "n_event", "n_censor", "estimate", "std_error"):
            seen.add(f"Kaplan-Meier {name}", table[name], r[name])
        for name in ("low", "high"):
            inside = table["estimate"].is_between(1e-12, 1, closed="left")
            seen.add(f"Kaplan-Meier {name}", table[name], r[name], where=inside)
        found = curve.quantile([0.25, 0.5, 0.75])
        # Whether a limit that touches zero is zero or missing is a matter of rounding.
        sure = [not math.isnan(x) for x in numbers(r["quantile_high"])]
        seen.add("quantile", found["time"], r["quantile"])
        seen.add("quantile low", found["low"], r["quantile_low"])
        seen.add("quantile high", found["high"], r["quantile_high"], where=sure)
        mean = curve.restricted_mean(case["tau"])
        seen.add("restricted mean", mean["estimate"], r["mean"])
        plain = case["cluster"] is None and case["robust"] is None
        if plain and all(w == round(w) for w in case["weights"] or []):
            seen.add("restricted mean error", mean["std_error"], r["mean_error"])
        hazard = estimate.nelson_aalen(time, event, **options).table()
        seen.add("Nelson-Aalen", hazard["estimate"], r["hazard"])
        seen.add("Nelson-Aalen error", hazard["std_error"], r["hazard_error"])
    if r := theirs.get("incidence"):
        options = {"entry": case["entry"], "weights": case["weights"]}
        curve = estimate.aalen_johansen(
            time, case["cause"], **options, variance="infinitesimal_jackknife"
        )
        table = curve.table(numbers(r["time"])).sort("time", "cause")
        if len(set(case["cause"]) - {0}) == 2:
            seen.add("Aalen-Johansen", table["estimate"], r["estimate"])
            seen.add("Aalen-Johansen error", table["std_error"], r["std_error"])
    for name, target in (("pseudo", "probability"), ("pseudo_mean", "restricted_mean")):
        if theirs.get(name):
            values = estimate.pseudo_values(time, event, case["tau"], target=target)
            seen.add(f"pseudo-values, {target}", values["value"], theirs.get(name))


def compare_tests(seen: Comparison, case: dict[str, Any], theirs: dict[str, Any]) -> None:
    """The log-rank family and Gray's test."""
    rows = case["time"], case["event"], case["g"]
    if "log_rank" not in theirs or len(set(case["g"])) < 2:
        return
    test = estimate.log_rank(*rows, rho=case["rho"])
    seen.add("log-rank", [test.statistic], theirs["log_rank"]["statistic"])
    seen.add("log-rank expected", test.expected, theirs["log_rank"]["expected"])
    if theirs.get("log_rank_strata"):
        within = estimate.log_rank(*rows, rho=case["rho"], strata=case["s"])
        seen.add("log-rank, strata", [within.statistic], theirs.get("log_rank_strata"))
    for cause, statistic in zip(
        sorted({*case["cause"]} - {0}), theirs.get("gray") or [], strict=False
    ):
        if statistic != -1:
            gray = estimate.gray_test(
                case["time"], case["cause"], case["g"], of=cause, strata=case["s"], rho=case["rho"]
            )
            seen.add("Gray", [gray.statistic], statistic)


def compare_regressions(seen: Comparison, case: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Cox in all its variants and both Fine-Gray conventions."""
    x = {"x": case["x"], "x2": case["x2"]}
    usual = {"entry": case["entry"]}
    if case["ties"] != "exact":
        usual |= {"weights": case["weights"], "cluster": case["cluster"]}
    for name, strata in (("cox", None), ("cox_strata", case["s"])):
        if not (r := theirs.get(name)) or separated(r["coef"]):
            continue
        fit = estimate.cox(
            case["time"], case["event"], x, ties=case["ties"], strata=strata, **usual
        )
        covariance = fit.covariance().select(pl.exclude("term")).to_numpy().ravel()
        seen.add(name, fit.table()["coef"], r["coef"])
        seen.add(f"{name} covariance", covariance, r["covariance"])
        likelihoods = [fit.null_log_likelihood, fit.log_likelihood]
        seen.add(f"{name} log-likelihood", likelihoods, r["log_likelihood"])
        if strata is None:
            seen.add("cox score test", [fit.score_test.statistic], r["score"])
            found = fit.concordance()
            seen.add("concordance", [found.concordance, found.std_error], r["concordance"])
            if "ph_test" in r:
                seen.add("ph_test", fit.ph_test()["statistic"], r["ph_test"], tolerance=ITERATED)
    rows = case["time"], case["cause"], x
    if (r := theirs.get("crr")) and not separated(r["coef"]):
        fit = estimate.fine_gray(*rows, of=1, ties="breslow", convention="original")
        seen.add("crr", fit.table()["coef"], r["coef"], tolerance=ITERATED)
        seen.add("crr error", fit.table()["robust_std_error"], r["std_error"], tolerance=ITERATED)
    if (r := theirs.get("fine_gray")) and not separated(r["coef"]):
        fit = estimate.fine_gray(*rows, of=1, cluster=range(len(case["time"])))
        errors = fit.table()["robust_std_error"]
        seen.add("finegray", fit.table()["coef"], r["coef"])
        seen.add("finegray error", errors, r["std_error"])


def separated(coefficients: list[object]) -> bool:
    """Whether an iteration ran off to infinity or dropped a column."""
    return any(not abs(c) < 8 for c in numbers(coefficients))


def main() -> int:
    """Make the data, ask R, compare."""
    rng = np.random.default_rng(20261122)
    cases = [random_case(rng) for _ in range(CASES)]
    seen, refused = Comparison(), 0
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder) / "cases.json", Path(folder) / "r.json"
        asked.write_text(json.dumps(cases))
        script = Path(__file__).with_name("survival.R")
        subprocess.run(["Rscript", script, asked, told], check=True)  # noqa: S603, S607
        answers = json.loads(told.read_text())
    warnings.simplefilter("ignore")
    for case, theirs in zip(cases, answers, strict=True):
        for part in (compare_curves, compare_tests, compare_regressions):
            try:
                part(seen, case, theirs)
            except EstimateError:
                refused += 1
    with pl.Config(tbl_rows=-1):
        print(seen.table())
    print(f"{CASES} data sets; {refused} parts refused by a typed error")
    return int(any(seen.apart.values()))


if __name__ == "__main__":
    sys.exit(main())
