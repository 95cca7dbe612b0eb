"""Time an import of raw registers beside DuckDB and polars: `make bench-registers`.

One job, three ways: yearly snapshots of a population (BEF) become residence
spells, and shelter and hospital rows are put together with them, so that each
day on which two registers claim a person goes to the one that precedes. The
output of each way is a Parquet file of spells and a table of the days that one
state took from another. The tables of overridden days must be equal, else the
times mean nothing and the script says so.

    python benches/registers_peers.py --people 600000 --command path/to/boligspor

Each way runs in a process of its own; seconds are wall-clock and, beside them,
CPU time, which other work on the machine disturbs less; memory is the process's
peak. Peers that are not installed are left out and named.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

FIRST, LAST = 2014, 2023
EPOCH = np.datetime64("1970-01-01", "D")
UNTIL = int((np.datetime64(f"{LAST + 1}-01-01") - EPOCH).astype(int))

MAPPING = f"""version = 1
observed_from = {FIRST}-01-01
observed_until = {LAST}-12-31
[[deliveries]]
register = "bef"
files = ["bef"]
[[deliveries]]
register = "shelter"
files = ["shelter.parquet"]
[[deliveries]]
register = "lpr2"
files = ["lpr2.parquet"]
[options.residence]
road = "snapshots"
[options.shelter]
repeated = false
reversed = false
technical_check_ins = false
one_day_stays = "keep"
inserted_admissions = false
missing_discharges = false
no_night = false
[options.hospital]
break_day = {LAST}-12-31
"""


def day(year: int) -> int:
    """Days since 1970-01-01 of a year's 1 January."""
    return int((np.datetime64(f"{year}-01-01") - EPOCH).astype(int))


def dates(days: np.ndarray, name: str) -> pl.Series:
    """Turn day numbers into dates."""
    return pl.Series(name, days.astype(np.int32)).cast(pl.Date)


def texts(numbers: np.ndarray, name: str) -> pl.Series:
    """Turn numbers into identifiers of ten characters."""
    return pl.Series(name, numbers).cast(pl.String).str.zfill(10)


