"""Recovers withheld numbers from whatever else a release leaves behind.

    python traces.py RELEASED

Withheld or not, a number may stand in an SVG's label, a tooltip, an attribute, a
workbook's cache, a file's name, a manifest or a log. Reads every file, unpacks
archives, and prints as JSON each number of 1 to 4 that stands beside one of the
words that name people.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from pathlib import Path

PEOPLE = re.compile(
    r"(?<![\w.,])([1-4])(?![\w.,%])\s*(?:of\s+\d+\s+)?(?:people|persons|personer|borgere)\b"
    r"|\b(?:n|persons|excluded|censored)[\"']?\s*[=:]\s*[\"']?([1-4])(?![\d.,])"
)


def texts(path: Path) -> list[str]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    return [path.read_bytes().decode("utf-8", "replace")]


def main() -> None:
    found: dict[str, list[str]] = {}
    for path in sorted(p for p in Path(sys.argv[1]).rglob("*") if p.is_file()):
        for text in [path.name, *texts(path)]:
            # The rules of the policy speak of minimums, not of the data.
            hits = ["".join(match) for match in PEOPLE.findall(text)]
            if hits:
                found.setdefault(path.name, []).extend(hits)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
