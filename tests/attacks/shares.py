"""Recovers counts from percentages.

    python shares.py RELEASED

Reads ``numbers.csv`` and nothing else. For every percentage whose group has a
shown count, it lists the whole numerators that round to it, and prints as JSON
those that are certain, and 1 to 4 or all or nothing of the group.
"""

from __future__ import annotations

import csv
import json
import sys
from fractions import Fraction
from pathlib import Path


def main() -> None:
    counts: dict[str, int] = {}
    shares: list[tuple[str, str, Fraction, int]] = []
    path = Path(sys.argv[1]) / "numbers.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["unit"] == "persons":
                counts[row["label"]] = int(row["value"])
            elif row["unit"] == "percent":
                group, _, of = row["label"].rpartition(": ")
                decimals = len(row["value"].partition(".")[2])
                shares.append((group, of, Fraction(row["value"]), decimals))
    found: dict[str, int] = {}
    for group, of, percent, decimals in shares:
        n = counts.get(group)
        if n is None:
            continue
        half = Fraction(1, 2 * 10**decimals)
        fits = [m for m in range(n + 1) if abs(Fraction(100 * m, n) - percent) <= half]
        if fits and all(0 < m < 5 or 0 < n - m < 5 or m in (0, n) for m in fits):
            found[f"{group}: {of}"] = fits[0]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
