"""What "still housed" means: every choice an evaluator can be asked about."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias, get_args

from boligspor import _core, _options
from boligspor._options import Lang

__all__ = ["Counted", "Definition", "Handling", "Home", "HorizonUnit", "Measure", "State"]

State: TypeAlias = Literal[
    "dead",
    "abroad",
    "prison",
    "hospital",
    "treatment",
    "shelter",
    "institution",
    "street",
    "hotel",
    "sofa",
    "transitional",
    "dwelling",
    "unknown",
]
"""The housing states, one for each person and day, in their default precedence."""

Home: TypeAlias = Literal["allotted_dwelling", "any_dwelling"] | Mapping[str, int]
"""What counts as a home; ``{"any_dwelling_held": 6}`` for one held at least six months."""

Counted: TypeAlias = Literal["placed", "enrolled"]
"""Who is in the denominator."""

Measure: TypeAlias = Literal["at", "throughout", "days_housed"]
"""Which question is asked at a horizon."""

Handling: TypeAlias = Literal[
    "not_retained", "retained_if_kept", "excluded", "censored", "competing"
]
"""What a state other than a dwelling counts as."""

HorizonUnit: TypeAlias = Literal["months", "years", "days"]
"""The unit that horizons count in."""

_HANDLED = ("death", "abroad", "prison", "hospital", "treatment", "institution", "unknown")


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """A definition of housing retention.

    States that have no field here (shelter, street, hotel, family or friends,
    transitional housing) are not a home unless ``also_home`` lists them.

    Parameters
    ----------
    name
        A short name, unique among the definitions of a study.
    home
        What counts as a home: ``"any_dwelling"``, ``"allotted_dwelling"``, or
        ``{"any_dwelling_held": m}`` for a dwelling held at least `m` months.
    also_home
        Further states that count as a home, such as ``"transitional"``.
    counted
        Who is in the denominator: those ``"placed"`` or all ``"enrolled"``.
    measure
        In a home ``"at"`` the horizon, ``"throughout"`` up to it, or the share
        of ``"days_housed"``.
    death, abroad, prison, hospital, treatment, institution, unknown
        What each state counts as: ``"not_retained"``, ``"retained_if_kept"``
        (the dwelling), ``"excluded"``, ``"censored"`` or ``"competing"``.
    forgiven_absence_days
        An absence of at most so many days between two days at home counts as
        at home.
    unit
        The unit of `horizons`.
    horizons
        When retention is read off, in rising order.
    at_last_observation
        Also read it off at each person's last observed day.
    source
        Where the definition comes from.

    Examples
    --------
    >>> from boligspor import Definition
    >>> strict = Definition(home="allotted_dwelling", measure="throughout", horizons=[12, 24])
    >>> strict.describe()[:56]
    'Share of those placed who live in the allotted dwelling '
    >>> Definition.preset("odense_vive", forgiven_absence_days=30).prison
    'retained_if_kept'
    """

    name: str = "any dwelling"
    home: Home = "any_dwelling"
    also_home: Sequence[State] = ()
    counted: Counted = "placed"
    measure: Measure = "at"
    death: Handling = "excluded"
    abroad: Handling = "censored"
    prison: Handling = "not_retained"
    hospital: Handling = "retained_if_kept"
    treatment: Handling = "retained_if_kept"
    institution: Handling = "not_retained"
    unknown: Handling = "not_retained"
    forgiven_absence_days: int = 0
    unit: HorizonUnit = "months"
    horizons: Sequence[int] = (6, 12, 24, 36)
    at_last_observation: bool = False
    source: str | None = None

    def __post_init__(self) -> None:
        at = "definition."
        put = object.__setattr__
        if not isinstance(self.name, str):
            raise _options.refuse(at + "name", "is no text", "give the definition a short name")
        _check_home(self.home)
        also = _options.names(at + "also_home", self.also_home)
        put(self, "also_home", tuple(_options.choice(at + "also_home", s, State) for s in also))
        _options.choice(at + "counted", self.counted, Counted)
        _options.choice(at + "measure", self.measure, Measure)
        for field in _HANDLED:
            _options.choice(at + field, getattr(self, field), Handling)
        _options.whole(at + "forgiven_absence_days", self.forgiven_absence_days, least=0)
        _options.choice(at + "unit", self.unit, HorizonUnit)
        horizons: object = self.horizons
        if isinstance(horizons, str) or not isinstance(horizons, Sequence):
            raise _options.refuse(at + "horizons", "is no list", "give one, such as [12, 24, 36]")
        put(
            self,
            "horizons",
            tuple(_options.whole(at + "horizons", h, least=1) for h in self.horizons),
        )
        _options.flag(at + "at_last_observation", self.at_last_observation)
        _core.definition_validate(self.to_json())

    @classmethod
    def preset(cls, name: str, /, **changes: Any) -> Self:  # noqa: ANN401 - the fields have types
        """Return the definition of a published study, as far as it is published.

        Every choice that its source leaves open is this package's, and
        ``source`` says so.

        Parameters
        ----------
        name
            One of :meth:`presets`.
        **changes
            Fields to change.

        Raises
        ------
        OptionError
            Where there is no such preset or field, or a value cannot be used.

        Examples
        --------
        >>> Definition.preset("tsemberis").counted
        'enrolled'
        """
        if not isinstance(name, str):
            raise _options.refuse(
                "definition", "is no name of a preset", "presets are " + ", ".join(cls.presets())
            )
        return cls._of(json.loads(_core.definition_preset(name))).replace(**changes)

    @staticmethod
    def presets() -> list[str]:
        """Return the names of the presets.

        Examples
        --------
        >>> Definition.presets()[0]
        'odense_vive'
        """
        return _core.presets()

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401 - the fields have types
        """Return the definition with some fields changed.

        Examples
        --------
        >>> Definition().replace(horizons=[12]).horizons
        (12,)
        """
        fields = [f.name for f in dataclasses.fields(self)]
        _options.known_keys("definition", changes, fields)
        return dataclasses.replace(self, **changes)

    def describe(self, lang: Lang = "en") -> str:
        """Return the definition in one sentence, fit to stand under a table.

        Examples
        --------
        >>> Definition().describe("da")[:43]
        'Andel af de boligplacerede, der på årsdagen'
        """
        return _core.definition_describe(self.to_json(), _options.lang(lang))

    def to_json(self) -> str:
        """Return the definition as JSON, with the keys of a study file.

        Examples
        --------
        >>> '"home": "any_dwelling"' in Definition().to_json()
        True
        """
        return _options.as_json(self._fields())

    def _fields(self) -> dict[str, Any]:
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        if isinstance(self.home, Mapping):
            fields["home"] = dict(self.home)
        return fields

    @classmethod
    def _of(cls, fields: dict[str, Any]) -> Self:
        return cls(**fields)

    def _repr_html_(self) -> str:
        from boligspor import _html  # noqa: PLC0415 - only a notebook needs it

        return _html.definition(self)


def _check_home(home: object) -> None:
    words = get_args(get_args(Home)[0])
    if isinstance(home, Mapping):
        _options.known_keys("definition.home", home, ["any_dwelling_held"])
        if len(home) == 1:
            _options.whole("definition.home", home["any_dwelling_held"], least=1)
            return
    elif home in words:
        return
    raise _options.refuse(
        "definition.home",
        "is none of its choices",
        'choose "any_dwelling", "allotted_dwelling" or {"any_dwelling_held": months}',
    )


def read(definition: Definition | str | None, changes: dict[str, Any]) -> Definition:
    """Return the definition meant: a given one, a preset by name, or the default, changed."""
    if definition is None:
        return Definition().replace(**changes)
    if isinstance(definition, str):
        return Definition.preset(definition, **changes)
    if isinstance(definition, Definition):
        return definition.replace(**changes)
    raise _options.refuse(
        "definition",
        "is no definition",
        "give a Definition or the name of a preset: " + ", ".join(Definition.presets()),
    )
