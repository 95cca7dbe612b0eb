"""Released results: what a result gives when it is cleared, and what exports.

A result has no method that writes and cannot be pickled. Its ``release()`` clears
its figures under a policy and gives a :class:`Released`, which holds released
numbers only. Its ``table()`` gives a plain polars frame for looking at inside
the secure environment: what is done with that is the reader's own doing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import polars as pl

from boligspor import _core, _html, _options
from boligspor._options import Lang
from boligspor.errors import DisclosureError

__all__ = ["Released"]


class Unreleased:
    """What every result is that has not been cleared: it cannot be exported."""

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled."""
        raise DisclosureError(
            f"{type(self).__name__} is not cleared and cannot be pickled; "
            "release it, or compute it again where it is needed"
        )


class Released:
    """What may leave the secure environment. Made by a result's ``release()``.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("odense_like", people=200, seed=7),
    ...     observed_until="2023-12-31",
    ... )
    >>> costs = register.cohort().costs(first=-1, last=1, replicates=0)
    >>> released = costs.release(policy="statistics-denmark")
    >>> released.tables
    ['costs']
    """

    def __init__(self, core: _core.Released) -> None:
        self._core = core

    @property
    def tables(self) -> list[str]:
        """The names of the released tables."""
        return self._core.tables()

    @property
    def policy(self) -> tuple[str, int]:
        """The name and version of the policy."""
        return self._core.policy()

    def table(self, name: str | None = None) -> pl.DataFrame:
        """Return a released table, by default the first; withheld values are null."""
        return pl.DataFrame(self._core.frame(self._name(name)))

    def describe(self, name: str | None = None, lang: Lang = "en") -> str:
        """Return a table's title and the notes that stand beneath it."""
        title, notes = self._core.title(self._name(name), _options.lang(lang))
        return "\n".join([title, *notes])

    def write_parquet(self, path: str | os.PathLike[str], name: str | None = None) -> Path:
        """Write a released table as Parquet."""
        self.table(name).write_parquet(Path(path))
        return Path(path)

    def write_csv(self, path: str | os.PathLike[str], name: str | None = None) -> Path:
        """Write a released table as comma-separated text, empty where withheld."""
        return self._write(path, self._core.csv(self._name(name)))

    def write_json(self, path: str | os.PathLike[str], name: str | None = None) -> Path:
        """Write a released table as JSON; a withheld value is the text ``withheld``."""
        return self._write(path, self._core.json(self._name(name)))

    def write_html(self, path: str | os.PathLike[str]) -> Path:
        """Write all released tables as one HTML page."""
        page = (
            '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Released</title>\n'
        )
        return self._write(path, page + self._repr_html_() + "</html>\n")

    def _write(self, path: str | os.PathLike[str], text: str) -> Path:
        Path(path).write_text(text, encoding="utf-8", newline="")
        return Path(path)

    def _name(self, name: str | None) -> str:
        if name is not None:
            return name
        if not self.tables:
            raise DisclosureError("nothing of this result is released; see docs/disclosure.md")
        return self.tables[0]

    def __repr__(self) -> str:
        numbers, withheld = self._core.counts()
        return f"<Released: {numbers - withheld:,} numbers shown, {withheld:,} withheld>"

    def _repr_html_(self) -> str:
        return _html.released(self)
