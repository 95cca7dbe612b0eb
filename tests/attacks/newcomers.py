"""Recovers who joined or left between two releases of a study.

    python newcomers.py RELEASED RELEASED

Reads ``tables/people.csv`` and ``tables/costs.csv`` of both, and nothing else.
Prints as JSON each group whose shown numbers of people differ by 1 to 4, and
beside it what those people cost, where the shown means times the shown numbers
tell.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path


def read(folder: str, table: str, keys: tuple[str, ...], value: str) -> dict[str, float]:
    path = Path(folder) / "tables" / f"{table}.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            ", ".join(row[key] for key in keys): float(row[value])
            for row in csv.DictReader(file)
            if row[value]
        }


def main() -> None:
    found: dict[str, float] = {}
    old, new = (read(folder, "people", ("stratum",), "n") for folder in sys.argv[1:3])
    for group in old.keys() & new.keys():
        differ = new[group] - old[group]
        if 0 < abs(differ) < 5:
            found[f"people in {group}"] = differ
    keys = ("stratum", "category", "period")
    means = [read(folder, "costs", keys, "mean_per_person") for folder in sys.argv[1:3]]
    for place in means[0].keys() & means[1].keys():
        group = place.split(", ")[0]
        if f"people in {group}" in found:
            cost = means[1][place] * new[group] - means[0][place] * old[group]
            found[f"costs of {place}"] = round(cost)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
