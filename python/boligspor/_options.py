"""Options looked at before they cross to Rust, for errors in Python's terms."""

from __future__ import annotations

import datetime as dt
import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias, get_args

from boligspor.errors import OptionError

Lang: TypeAlias = Literal["en", "da"]
"""The languages of descriptions: English and Danish."""


def refuse(name: str, problem: str, hint: str) -> OptionError:
    """Make the error for an option, worded as the library words them."""
    return OptionError(f"option `{name}` {problem}; {hint}", option=name)


def choice(name: str, value: object, alias: Any) -> str:  # noqa: ANN401 - a Literal is no type
    """Return a value that must be one of a ``Literal``'s."""
    allowed = get_args(alias)
    if isinstance(value, str) and value in allowed:
        return value
    listed = "choose " + ", ".join(f'"{a}"' for a in allowed)
    if isinstance(value, str) and (near := difflib.get_close_matches(value, allowed, n=1)):
        listed = f'did you mean "{near[0]}"? Or {listed}'
    raise refuse(name, "is none of its choices", listed)


def lang(value: object) -> str:
    """Return a language's code."""
    return choice("lang", value, Lang)


def iso_date(name: str, value: object) -> str:
    """Return a date as ISO text, from a date or from such text."""
    match value:
        case dt.datetime():
            if value.time() != dt.time(0):
                raise refuse(name, "has a time of day", "give a date, such as 2023-12-31")
            return value.date().isoformat()
        case dt.date():
            return value.isoformat()
        case str():
            try:
                return dt.date.fromisoformat(value).isoformat()
            except ValueError:
                pass
    raise refuse(name, "is not a date", "give a datetime.date, or text such as 2023-12-31")


def optional_date(name: str, value: object) -> str | None:
    """Return an optional date as ISO text."""
    return None if value is None else iso_date(name, value)


def whole(name: str, value: object, least: int | None = None) -> int:
    """Return a whole number, at least ``least``."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise refuse(name, "is no whole number", "give one, such as 12")
    number = value.__index__()
    if least is not None and number < least:
        raise refuse(name, f"is less than {least}", f"give {least} or more")
    most = 2**31 - 1
    if not -most <= number <= most:
        raise refuse(name, "is beyond any use", "give a smaller number")
    return int(number)


def flag(name: str, value: object) -> bool:
    """Return a boolean."""
    if not isinstance(value, bool):
        raise refuse(name, "is neither True nor False", "give one of the two")
    return value


def share(name: str, value: object) -> float:
    """Return a number strictly between 0 and 1."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise refuse(name, "is no number", "give one between 0 and 1, such as 0.95")
    number = float(value)
    if not 0 < number < 1:
        raise refuse(name, "is not between 0 and 1", "give a share, such as 0.95")
    return number


def names(name: str, value: object) -> list[str]:
    """Return a list of names, from a sequence of texts or a single one."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Iterable):
        listed = list(value)
        if all(isinstance(v, str) for v in listed):
            return listed
    raise refuse(name, "is no list of names", 'give column names, such as ["sex", "age_group"]')


def mapping(name: str, value: object) -> dict[str, Any]:
    """Return a mapping with text keys as a dict."""
    if isinstance(value, Mapping) and all(isinstance(k, str) for k in value):
        return dict(value)
    raise refuse(name, "is no mapping by name", 'give a dict, such as {"adults": "age >= 18"}')


def known_keys(name: str, given: Iterable[str], allowed: Iterable[str]) -> None:
    """Refuse a key that is none of those allowed, naming the nearest."""
    allowed = list(allowed)
    for key in given:
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "keys are " + ", ".join(allowed)
            raise refuse(name, f"has an unknown key `{key}`", hint)


def as_json(value: object) -> str:
    """Write options as JSON, as the extension module reads them."""
    return json.dumps(value, ensure_ascii=False)
