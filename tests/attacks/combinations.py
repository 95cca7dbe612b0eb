"""Recovers who there is from the cells that a proof is written in.

    python combinations.py RELEASED

Searches every file for a list of atomic cells. Its rows say which published
groups each cell is part of: the combinations of categories that occur, which is
microdata without names. Prints as JSON how many combinations it could read.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    found = 0
    for path in Path(sys.argv[1]).rglob("*.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(data, dict) and "cells" in data and "rows" in data:
            memberships: dict[int, list[int]] = {}
            for number, row in enumerate(data["rows"]):
                for cell, _ in row["terms"]:
                    memberships.setdefault(cell, []).append(number)
            found = max(found, len({tuple(of) for of in memberships.values()}))
    json.dump({"combinations": found} if found else {}, sys.stdout)


if __name__ == "__main__":
    main()
