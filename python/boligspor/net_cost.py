"""What it costs to house someone: net cost by payer, break-even, cost of an extra day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options
from boligspor._options import Lang
from boligspor._result import ReleasableResult
from boligspor.charts import net_cost as charts
from boligspor.definition import State
from boligspor.effect import Design

__all__ = ["NetCost", "Scenario"]

Picture: TypeAlias = Literal["break_even", "plane", "acceptability"]
"""Net cost by month; extra days and extra cost; by what a day may cost."""

_PRICES = tuple(100.0 * k for k in range(21))


@dataclass(frozen=True)
class Scenario:
    """Assumptions under which housing someone is costed.

    Parameters
    ----------
    name
        The name results have.
    programme
        What the programme costs beyond the amounts in the tables, for each person
        placed: mappings of ``payer``, ``once`` and ``per_year``.
    housed
        The states whose days are days housed.
    prices
        What somebody might pay for an extra day: the acceptability curve's prices.
    views
        Any of ``rate, net_tax_factor, transfers``, as in :meth:`Cohort.costs`.
    replicates, seed
        Of the bootstrap by person.

    Examples
    --------
    >>> from boligspor import Scenario
    >>> support = {"payer": "municipality", "per_year": 90_000}
    >>> "90000 a year" in Scenario(programme=[support]).describe()
    True
    """

    name: str = "net_cost"
    programme: Sequence[Mapping[str, Any]] = ()
    housed: Sequence[State] = ("dwelling",)
    prices: Sequence[float] = _PRICES
    views: Mapping[str, Any] | None = None
    replicates: int = 499
    seed: int = 1

    def to_json(self) -> str:
        """Return the scenario as the library reads it."""
        programme = [_cost(p) for p in self.programme]
        housed = [
            _options.choice("housed", s, State) for s in _options.names("housed", self.housed)
        ]
        spec: dict[str, Any] = {
            "name": self.name,
            "programme": programme,
            "housed": housed,
            "prices": [_number("prices", p) for p in self.prices],
            "replicates": _options.whole("replicates", self.replicates, 0),
            "seed": _options.whole("seed", self.seed, 0),
        }
        if self.views is not None:
            given = _options.mapping("views", self.views)
            _options.known_keys("views", given, ["rate", "net_tax_factor", "transfers"])
            spec["views"] = {k: v for k, v in given.items() if v is not None}
        return _options.as_json(spec)

    def describe(self, lang: Lang = "en") -> str:
        """Return the scenario in words."""
        return _core.scenario_describe(self.to_json(), _options.lang(lang))

    @classmethod
    def of(cls, given: Scenario | Mapping[str, Any] | None) -> Scenario:
        """Return a scenario from one, from its fields by name, or the default."""
        if given is None:
            return cls()
        if isinstance(given, Scenario):
            return given
        chosen = _options.mapping("scenario", given)
        _options.known_keys("scenario", chosen, [f.name for f in fields(cls)])
        return cls(**chosen)


def _cost(given: object) -> dict[str, Any]:
    cost = _options.mapping("programme", given)
    _options.known_keys("programme", cost, ["payer", "once", "per_year"])
    for key in ("once", "per_year"):
        if key in cost:
            cost[key] = _number(key, cost[key])
    return cost


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise _options.refuse(name, "is no number", "give an amount in kroner")
    return float(value)


class NetCost(ReleasableResult):
    """What it costs to house someone, by payer. Made by :meth:`Cohort.net_cost`.

    Everything is a difference of changes between people placed and people not
    placed: a saving without a comparison is no saving.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("country", people=600, seed=5),
    ...     observed_until="2024-12-31",
    ... )
    >>> cohort = register.cohort(look_back_months=0)
    >>> support = {"payer": "municipality", "per_year": 50_000}
    >>> found = cohort.net_cost({"adjust": "year"}, {"programme": [support], "replicates": 99})
    >>> found.table().columns[:4]
    ['view', 'payer', 'years', 'net_cost']
    """

    def __init__(self, core: _core.Tables, design: Design, scenario: Scenario) -> None:
        super().__init__(core)
        self._design, self._scenario = design, scenario

    @property
    def design(self) -> Design:
        """The design it rests on."""
        return self._design

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self._scenario

    def table(self) -> pl.DataFrame:
        """Return net cost by account.

        Returns
        -------
        polars.DataFrame
            ``view`` (``societal`` in market prices, ``budget``), ``payer`` (of a
            budget; ``all`` for all of them), ``years`` of the horizon, ``net_cost``
            (per person placed, over it), ``std_error, net_cost_per_year, low, high``
            (studentised bootstrap), ``break_even_month`` (the first from whose end
            on the net cost is none), ``break_even_low, break_even_high``,
            ``break_even_share`` (of replicates), ``placed, comparators``.
        """
        return self._frame("table")

    def curve(self) -> pl.DataFrame:
        """Return net cost from time zero to the end of each month, by account."""
        return self._frame("curve")

    def per_day(self) -> pl.DataFrame:
        """Return what an extra day housed costs, by account.

        Returns
        -------
        polars.DataFrame
            ``view, payer, cost_difference, days_difference, ratio``; ``fieller``
            (``interval``, ``outside`` the two numbers, ``everything``),
            ``fieller_low, fieller_high, bootstrap_low, bootstrap_high``; shares of
            replicates ``more_for_more, more_for_less, less_for_less, less_for_more``
            (days for money).
        """
        return self._frame("per_day")

    def plane(self) -> pl.DataFrame:
        """Return extra days and extra cost of each replicate: the plane."""
        return self._frame("plane")

    def acceptability(self) -> pl.DataFrame:
        """Return net benefit, and the share of replicates it is positive in, by price."""
        return self._frame("acceptability")

    def plot(
        self, picture: Picture = "break_even", *, lang: Lang = "en", width: int = 460
    ) -> alt.TopLevelMixin:
        """Return a picture, as an Altair chart.

        Parameters
        ----------
        picture
            ``"break_even"`` for net cost by month, ``"plane"`` for extra days and
            extra cost, ``"acceptability"`` by what a day may cost.
        lang
            The language of its words.
        width
            The width of the picture within its axes, in pixels.
        """
        chosen = _options.choice("picture", picture, Picture)
        draw = {
            "break_even": charts.break_even,
            "plane": charts.plane,
            "acceptability": charts.acceptability,
        }
        return draw[chosen](self, _options.lang(lang), _options.whole("width", width, least=100))

    def _first_look(self) -> pl.DataFrame:
        columns = ("net_cost_per_year", "low", "high", "break_even_month", "placed", "comparators")
        return self.table().select("view", "payer", *columns)

    def _repr_html_(self) -> str:
        said = _html.warnings(self.warnings)
        return _html.table(self._first_look()) + _html.note(self.describe()) + said
