"""Disclosure control: what may leave the secure environment, with its proof.

Tables that are safe one by one leak together, so everything that is to be
released is cleared as one bundle, beside what was released before. A
:class:`Population` says who the people are and which tables are wanted;
:meth:`Population.release` gives a :class:`Release`, the only thing here that
can be written. See ``docs/disclosure.md``.

Examples
--------
>>> from boligspor import disclosure
>>> people = disclosure.Population(persons=60)
>>> place = people.attribute("place", ["Odense"] * 40 + ["Assens"] * 20)
>>> home = people.attribute("home", (["kept"] * 9 + ["lost"]) * 4 + ["kept"] * 18 + ["lost"] * 2)
>>> people.table("home by place", [place, home])
>>> release = people.release("statistics-denmark")
>>> release.table()["value"].null_count()
5
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from boligspor import _core
from boligspor.errors import DisclosureError
from boligspor.release import Unreleased

__all__ = [
    "Amount",
    "Attribute",
    "Population",
    "Release",
    "check",
    "describe",
    "ledger",
    "policies",
]

Lang = Literal["da", "en"]


@dataclass(frozen=True, eq=False)
class Attribute:
    """A column of categories of one :class:`Population`, whose method made it."""

    name: str


@dataclass(frozen=True, eq=False)
class Amount:
    """A column of amounts of one :class:`Population`, whose method made it."""

    name: str


class Population(Unreleased):
    """People with categories and amounts, one row each, and the tables wanted of them.

    Parameters
    ----------
    persons
        How many people there are. Each column then has one value a person.
    """

    def __init__(self, *, persons: int) -> None:
        if persons < 0:
            raise DisclosureError("persons is negative; give the number of rows")
        self._persons = persons
        self._core = _core.DisclosurePopulation(persons)
        self._attributes: list[Attribute] = []
        self._amounts: list[Amount] = []

    def attribute(self, name: str, values: Iterable[object]) -> Attribute:
        """Add a category for each person; missing values are a category of their own.

        Parameters
        ----------
        name
            What the attribute is called in labels.
        values
            One value a person, of any kind that has a text.
        """
        texts = ["(missing)" if value is None else str(value) for value in values]
        self._core.attribute(name, texts)
        self._attributes.append(Attribute(name))
        return self._attributes[-1]

    def amount(self, name: str, values: Iterable[int]) -> Amount:
        """Add an amount for each person, in whole units and not negative.

        Parameters
        ----------
        name
            What the amount is called.
        values
            One whole number a person: a missing one is an error, not 0.
        """
        whole = []
        for value in values:
            if value is None or int(value) != value:
                raise DisclosureError(
                    f"amount {name}: some are missing or not whole; use the smallest unit (øre)"
                )
            whole.append(int(value))
        self._core.amount(name, whole)
        self._amounts.append(Amount(name))
        return self._amounts[-1]

    def table(self, name: str, by: Sequence[Attribute]) -> None:
        """Ask for counts by some attributes, with every margin and the total."""
        self._core.table(name, self._columns(by))

    def means(self, name: str, amount: Amount, by: Sequence[Attribute] = ()) -> None:
        """Ask for the mean of an amount by some attributes, with every margin."""
        self._core.means(name, _place(amount, self._amounts), self._columns(by))

    def shares(self, name: str, of: Attribute, by: Sequence[Attribute] = ()) -> None:
        """Ask for the percentage of each category of an attribute, by others."""
        self._core.shares(name, _place(of, self._attributes), self._columns(by))

    def earlier(
        self,
        ledger: str | os.PathLike[str],
        release: str,
        place: tuple[str, str],
        group: Mapping[Attribute, str] | None = None,
        *,
        amount: Amount | None = None,
    ) -> None:
        """Name a number of an earlier release, and the group that it was of.

        It cannot be withheld any more; today's numbers give way to it.

        Parameters
        ----------
        ledger
            The project's ledger.
        release
            The name of the earlier release.
        place
            The number's table and label then.
        group
            The group rebuilt from today's data: categories of attributes.
        amount
            The amount, where the number was a mean.
        """
        pairs = [(_place(a, self._attributes), category) for a, category in (group or {}).items()]
        index = None if amount is None else _place(amount, self._amounts)
        self._core.earlier(os.fspath(ledger), release, place, pairs, index)

    def release(self, policy: str | os.PathLike[str]) -> Release:
        """Clear all tables together.

        Parameters
        ----------
        policy
            The name of a shipped policy (:func:`policies`), or the path of a TOML file.

        Raises
        ------
        DisclosureError
            No proof was found: the message names the tables to coarsen.
        """
        return Release(self._core.release(policy_text(policy)))

    def _columns(self, by: Sequence[Attribute]) -> list[int]:
        return [_place(attribute, self._attributes) for attribute in by]

    def __repr__(self) -> str:
        return f"<Population of {self._persons:,}>"


class Release:
    """What may leave. Made by :meth:`Population.release`."""

    def __init__(self, core: _core.DisclosureRelease) -> None:
        self._core = core

    def table(self) -> pl.DataFrame:
        """Return the numbers: ``table, label, value, unit``; withheld values are null."""
        columns = ["table", "label", "value", "unit"]
        types = [pl.String, pl.String, pl.Float64, pl.String]
        return pl.DataFrame(
            self._core.numbers(), schema=dict(zip(columns, types, strict=True)), orient="row"
        )

    def describe(self, lang: Lang = "en") -> str:
        """Return the rules that were applied, each with its source and certainty."""
        return self._core.describe(lang)

    def write(
        self,
        folder: str | os.PathLike[str],
        *,
        name: str = "",
        what: str = "",
        why: str = "",
        population: str = "",
    ) -> Path:
        """Write the release to a new folder: ``released`` may leave, ``review`` stays.

        ``released`` has numbers, policy, request sheets and manifest; ``review`` the
        proof, whose cells are the combinations of categories that occur.

        Parameters
        ----------
        folder
            Where to; it must be empty or not exist.
        name, what, why, population
            What the request sheet says of the release.
        """
        request = {"name": name, "what": what, "why": why, "population": population}
        self._core.write(os.fspath(folder), json.dumps(request))
        return Path(folder)

    def enter(self, ledger: str | os.PathLike[str], name: str) -> None:
        """Enter the release in the project's ledger, under a new name."""
        self._core.enter(os.fspath(ledger), name)

    def __repr__(self) -> str:
        numbers = self._core.numbers()
        withheld = sum(value is None for _, _, value, _ in numbers)
        return f"<Release: {len(numbers) - withheld:,} numbers shown, {withheld:,} withheld>"

    def _repr_html_(self) -> str:
        return self._core.request("{}", "en")


