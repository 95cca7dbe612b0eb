"""Time the estimators beside their peers, in one run: `make bench-estimate`.

Prints a row for each kind of work: our seconds, each peer's, and the ratio to
the fastest peer; then how our time grows with ten times the people, and the
memory taken beyond the input columns. Peers that are not installed are left
out and named. Times are whole days, as registers have them.

Run it on an optimised build; the load of the machine is printed with the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from boligspor import estimate

Columns = dict[str, np.ndarray[Any, Any]]


def people(n: int, seed: int = 1) -> Columns:
    """Make people followed for up to five years, in days."""
    random = np.random.default_rng(seed)
    failure = random.exponential(1500.0, n)
    censored = random.uniform(200.0, 1826.0, n)
    duration = np.ceil(np.minimum(failure, censored))
    event = failure <= censored
    entry = np.floor(random.uniform(0.0, 0.5, n) * duration)
    return {
        "duration": duration.astype(np.int64),
        "event": event,
        "cause": np.where(event, random.integers(1, 4, n), 0),
        "entry": entry.astype(np.int64),
        "group": random.integers(0, 2, n),
        "cluster": random.integers(0, max(n // 10, 1), n),
    }


def moves(n: int, seed: int = 2) -> Columns:
    """Make people who move between home, shelter and prison (1 to 3), or die (4)."""
    random = np.random.default_rng(seed)
    end = random.integers(200, 1827, n)
    now, here = np.zeros(n, dtype=np.int64), np.full(n, 2)
    rows: dict[str, list[Any]] = {c: [] for c in ("id", "start", "stop", "state", "initial")}
    left = np.arange(n)
    while len(left):
        stop = now[left] + np.ceil(random.exponential(500.0, len(left))).astype(np.int64)
        seen = np.minimum(stop, end[left])
        to = (here[left] + random.integers(0, 2, len(left))) % 3 + 1
        to = np.where(random.random(len(left)) < 0.05, 4, to)
        to = np.where(stop <= end[left], to, 0)
        for name, column in zip(rows, (left, now[left], seen, to, here[left]), strict=True):
            rows[name].append(column)
        now[left], here[left] = seen, np.where(to > 0, to, here[left])
        left = left[(to > 0) & (to < 4) & (seen < end[left])]
    columns = {name: np.concatenate(parts) for name, parts in rows.items()}
    order = np.lexsort((columns["start"], columns["id"]))
    return {name: column[order] for name, column in columns.items()}


def ours(work: str, c: Columns) -> Any:
    """Do a kind of work with boligspor."""
    match work:
        case "km":
            return estimate.kaplan_meier(c["duration"], c["event"])
        case "entry":
            return estimate.kaplan_meier(c["duration"], c["event"], entry=c["entry"])
        case "aj":
            return estimate.aalen_johansen(c["duration"], c["cause"])
        case "log-rank":
            return estimate.log_rank(c["duration"], c["event"], c["group"])
        case "cluster":
            return estimate.kaplan_meier(c["duration"], c["event"], cluster=c["cluster"])
        case _:
            return estimate.state_occupancy(**c)


def lifelines(work: str, c: Columns) -> Callable[[], object] | None:
    """Do it with lifelines, where it can."""
    import lifelines as peer
    from lifelines.statistics import logrank_test

    d, e, g = c.get("duration"), c.get("event"), c.get("group")
    match work:
        case "km":
            return lambda: peer.KaplanMeierFitter().fit(d, e)
        case "entry":
            return lambda: peer.KaplanMeierFitter().fit(d, e, entry=c["entry"])
        case "log-rank" if d is not None and e is not None:
            one = g == 1
            return lambda: logrank_test(d[one], d[~one], e[one], e[~one])
        case _:
            return None


def scikit_survival(work: str, c: Columns) -> Callable[[], object] | None:
    """Do it with scikit-survival, where it can."""
    from sksurv.compare import compare_survival
    from sksurv.nonparametric import (
        cumulative_incidence_competing_risks,
        kaplan_meier_estimator,
    )
    from sksurv.util import Surv

    d, e = c.get("duration"), c.get("event")
    match work:
        case "km":
            return lambda: kaplan_meier_estimator(e, d, conf_type="log-log")
        case "aj":
            return lambda: cumulative_incidence_competing_risks(c["cause"], d, conf_type="log-log")
        case "log-rank":
            outcome = Surv.from_arrays(e, d)
            return lambda: compare_survival(outcome, c["group"])
        case _:
            return None


def rust_port(work: str, c: Columns) -> Callable[[], object] | None:
    """Do it with the Rust port of R's survival."""
    import survival as peer

    d, e = c.get("duration"), c.get("event")
    match work:
        case "km":
            return lambda: peer.survfit(peer.Surv(d, e.astype(int)))  # type: ignore[union-attr]
        case "entry":
            return lambda: peer.survfit(peer.Surv(c["entry"], d, e.astype(int)))  # type: ignore[union-attr]
        case "aj":
            return lambda: peer.survfit(peer.Surv(d, c["cause"], type="mstate"))
        case "log-rank":
            response = peer.Surv(d, e.astype(int))  # type: ignore[union-attr]
            return lambda: peer.survdiff(response, group=c["group"])
        case "cluster":
            response = peer.Surv(d, e.astype(int))  # type: ignore[union-attr]
            return lambda: peer.survfit(response, cluster=c["cluster"])
        case _:
            response = peer.Surv(c["start"], c["stop"], c["state"], type="mstate")
            return lambda: peer.survfit(response, id=c["id"], istate=c["initial"])


