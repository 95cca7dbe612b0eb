"""Attack days by state: every day is in one state, so what is withheld can be what is left.

Given a folder and the days of the calendar, prints the withheld states that follow
from the others.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path


def main(folder: Path, calendar: float) -> None:
    left: dict[str, float] = {}
    missing: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows or "days_per_person" not in rows[0]:
            continue
        for row in rows:
            stratum, state, days = row["stratum"], row["state"], row["days_per_person"]
            if state == "housed":
                continue
            left.setdefault(stratum, calendar)
            if days:
                left[stratum] -= float(days)
            else:
                missing.setdefault(stratum, []).append(state)
    found = {
        f"{stratum}: {states[0]}": left[stratum]
        for stratum, states in missing.items()
        if len(states) == 1
    }
    json.dump({"states": sum(map(len, missing.values())), "found": found}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
