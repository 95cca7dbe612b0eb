"""What a cost trajectory is asked for, looked at before it crosses to Rust."""

from __future__ import annotations

from typing import Any

from boligspor import _options
from boligspor.costs import CostSource, Death, IntervalMethod, Period

_WORDS = {"period": Period, "source": CostSource, "death": Death, "method": IntervalMethod}
_NUMBERS = ("first", "last", "price_base", "cap", "replicates", "seed")


def cost_spec(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Check what a cost trajectory is asked for."""
    _options.known_keys(name, given, [*_WORDS, *_NUMBERS, "views"])
    spec: dict[str, Any] = {}
    for key, value in given.items():
        if key in _WORDS:
            spec[key] = _options.choice(key, value, _WORDS[key])
        elif value is None or value is False:
            continue
        elif key == "views":
            spec[key] = {} if value is True else _views(value)
        else:
            least = {"replicates": 0, "seed": 0, "cap": 1}.get(key)
            spec[key] = _options.whole(key, value, least)
    return spec


def _views(value: object) -> dict[str, Any]:
    """Check whose money is counted, and how it is discounted."""
    given = _options.mapping("views", value)
    _options.known_keys("views", given, ["rate", "net_tax_factor", "transfers"])
    if "transfers" in given:
        given["transfers"] = _options.names("transfers", given["transfers"])
    for key in ("rate", "net_tax_factor"):
        number = given.get(key)
        if number is None:
            given.pop(key, None)
        elif isinstance(number, bool) or not isinstance(number, int | float):
            raise _options.refuse(key, "is no number", "give one, such as 0.03 or 1.28")
    return given
