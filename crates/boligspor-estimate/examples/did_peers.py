"""Time group-time effects beside other packages, on one machine, in one run.

    python crates/boligspor-estimate/examples/did_peers.py --units 10000 100000 \
        --python .venv/bin/python other-venv/bin/python

Each package that one of the interpreters can import runs in a process of its own:
ten periods, six cohorts and the never treated, doubly robust with one covariate, with
the event study, without and with 999 multiplier replicates. Making the data is not timed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

PACKAGES = ("boligspor", "diff_diff", "csdid", "differences")
PERIODS = 10
COHORTS = (0, 3, 4, 5, 6, 7, 8)


def rows(units: int) -> dict[str, Any]:
    """Return a panel with an effect of one, as numpy columns."""
    import numpy as np  # noqa: PLC0415 - in the process that needs it

    random = np.random.default_rng(1)
    unit = np.repeat(np.arange(units), PERIODS)
    period = np.tile(np.arange(1, PERIODS + 1), units)
    group = np.asarray(COHORTS)[unit % len(COHORTS)]
    x = np.repeat(random.normal(size=units), PERIODS)
    y = (group > 0) * (period >= group) + 0.1 * x * period + random.normal(size=len(unit))
    return {"unit": unit, "period": period, "group": group, "x": x, "y": y}


def boligspor(data: dict[str, Any], replicates: int) -> float:
    """Run ours, from columns in Python to the event study's table."""
    from boligspor.estimate import att_gt  # noqa: PLC0415

    columns = (data[c] for c in ("unit", "period", "group", "y"))
    fit = att_gt(*columns, covariates={"x": data["x"]}, bootstrap=replicates or None)
    event_study = fit.aggregate("dynamic")
    event_study.table()
    return event_study.overall.estimate


def diff_diff(data: dict[str, Any], replicates: int) -> float:
    """Run diff-diff."""
    import pandas as pd  # noqa: PLC0415
    from diff_diff import CallawaySantAnna  # noqa: PLC0415

    frame = pd.DataFrame(data)
    model = CallawaySantAnna(estimation_method="dr", n_bootstrap=replicates, seed=1)
    names = {"outcome": "y", "unit": "unit", "time": "period", "first_treat": "group"}
    found = model.fit(frame, covariates=["x"], aggregate="event_study", **names)
    return float(found.overall_att)


def csdid(data: dict[str, Any], replicates: int) -> float:
    """Run csdid."""
    import pandas as pd  # noqa: PLC0415
    from csdid.att_gt import ATTgt  # noqa: PLC0415

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
    import pandas as pd  # noqa: PLC0415
    from differences import ATTgt  # noqa: PLC0415

    frame = pd.DataFrame(data)
    frame["group"] = frame["group"].where(frame["group"] > 0)
    model = ATTgt(data=frame.set_index(["unit", "period"]), cohort_column="group")
    model.fit("y ~ x", est_method="dr", boot_iterations=replicates, progress_bar=False)
    found = model.aggregate("event", overall=True)
    return float(found.iloc[0, 0])


RUN: dict[str, Callable[[dict[str, Any], int], float]] = {
    "boligspor": boligspor,
    "diff_diff": diff_diff,
    "csdid": csdid,
    "differences": differences,
}


def one(package: str, units: int, replicates: int) -> None:
    """Run one package here, and write what it took."""
    warnings.simplefilter("ignore")
    data = rows(units)
    __import__(package)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    estimate = RUN[package](data, replicates)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"seconds": seconds, "peak": peak / 2**20, "before": before / 2**20}
    sys.stdout.write(json.dumps(told | {"estimate": estimate}) + "\n")


def main() -> None:
    """Run every package that can be had, and write a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--python", nargs="+", default=[sys.executable])
    parser.add_argument("--limit", type=float, default=300, help="seconds for one run")
    parser.add_argument("--one", nargs=3)
    given = parser.parse_args()
    if given.one:
        one(given.one[0], int(given.one[1]), int(given.one[2]))
        return
    write = sys.stdout.write
    write("| units | replicates | package | seconds | peak memory, GiB | estimate |\n")
    write("|---:|---:|---|---:|---:|---:|\n")
    for units in given.units:
        for replicates in (0, 999):
            for package in PACKAGES:
                said = "not installed"
                for python in given.python:
                    have = [python, "-c", f"import {package}"]
                    if subprocess.run(have, capture_output=True, check=False).returncode:  # noqa: S603
                        continue
                    said = measured(python, package, units, replicates, given.limit)
                    break
                write(f"| {units:,} | {replicates} | {package} | {said} |\n")
                sys.stdout.flush()


def measured(python: str, package: str, units: int, replicates: int, limit: float) -> str:
    """Return seconds, memory and estimate of one run, or why there are none."""
    call = [python, __file__, "--one", package, str(units), str(replicates)]
    try:
        ran = subprocess.run(call, capture_output=True, text=True, check=False, timeout=limit)  # noqa: S603
    except subprocess.TimeoutExpired:
        return f"over {limit:.0f} | | "
    if ran.returncode:
        return f"failed: {ran.stderr.strip().splitlines()[-1][:60]} | | "
    told = json.loads(ran.stdout.strip().splitlines()[-1])
    return f"{told['seconds']:.2f} | {told['peak']:.2f} | {told['estimate']:.4f}"


if __name__ == "__main__":
    main()
