"""Attack curves: invert standard errors and intervals, and subtract numbers at risk.

Given a folder, prints how many steps of curves turn out to be of 1 to 4 people: by
Greenwood's formula, whose differences give events and numbers at risk, and by what
one number at risk is less than the one before.
"""

from __future__ import annotations

import csv
import itertools
import json
import math
import sys
from pathlib import Path

Z = 1.959963984540054
FEW = 4.5


def number(row: dict[str, str], column: str) -> float:
    text = row.get(column) or ""
    return float(text) if text else math.nan


def standard_error(row: dict[str, str], share: float) -> float:
    """Return a published standard error, or the one that a log-minus-log interval hides."""
    error = number(row, "std_error")
    low = number(row, "low") / 100
    if math.isnan(error) and 0 < low < share < 1:
        error = math.log(math.log(low) / math.log(share)) / Z * abs(math.log(share)) * share
    return error


def inverted(rows: list[dict[str, str]]) -> list[float]:
    """Return the events of each step, from shares and their standard errors alone."""
    found = []
    before, sum_before = 1.0, 0.0
    for row in rows:
        share = number(row, "estimate_percent") / 100
        error = standard_error(row, share)
        if not (0 < share < before) or math.isnan(error):
            continue
        total = (error / share) ** 2
        lost = 1 - share / before
        if total > sum_before:
            at_risk = lost / ((1 - lost) * (total - sum_before))
            found.append(lost * at_risk)
        before, sum_before = share, total
    return found


def main(folder: Path) -> None:
    small: dict[str, int] = {"greenwood": 0, "at risk": 0}
    steps = 0
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows or "estimate_percent" not in rows[0]:
            continue
        kept = [row for row in rows if row["outcome"] == "kept"]
        events = inverted(kept)
        steps += len(events)
        small["greenwood"] += sum(0.5 <= n < FEW for n in events)
        risk = [n for n in (number(row, "n_risk") for row in kept) if not math.isnan(n)]
        left = [a - b for a, b in itertools.pairwise(risk)]
        small["at risk"] += sum(0 < n < FEW for n in left)
    json.dump({"steps": steps, "small": small}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
