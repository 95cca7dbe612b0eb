"""The cohort: who is followed, from when, and why."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import polars as pl

from boligspor import _core, _html, _options
from boligspor import retention_curve as curves
from boligspor._input import ArrowStream
from boligspor._options import Lang
from boligspor.costs import Costs, CostSource, Period
from boligspor.days_housed import DaysHoused
from boligspor.definition import Definition, State, read
from boligspor.effect import CostEffect, Design
from boligspor.errors import ExpressionError
from boligspor.groups import GroupComparison
from boligspor.municipality import Comparison
from boligspor.refunds import WhoPays
from boligspor.retention import Definitions, Retention
from boligspor.retention_curve import IntervalScale, Resolution, RetentionCurve
from boligspor.returns import Returns, ReturnTo
from boligspor.sheet import Sheet

__all__ = ["Attrition", "Cohort", "Condition"]

Condition: TypeAlias = "pl.Expr | str"
"""A condition: a polars expression, or an SQL one such as ``"age >= 18"``."""

TimeZero: TypeAlias = Literal["placement", "enrolment"]
Which: TypeAlias = Literal["first", "every"]


class Attrition:
    """Who was left out, at which step, and how many."""

    def __init__(self, core: _core.Cohort) -> None:
        self._core = core

    def table(self, lang: Lang = "en") -> pl.DataFrame:
        """Return the steps in the order they are taken.

        Returns
        -------
        polars.DataFrame
            Columns ``step, rows, persons, rows_out, persons_out``: what remains
            after each step, and what it left out.
        """
        columns = {"step": pl.String} | dict.fromkeys(
            ("rows", "persons", "rows_out", "persons_out"), pl.Int64
        )
        steps = self._core.attrition(_options.lang(lang))
        return pl.DataFrame(steps, schema=columns, orient="row")

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        steps = self._core.attrition("en")
        return f"<Attrition: {steps[0][1]:,} rows in, {steps[-1][1]:,} in the cohort>"

    def _repr_html_(self) -> str:
        return _html.attrition(self)


class Cohort:
    """People followed from a time zero. Made by :meth:`Register.cohort`.

    It is immutable; every analysis is a method of it.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("odense_like", people=200, seed=7),
    ...     observed_until="2023-12-31",
    ... )
    >>> cohort = register.cohort(include={"adults": "age >= 18"})
    >>> cohort.describe()
    "Each person's first placement; the clock starts on the day of placement; only: adults."
    """

    def __init__(self, core: _core.Cohort) -> None:
        self._core = core

    def __len__(self) -> int:
        return len(self._core)

    @property
    def persons(self) -> int:
        """How many distinct persons there are."""
        return self._core.persons()

    @property
    def strata(self) -> list[str]:
        """The columns that divide it."""
        return self._core.strata()

    def describe(self, lang: Lang = "en") -> str:
        """Return the cohort in one sentence."""
        return self._core.describe(_options.lang(lang))

    def attrition(self) -> Attrition:
        """Return who was left out, at which step."""
        return Attrition(self._core)

    def explain(
        self,
        person: str | int,
        definitions: Iterable[Definition | str] = (),
        *,
        lang: Lang = "en",
    ) -> str:
        """Return one person's days and each decision on them, in words.

        With definitions also what each makes of the days. One that counts the enrolled
        says nothing of a cohort of those placed.

        For use inside the secure environment only. It repeats no identifier,
        not even the one asked for; dwellings are lettered.

        Raises
        ------
        OptionError
            Where the register holds no such person.
        """
        if isinstance(definitions, str | Definition):
            definitions = [definitions]
        meant = [read(d, {}).to_json() for d in definitions]
        return self._core.explain(str(person), meant, _options.lang(lang))

    def frame(self) -> pl.DataFrame:
        """Return the members, with the columns that the cohort adds.

        Holds identifiers: for use inside the secure environment.
        """
        return pl.DataFrame(self._core.frame())

    def retention(
        self,
        definition: Definition | str | None = None,
        **changes: Any,  # noqa: ANN401 - the fields of Definition have types
    ) -> Retention:
        """Estimate how many still have a home.

        Parameters
        ----------
        definition
            What that means: a :class:`Definition`, the name of a preset, or
            nothing for the default one.
        **changes
            Fields of the definition to change, such as ``horizons=[12, 24]``.

        Raises
        ------
        OptionError
            Where the definition cannot be used on this cohort.

        Examples
        --------
        >>> import boligspor
        >>> register = boligspor.Register(
        ...     **boligspor.synth("odense_like", people=200, seed=7),
        ...     observed_until="2023-12-31",
        ... )
        >>> retention = register.cohort().retention("odense_vive", horizons=[12, 36])
        >>> retention.table().columns[:7]
        ['horizon', 'unit', 'n', 'excluded', 'censored', 'at_risk', 'retained']
        """
        meant = read(definition, changes)
        return Retention(self._core.retention(meant.to_json()), meant, self)

    def retention_curve(
        self,
        definition: Definition | str | None = None,
        *,
        by: Resolution = "month",
        until: int | None = None,
        level: float = 0.95,
        interval: IntervalScale = "log-log",
        band: bool = False,
        band_from: int = 1,
        replicates: int = 1000,
        seed: int = 1,
        **changes: Any,  # noqa: ANN401 - the fields of Definition have types
    ) -> RetentionCurve:
        """Estimate the whole curve of retention.

        It shows the way to the horizons of :meth:`retention`: the number at risk, the
        share housed, and the cumulative incidence of each end of its own.

        Parameters
        ----------
        definition
            As of :meth:`retention`. Its competing ends, and those it excludes, each
            get a curve: ``death="competing", abroad="competing"`` shows both.
        by
            ``"month"``, or ``"day"``: every day on which something happens.
        until
            How far, in the definition's unit; nothing for its last horizon.
        level
            The confidence level of the intervals.
        interval
            The scale on which the intervals are symmetric.
        band
            Whether to add a band that holds the whole curve at once, by simulation.
        band_from
            Where the band begins, in the definition's unit.
        replicates, seed
            Simulated curves behind the band, and their seed.
        **changes
            Fields of the definition to change.

        Raises
        ------
        OptionError
            Where the definition has no curve, or an option cannot be used.

        Examples
        --------
        >>> import boligspor
        >>> register = boligspor.Register(
        ...     **boligspor.synth("odense_like", people=200, seed=7),
        ...     observed_until="2023-12-31",
        ... )
        >>> curve = register.cohort().retention_curve("odense_vive", until=60)
        >>> curve.table().row(0, named=True)["estimate"]
        1.0
        """
        meant = read(definition, changes)
        asked = curves.spec(
            by=by,
            until=until,
            level=level,
            interval=interval,
            band=band,
            band_from=band_from,
            replicates=replicates,
            seed=seed,
        )
        core = self._core.retention_curve(meant.to_json(), _options.as_json(asked))
        return RetentionCurve(core, meant)

    def compare_definitions(
        self, definitions: Iterable[Definition | str] | None = None
    ) -> Definitions:
        """Estimate retention by several definitions on the same people.

        A definition that counts the enrolled needs a cohort with time zero at
        enrolment; on one from placement it is left out, and said to be.

        Parameters
        ----------
        definitions
            Definitions or names of presets; nothing for all presets.
        """
        wanted = Definition.presets() if definitions is None else definitions
        if isinstance(wanted, str | Definition) or not isinstance(wanted, Iterable):
            raise _options.refuse(
                "definitions", "is no list", 'give one, such as ["odense_vive", "tsemberis"]'
            )
        meant = [read(d, {}) for d in wanted]
        if not meant:
            raise _options.refuse("definitions", "is empty", "give at least one")
        frame, left_out = self._core.compare_definitions([d.to_json() for d in meant])
        return Definitions(frame, meant, left_out, self.describe("en"), self.describe("da"))

    def days_housed(
        self,
        *,
        within: int = 36,
        housed: Iterable[State] = ("dwelling",),
        level: float = 0.95,
    ) -> DaysHoused:
        """Estimate how people's days are spent within a horizon.

        Parameters
        ----------
        within
            The horizon, in calendar months after time zero.
        housed
            The states whose days are days housed.
        level
            The confidence level of the intervals.

        Raises
        ------
        OptionError
            Where an option cannot be used.

        Notes
        -----
        Each month is taken over those followed to its end, so those followed for less
        long count as far as they are. Where nobody is, the days are plain averages.
        Standard errors come from each person's own influence: no model of how people
        move is assumed.
        """
        states = [_options.choice("housed", s, State) for s in _options.names("housed", housed)]
        spec = {
            "within": _options.whole("within", within, least=1),
            "housed": states,
            "level": _options.share("level", level),
        }
        return DaysHoused(self._core.days_housed(_options.as_json(spec)))

    def returns(
        self,
        to: ReturnTo = "homelessness",
        *,
        homeless: Iterable[State] = ("street", "shelter", "hotel", "sofa"),
        exit_days: int = 14,
        return_days: int = 1,
        bands: Iterable[int] = (180, 365, 730),
        level: float = 0.95,
    ) -> Returns:
        """Estimate returns to homelessness after an exit, or home after a loss.

        Parameters
        ----------
        to
            ``"homelessness"``: an exit is a stay in a dwelling of one's own, a return
            is a homeless state. ``"home"``: a loss is a time without any dwelling of
            one's own after having had one, a return is one again.
        homeless
            The states that count as homeless.
        exit_days
            An exit (or a loss) must last so many days; the clock starts on its first.
        return_days
            A return must last so many days; its first day is its date.
        bands
            The last day of each band, in days after the exit.
        level
            The confidence level of the intervals.

        Raises
        ------
        OptionError
            Where an option cannot be used.
        """
        if not isinstance(bands, Iterable):
            raise _options.refuse("bands", "is no list of days", "give one, such as [180, 365]")
        states = _options.names("homeless", homeless)
        spec = {
            "to": _options.choice("to", to, ReturnTo),
            "homeless": [_options.choice("homeless", s, State) for s in states],
            "exit_days": _options.whole("exit_days", exit_days, least=1),
            "return_days": _options.whole("return_days", return_days, least=1),
            "bands": [_options.whole("bands", b, least=1) for b in bands],
            "level": _options.share("level", level),
        }
        return Returns(self._core.returns(_options.as_json(spec)))

    def compare_groups(
        self,
        by: str,
        definition: Definition | str | None = None,
        *,
        reference: str | None = None,
        adjust: Iterable[str] = (),
        within: int = 36,
        level: float = 0.95,
        **changes: Any,  # noqa: ANN401 - the fields of Definition have types
    ) -> GroupComparison:
        """Compare groups: tests, differences at each horizon and in days, made alike too.

        Parameters
        ----------
        by
            The column whose values are the groups.
        definition
            As of :meth:`retention`; its measure must be ``"at"`` or ``"throughout"``.
        reference
            The group the adjusted comparison sets the others against; nothing for the
            largest.
        adjust
            Columns that groups are made alike in, recorded before time zero.
        within
            The months within which days are compared.
        level
            The confidence level of the intervals.
        **changes
            Fields of the definition to change.

        Raises
        ------
        OptionError
            Where an option cannot be used, or names an unknown column.

        Notes
        -----
        The tests are of the time to the first loss of the home. P values of differences
        are also given adjusted by Holm for all pairs at a horizon. Groups differ in who
        is in them: a difference is no effect, and the adjusted one only as far as the
        covariates say.
        """
        meant = read(definition, changes)
        if not isinstance(by, str):
            raise _options.refuse("by", "is no name", 'give a column, such as "support_method"')
        spec = {
            "by": by,
            "adjust": _options.names("adjust", adjust),
            "within": _options.whole("within", within, least=1),
            "level": _options.share("level", level),
        }
        if reference is not None:
            spec["reference"] = str(reference)
        core = self._core.compare_groups(meant.to_json(), _options.as_json(spec))
        return GroupComparison(core, meant)

    def costs(
        self,
        *,
        period: Period = "year",
        first: int = -3,
        last: int = 3,
        source: CostSource = "auto",
        price_base: int | None = None,
        replicates: int = 499,
        seed: int = 1,
    ) -> Costs:
        """Estimate what people cost before, in and after the placement year.

        Parameters
        ----------
        period
            The unit of the relative periods: ``"year"``, ``"quarter"`` or
            ``"month"`` counted from time zero, or ``"calendar_year"``.
        first, last
            The first and the last relative period; 0 is the one that time zero
            starts.
        source
            Which tables say what people cost: ``"costs"``, ``"services"`` (priced by
            ``prices``), ``"all"`` (their sum), or ``"auto"``: costs where the register
            has them, else services.
        price_base
            The year whose prices all amounts are put in, by the table
            ``price_index``; nothing for current prices.
        replicates
            Bootstrap replicates for the intervals; 0 for none.
        seed
            Seed of the bootstrap.

        Raises
        ------
        MissingError
            Where the register has no costs, no price of a service in a year it
            is used, or no price index of a year.
        OptionError
            Where an option cannot be used.
        """
        spec = _cost_spec(
            "costs",
            {
                "period": period,
                "first": first,
                "last": last,
                "source": source,
                "price_base": price_base,
                "replicates": replicates,
                "seed": seed,
            },
        )
        return Costs(self._core.costs(_options.as_json(spec)), cast("Period", spec["period"]))

    def compare_costs(self, design: Design | Mapping[str, Any] | None = None) -> CostEffect:
        """Compare costs with those of people who were not placed.

        A before/after is no effect: placement follows a peak of costs. Comparison
        people come from the register by a design; changes are measured from a
        year before the peak began, and stand beside the before/after.

        Parameters
        ----------
        design
            A :class:`Design`, its fields by name, or nothing for the default.

        Raises
        ------
        MissingError
            Where the register has no costs, or there is nobody to compare.
        OptionError
            Where the design's choices do not fit, or the cohort's clock does
            not start at placement.

        Examples
        --------
        >>> import boligspor
        >>> register = boligspor.Register(
        ...     **boligspor.synth("country", people=600, seed=5),
        ...     observed_until="2024-12-31",
        ... )
        >>> found = register.cohort().compare_costs({"adjust": "year", "replicates": 0})
        >>> found.table()["base"].unique().sort().to_list()
        [-3, -2, -1]
        """
        chosen = Design.of(design)
        return CostEffect(self._core.compare_costs(chosen.to_json()), chosen)

    def who_pays(
        self,
        rules: Iterable[str] = ("before_2023", "denmark"),
        *,
        file: str | Path | None = None,
        period: Period = "year",
        first: int = -3,
        last: int = 3,
        source: CostSource = "auto",
        price_base: int | None = None,
        replicates: int = 499,
        seed: int = 1,
    ) -> WhoPays:
        """Put the same stays under several sets of state-refund rules.

        Parameters
        ----------
        rules
            Sets of rules, each of the others compared with the first:
            ``"before_2023"``, ``"reform_2023"``, ``"denmark"`` (the law as it was
            and is), ``"none"``, or ``"reform_2023@2016-01-01"``: a set as if it
            had taken effect on that day.
        file
            A rule file of your own; nothing for the rules shipped.
        period, first, last, source, price_base, replicates, seed
            As for :meth:`costs`. Amounts must be before refunds.

        Raises
        ------
        MissingError
            Where the register has no costs, or lacks a price.
        OptionError
            Where an option cannot be used, or a set is not in the file.
        """
        given = {
            "period": period,
            "first": first,
            "last": last,
            "source": source,
            "price_base": price_base,
            "replicates": replicates,
            "seed": seed,
        }
        sets = _options.names("rules", rules)
        spec = {"rules": sets, "costs": _cost_spec("who_pays", given)}
        path = None if file is None else Path(file)
        return WhoPays(self._core.who_pays(_options.as_json(spec), path), sets)

    def compare(
        self,
        definition: Definition | str | None = None,
        *,
        horizon: int = 36,
        case_mix: Iterable[str] = ("age_group", "sex"),
        expected: Literal["strata", "model"] = "strata",
        overdispersion: bool = False,
        cost_periods: tuple[int, int] = (-1, 1),
        costs: Mapping[str, Any] | None = None,
        small: int = 20,
        anonymous: bool = True,
    ) -> Comparison:
        """Compare municipalities with what their case mix leads to expect.

        Parameters
        ----------
        definition
            As of :meth:`retention`; its measure must be ``"at"`` or
            ``"throughout"``.
        horizon
            The horizon compared, one of the definition's.
        case_mix
            Columns whose strata make the expected number.
        expected
            From the country's shares in each stratum, or from a logistic risk
            ``"model"`` of the case mix with an effect of each municipality, at the
            average effect; Firth's penalty where it is separated.
        overdispersion
            Whether the funnel's limits allow for more variation between
            municipalities than chance gives.
        cost_periods
            The relative periods whose costs are compared, before and after.
        costs
            How costs are counted: keyword arguments of :meth:`costs`.
        small
            Municipalities with fewer people are flagged, never hidden.
        anonymous
            Anonymous labels instead of codes and names.

        Raises
        ------
        OptionError
            Where an option cannot be used, or names an unknown column.
        """
        try:
            before, after = cost_periods
        except (TypeError, ValueError):
            raise _options.refuse(
                "cost_periods", "is no pair", "give two relative periods, such as (-1, 1)"
            ) from None
        meant = read(definition, {})
        spec = {
            "definition": json.loads(meant.to_json()),
            "horizon": _options.whole("horizon", horizon, least=1),
            "case_mix": _options.names("case_mix", case_mix),
            "expected": _options.choice("expected", expected, Literal["strata", "model"]),
            "overdispersion": _options.flag("overdispersion", overdispersion),
            "cost_periods": [
                _options.whole("cost_periods", before),
                _options.whole("cost_periods", after),
            ],
            "small": _options.whole("small", small, least=0),
            "anonymous": _options.flag("anonymous", anonymous),
        }
        if costs is not None:
            spec["costs"] = _cost_spec("costs", _options.mapping("costs", costs))
        return Comparison(self._core.compare(_options.as_json(spec)), meant)

    def sheet(
        self, municipality: str, *, lang: Lang = "en", spec: Mapping[str, Any] | None = None
    ) -> Sheet:
        """Make a municipality's own sheet: two pages that name no other municipality.

        Parameters
        ----------
        municipality
            Its code, such as ``"461"``.
        lang
            The language of the sheet.
        spec
            Any of ``compare, peers, implementation, support, homes``, each as in a
            study file.

        Raises
        ------
        OptionError
            For a code that is in none of the register's tables.
        """
        made = self._core.sheet(_sheet_spec(lang, spec), str(municipality))
        return Sheet(str(municipality), *made)

    def sheets(
        self,
        folder: str | os.PathLike[str],
        *,
        lang: Lang = "en",
        spec: Mapping[str, Any] | None = None,
        progress: Callable[[str, int, int], object] | None = None,
    ) -> list[Path]:
        """Write the sheet of every municipality, as HTML and DOCX, in one run.

        Parameters
        ----------
        folder
            Where ``CODE.html`` and ``CODE.docx`` are written.
        lang
            The language of the sheets.
        spec
            As of :meth:`sheet`.
        progress
            A callable that is told ``(stage, done, total)``.

        Raises
        ------
        FileError
            Where the folder cannot be written.
        """
        if progress is not None and not callable(progress):
            raise _options.refuse("progress", "cannot be called", "give a function or nothing")
        return self._core.sheets(_sheet_spec(lang, spec), Path(folder), progress)

    def __repr__(self) -> str:
        return f"<Cohort: {len(self):,} members, {self.persons:,} persons. {self.describe()}>"

    def _repr_html_(self) -> str:
        return _html.cohort(self)


def _sheet_spec(lang: object, spec: object) -> str:
    """Check what a sheet is asked for."""
    given = {} if spec is None else _options.mapping("spec", spec)
    keys = ["compare", "peers", "implementation", "support", "homes"]
    _options.known_keys("spec", given, keys)
    return _options.as_json({"lang": _options.lang(lang), **given})


def _cost_spec(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Check what a cost trajectory is asked for."""
    keys = ["period", "first", "last", "source", "price_base", "replicates", "seed"]
    _options.known_keys(name, given, keys)
    spec: dict[str, Any] = {}
    for key, value in given.items():
        if key == "period":
            spec[key] = _options.choice("period", value, Period)
        elif key == "source":
            spec[key] = _options.choice("source", value, CostSource)
        elif key == "price_base" and value is None:
            continue
        else:
            least = 0 if key in {"replicates", "seed"} else None
            spec[key] = _options.whole(key, value, least)
    return spec


