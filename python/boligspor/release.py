"""Released results: what a result gives when it is cleared, and what exports.

A result has no method that writes and cannot be pickled. Its ``release()`` clears
its figures under a policy and gives a :class:`Released`, which holds released
numbers only. Its ``table()`` gives a plain polars frame for looking at inside
the secure environment: what is done with that is the reader's own doing.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NoReturn, TypeAlias

import polars as pl

from boligspor import _core, _html, _options
from boligspor._options import Lang
from boligspor.errors import ChartError, DisclosureError

__all__ = ["Format", "Released"]

Format: TypeAlias = Literal["parquet", "csv", "json", "xlsx", "html", "docx", "svg", "png"]
"""A kind of file that released results are written in."""


class Unreleased:
    """What everything is that has not been cleared: it cannot be exported.

    It is neither pickled nor copied, and whatever a class below shows of itself
    says first that it is internal: no class can forget to.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, mark in (("__repr__", TEXT), ("__str__", TEXT), ("_repr_html_", HTML)):
            shows = cls.__dict__.get(name)
            if shows is not None:
                setattr(cls, name, _marked(shows, mark))

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise DisclosureError(
            f"{type(self).__name__} is not cleared and cannot be pickled; "
            "release it, or compute it again where it is needed"
        )


INTERNAL = "internal, not cleared · internt, ikke frigivet"
TEXT = f"[{INTERNAL}]\n"
HTML = (
    '<div style="display:inline-block;margin:2px 0;padding:1px 8px;background:#b84f00;color:#fff;'
    f'font:600 12px Inter,system-ui,sans-serif">{INTERNAL}</div>'
)


def _marked(shows: Callable[[Unreleased], str], mark: str) -> Callable[[Unreleased], str]:
    @functools.wraps(shows)
    def show(self: Unreleased) -> str:
        text = shows(self)
        return text if INTERNAL in text else mark + text

    return show


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

    def write_html(self, path: str | os.PathLike[str], *, lang: Lang = "en") -> Path:
        """Write everything released as one web page, charts and rules included."""
        return self._write(path, self._core.html(_options.lang(lang)))

    def write_docx(self, path: str | os.PathLike[str], *, lang: Lang = "en") -> Path:
        """Write everything released as a document that an office can edit."""
        return self._write(path, self._core.docx(_options.lang(lang)))

    def write_xlsx(self, path: str | os.PathLike[str], *, lang: Lang = "en") -> Path:
        """Write the released tables as one Excel workbook.

        A sheet a table and one of definitions and rules; values only, and the
        word ``withheld`` in the place of a withheld one.
        """
        return self._write(path, self._core.xlsx(_options.lang(lang)))

    def write_svg(
        self, path: str | os.PathLike[str], name: str | None = None, *, lang: Lang = "en"
    ) -> Path:
        """Write the chart of a released table as SVG.

        Raises
        ------
        ChartError
            Where the table has no chart.
        """
        return self._write(path, self._svg(name, lang))

    def write_png(
        self, path: str | os.PathLike[str], name: str | None = None, *, lang: Lang = "en"
    ) -> Path:
        """Write the chart of a released table as a picture of pixels.

        Raises
        ------
        ChartError
            Where the table has no chart.
        """
        return self._write(path, self._core.png(self._svg(name, lang)))

    def write(
        self,
        folder: str | os.PathLike[str],
        *,
        formats: Sequence[Format] | None = None,
        name: str = "",
        what: str = "",
        why: str = "",
        population: str = "",
        lang: Lang = "en",
    ) -> Path:
        """Write all of it: ``released`` may leave, ``review`` has the proof and stays.

        What was in the folder stays as it is until everything is written.

        Parameters
        ----------
        folder
            Where to: a new or empty folder, or that of an earlier release.
        formats
            Some of ``"parquet"``, ``"csv"``, ``"json"``, ``"xlsx"``, ``"html"``,
            ``"docx"``, ``"svg"``, ``"png"``; by default all but JSON and PNG.
        name, what, why, population
            What the request sheet says of the release.
        lang
            The language of report, charts and workbook; request sheets are in both.

        Raises
        ------
        OptionError
            For an unknown format, or a folder that holds other files.
        """
        request = {"name": name, "what": what, "why": why, "population": population}
        kinds = None if formats is None else [str(f) for f in formats]
        written = self._core.write(Path(folder), kinds, json.dumps(request), _options.lang(lang))
        return Path(written)

    def _svg(self, name: str | None, lang: Lang) -> str:
        wanted = self._name(name)
        svg = self._core.svg(wanted, _options.lang(lang))
        if svg is None:
            raise ChartError(f"table {wanted} has no chart")
        return svg

    def _write(self, path: str | os.PathLike[str], content: str | bytes) -> Path:
        data = content.encode() if isinstance(content, str) else content
        Path(path).write_bytes(data)
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
