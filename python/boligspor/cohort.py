"""The cohort: who is followed, from when, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from boligspor import _core, _html, _options
from boligspor import retention_curve as curves
from boligspor._cohort_costs import CostAnalyses
from boligspor._cohort_municipalities import MunicipalAnalyses
from boligspor._options import Lang
from boligspor.attrition import Attrition
from boligspor.days_housed import DaysHoused
from boligspor.definition import Definition, State, read
from boligspor.groups import GroupComparison
from boligspor.release import Unreleased
from boligspor.retention import Definitions, Retention
from boligspor.retention_curve import IntervalScale, Resolution, RetentionCurve
from boligspor.returns import Returns, ReturnTo

__all__ = ["Cohort"]


class Cohort(CostAnalyses, MunicipalAnalyses, Unreleased):
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

    def __repr__(self) -> str:
        return f"<Cohort: {len(self):,} members, {self.persons:,} persons. {self.describe()}>"

    def _repr_html_(self) -> str:
        return _html.cohort(self)