R_CALLS = {
    "km": "survfit(Surv(duration, event) ~ 1)",
    "entry": "survfit(Surv(entry, duration, event) ~ 1)",
    "aj": "survfit(Surv(duration, factor(cause)) ~ 1)",
    "log-rank": "survdiff(Surv(duration, event) ~ group)",
    "cluster": "survfit(Surv(duration, event) ~ 1, cluster = cluster)",
    "states": "survfit(Surv(start, stop, factor(state)) ~ 1, id = id, istate = initial)",
}


def r_seconds(work: str, c: Columns) -> float | None:
    """Time R's survival, where Rscript is installed."""
    if not (rscript := shutil.which("Rscript")):
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name, column in c.items():
            column.astype(np.float64).tofile(Path(folder) / name)
        n = len(next(iter(c.values())))
        reads = [f'{x} <- readBin("{folder}/{x}", "double", {n})' for x in c]
        run = f"cat(system.time({R_CALLS[work]})[['elapsed']])"
        script = "\n".join(["suppressMessages(library(survival))", *reads, run])
        found = subprocess.run([rscript, "-e", script], capture_output=True, text=True, check=True)
        return float(found.stdout)


WORK = [
    ("km", "Kaplan-Meier with intervals", 5_000_000, 10),
    ("entry", "Kaplan-Meier, delayed entry", 1_000_000, 5),
    ("aj", "Aalen-Johansen, 3 causes, errors", 1_000_000, 30),
    ("log-rank", "log-rank", 1_000_000, 10),
    ("cluster", "Kaplan-Meier, clustered robust", 1_000_000, 50),
    ("states", "multi-state occupancy, jackknife errors", 100_000, 200),
]

PEERS = {
    "lifelines": ("lifelines", lifelines),
    "scikit-survival": ("scikit-survival", scikit_survival),
    "Rust port": ("survival", rust_port),
}


