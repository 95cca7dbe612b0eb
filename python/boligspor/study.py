"""Study files: a study in one file, run to tables, charts and a report."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import polars as pl

from boligspor import _core, _html, _options
from boligspor._options import Lang
from boligspor.errors import FileError

__all__ = ["Folder", "Progress", "Results", "run"]

Progress: TypeAlias = Callable[[str | None, int, int], object]
"""Called with the stage that begins in words (None when all are done), the number
of stages done, and their number in all."""


@dataclass(frozen=True)
class Folder:
    """Tables, charts and a report that a study wrote.

    Attributes
    ----------
    folder
        Where they lie.
    """

    folder: Path

    @property
    def report(self) -> Path | None:
        """The HTML report, or None where the study asks for none."""
        path = self.folder / "report.html"
        return path if path.exists() else None

    @property
    def tables(self) -> list[str]:
        """The names of the tables that were written."""
        return sorted(p.stem for p in (self.folder / "tables").glob("*.parquet"))

    def table(self, name: str) -> pl.DataFrame:
        """Return a table that was written.

        Raises
        ------
        FileError
            Where there is none of this name.
        """
        path = self.folder / "tables" / f"{name}.parquet"
        if not path.exists():
            raise FileError(
                f"cannot read {path}: there is no such table; there are {', '.join(self.tables)}",
                path=str(path),
            )
        return pl.read_parquet(path)


@dataclass(frozen=True)
class Results:
    """What a study wrote. Made by :func:`run`.

    ``report``, ``tables`` and ``table()`` are of the released results, which may
    leave; ``internal`` has the uncleared ones, where they were asked for.

    Attributes
    ----------
    folder
        Where everything lies.
    warnings
        What a reader of the internal results must know; empty without these.
    untied
        Earlier releases in the ledger that this one could not be cleared together
        with, since who was in their groups is not remembered.
    """

    folder: Path
    warnings: tuple[str, ...]
    untied: tuple[str, ...] = ()

    @property
    def released(self) -> Folder | None:
        """What may leave the secure environment; None where nothing was released."""
        return self._part("released")

    @property
    def internal(self) -> Folder | None:
        """The uncleared results, or None: they are written only when asked for."""
        return self._part("internal")

    def _part(self, name: str) -> Folder | None:
        return Folder(self.folder / name) if (self.folder / name).is_dir() else None

    @property
    def report(self) -> Path | None:
        """The released report, or None."""
        return None if self.released is None else self.released.report

    @property
    def tables(self) -> list[str]:
        """The names of the released tables."""
        return [] if self.released is None else self.released.tables

    def table(self, name: str) -> pl.DataFrame:
        """Return a released table; withheld values are null.

        Raises
        ------
        FileError
            Where there is none of this name.
        """
        return Folder(self.folder / "released").table(name)

    def _repr_html_(self) -> str:
        return _html.results(self)


def run(
    study: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str],
    internal: bool = False,
    ledger: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    lang: Lang = "en",
) -> Results:
    """Run a study file and write its results, as ``boligspor run`` does.

    What may leave is written into ``released``, made of released numbers alone.
    The same study gives the same bytes. A run that fails or is stopped leaves
    the old results whole.

    Parameters
    ----------
    study
        The study file (TOML).
    out
        The folder for its results.
    internal
        Whether to write the uncleared results too, in a folder ``internal`` that
        must not leave.
    ledger
        The project's record of earlier releases, in the place of the study's own
        ``[release] ledger``. The release is cleared together with those in it and
        entered under its ``[release] name``. What of it cannot be tied in is in
        the result's ``untied``, on the request sheet, and a warning.
    progress
        A callable that is told of each stage.
    lang
        The language of warnings and progress; that of the report is the study's
        own.

    Raises
    ------
    StudyError
        Where the file cannot be used; the message names the place.
    DisclosureError
        Where no proof is found that the results are safe; the message names what
        to make coarser. Nothing is released; with ``internal`` the internal results
        are written all the same. Also for a ledger that was changed.
    CheckError, TableError
        Where the data cannot be used.
    FileError
        Where a file cannot be read or written.
    """
    if progress is not None and not callable(progress):
        raise _options.refuse("progress", "cannot be called", "give a function or nothing")
    record = None if ledger is None else Path(ledger)
    folder, notes, untied = _core.run(
        Path(study), Path(out), internal, record, _options.lang(lang), progress
    )
    for release in untied:
        warnings.warn(
            f"release {release} is in the ledger, but not who was in its groups: "
            "what it and this one differ by has to be judged by hand",
            stacklevel=2,
        )
    return Results(Path(folder), tuple(notes), tuple(untied))
