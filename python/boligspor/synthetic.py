"""Synthetic registers: tables of people who do not exist, with known answers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, TypeAlias, TypedDict, cast, overload

import polars as pl

from boligspor import _core, _options

__all__ = ["Preset", "Tables", "synth"]

Preset: TypeAlias = Literal["odense_like", "country", "cohort"]
"""The synthetic registers there are: one municipality, 98 of them, a small cohort."""


class Tables(TypedDict):
    """The tables of a synthetic register, by the names that :class:`Register` takes."""

    persons: pl.DataFrame
    placements: pl.DataFrame
    stays: pl.DataFrame
    costs: pl.DataFrame
    municipalities: pl.DataFrame
    counts: pl.DataFrame
    capacity: pl.DataFrame
    allocations: pl.DataFrame
    assessments: pl.DataFrame
    second_assessments: pl.DataFrame
    context: pl.DataFrame
    price_index: pl.DataFrame


@overload
def synth(
    preset: Preset = ..., *, people: int | None = ..., seed: int | None = ..., out: None = ...
) -> Tables: ...


@overload
def synth(
    preset: Preset = ...,
    *,
    people: int | None = ...,
    seed: int | None = ...,
    out: str | os.PathLike[str],
) -> Path: ...


def synth(
    preset: Preset = "odense_like",
    *,
    people: int | None = None,
    seed: int | None = None,
    out: str | os.PathLike[str] | None = None,
) -> Tables | Path:
    """Make a synthetic register. The same arguments make the same tables.

    Everything in it is invented: municipality codes and names are a code list,
    and no figure describes a real place or person.

    Parameters
    ----------
    preset
        ``"odense_like"``: one municipality of about 500 placements in 2012-2020,
        observed from 2008 to 2023. ``"country"``: 98 municipalities with
        placements in 2016-2023, observed from 2013 to 2024. ``"cohort"``: 1,000
        people placed in 2015-2017, for simulations.
    people
        How many people; nothing for the preset's own number.
    seed
        The seed; nothing for the preset's own.
    out
        A folder to write Parquet files to, together with the planted truth. At
        any size: memory does not grow with it.

    Returns
    -------
    dict of polars.DataFrame, or pathlib.Path
        The tables by name, as :class:`Register` takes them, or the folder.

    Raises
    ------
    OptionError
        Where an option cannot be used.
    FileError
        Where the folder cannot be written.

    Examples
    --------
    >>> import boligspor
    >>> tables = boligspor.synth("odense_like", people=50, seed=1)
    >>> tables["persons"].height
    50
    """
    chosen = _options.choice("preset", preset, Preset)
    size = None if people is None else _options.whole("people", people, least=1)
    start = None if seed is None else _options.whole("seed", seed, least=0)
    if out is None:
        made = _core.synth(chosen, size, start)
        return cast("Tables", {name: pl.DataFrame(frame) for name, frame in made})
    folder = Path(out)
    _core.synth_write(chosen, size, start, folder)
    return folder