def draw(
    register: _core.Register,
    *,
    time_zero: object,
    which: object,
    start: object,
    to: object,
    include: Mapping[str, Condition] | None,
    look_back_months: object,
    minimum_follow_up_months: object,
    follow_up_months: object,
    strata: object,
    precedence: object,
) -> Cohort:
    """Draw a cohort; :meth:`boligspor.Register.cohort` documents the options."""
    conditions = {} if include is None else _options.mapping("include", include)
    spec: dict[str, Any] = {
        "time_zero": _options.choice("time_zero", time_zero, TimeZero),
        "which": _options.choice("which", which, Which),
        "from": _options.optional_date("start", start),
        "to": _options.optional_date("to", to),
        "look_back_months": _options.whole("look_back_months", look_back_months, least=0),
        "minimum_follow_up_months": _options.whole(
            "minimum_follow_up_months", minimum_follow_up_months, least=0
        ),
        "strata": _options.names("strata", strata),
        "include": [
            {"name": name, "sql": test}
            for name, test in conditions.items()
            if isinstance(test, str)
        ],
    }
    if follow_up_months is not None:
        spec["follow_up_months"] = _options.whole("follow_up_months", follow_up_months, least=1)
    as_json = _options.as_json(spec)
    order = [] if precedence is None else _options.names("precedence", precedence)
    order = [_options.choice("precedence", state, State) for state in order]
    expressions = {name: test for name, test in conditions.items() if not isinstance(test, str)}
    masks: list[tuple[str, ArrowStream]] = []
    if expressions:
        candidates = pl.DataFrame(register.candidates(as_json))
        masks = [(name, _met(candidates, name, test)) for name, test in expressions.items()]
    return Cohort(_core.Cohort(register, as_json, order, masks))


