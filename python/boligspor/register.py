"""The register: the tables that every analysis starts from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

import polars as pl

from boligspor import _core, _html, _input, _options
from boligspor._draw import Condition, TimeZero, draw
from boligspor._input import ArrowStream, TableLike
from boligspor.checks import CheckReport
from boligspor.cohort import Cohort
from boligspor.definition import State
from boligspor.errors import OptionError
from boligspor.municipal import (
    Context,
    Homelessness,
    Homes,
    Implementation,
    Peers,
    Support,
    ask,
)
from boligspor.release import Unreleased

__all__ = ["Register", "TableName", "contract"]

TableName: TypeAlias = Literal[
    "persons",
    "placements",
    "stays",
    "costs",
    "services",
    "prices",
    "price_index",
    "municipalities",
    "counts",
    "capacity",
    "allocations",
    "assessments",
    "second_assessments",
    "context",
]
"""The tables of a register; :func:`contract` lists their columns."""


class Register(Unreleased):
    """Checked and indexed tables: what every analysis starts from.

    Each table can be given as a path to Parquet or CSV, a polars, pandas,
    pyarrow or DuckDB table, any object with ``__arrow_c_stream__``, or a dict of
    columns. :func:`contract` lists the columns that each table must and may
    have; all others are kept, to filter and stratify by.

    Parameters
    ----------
    persons
        A row a person: ``person, birth_date, sex, death_date`` and covariates.
    placements
        A row a placement in a home: ``person, placed_on, municipality, …``.
    stays
        A row a spell in one housing state: ``person, start, end, state, …``.
    costs
        A row an amount spent on a person.
    services, prices
        Use of services, and what they cost.
    price_index
        Price levels by year, for fixed prices.
    municipalities, counts
        Inhabitants and point-in-time counts of homelessness by year.
    capacity, allocations, assessments
        Support, housing supply and preconditions by municipality.
    second_assessments, context
        The preconditions by a second assessor; barriers, stakeholders and risks.
    observed_from
        The first day of complete registers, where something before is missing.
    observed_until
        The last day on which the registers are known to be complete. It must be
        given: follow-up ends with it, and no table can tell it.
    checks
        How strict the checks are, as in a study file: for example
        ``{"rules": {"overlap": {"severity": "off"}}, "municipality_codes": "any"}``.

    Raises
    ------
    CheckError
        Where the checks find errors; its ``report`` holds all findings.
        :meth:`check_tables` looks at such tables without raising.
    TableError, FileError
        Where a table cannot be read at all.
    OptionError
        Where an option cannot be used.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("odense_like", people=200, seed=7),
    ...     observed_until="2023-12-31",
    ... )
    >>> register.people
    200
    """

    def __init__(
        self,
        *,
        persons: TableLike,
        placements: TableLike,
        stays: TableLike,
        costs: TableLike | None = None,
        services: TableLike | None = None,
        prices: TableLike | None = None,
        price_index: TableLike | None = None,
        municipalities: TableLike | None = None,
        counts: TableLike | None = None,
        capacity: TableLike | None = None,
        allocations: TableLike | None = None,
        assessments: TableLike | None = None,
        second_assessments: TableLike | None = None,
        context: TableLike | None = None,
        observed_from: dt.date | str | None = None,
        observed_until: dt.date | str,
        checks: Mapping[str, Any] | None = None,
    ) -> None:
        given = {
            "persons": persons,
            "placements": placements,
            "stays": stays,
            "costs": costs,
            "services": services,
            "prices": prices,
            "price_index": price_index,
            "municipalities": municipalities,
            "counts": counts,
            "capacity": capacity,
            "allocations": allocations,
            "assessments": assessments,
            "second_assessments": second_assessments,
            "context": context,
        }
        arguments = _arguments(given, observed_from, observed_until, checks)
        self._core = _core.Register(*arguments)

    @staticmethod
    def check_tables(
        *,
        observed_from: dt.date | str | None = None,
        observed_until: dt.date | str,
        checks: Mapping[str, Any] | None = None,
        strata: Sequence[str] = (),
        time_zero: Literal["placement", "enrolment"] = "placement",
        **tables: TableLike | None,
    ) -> CheckReport:
        """Check tables without making a register of them; bad data do not raise.

        Parameters
        ----------
        observed_from, observed_until, checks
            As of :class:`Register`.
        strata, time_zero
            The columns by which people will be divided, and when their clock
            starts, as of :meth:`cohort`: for the rule ``immortal-time``, which tells
            of values that are known only after time zero.
        **tables
            The tables by name, as of :class:`Register`.

        Raises
        ------
        TableError, FileError
            Where a table cannot be read at all, or a required one is not given.
        OptionError
            Where an option cannot be used.

        Examples
        --------
        >>> import boligspor
        >>> report = boligspor.Register.check_tables(
        ...     persons={"person": [1, 1], "birth_date": ["1980-02-03"] * 2, "sex": ["2", "2"]},
        ...     placements={"person": [1], "placed_on": ["2020-01-01"], "municipality": ["461"]},
        ...     stays={
        ...         "person": [1],
        ...         "start": ["2020-01-01"],
        ...         "end": [None],
        ...         "state": ["dwelling"],
        ...     },
        ...     observed_until="2023-12-31",
        ... )
        >>> report.errors[0][:20]
        'R104 persons.person:'
        """
        _options.known_keys("tables", tables, get_args(TableName))
        arguments = _arguments(dict(tables), observed_from, observed_until, checks)
        cohort = None
        if strata:
            spec = {
                "strata": _options.names("strata", strata),
                "time_zero": _options.choice("time_zero", time_zero, TimeZero),
            }
            cohort = _options.as_json(spec)
        return CheckReport(_core.check_tables(*arguments, cohort))

    def check(self) -> CheckReport:
        """Return what the checks found: warnings and remarks, since errors do not get here.

        Examples
        --------
        >>> import boligspor
        >>> register = boligspor.Register(
        ...     **boligspor.synth("odense_like", people=200, seed=7),
        ...     observed_until="2023-12-31",
        ... )
        >>> register.check().has_errors
        False
        """
        return CheckReport(self._core.checks())

    def cohort(
        self,
        *,
        time_zero: Literal["placement", "enrolment"] = "placement",
        which: Literal["first", "every"] = "first",
        start: dt.date | str | None = None,
        to: dt.date | str | None = None,
        include: Mapping[str, Condition] | None = None,
        look_back_months: int = 0,
        minimum_follow_up_months: int = 0,
        follow_up_months: int | None = None,
        strata: Iterable[str] = (),
        precedence: Iterable[State] | None = None,
    ) -> Cohort:
        """Draw the people to follow.

        Conditions and strata can use every column of `persons` and
        `placements`, and ``time_zero`` (date), ``age`` (full years at time
        zero), ``age_group``, ``cohort_year``, ``placed`` and
        ``placement_number``; :meth:`candidates` shows them.

        Parameters
        ----------
        time_zero
            The day the clock starts: that of ``"placement"``, or of
            ``"enrolment"`` whether or not a home follows.
        which
            Each person's ``"first"`` row, or ``"every"`` row.
        start, to
            Time zero on this day or later, on this day or earlier.
        include
            Conditions by name, each a polars expression or an SQL one such as
            ``"age >= 18"``. Each becomes a step of the attrition flow: SQL
            first, then expressions, in the order given.
        look_back_months
            Full months that must be observed before time zero; needs
            ``observed_from``.
        minimum_follow_up_months
            Full months that must be observable after time zero, whatever
            happens to the person in them.
        follow_up_months
            Stop following after so many months.
        strata
            Columns that divide the cohort.
        precedence
            Which state wins a day that several stays claim, strongest first;
            states not named follow in the default order.

        Raises
        ------
        OptionError
            Where an option cannot be used, or names an unknown column.
        ExpressionError
            Where a condition cannot be evaluated.
        MissingError
            Where the register lacks a column or date that is asked for.

        Examples
        --------
        >>> import boligspor, polars as pl
        >>> register = boligspor.Register(
        ...     **boligspor.synth("odense_like", people=200, seed=7),
        ...     observed_until="2023-12-31",
        ... )
        >>> cohort = register.cohort(include={"adults": pl.col("age") >= 18}, strata=["sex"])
        >>> cohort.strata
        ['sex']
        """
        return draw(
            self._core,
            time_zero=time_zero,
            which=which,
            start=start,
            to=to,
            include=include,
            look_back_months=look_back_months,
            minimum_follow_up_months=minimum_follow_up_months,
            follow_up_months=follow_up_months,
            strata=strata,
            precedence=precedence,
        )

    def candidates(
        self, *, time_zero: Literal["placement", "enrolment"] = "placement"
    ) -> pl.DataFrame:
        """Return the rows that conditions are evaluated on, one a placement.

        Holds identifiers: for use inside the secure environment.
        """
        alias = Literal["placement", "enrolment"]
        spec = {"time_zero": _options.choice("time_zero", time_zero, alias)}
        return pl.DataFrame(self._core.candidates(_options.as_json(spec)))

    def frame(self, table: TableName) -> pl.DataFrame | None:
        """Return a table as the register holds it, or None where it was not given.

        Holds identifiers: for use inside the secure environment.
        """
        frame = self._core.frame(_options.choice("table", table, TableName))
        return None if frame is None else pl.DataFrame(frame)

    def peers(
        self,
        municipality: str,
        *,
        characteristics: Sequence[str] | None = None,
        weights: Sequence[float] | None = None,
        count: int = 10,
        year: int | None = None,
        indicators: Sequence[str] | None = None,
        anonymous: bool = False,
    ) -> Peers:
        """Set a municipality beside those most like it, its group, region and the country.

        Needs the table ``municipalities``.

        Parameters
        ----------
        municipality
            Its code, such as ``"461"``.
        characteristics
            Columns of ``municipalities`` that make municipalities alike, each
            divided by its standard deviation; by default every column of numbers.
        weights
            What each characteristic counts.
        count
            How many peers; the municipality itself is never among them.
        year
            The year whose characteristics count; the peers are the same in all.
        indicators
            Columns shown; by default all, and ``homeless_per_1000``.
        anonymous
            Whether peers are told by label instead of by name.

        Returns
        -------
        Peers

        Examples
        --------
        >>> import boligspor
        >>> tables = boligspor.synth("country", people=500, seed=7)
        >>> register = boligspor.Register(**tables, observed_until="2023-12-31")
        >>> peers = register.peers("461", characteristics=["population", "unemployment"])
        >>> peers.table("peers").height
        10
        """
        core = ask(
            self._core,
            "peers",
            str(municipality),
            characteristics=None if characteristics is None else list(characteristics),
            weights=None if weights is None else [float(w) for w in weights],
            count=_options.whole("count", count, least=1),
            year=year,
            indicators=None if indicators is None else list(indicators),
            anonymous=_options.flag("anonymous", anonymous),
        )
        return Peers(core)

    def homelessness(
        self,
        *,
        programme: Sequence[str] | None = None,
        programme_from: int | None = None,
        compared_with: Sequence[str] | None = None,
        small: int = 5,
        anonymous: bool = False,
    ) -> Homelessness:
        """Return point-in-time counts: rates, changes, shares, and a programme's trend.

        Needs the tables ``counts`` and ``municipalities``.

        Parameters
        ----------
        programme, programme_from
            Codes of the municipalities that joined a programme, and the first
            year in which it could have worked: difference in differences.
        compared_with
            Codes they are compared with; by default all others.
        small
            A count below this is flagged.
        anonymous
            Whether municipalities are told by label instead of by name.

        Returns
        -------
        Homelessness
        """
        core = ask(
            self._core,
            "homelessness",
            programme=None if programme is None else list(programme),
            programme_from=programme_from,
            compared_with=None if compared_with is None else list(compared_with),
            small=_options.whole("small", small, least=0),
            anonymous=_options.flag("anonymous", anonymous),
        )
        return Homelessness(core)

    def implementation(self, rule: Mapping[str, Any] | None = None) -> Implementation:
        """Class municipalities as strong, partial or limited, by a rule that can be changed.

        Needs the table ``assessments``; with ``second_assessments`` the two
        assessors' agreement too.

        Parameters
        ----------
        rule
            Any of ``preconditions, scores, strong_from, strong_least, limited_to,
            sensitivity, anonymous``, as in a study file.

        Returns
        -------
        Implementation

        Examples
        --------
        >>> import boligspor
        >>> tables = boligspor.synth("country", people=500, seed=7)
        >>> register = boligspor.Register(**tables, observed_until="2023-12-31")
        >>> register.implementation({"strong_from": 6}).table("shares")["class"].to_list()
        ['strong', 'partial', 'limited']
        """
        given = {} if rule is None else _options.mapping("rule", rule)
        return Implementation(ask(self._core, "implementation", **given))

    def support(self, spec: Mapping[str, Any] | None = None) -> Support:
        """Return caseload against its norm, reach and timing of the support.

        Parameters
        ----------
        spec
            Any of ``norms, shelter, phased_method, support_categories, anonymous``,
            as in a study file.

        Returns
        -------
        Support
        """
        given = {} if spec is None else _options.mapping("spec", spec)
        return Support(ask(self._core, "support", **given))

    def homes(self, spec: Mapping[str, Any] | None = None) -> Homes:
        """Return homes at the municipality's disposal, rents, waits and a forecast.

        Parameters
        ----------
        spec
            Any of ``legal_share, shares, rent_limits, suitable, inflow, loss,
            spread, years, runs, seed, anonymous``, as in a study file.

        Returns
        -------
        Homes
        """
        given = {} if spec is None else _options.mapping("spec", spec)
        return Homes(ask(self._core, "homes", **given))

    def context(self, *, fewest: int = 3) -> Context:
        """Return how common barriers, stakeholders and risks are, naming no municipality.

        Needs the table ``context``.

        Parameters
        ----------
        fewest
            What fewer municipalities mention is told without a number.

        Returns
        -------
        Context
        """
        return Context(ask(self._core, "context", fewest=_options.whole("fewest", fewest, least=1)))

    @property
    def people(self) -> int:
        """How many people the register holds."""
        return self._core.people()

    @property
    def rows(self) -> dict[str, int]:
        """The number of rows of each table."""
        return dict(self._core.rows())

    @property
    def observed_from(self) -> dt.date | None:
        """The first day of complete registers, where one was given."""
        first = self._core.observed()[0]
        return None if first is None else dt.date.fromisoformat(first)

    @property
    def observed_until(self) -> dt.date:
        """The last day of complete registers."""
        return dt.date.fromisoformat(self._core.observed()[1])

    def __repr__(self) -> str:
        tables = ", ".join(f"{name} {n:,}" for name, n in self.rows.items())
        return f"<Register: {self.people:,} people until {self.observed_until}; rows: {tables}>"

    def _repr_html_(self) -> str:
        return _html.register(self)


def _arguments(
    given: dict[str, Any],
    observed_from: object,
    observed_until: object,
    checks: Mapping[str, Any] | None,
) -> tuple[dict[str, str | ArrowStream], str | None, str, str]:
    options = {} if checks is None else _options.mapping("checks", checks)
    try:
        as_json = _options.as_json(options)
    except TypeError:
        raise OptionError(
            "option `checks` holds a value that no study file could hold; give texts, numbers "
            "and dicts of them",
            option="checks",
        ) from None
    tables: dict[str, str | ArrowStream] = {
        name: _input.table(name, table) for name, table in given.items() if table is not None
    }
    return (
        tables,
        _options.optional_date("observed_from", observed_from),
        _options.iso_date("observed_until", observed_until),
        as_json,
    )


def contract() -> pl.DataFrame:
    """Return the columns of every table: what they hold and which are required.

    Returns
    -------
    polars.DataFrame
        Columns ``table, column, kind, required, nullable, about``.

    Examples
    --------
    >>> import boligspor, polars as pl
    >>> boligspor.contract().filter(pl.col("required"), table="stays")["column"].to_list()
    ['person', 'start', 'end', 'state']
    """
    return pl.DataFrame(_core.contract())
