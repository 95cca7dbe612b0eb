"""Drawing a cohort from a register: options looked at, conditions met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import polars as pl

from boligspor import _core, _options
from boligspor._input import ArrowStream
from boligspor.cohort import Cohort
from boligspor.definition import State
from boligspor.errors import ExpressionError

__all__ = ["Condition", "draw"]

Condition: TypeAlias = "pl.Expr | str"
"""A condition: a polars expression, or an SQL one such as ``"age >= 18"``."""

TimeZero: TypeAlias = Literal["placement", "enrolment"]
Which: TypeAlias = Literal["first", "every"]


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
