"""Recovers withheld counts from a release by exact elimination.

    python eliminate.py RELEASED [RELEASED...] [--within by_30=under:by_31=under]

Reads ``numbers.csv`` of one or more releases of the same people and nothing
else. A label such as ``sex=man, home=lost`` names a group, so every shown count
is a linear equation over the groups that no label splits. The program solves
them in fractions and prints, as JSON, each group that some label or the
difference of two names, and that is thereby known to have 1 to 4 members.

``--within`` is what everybody knows: who is under 30 is under 31. Two releases
name the same people: a group is taken to be the same in both,
unless they are told apart by an attribute.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import sys
from fractions import Fraction
from pathlib import Path

Group = frozenset[tuple[str, str]]


def read(folder: Path) -> dict[Group, int | None]:
    """Read the counts of a release by their groups, None where withheld."""
    counts: dict[Group, int | None] = {}
    with (folder / "numbers.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["unit"] not in ("persons", ""):
                continue
            parts = [] if row["label"] == "all" else row["label"].split(", ")
            if any("=" not in part or ":" in part for part in parts):
                continue
            group = frozenset(tuple(part.split("=", 1)) for part in parts)
            value = int(row["value"]) if row["value"] else None
            if counts.get(group) is None:
                counts[group] = value
    return counts


def solve(
    counts: dict[Group, int | None], within: list[tuple[str, str, str, str]]
) -> dict[Group, Fraction]:
    """Solve for every named group; those that stay unknown are left out."""
    values: dict[str, set[str]] = {}
    for group in counts:
        for attribute, value in group:
            values.setdefault(attribute, set()).add(value)
    names = sorted(values)
    cells = list(itertools.product(*(sorted(values[name]) for name in names)))

    def row(group: Group) -> list[Fraction]:
        wanted = dict(group)
        return [
            Fraction(all(wanted.get(n, v) == v for n, v in zip(names, cell, strict=True)))
            for cell in cells
        ]

    rows = [[*row(group), Fraction(n)] for group, n in counts.items() if n is not None]
    # What sums to 0 is empty, part by part.
    for total in [r for r in rows if r[-1] == 0]:
        for cell, inside in enumerate(total[:-1]):
            if inside:
                rows.append([Fraction(i == cell) for i in range(len(cells))] + [Fraction(0)])
    for a, inner, b, outer in within:
        if a in names and b in names:
            for at, cell in enumerate(cells):
                kind = dict(zip(names, cell, strict=True))
                if kind[a] == inner and kind[b] != outer:
                    rows.append([Fraction(i == at) for i in range(len(cells))] + [Fraction(0)])
    pivots: list[tuple[int, list[Fraction]]] = []
    for equation in rows:
        left = equation
        for at, pivot in pivots:
            if left[at]:
                factor = left[at]
                left = [a - factor * b for a, b in zip(left, pivot, strict=True)]
        lead = next((i for i, a in enumerate(left[:-1]) if a), None)
        if lead is None:
            continue
        scale = left[lead]
        left = [a / scale for a in left]
        pivots = [(at, [a - p[lead] * b for a, b in zip(p, left, strict=True)]) for at, p in pivots]
        pivots.append((lead, left))
    solved: dict[Group, Fraction] = {}
    for group in counts:
        target = [*row(group), Fraction(0)]
        for at, pivot in pivots:
            if target[at]:
                factor = target[at]
                target = [a - factor * b for a, b in zip(target, pivot, strict=True)]
        if not any(target[:-1]):
            solved[group] = -target[-1]
    return solved


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("released", nargs="+")
    arguments.add_argument("--within", action="append", default=[])
    given = arguments.parse_args()
    within: list[tuple[str, str, str, str]] = []
    for fact in given.within:
        (a, inner), (b, outer) = (side.split("=") for side in fact.split(":"))
        within.append((a, inner, b, outer))
    counts: dict[Group, int | None] = {}
    for folder in given.released:
        for group, n in read(Path(folder)).items():
            if counts.get(group) is None:
                counts[group] = n
    solved = solve(counts, within)
    found = {
        ", ".join(f"{a}={v}" for a, v in sorted(group)): int(n)
        for group, n in solved.items()
        if 0 < n < 5
    }
    # A group less one within it is a group too.
    for (a, n), (b, m) in itertools.permutations(solved.items(), 2):
        nested = a < b or any({(q, y)} == a and {(p, x)} == b for p, x, q, y in within)
        if nested and 0 < n - m < 5:
            whole, part = (", ".join("=".join(p) for p in sorted(g)) or "all" for g in (a, b))
            found[f"{whole} less {part}"] = int(n - m)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