def policies() -> list[str]:
    """Return the names of the shipped policies.

    Examples
    --------
    >>> from boligspor import disclosure
    >>> "opensafely" in disclosure.policies()
    True
    """
    return _core.disclosure_policies()


def describe(policy: str | os.PathLike[str], lang: Lang = "en") -> str:
    """Return a policy's rules in sentences.

    Examples
    --------
    >>> from boligspor import disclosure
    >>> disclosure.describe("statistics-denmark", "da")[:27]
    'Regelsæt statistics-denmark'
    """
    return _core.disclosure_describe(policy_text(policy), lang)


def check(folder: str | os.PathLike[str]) -> None:
    """Verify the certificate of a release's folder, or a study's, from its files alone."""
    _core.disclosure_check(os.fspath(folder))


def ledger(path: str | os.PathLike[str]) -> pl.DataFrame:
    """Return the numbers released so far: ``release, table, label, value``."""
    columns = ["release", "table", "label", "value"]
    types = [pl.String, pl.String, pl.String, pl.Float64]
    return pl.DataFrame(
        _core.disclosure_ledger(os.fspath(path)),
        schema=dict(zip(columns, types, strict=True)),
        orient="row",
    )


def _place(column: Attribute | Amount, columns: Sequence[Attribute | Amount]) -> int:
    """Return where a column stands among those of its population."""
    for place, own in enumerate(columns):
        if own is column:
            return place
    raise DisclosureError(f"{column.name} is a column of another population")


def policy_text(policy: str | os.PathLike[str]) -> str:
    """Return the name of a shipped policy, or the text of a policy's file."""
    text = os.fspath(policy)
    if text in _core.disclosure_policies() or not text.endswith(".toml"):
        return text
    try:
        return Path(text).read_text(encoding="utf-8")
    except OSError as error:
        raise DisclosureError(f"policy file cannot be read: {error.strerror}") from None
