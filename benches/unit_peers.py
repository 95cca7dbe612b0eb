"""Time other packages at the work of unit_speed.rs, on the same people.

Run with an interpreter that has numpy and statsmodels; R where it is installed.
Replicates are few and reckoned up: a thousand would take hours.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

PEOPLE = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
REPLICATES = 5


def uniform(person: np.ndarray, column: int) -> np.ndarray:
    """Splitmix64 of (person, column), as in unit_speed.rs."""
    with np.errstate(over="ignore"):
        z = (person * np.uint64(64) + np.uint64(column + 1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)).astype(float) / 2.0**53


person = np.arange(PEOPLE, dtype=np.uint64)
unit = (98 * uniform(person, 0) ** 2).astype(int)
age = (5 * uniform(person, 1)).astype(int)
columns = [(age == c + 1).astype(float) for c in range(4)]
columns += [(uniform(person, c) < 0.35).astype(float) for c in range(4, 7)]
mix = sum(0.1 * (k + 1) * x for k, x in enumerate(columns))
risk = 1 / (1 + np.exp(1.8 - 0.3 * np.sin(1.7 * unit) - mix))
event = (uniform(person, 20) < risk).astype(float)

start = time.perf_counter()
frame = pd.DataFrame({"unit": unit, **{f"x{c}": x for c, x in enumerate(columns)}, "y": event})
keys = ["unit", *[f"x{c}" for c in range(7)]]
cells = frame.groupby(keys).agg(y=("y", "sum"), n=("y", "size")).reset_index()
counting = time.perf_counter() - start
design = np.column_stack([pd.get_dummies(cells["unit"]).to_numpy(float), cells[keys[1:]]])


def expected(y: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return expected events by unit at the average effect."""
    fit = sm.GLM(np.column_stack([y, n - y]), design, family=sm.families.Binomial()).fit()
    effects = fit.params[:98]
    people = np.bincount(cells["unit"], n, 98)
    eta = design[:, 98:] @ fit.params[98:] + (people @ effects) / people.sum()
    return np.bincount(cells["unit"], n / (1 + np.exp(-eta)), 98)


y, n = cells["y"].to_numpy(), cells["n"].to_numpy(float)
print(f"unit 0: {np.bincount(cells['unit'], y, 98)[0]:.6f} of {expected(y, n)[0]:.6f}")
random = np.random.default_rng(1)
start = time.perf_counter()
for _ in range(REPLICATES):
    events, others = random.poisson(y), random.poisson(n - y)
    expected(events.astype(float), np.maximum(events + others, 1e-9).astype(float))
once = (time.perf_counter() - start) / REPLICATES
whole = 10 * (counting + 1000 * once)
print(f"statsmodels: counting {counting:.2f} s, a replicate {once:.3f} s")
print(f"10 outcomes with 1,000 replicates: {whole:.0f} s")

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "cells.csv"
    cells.to_csv(path, index=False)
    script = f"""
    d <- read.csv("{path}"); d$unit <- factor(d$unit)
    f <- cbind(y, n - y) ~ 0 + unit + x0 + x1 + x2 + x3 + x4 + x5 + x6
    set.seed(1)
    t <- system.time(for (i in 1:{REPLICATES}) {{
      b <- d; b$y <- rpois(nrow(d), d$y); b$n <- b$y + rpois(nrow(d), d$n - d$y)
      glm(f, binomial, b[b$n > 0, ])
    }})[["elapsed"]] / {REPLICATES}
    cat(sprintf("R glm %s: a replicate %.3f s, 10 outcomes x 1,000 replicates %.0f s\\n",
        getRversion(), t, 1e4 * t))
    """
    rscript = shutil.which("Rscript")
    if rscript:
        run = subprocess.run([rscript, "-e", script], capture_output=True, text=True, check=True)
        print(run.stdout)
