"""What a register says of municipalities: peers, counts, implementation, support, homes, context.

Each result is a set of tables with the sentence that defines them; a
municipality's people are compared by :meth:`Cohort.compare` instead.
"""

from __future__ import annotations

import altair as alt
import polars as pl

from boligspor import _core, _html, _options
from boligspor._options import Lang
from boligspor._result import Result
from boligspor.charts import tiles

__all__ = [
    "Context",
    "Homelessness",
    "Homes",
    "Implementation",
    "Peers",
    "Support",
    "tile_map",
]


class _Found(Result):
    """A result of several tables by name."""

    _tables: tuple[str, ...]
    """The names of its tables, the main one first."""
    _title: str

    def table(self, name: str | None = None) -> pl.DataFrame:
        """Return a table by name; by default the main one.

        Parameters
        ----------
        name
            One of :attr:`tables`.

        Raises
        ------
        OptionError
            For a name that is none of them.
        """
        wanted = self._tables[0] if name is None else name
        if wanted not in self._tables:
            hint = "choose one of " + ", ".join(self._tables)
            raise _options.refuse("name", "is no table of this result", hint)
        return self._frame(wanted)

    @property
    def tables(self) -> list[str]:
        """The names of the tables that there was something to make from."""
        return [name for name in self._tables if self._core.table(name) is not None]

    def _repr_html_(self) -> str:
        body = _html.table(self.table(), shares={"share", "low", "high"})
        more = self.tables[1:]
        note = _html.note("Further tables: " + ", ".join(more)) if more else ""
        return body + note + _html.note(self.describe()) + _html.warnings(self.warnings)


class Peers(_Found):
    """A municipality beside those most like it. Made by :meth:`Register.peers`.

    Tables: ``eco`` (own, peers, group and region as unweighted means, country
    weighted by inhabitants, by indicator and year) and ``peers`` (the nearest
    municipalities with their distances).
    """

    _tables = ("eco", "peers")
    _title = "Peers"


class Homelessness(_Found):
    """Point-in-time counts. Made by :meth:`Register.homelessness`.

    Tables: ``rates``, ``changes``, ``situations``, ``ages``, ``migrants``,
    ``programme`` and ``programme_years``.
    """

    _tables = (
        *("rates", "changes", "situations", "ages", "migrants"),
        *("programme", "programme_years"),
    )
    _title = "Homelessness"


class Implementation(_Found):
    """How far the approach is in place. Made by :meth:`Register.implementation`.

    Tables: ``classes``, ``shares`` (beside VIVE's), ``sensitivity`` and
    ``agreement`` (weighted kappa of two assessors).
    """

    _tables = ("classes", "shares", "sensitivity", "agreement")
    _title = "Implementation"


class Support(_Found):
    """Caseload, reach and timing of the support. Made by :meth:`Register.support`.

    Tables: ``caseload``, ``above_norm``, ``target_group``, ``timing`` and
    ``phases``.
    """

    _tables = ("caseload", "above_norm", "target_group", "timing", "phases")
    _title = "Support"


class Homes(_Found):
    """Homes at the municipality's disposal, rents, waits and a forecast.

    Made by :meth:`Register.homes`. Tables: ``allotted``, ``forecast``,
    ``affordability`` and ``waiting``.
    """

    _tables = ("allotted", "forecast", "affordability", "waiting")
    _title = "Homes"


class Context(_Found):
    """Barriers, stakeholders and risks, naming nobody. Made by :meth:`Register.context`.

    Tables: ``frequencies`` and ``risk_matrix``.
    """

    _tables = ("frequencies", "risk_matrix")
    _title = "Context"


def ask(
    register: _core.Register, analysis: str, municipality: str | None = None, **spec: object
) -> _core.Tables:
    """Ask the library for one analysis; options left at None take its defaults."""
    given = {name: value for name, value in spec.items() if value is not None}
    return _core.municipal(register, analysis, _options.as_json(given), municipality)


def tile_map(
    values: pl.DataFrame,
    *,
    title: str = "",
    middle: float | None = None,
    decimals: int = 1,
    lang: Lang = "en",
    width: int = 640,
) -> alt.TopLevelMixin:
    """Draw a value of each municipality on a map of tiles, as an Altair chart.

    Every municipality has the same area, roughly where it lies; the layout is
    our own. Colours remain apart for colour-blind readers.

    Parameters
    ----------
    values
        A frame whose columns ``municipality`` (the code, or a label that ends in
        the code in brackets) and ``value`` are drawn.
    title
        What is shown.
    middle
        The value that is neither high nor low: 1 for observed over expected.
        Above it tiles shade to vermilion, below to blue.
    decimals
        Of the numbers in the tiles.
    lang
        The language of its numbers.
    width
        The width of the picture, in pixels.

    Examples
    --------
    >>> import polars as pl
    >>> from boligspor.municipal import tile_map
    >>> frame = pl.DataFrame({"municipality": ["461", "751"], "value": [0.8, 1.3]})
    >>> "Odense" in tile_map(frame, title="O/E", middle=1).svg()
    True
    """
    return tiles.draw(
        values,
        title=title,
        middle=middle,
        decimals=_options.whole("decimals", decimals, least=0),
        lang=_options.lang(lang),
        width=_options.whole("width", width, least=300),
    )