def _met(candidates: pl.DataFrame, name: str, test: object) -> pl.DataFrame:
    """Evaluate a condition. A polars error can quote values, so its text stays out."""

    def refuse(problem: str, hint: str) -> ExpressionError:
        return ExpressionError(f'expression for the condition "{name}": {problem}; {hint}')

    shown = ", ".join(c for c in candidates.columns if c not in {"person", "dwelling"})
    if not isinstance(test, pl.Expr):
        raise refuse(
            "is neither a polars expression nor SQL",
            'write it as in pl.col("age") >= 18 or "age >= 18"',
        )
    try:
        met = candidates.select(met=test)
    except pl.exceptions.ColumnNotFoundError:
        raise refuse("names a column that is not there", f"columns are {shown}") from None
    # Whatever else a user's expression does may fail in any way.
    except Exception as error:  # noqa: BLE001 - as said
        raise refuse(
            f"cannot be evaluated ({type(error).__name__})", f"columns are {shown}"
        ) from None
    if met["met"].dtype != pl.Boolean:
        raise refuse(f"gives {met['met'].dtype} and not true or false", "compare with something")
    if met.height == 1 and candidates.height != 1:
        met = pl.select(met=pl.repeat(met.item(), candidates.height, dtype=pl.Boolean))
    if met.height != candidates.height:
        raise refuse("does not give one answer for each row", "leave out what changes the rows")
    return met
