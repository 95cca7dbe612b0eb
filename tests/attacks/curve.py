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


def interval(row: dict[str, str], column: str) -> tuple[float, float]:
    """Return what a published number may have been rounded from."""
    text = row.get(column) or ""
    value = number(row, column)
    decimals = len(text.partition(".")[2]) if "e" not in text else 17
    half = 0.5 * 10.0**-decimals
    return value - half, value + half


def variances(row: dict[str, str]) -> list[tuple[float, float]]:
    """Return shares with Greenwood's sums, from the corners of what the row may have been.

    The sum is of a standard error, or of the one that a log-minus-log interval hides.
    """
    corners: list[tuple[float, float]] = []
    for percent in interval(row, "estimate_percent"):
        share = percent / 100
        if not 0 < share < 1:
            continue
        errors = [error / share for error in interval(row, "std_error") if not math.isnan(error)]
        lows = [low / 100 for low in interval(row, "low")]
        errors += [
            math.log(math.log(low) / math.log(share)) / Z * abs(math.log(share))
            for low in lows
            if 0 < low < share
        ]
        corners += [(share, error**2) for error in errors]
    return corners


def inverted(rows: list[dict[str, str]]) -> list[float]:
    """Return the events of each step, at most: from shares and their errors alone."""
    found = []
    before = [(1.0, 0.0)]
    for row in rows:
        now = variances(row)
        if not now:
            continue
        events = []
        for (share, total), (share_before, sum_before) in itertools.product(now, before):
            lost = 1 - share / share_before
            if lost > 0 and total > sum_before:
                events.append(lost * lost / ((1 - lost) * (total - sum_before)))
            else:
                events.append(math.inf)
        found.append(max(events))
        before = now
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