def seconds(run: Callable[[], object], times: int) -> float:
    """Return the least of several timings."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        run()
        found.append(time.perf_counter() - begun)
        if found[-1] > 20:
            break
    return min(found)


def made(work: str, n: int) -> Columns:
    """Make the columns of a kind of work."""
    if work == "states":
        return moves(n)
    wanted = {
        "km": ("duration", "event"),
        "entry": ("duration", "event", "entry"),
        "aj": ("duration", "cause"),
        "log-rank": ("duration", "event", "group"),
        "cluster": ("duration", "event", "cluster"),
    }
    columns = people(n)
    return {name: columns[name] for name in wanted[work]}


def memory(work: str, n: int) -> tuple[float, float]:
    """Return the bytes of the inputs and those a process takes beyond them, in MB."""
    script = (
        "import json, resource, runpy, sys\n"
        f"bench = runpy.run_path({__file__!r})\n"
        f"bench['ours']({work!r}, bench['made']({work!r}, 1000))\n"
        f"columns = bench['made']({work!r}, {n})\n"
        "size = sum(c.nbytes for c in columns.values())\n"
        "status = lambda: open('/proc/self/status').read().splitlines()\n"
        "peak = lambda: int(next(s for s in status() if 'VmHWM' in s).split()[1])\n"
        "open('/proc/self/clear_refs', 'w').write('5')\n"
        "before = peak()\n"
        f"bench['ours']({work!r}, columns)\n"
        "print(json.dumps([size / 1e6, (peak() - before) * 1024 / 1e6]))\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    size, beyond = json.loads(found.stdout)
    return size, beyond


def versions() -> dict[str, str]:
    """Return the peers that are installed, with their versions."""
    found = {}
    for name, (package, _) in PEERS.items():
        try:
            found[name] = f"{package} {metadata.version(package)}"
        except metadata.PackageNotFoundError:
            print(f"{name} is not installed and left out")
    if shutil.which("Rscript"):
        found["R survfit"] = "R survival"
    else:
        print("R is not installed and left out")
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[w for w, *_ in WORK], help="one kind of work")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the people")
    parser.add_argument("--no-peers", action="store_true", help="only our own times")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    installed = {} if chosen.no_peers else versions()
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}; numpy {np.__version__}")
    print(*(f"{name}: {version}" for name, version in installed.items()), sep="\n")
    print("\n| work | rows | ours | " + " | ".join(installed) + " | ratio to fastest | aim |")
    print("|---|---:|---:|" + "---:|" * (len(installed) + 2))
    for work, title, n, aim in WORK:
        if chosen.only and work != chosen.only:
            continue
        columns = made(work, int(n * chosen.scale))
        mine = seconds(lambda w=work, c=columns: ours(w, c), 7)  # type: ignore[misc]
        theirs: list[float | None] = []
        for name in installed:
            if name == "R survfit":
                theirs.append(r_seconds(work, columns))
                continue
            try:
                run = PEERS[name][1](work, columns)
                theirs.append(None if run is None else seconds(run, 3))
            except Exception as error:  # noqa: BLE001 - a peer may fail in any way
                print(f"{name} failed at {title}: {type(error).__name__}", file=sys.stderr)
                theirs.append(None)
        known = [t for t in theirs if t is not None]
        ratio = f"{min(known) / mine:.1f}" if known else ""
        cells = " | ".join("" if t is None else f"{t:.3f} s" for t in theirs)
        rows = len(next(iter(columns.values())))
        print(f"| {title} | {rows:,} | {1000 * mine:.1f} ms | {cells} | {ratio} | {aim} |")
    print("\n| work | rows | 1/10 of the people | all | growth | inputs | memory beyond |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for work, title, n, _ in WORK:
        if chosen.only and work != chosen.only:
            continue
        small, whole = made(work, int(n * chosen.scale / 10)), made(work, int(n * chosen.scale))
        few = seconds(lambda w=work, c=small: ours(w, c), 15)  # type: ignore[misc]
        all_ = seconds(lambda w=work, c=whole: ours(w, c), 7)  # type: ignore[misc]
        size, beyond = memory(work, int(n * chosen.scale))
        rows = len(next(iter(whole.values())))
        print(
            f"| {title} | {rows:,} | {1000 * few:.1f} ms | {1000 * all_:.1f} ms | "
            f"{all_ / few:.1f} times | {size:.0f} MB | {beyond:.0f} MB |"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"\nPeak memory of the whole run, peers included: {peak:.1f} GB")


if __name__ == "__main__":
    main()
