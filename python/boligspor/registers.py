"""Tables from a folder of Danish registers, as they are delivered."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from boligspor import _core
from boligspor.errors import FileError
from boligspor.register import Register
from boligspor.release import Unreleased

__all__ = ["RegisterImport", "import_registers"]

_TEXT, _COUNT = pl.String(), pl.Int64()
_ACCOUNTS: dict[str, dict[str, pl.DataType]] = {
    "corrections": {
        "register": _TEXT,
        "rule": _TEXT,
        "done": _TEXT,
        "year": _COUNT,
        "rows": _COUNT,
    },
    "shelter_by_year": {
        "year": _COUNT,
        "nights_before": _COUNT,
        "nights_after": _COUNT,
        "persons_before": _COUNT,
        "persons_after": _COUNT,
    },
    "shelter_by_rule": {"rule": _TEXT, "rows": _COUNT, "nights": _COUNT, "persons": _COUNT},
    "overrides": {
        "by": _TEXT,
        "by_state": _TEXT,
        "source": _TEXT,
        "state": _TEXT,
        "days": _COUNT,
        "persons": _COUNT,
    },
    "coverage": {"municipality": _COUNT, "year": _COUNT, "month": _COUNT, "persons": _COUNT},
}


@dataclass(frozen=True, kw_only=True, repr=False)
class RegisterImport(Unreleased):
    """What a folder of registers gives. Made by :func:`import_registers`.

    Attributes
    ----------
    tables
        ``persons``, ``stays`` and what else the registers tell. They hold
        identifiers.
    corrections
        What was corrected: ``register, rule, done, year, rows``.
    shelter_by_year, shelter_by_rule
        Nights and persons in the shelter register before and after the
        cleaning, and after each of its rules.
    overrides
        Person-days on which one register's state gave way to another's.
    coverage
        Persons in the social services register by municipality and month.
    files
        The files read: ``register, file, rows``.
    road
        The road by which residence was read.
    residence_dates
        How many residence dates there are, how many are only known as an
        interval (``uncertain``), and how long these are in ``days``.
    observed_from, observed_until
        The days for which the registers are complete.
    """

    tables: dict[str, pl.DataFrame]
    corrections: pl.DataFrame
    shelter_by_year: pl.DataFrame
    shelter_by_rule: pl.DataFrame
    overrides: pl.DataFrame
    coverage: pl.DataFrame
    files: pl.DataFrame
    road: str
    residence_dates: dict[str, int]
    observed_from: dt.date | None
    observed_until: dt.date

    def register(self, **changes: Any) -> Register:  # noqa: ANN401 - Register types them
        """Return a register of the tables.

        Parameters
        ----------
        **changes
            Arguments of :class:`Register` to change or add.
        """
        given: dict[str, Any] = {
            **self.tables,
            "observed_from": self.observed_from,
            "observed_until": self.observed_until,
        }
        return Register(**(given | changes))

    def __repr__(self) -> str:
        rows = ", ".join(f"{name} {t.height:,}" for name, t in self.tables.items())
        corrected = self.corrections.get_column("rows").sum()
        return f"<RegisterImport: {rows} rows; {corrected:,} rows corrected or noticed>"


def import_registers(
    folder: str | os.PathLike[str],
    *,
    mapping: str | os.PathLike[str] | Mapping[str, Any],
    out: str | os.PathLike[str] | None = None,
) -> RegisterImport:
    r"""Read a folder of raw registers: SAS7bdat, Stata, Parquet and CSV.

    Each register's traps are dealt with as ``docs/registers.md`` says, and every
    row that a correction touches is counted.

    Parameters
    ----------
    folder
        The folder of the deliveries.
    mapping
        The mapping file (TOML), or the same as a mapping: which files are which
        register, what their columns are called, and the choices.
    out
        A folder to write the tables and the account to.

    Raises
    ------
    OptionError
        Where the mapping cannot be used.
    TableError, FileError
        Where a file is not there or broken, or a column cannot be told.

    Examples
    --------
    >>> import boligspor, pathlib, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> _ = pathlib.Path(folder, "dod.csv").write_text("pnr;doddato\na;03-02-2020\n")
    >>> dod = {"register": "dod", "files": ["dod.csv"]}
    >>> given = {"version": 1, "observed_until": "2023-12-31", "deliveries": [dod]}
    >>> imported = boligspor.import_registers(folder, mapping=given)
    >>> imported.tables["persons"].get_column("death_date").to_list()
    [datetime.date(2020, 2, 3)]
    """
    toml = as_json = None
    if isinstance(mapping, Mapping):
        as_json = json.dumps(mapping, default=str)
    else:
        try:
            toml = Path(mapping).read_text(encoding="utf-8")
        except OSError as error:
            message = f"cannot read {os.fspath(mapping)}: {error.strerror}"
            raise FileError(message) from error
    tables, told, first, last = _core.import_registers(
        Path(folder), toml, as_json, None if out is None else Path(out)
    )
    account = json.loads(told)
    frames = {
        name: pl.DataFrame(account[name], schema=schema, orient="row")
        for name, schema in _ACCOUNTS.items()
    }
    files = {"register": _TEXT, "file": _TEXT, "rows": _COUNT}
    return RegisterImport(
        tables={name: pl.DataFrame(frame) for name, frame in tables},
        files=pl.DataFrame(account["files"], schema=files, orient="row"),
        road=account["road"],
        residence_dates=account["residence_dates"],
        observed_from=None if first is None else dt.date.fromisoformat(first),
        observed_until=dt.date.fromisoformat(last),
        **frames,
    )
