"""Recovers those whom a wide definition counts as housed and a strict one does not.

    python nested.py RELEASED...

Reads every ``tables/retention*.csv`` of the folders, and nothing else. Whole per
cents of a group with a shown number of people leave few numerators, often one;
who is housed in the strict sense is so in the wide one. Prints as JSON each group
and horizon at which two definitions must differ by 1 to 4 people.
"""

from __future__ import annotations

import csv
import itertools
import json
import sys
from fractions import Fraction
from pathlib import Path


def numerators(percent: str, n: int) -> list[int]:
    half = Fraction(1, 2 * 10 ** len(percent.partition(".")[2]))
    share = Fraction(percent)
    return [m for m in range(n + 1) if abs(Fraction(100 * m, n) - share) <= half]


def main() -> None:
    tables: list[tuple[str, dict[str, list[int]]]] = []
    for folder in sys.argv[1:]:
        for path in sorted((Path(folder) / "tables").glob("retention*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                rows = {
                    f"{row['stratum']} at {row['horizon']}": numerators(
                        row["share_percent"], int(float(row["n"]))
                    )
                    for row in csv.DictReader(file)
                    if row.get("share_percent") and row["n"]
                }
            tables.append((path.stem, rows))
    found: dict[str, list[int]] = {}
    for (a, wide), (b, strict) in itertools.permutations(tables, 2):
        for place in wide.keys() & strict.keys():
            gaps = {x - y for x in wide[place] for y in strict[place] if x >= y}
            if gaps and all(0 < gap < 5 for gap in gaps):
                found[f"{place}: {a} and not {b}"] = sorted(gaps)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
