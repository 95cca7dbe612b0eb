"""Time group-time effects beside other packages, on one machine, in one run.

    make bench-did PEERS="other-venv/bin/python …"

Each package that one of the interpreters can import runs in a process of its own: ten
periods, six cohorts and the never treated, doubly robust with one covariate, with the
event study, without and with 999 multiplier replicates. Making the data is not timed.
pyfixest has no such estimator; its event study by cohort (Sun & Abraham's, without the
covariate and without replicates) is shown for comparison.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from typing import Any

PACKAGES = ("boligspor", "diff_diff", "csdid", "differences", "pyfixest")
PERIODS = 10
COHORTS = (0, 3, 4, 5, 6, 7, 8)


def rows(units: int) -> dict[str, Any]:
    """Return a panel with an effect of one, as numpy columns."""
    import numpy as np

    random = np.random.default_rng(1)
    unit = np.repeat(np.arange(units), PERIODS)
    period = np.tile(np.arange(1, PERIODS + 1), units)
    group = np.asarray(COHORTS)[unit % len(COHORTS)]
    x = np.repeat(random.normal(size=units), PERIODS)
    y = (group > 0) * (period >= group) + 0.1 * x * period + random.normal(size=len(unit))
    return {"unit": unit, "period": period, "group": group, "x": x, "y": y}


def boligspor(data: dict[str, Any], replicates: int) -> float:
    """Run ours, from columns in Python to the event study's table."""
    from boligspor.estimate import att_gt

    columns = (data[c] for c in ("unit", "period", "group", "y"))
    fit = att_gt(*columns, covariates={"x": data["x"]}, bootstrap=replicates or None)
    event_study = fit.aggregate("dynamic")
    event_study.table()
    return event_study.overall.estimate


def diff_diff(data: dict[str, Any], replicates: int) -> float:
    """Run diff-diff."""
    import pandas as pd
    from diff_diff import CallawaySantAnna

    frame = pd.DataFrame(data)
    model = CallawaySantAnna(estimation_method="dr", n_bootstrap=replicates, seed=1)
    names = {"outcome": "y", "unit": "unit", "time": "period", "first_treat": "group"}
    found = model.fit(frame, covariates=["x"], aggregate="event_study", **names)
    return float(found.overall_att)


def csdid(data: dict[str, Any], replicates: int) -> float:
    """Run csdid."""
    import pandas as pd
    from csdid.att_gt import ATTgt

    names = {"yname": "y", "tname": "period", "idname": "unit", "gname": "group"}
    model = ATTgt(
        data=pd.DataFrame(data),
        xformla="y~x",
        control_group=["nevertreated"],
        biters=max(replicates, 1),
        **names,
    )
    fit = model.fit(est_method="dr", bstrap=replicates > 0)
    found = fit.aggte(typec="dynamic", bstrap=replicates > 0)
    return float(found.atte["overall_att"])


def differences(data: dict[str, Any], replicates: int) -> float:
    """Run differences."""
    import pandas as pd
    from differences import ATTgt

    frame = pd.DataFrame(data)
    frame["group"] = frame["group"].where(frame["group"] > 0)
    model = ATTgt(data=frame.set_index(["unit", "period"]), cohort_column="group")
    model.fit("y ~ x", est_method="dr", boot_iterations=replicates, progress_bar=False)
    found = model.aggregate("event", overall=True)
    return float(found.iloc[0, 0])


def pyfixest(data: dict[str, Any], replicates: int) -> float:
    """Run pyfixest's nearest: an event study by cohort."""
    import pandas as pd
    import pyfixest as peer

    if replicates:
        raise NotImplementedError
    names = {"yname": "y", "idname": "unit", "tname": "period", "gname": "group"}
    fit = peer.event_study(pd.DataFrame(data), estimator="saturated", **names)
    found = fit.aggregate(weighting="shares")
    return float(found.loc[found.index.astype(float) >= 0, "Estimate"].astype(float).mean())


RUN: dict[str, Callable[[dict[str, Any], int], float]] = {
    "boligspor": boligspor,
    "diff_diff": diff_diff,
    "csdid": csdid,
    "differences": differences,
    "pyfixest": pyfixest,
}


WARM_UP = 700
"""Units of a first run that is not timed: imports and compilation on demand."""
ENOUGH = 2.0
"""Seconds after which a run is not repeated."""


def one(package: str, units: int, replicates: int) -> None:
    """Run one package here, and write the least seconds of up to five runs and the memory."""
    warnings.simplefilter("ignore")
    version = metadata.version(package)
    RUN[package](rows(WARM_UP), min(replicates, 19))
    data = rows(units)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken: list[float] = []
    while len(taken) < 5 and sum(taken) < ENOUGH:
        start = time.perf_counter()
        estimate = RUN[package](data, replicates)
        taken.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"seconds": min(taken), "peak": peak / 2**20, "before": before / 2**20}
    sys.stdout.write(json.dumps(told | {"estimate": estimate, "version": version}) + "\n")


def main() -> None:
    """Run every package that can be had, and write a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--python", nargs="+", default=[sys.executable])
    parser.add_argument("--limit", type=float, default=300, help="seconds for one process")
    parser.add_argument("--only", nargs="+", choices=PACKAGES, default=PACKAGES)
    parser.add_argument("--one", nargs=3)
    given = parser.parse_args()
    if given.one:
        one(given.one[0], int(given.one[1]), int(given.one[2]))
        return
    write = sys.stdout.write
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    write(f"{os.cpu_count()} cores, load {load}\n\n")
    write(
        "| units | replicates | package | seconds | ratio to ours | peak memory, GiB | estimate |\n"
    )
    write("|---:|---:|---|---:|---:|---:|---:|\n")
    for units in given.units:
        for replicates in (0, 999):
            ours: float | None = None
            for package in given.only:
                found = measured(given.python, package, units, replicates, given.limit)
                if isinstance(found, str):
                    write(f"| {units:,} | {replicates} | {package} | {found} | | | |\n")
                    continue
                seconds = found["seconds"]
                ours = seconds if package == "boligspor" else ours
                ratio = f"{seconds / ours:.1f}" if ours else ""
                write(
                    f"| {units:,} | {replicates} | {package} {found['version']} | {seconds:.3f} | "
                    f"{ratio} | {found['peak']:.2f} | {found['estimate']:.4f} |\n"
                )
                sys.stdout.flush()


def measured(
    pythons: list[str], package: str, units: int, replicates: int, limit: float
) -> dict[str, Any] | str:
    """Return what one run took, by the first interpreter that has the package, or why not."""
    for python in pythons:
        have = [python, "-c", f"import {package}"]
        if subprocess.run(have, capture_output=True, check=False).returncode:
            continue
        call = [python, __file__, "--one", package, str(units), str(replicates)]
        try:
            ran = subprocess.run(call, capture_output=True, text=True, check=False, timeout=limit)
        except subprocess.TimeoutExpired:
            return f"over {limit:.0f}"
        if ran.returncode:
            said = ran.stderr.strip().splitlines()[-1:]
            return f"failed: {said[0][:60] if said else ran.returncode}"
        told: dict[str, Any] = json.loads(ran.stdout.strip().splitlines()[-1])
        return told
    return "not installed"


if __name__ == "__main__":
    main()
