"""Study files: a study in one file, run to tables, charts and a report."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import polars as pl

from boligspor import _core, _html, _options
from boligspor._options import Lang
from boligspor.errors import FileError

__all__ = ["Progress", "Results", "run"]

Progress: TypeAlias = Callable[[str | None, int, int], object]
"""Called with the stage that begins in words (None when all are done), the number
of stages done, and their number in all."""


@dataclass(frozen=True)
class Results:
    """What a study wrote. Made by :func:`run`.

    Attributes
    ----------
    folder
        Where it lies.
    warnings
        What a reader must know before using the numbers.
    """

    folder: Path
    warnings: tuple[str, ...]

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

    def _repr_html_(self) -> str:
        return _html.results(self)


def run(
    study: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str],
    progress: Progress | None = None,
    lang: Lang = "en",
) -> Results:
    """Run a study file and write its results, as ``boligspor run`` does.

    The same study gives the same bytes. A run that fails or is stopped leaves
    the old results whole.

    Parameters
    ----------
    study
        The study file (TOML).
    out
        The folder for its results.
    progress
        A callable that is told of each stage.
    lang
        The language of warnings and progress; that of the report is the study's
        own.

    Raises
    ------
    StudyError
        Where the file cannot be used; the message names the place.
    CheckError, TableError
        Where the data cannot be used.
    FileError
        Where a file cannot be read or written.
    """
    if progress is not None and not callable(progress):
        raise _options.refuse("progress", "cannot be called", "give a function or nothing")
    folder, warnings = _core.run(Path(study), Path(out), _options.lang(lang), progress)
    return Results(Path(folder), tuple(warnings))
