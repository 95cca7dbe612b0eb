"""What every result of a cohort has: a table, its definition, its warnings."""

from __future__ import annotations

import os

import polars as pl

from boligspor import _core, _options, _view, disclosure
from boligspor._options import Lang
from boligspor.release import Released, Unreleased


class Result(Unreleased):
    """A result with tables, words and warnings."""

    def __init__(self, core: _core.Tables | _core.Costs) -> None:
        self._core = core

    @property
    def warnings(self) -> list[str]:
        """What a reader must know before using the numbers."""
        return self.warnings_in("en")

    def warnings_in(self, lang: Lang) -> list[str]:
        """Return the warnings in a language."""
        return self._core.warnings(_options.lang(lang))

    def describe(self, lang: Lang = "en") -> str:
        """Return definition and cohort in words, to stand under every table and chart."""
        return self._core.describe(_options.lang(lang))

    def table(self) -> pl.DataFrame:
        """Return the main table."""
        return self._frame("table")

    def _frame(self, name: str) -> pl.DataFrame:
        frame = self._core.table(name)
        return pl.DataFrame() if frame is None else pl.DataFrame(frame)

    def _first_look(self) -> pl.DataFrame:
        """Return what a first look shows; by default the main table."""
        return self.table()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.describe()}>\n{_view.text(self._first_look())}"


class ReleasableResult(Result):
    """A result that can be released."""

    def __init__(self, core: _core.Tables) -> None:
        super().__init__(core)
        self._tables = core

    def release(self, *, policy: str | os.PathLike[str] = "statistics-denmark") -> Released:
        """Clear the result under a policy; only what comes back exports.

        Parameters
        ----------
        policy
            The name of a shipped policy, or the path of a TOML file.

        Raises
        ------
        DisclosureError
            No proof was found: the message names what to coarsen.
        """
        return Released(self._tables.release(disclosure.policy_text(policy)))
