"""Means and normal intervals of yearly costs by hand, from Parquet: `make bench-costs`.

A million people over ten years with twenty million rows, the same as those of
`crates/boligspor-cli/examples/cost_speed.rs`. Each query adds up a person's costs by
year and category and gives the mean over all people with its normal interval.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import polars as pl

CATEGORIES = ["shelter", "hospital", "prison", "support", "benefits"]
PLACED = 2015


def write(people: int, folder: Path) -> Path:
    """Write the rows."""
    person, year, k = (a.ravel() for a in np.indices((people, 10, 2)))
    category = (person + year + k) % 5
    mixed = (person * 7919 + year * 104_729 + category * 1_299_709) % 10_007
    amount = np.round(2000.0 / np.sqrt(1.0 - (mixed + 0.5) / 10_007))
    years = pl.date_range(pl.date(2010, 6, 1), pl.date(2019, 6, 1), "1y", eager=True)
    names = pl.Series(CATEGORIES)
    path = folder / "costs.parquet"
    pl.DataFrame(
        {
            "person": person,
            "start": years.gather(year),
            "category": names.gather(category),
            "amount": amount,
        }
    ).write_parquet(path)
    return path


def by_polars(path: Path, people: int) -> pl.DataFrame:
    """Run the query in polars."""
    return (
        pl.scan_parquet(path)
        .with_columns(year=pl.col("start").dt.year() - PLACED)
        .group_by("person", "year", "category")
        .agg(pl.col("amount").sum())
        .group_by("year", "category")
        .agg(total=pl.col("amount").sum(), squared=(pl.col("amount") ** 2).sum())
        .with_columns(mean=pl.col("total") / people)
        .with_columns(
            half=1.96 * ((pl.col("squared") / people - pl.col("mean") ** 2) / people).sqrt()
        )
        .with_columns(low=pl.col("mean") - pl.col("half"), high=pl.col("mean") + pl.col("half"))
        .sort("year", "category")
        .collect()
    )


def by_duckdb(path: Path, people: int) -> pl.DataFrame:
    """Run the query in DuckDB."""
    import duckdb

    query = f"""
        WITH own AS (
            SELECT person, year(start) - {PLACED} AS year, category, sum(amount) AS amount
            FROM '{path}' GROUP BY ALL
        ), means AS (
            SELECT year, category, sum(amount) / {people} AS mean,
                1.96 * sqrt((sum(amount * amount) / {people} - mean * mean) / {people}) AS half
            FROM own GROUP BY ALL
        )
        SELECT year, category, mean, mean - half AS low, mean + half AS high
        FROM means ORDER BY year, category
    """  # noqa: S608 - numbers and a path of our own
    found: pl.DataFrame = duckdb.sql(query).pl()
    return found


def main() -> None:
    """Print the times."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}")
    queries: list[tuple[str, Callable[[Path, int], pl.DataFrame]]] = [
        ("polars", by_polars),
        ("duckdb", by_duckdb),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = write(people, Path(folder))
        for name, query in queries:
            try:
                version = metadata.version(name)
                taken, found = [], pl.DataFrame()
                for _ in range(3):
                    start = time.perf_counter()
                    found = query(path, people)
                    taken.append(time.perf_counter() - start)
            except ImportError:
                print(f"{name} is not installed and left out")
                continue
            print(f"{name} {version}: {min(taken):.2f} s, the least of three")
            print(found.head(3))


if __name__ == "__main__":
    main()