def deliver(folder: Path, people: int, events: int, seed: int = 1) -> None:
    """Write the registers: about one move in eight people a year, nobody dies."""
    random = np.random.default_rng(seed)
    address = np.arange(people, dtype=np.int64)
    since = np.full(people, day(FIRST) - 400, dtype=np.int32)
    code = random.choice([101, 147, 461, 751, 851], people).astype(np.int32)
    fresh = people
    order = np.arange(people)
    for year in range(FIRST, LAST + 1):
        moved = np.flatnonzero(random.random(people) < 0.125)
        address[moved] = fresh + np.arange(len(moved))
        fresh += len(moved)
        since[moved] = day(year) + random.integers(1, 364, len(moved))
        code[moved] = random.choice([101, 147, 461, 751, 851], len(moved))
        random.shuffle(order)
        part = folder / "bef" / f"year={year}"
        part.mkdir(parents=True)
        pl.DataFrame(
            [
                texts(order, "PNR"),
                pl.Series("KOEN", (order % 2 + 1).astype(np.int32)),
                dates(np.full(people, 0) + order % 9000, "FOED_DAG"),
                pl.Series("KOM", code[order]),
                texts(address[order], "ADRESSE_ID"),
                dates(since[order], "BOP_VFRA"),
            ]
        ).write_parquet(part / "part-0.parquet", row_group_size=1 << 18)
    for name, rows, longest, columns in [
        ("shelter", events // 10, 120, ("person", "admitted", "discharged")),
        ("lpr2", events - events // 10, 20, ("PNR", "D_INDDTO", "D_UDDTO")),
    ]:
        start = random.integers(day(FIRST) + 1, UNTIL - 130, rows)
        end = start + random.integers(1, longest, rows)
        frame = pl.DataFrame(
            [
                texts(random.integers(0, people, rows), columns[0]),
                dates(start, columns[1]),
                dates(end, columns[2]),
            ]
        )
        if name == "lpr2":
            frame = frame.with_columns(pl.Series("RECNUM", np.arange(rows)))
        frame.write_parquet(folder / f"{name}.parquet", row_group_size=1 << 18)
    (folder / "mapping.toml").write_text(MAPPING)


SQL = """
CREATE TEMP TABLE homes AS
WITH seen AS (
  SELECT PNR AS person, ADRESSE_ID AS dwelling, KOM AS code, BOP_VFRA AS since,
         make_date(year::INT, 12, 31) AS ref
  FROM read_parquet('{folder}/bef/*/*.parquet', hive_partitioning = true)
), marked AS (
  SELECT *, (dwelling, code) IS DISTINCT FROM lag((dwelling, code)) OVER w AS fresh
  FROM seen WINDOW w AS (PARTITION BY person ORDER BY ref)
)
SELECT person, since AS "start",
       lead(since) OVER (PARTITION BY person ORDER BY ref) AS "end",
       dwelling, code, 'dwelling' AS state
FROM marked WHERE fresh;

CREATE TEMP TABLE stays AS
WITH raw AS (
  SELECT PNR AS person, D_INDDTO AS "start", D_UDDTO AS "end", 'hospital' AS state
  FROM read_parquet('{folder}/lpr2.parquet')
  UNION ALL
  SELECT person, admitted, discharged, 'shelter' FROM read_parquet('{folder}/shelter.parquet')
), runs AS (
  SELECT *, coalesce("start" > max("end") OVER (
    PARTITION BY person, state ORDER BY "start", "end"
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), true) AS fresh FROM raw
), numbered AS (
  SELECT *, sum(fresh::INT) OVER (PARTITION BY person, state ORDER BY "start", "end"
    ROWS UNBOUNDED PRECEDING) AS run FROM runs
)
SELECT person, min("start") AS "start", max("end") AS "end", state,
       NULL AS dwelling, NULL AS code
FROM numbered GROUP BY person, state, run
UNION ALL SELECT person, "start", "end", state, dwelling, code FROM homes;

COPY stays TO '{out}' (FORMAT parquet);

CREATE TEMP TABLE events AS
SELECT person, state, "start" AS day, 1 AS change FROM stays
UNION ALL
SELECT person, state, least(coalesce("end", DATE '{until}'), DATE '{until}'), -1 FROM stays;

WITH edges AS (
  SELECT person, day,
         sum(sum(change) FILTER (state = 'hospital')) OVER w AS hospital,
         sum(sum(change) FILTER (state = 'shelter')) OVER w AS shelter,
         sum(sum(change) FILTER (state = 'dwelling')) OVER w AS dwelling,
         lead(day) OVER w - day AS days
  FROM events GROUP BY person, day
  WINDOW w AS (PARTITION BY person ORDER BY day)
)
SELECT coalesce(sum(days) FILTER (hospital > 0 AND shelter > 0), 0),
       coalesce(sum(days) FILTER (hospital > 0 AND dwelling > 0), 0),
       coalesce(sum(days) FILTER (coalesce(hospital, 0) = 0 AND shelter > 0 AND dwelling > 0), 0)
FROM edges;
"""

PAIRS = ("hospital over shelter", "hospital over dwelling", "shelter over dwelling")


def duckdb_way(folder: Path, out: Path) -> dict[str, int]:
    """Do the job in SQL."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET threads = 2; SET memory_limit = '8GB'")
    connection.execute(f"SET temp_directory = '{out.parent}'")
    until = f"{LAST + 1}-01-01"
    for statement in SQL.format(folder=folder, out=out, until=until).split(";"):
        if statement.strip():
            connection.execute(statement)
    return dict(zip(PAIRS, map(int, connection.fetchone() or ()), strict=True))


def polars_way(folder: Path, out: Path) -> dict[str, int]:
    """Do the job in lazy polars, by the streaming engine where it has the operation."""
    seen = (
        pl.scan_parquet(folder / "bef/**/*.parquet", hive_partitioning=True)
        .select("PNR", "ADRESSE_ID", "KOM", "BOP_VFRA", "year")
        .sort("PNR", "year")
    )
    fresh = (
        (pl.col("PNR") != pl.col("PNR").shift())
        | (pl.col("ADRESSE_ID") != pl.col("ADRESSE_ID").shift())
        | (pl.col("KOM") != pl.col("KOM").shift())
    ).fill_null(value=True)
    same_next = pl.col("PNR") == pl.col("PNR").shift(-1)
    homes = (
        seen.filter(fresh)
        .select(
            person="PNR",
            start="BOP_VFRA",
            end=pl.when(same_next).then(pl.col("BOP_VFRA").shift(-1)),
            state=pl.lit("dwelling"),
            dwelling="ADRESSE_ID",
            code="KOM",
        )
        .collect(engine="streaming")
    )

    def merged(state: str, person: str, start: str, end: str, path: Path) -> pl.DataFrame:
        rows = pl.scan_parquet(path).select(person=person, start=start, end=end)
        rows = rows.sort("person", "start", "end")
        return (
            rows.with_columns(last=pl.col("end").cum_max().over("person").shift())
            .with_columns(
                run=(
                    (pl.col("person") != pl.col("person").shift())
                    | (pl.col("start") > pl.col("last"))
                )
                .fill_null(value=True)
                .cum_sum()
            )
            .group_by("run")
            .agg(pl.col("person").first(), pl.col("start").min(), pl.col("end").max())
            .select("person", "start", "end", state=pl.lit(state))
            .collect(engine="streaming")
        )

    hospital = merged("hospital", "PNR", "D_INDDTO", "D_UDDTO", folder / "lpr2.parquet")
    shelter = merged("shelter", "person", "admitted", "discharged", folder / "shelter.parquet")
    stays = pl.concat([homes, hospital, shelter], how="diagonal")
    stays.write_parquet(out)
    until = pl.lit(UNTIL).cast(pl.Int32).cast(pl.Date)
    ends = pl.min_horizontal(pl.col("end").fill_null(until), until)

    def change(by: int) -> list[pl.Expr]:
        return [
            pl.when(pl.col("state") == state).then(by).otherwise(0).cast(pl.Int8).alias(state)
            for state in ("hospital", "shelter", "dwelling")
        ]

    lazy = stays.lazy()
    edges = (
        pl.concat(
            [
                lazy.select("person", pl.col("start").alias("day"), *change(1)),
                lazy.select("person", ends.alias("day"), *change(-1)),
            ]
        )
        .sort("person", "day")
        # Every spell ends, so running sums come back to nothing at each person's end.
        .with_columns(pl.col("hospital", "shelter", "dwelling").cast(pl.Int32).cum_sum())
        .with_columns(
            days=pl.when(pl.col("person") == pl.col("person").shift(-1))
            .then((pl.col("day").shift(-1) - pl.col("day")).dt.total_days())
            .otherwise(0)
        )
    )
    in_hospital, sheltered, housed = (pl.col(s) > 0 for s in ("hospital", "shelter", "dwelling"))
    days = edges.select(
        pl.col("days").filter(in_hospital & sheltered).sum().alias(PAIRS[0]),
        pl.col("days").filter(in_hospital & housed).sum().alias(PAIRS[1]),
        pl.col("days").filter(~in_hospital & sheltered & housed).sum().alias(PAIRS[2]),
    ).collect(engine="streaming")
    return {k: int(v) for k, v in days.row(0, named=True).items()}


def our_way(folder: Path, out: Path, command: str) -> dict[str, int]:
    """Do the job by the command."""
    tables = out.with_suffix("")
    call = [command, "import", "registers", str(folder)]
    call += ["--mapping", str(folder / "mapping.toml"), "--out", str(tables)]
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL)
    rows = pl.read_csv(tables / "overrides.csv")
    found = {}
    for pair in PAIRS:
        by, _, state = pair.split(" ")
        of = rows.filter(pl.col("by_state") == by, pl.col("state") == state)
        found[pair] = int(of["days"].sum())
    return found


def child(way: str, folder: Path, command: str) -> None:
    """Run one way and print what it took."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        out = Path(scratch) / "stays.parquet"
        begun = time.perf_counter()
        if way == "boligspor":
            days = our_way(folder, out, command)
        else:
            days = {"duckdb": duckdb_way, "polars": polars_way}[way](folder, out)
        seconds = time.perf_counter() - begun
    who = resource.RUSAGE_CHILDREN if way == "boligspor" else resource.RUSAGE_SELF
    used = resource.getrusage(who)
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20
    print(json.dumps({"seconds": seconds, "cpu": cpu, "gib": peak, "days": days}))


def main() -> None:
    """Write the registers once, and time each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=600_000)
    parser.add_argument("--events", type=int, help="shelter and hospital rows")
    parser.add_argument("--command", default="boligspor")
    parser.add_argument("--ways", nargs="+", default=["boligspor", "duckdb", "polars"])
    parser.add_argument("--folder", type=Path, help="keep the registers here, and use them again")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child(args.child, args.folder, args.command)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.folder or Path(scratch)
        events = args.events or args.people * 10 // 3
        if not (folder / "mapping.toml").exists():
            folder.mkdir(parents=True, exist_ok=True)
            deliver(folder, args.people, events)
        years = LAST - FIRST + 1
        print(f"{args.people * years:,} rows of BEF, {events:,} of shelter and hospital")
        print(f"load of the machine: {os.getloadavg()[0]:.1f}")
        results = {}
        for way in args.ways:
            if way != "boligspor" and importlib.util.find_spec(way) is None:
                print(f"{way}: not installed")
                continue
            call = [sys.executable, __file__, "--child", way, "--folder", str(folder)]
            done = subprocess.run(
                [*call, "--command", args.command], capture_output=True, text=True, check=False
            )
            if done.returncode:
                print(f"{way}: failed: {done.stderr.strip().splitlines()[-1:]}")
                continue
            results[way] = json.loads(done.stdout.splitlines()[-1])
            r = results[way]
            print(f"{way:<10} {r['seconds']:8.1f} s {r['cpu']:8.1f} CPU s {r['gib']:6.2f} GiB")
        if len({json.dumps(r["days"]) for r in results.values()}) > 1:
            sys.exit("the ways do not agree on the days")
        ours = results.get("boligspor")
        for way, r in results.items():
            if ours and way != "boligspor":
                print(
                    f"{way} takes {r['seconds'] / ours['seconds']:.2f} times as long as boligspor"
                )


if __name__ == "__main__":
    main()
