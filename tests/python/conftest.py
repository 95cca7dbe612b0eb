"""Tables, a register and a cohort that most tests start from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import boligspor as bs

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def tables() -> dict[str, Any]:
    return dict(bs.synth("odense_like", people=400, seed=11))


@pytest.fixture(scope="session")
def register(tables: dict[str, Any]) -> bs.Register:
    return bs.Register(**tables, observed_from="2008-01-01", observed_until="2023-12-31")


@pytest.fixture(scope="session")
def cohort(register: bs.Register) -> bs.Cohort:
    return register.cohort(strata=["support_method"])


@pytest.fixture
def small() -> dict[str, Any]:
    """Two people, by hand, whose identifiers must never be seen again."""
    return {
        "persons": {
            "person": ["SECRET-1", "SECRET-2"],
            "birth_date": ["1980-05-01", "1990-07-01"],
            "sex": ["m", "f"],
        },
        "placements": {
            "person": ["SECRET-1", "SECRET-2"],
            "placed_on": ["2020-01-01", "2020-06-01"],
            "municipality": ["461", "461"],
            "dwelling": ["SECRET-HOME", None],
        },
        "stays": {
            "person": ["SECRET-1", "SECRET-2", "SECRET-2"],
            "start": ["2020-01-01", "2020-06-01", "2020-09-01"],
            "end": [None, "2020-09-01", None],
            "state": ["dwelling", "dwelling", "shelter"],
            "dwelling": ["SECRET-HOME", "SECRET-FLAT", None],
        },
    }
