"""What placement did to costs: people placed beside people who were not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view
from boligspor._options import Lang
from boligspor._result import ReleasableResult
from boligspor.charts import effect as charts

__all__ = ["Adjust", "Comparators", "CostEffect", "Design"]

Comparators: TypeAlias = Literal["enrolled", "shelter"]
"""Who stands for what would have happened without placement."""

Adjust: TypeAlias = Literal["year", "match", "ipw", "overlap", "entropy", "dr"]
"""How comparison people are made alike, always within the calendar year."""

Picture: TypeAlias = Literal["event_study", "sides", "balance"]
"""Effects by year; before/after beside the designs; how alike the groups are."""


@dataclass(frozen=True)
class Design:
    """A comparison of costs: who with whom, alike in what, from which base year.

    Parameters
    ----------
    name
        The name results have.
    comparators
        ``"enrolled"``: enrolled in the same calendar year and not placed by
        then, followed from enrolment. ``"shelter"``: in a shelter in the same
        year and not placed by then, followed from the middle of the stay.
    adjust
        ``"year"`` by calendar year only, ``"match"``, ``"ipw"``, ``"overlap"``,
        ``"entropy"``, or ``"dr"`` (doubly robust).
    covariates
        Columns of ``persons`` and ``"age"``; never costs.
    ratio, caliper, replacement
        For ``"match"``: how many for each, how far away, and whether again.
    first, last
        Relative years from time zero.
    base
        The year that changes are measured from: -3, since costs rise towards
        placement. -1, -2 and -3 are shown beside it.
    price_base
        The year whose prices amounts are put in.
    replicates, seed
        Of the bootstrap behind the before/after, and of the band.

    Examples
    --------
    >>> from boligspor import Design
    >>> "year −3" in Design(covariates=["age", "sex"]).describe()
    True
    """  # noqa: RUF002 - a minus

    name: str = "effect"
    comparators: Comparators = "enrolled"
    adjust: Adjust = "entropy"
    covariates: Sequence[str] = ()
    ratio: int = 1
    caliper: float = 0.2
    replacement: bool = True
    first: int = -5
    last: int = 2
    base: int = -3
    price_base: int | None = None
    replicates: int = 499
    seed: int = 1

    def to_json(self) -> str:
        """Return the design as the library reads it."""
        _options.choice("comparators", self.comparators, Comparators)
        _options.choice("adjust", self.adjust, Adjust)
        return _options.as_json(
            asdict(self)
            | {
                "covariates": _options.names("covariates", self.covariates),
                "ratio": _options.whole("ratio", self.ratio, 1),
                "replacement": _options.flag("replacement", self.replacement),
                "first": _options.whole("first", self.first),
                "last": _options.whole("last", self.last),
                "base": _options.whole("base", self.base),
                "replicates": _options.whole("replicates", self.replicates, 0),
                "seed": _options.whole("seed", self.seed, 0),
            }
        )

    def describe(self, lang: Lang = "en") -> str:
        """Return the design in words."""
        return _core.design_describe(self.to_json(), _options.lang(lang))

    @classmethod
    def of(cls, given: Design | Mapping[str, Any] | None) -> Design:
        """Return a design from one, from its fields by name, or the default."""
        if given is None:
            return cls()
        if isinstance(given, Design):
            return given
        chosen = _options.mapping("design", given)
        _options.known_keys("design", chosen, [f.name for f in fields(cls)])
        return cls(**chosen)


class CostEffect(ReleasableResult):
    """What placement did to costs, beside the before/after. Made by :meth:`Cohort.compare_costs`.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("country", people=600, seed=5),
    ...     observed_until="2024-12-31",
    ... )
    >>> design = boligspor.Design(covariates=["age"], price_base=2024, replicates=0)
    >>> found = register.cohort(look_back_months=0).compare_costs(design)
    >>> found.contrasts()["method"].unique().sort().to_list()
    ['before_after', 'designed']
    """

    def __init__(self, core: _core.Tables, design: Design) -> None:
        super().__init__(core)
        self._design = design

    @property
    def design(self) -> Design:
        """The design it was made by."""
        return self._design

    def _table(self, name: str) -> pl.DataFrame:
        return pl.DataFrame(self._core.table(name))

    def table(self) -> pl.DataFrame:
        """Return the event study, a row for each base year and relative year.

        Returns
        -------
        polars.DataFrame
            ``base, year, estimate, std_error, low, high`` (pointwise, clustered by
            person), ``band_low, band_high`` (for all years together), ``treated,
            comparators`` (people observed in that year and the base).
        """
        return self._table("table")

    def contrasts(self) -> pl.DataFrame:
        """Return before/after and designs side by side.

        Returns
        -------
        polars.DataFrame
            ``method`` (``before_after``, ``designed``), ``base``, ``year`` (null: the
            mean of the years from 0 on), ``estimate, std_error, low, high, persons``.
        """
        return self._table("contrasts")

    def balance(self) -> pl.DataFrame:
        """Return how alike the groups are in each covariate and calendar year."""
        return self._table("balance")

    def attrition(self, lang: Lang = "en") -> pl.DataFrame:
        """Return who was left out at which step.

        Returns
        -------
        polars.DataFrame
            ``arm`` (``placed``, ``comparison``), ``step, label, persons``.
        """
        return self._table(f"attrition_{_options.lang(lang)}")

    def means(self) -> pl.DataFrame:
        """Return the mean cost per person of each arm and relative year."""
        return self._table("means")

    def diagnostics(self) -> pl.DataFrame:
        """Return what tells of a peak: shares at their own maximum, tests before the base."""
        return self._table("diagnostics")

    def plot(
        self, picture: Picture = "event_study", *, lang: Lang = "en", width: int = 460
    ) -> alt.TopLevelMixin:
        """Return a picture, as an Altair chart.

        Parameters
        ----------
        picture
            ``"event_study"`` with its simultaneous band, ``"sides"`` for before/after
            beside the designs, ``"balance"`` for a love plot.
        lang
            The language of its words.
        width
            The width of the picture within its axes, in pixels.
        """
        chosen = _options.choice("picture", picture, Picture)
        draw = {"event_study": charts.event_study, "sides": charts.sides, "balance": charts.love}
        return draw[chosen](self, _options.lang(lang), _options.whole("width", width, least=100))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<CostEffect: {self.describe()}>\n{_view.text(self.contrasts())}"

    def _repr_html_(self) -> str:
        said = _html.warnings(self.warnings)
        return _html.table(self.contrasts()) + _html.note(self.describe()) + said
