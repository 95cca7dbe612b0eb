"""What fitted models have in common: their terms, tests and warnings."""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import altair as alt
import polars as pl

from boligspor import _html, _view
from boligspor.charts import look

__all__ = [
    "ChiSquared",
    "CollinearityWarning",
    "ConvergenceWarning",
    "FitWarning",
    "NoEventsWarning",
    "SeparationWarning",
]

TERMS = ("coef", "std_error", "robust_std_error", "z", "p_value", "low", "high")


class FitWarning(UserWarning):
    """Something the reader of a fitted model must know."""


class ConvergenceWarning(FitWarning):
    """The iteration stopped before its tolerance was met."""


class SeparationWarning(FitWarning):
    """A coefficient grows without bound: some values have only events, or none."""


class CollinearityWarning(FitWarning):
    """A column is constant or a combination of earlier ones, and was left out."""


class NoEventsWarning(FitWarning):
    """There is nothing to estimate from."""


_KINDS: dict[str, type[FitWarning]] = {
    "not-converged": ConvergenceWarning,
    "separated": SeparationWarning,
    "collinear": CollinearityWarning,
    "no-events": NoEventsWarning,
}


def warned(
    rows: Iterable[tuple[str, int | None, str]], terms: Sequence[str], *, depth: int = 4
) -> list[FitWarning]:
    """Turn the library's warnings into Python's, tell them, and return them.

    They point at the caller ``depth`` frames above: the user's own line.
    """
    found = []
    for kind, column, text in rows:
        said = text if column is None else text.replace(f"column {column}", f"`{terms[column]}`", 1)
        found.append(_KINDS.get(kind, FitWarning)(said))
    for warning in found:
        python_warnings.warn(warning, stacklevel=depth)
    return found


@dataclass(frozen=True)
class ChiSquared:
    """A chi-squared statistic with its degrees of freedom and P value.

    Examples
    --------
    >>> from boligspor.estimate import ChiSquared
    >>> float(ChiSquared(3.84, 1, 0.05))
    3.84
    """

    statistic: float
    df: int
    p_value: float

    def __float__(self) -> float:
        return self.statistic


def term_table(names: Sequence[str], rows: Iterable[tuple[float | None, ...]]) -> pl.DataFrame:
    """Return a row for each term."""
    schema = dict.fromkeys(TERMS, pl.Float64)
    values = pl.DataFrame(list(rows), schema=schema, orient="row")
    return values.insert_column(0, pl.Series("term", list(names), dtype=pl.String))


def text(title: str, table: pl.DataFrame, warnings: Sequence[FitWarning]) -> str:
    """Write a fitted model for a terminal."""
    lines = [title, _view.text(table), *(f"Warning: {w}" for w in warnings)]
    return "\n".join(lines)


def html(title: str, table: pl.DataFrame, warnings: Sequence[FitWarning]) -> str:
    """Write a fitted model for a notebook."""
    shown = table.with_columns(pl.col("p_value").map_elements(_small, return_dtype=pl.String))
    return _html.note(title) + _html.table(shown) + _html.warnings(str(w) for w in warnings)


_SMALLEST = 0.001


def _small(p: float) -> str:
    return f"{p:.3f}" if not p < _SMALLEST else "< 0.001"


def forest(table: pl.DataFrame, *, axis: str, note: str, width: int) -> look.OfflineChart:
    """Draw each ratio with its interval, on a logarithmic axis."""
    ratio = pl.col("coef", "low", "high").exp()
    frame = table.with_columns(ratio).filter(pl.col("coef").is_finite())
    bounds = [frame["low"].min(), frame["high"].max()]
    low, high = (float(b) if isinstance(b, float) else 1.0 for b in bounds)
    scale = alt.Scale(type="log", domain=[min(low, 0.9), max(high, 1.1)], nice=True)
    ticks = alt.Axis(title=axis, grid=True, tickCount=6)
    x = alt.X("coef:Q", scale=scale, axis=ticks)
    y = alt.Y("term:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False))
    base = alt.Chart(frame)
    tips = ["term:N", *(alt.Tooltip(f"{c}:Q", format=".3f") for c in ("coef", "low", "high"))]
    one = (
        alt.Chart(pl.DataFrame({"coef": [1.0]}))
        .mark_rule(color=look.AXIS, strokeDash=[4, 3])
        .encode(x=x)
    )
    ends = alt.X("low:Q", scale=scale, axis=ticks)
    line = base.mark_rule(color=look.BLUE, strokeWidth=2).encode(x=ends, x2="high:Q", y=y)
    point = base.mark_point(color=look.BLUE, filled=True, size=70, opacity=1)
    main = alt.layer(one, line, point.encode(x=x, y=y, tooltip=tips))
    sized = main.properties(width=width, height=max(60, 26 * frame.height))
    return look.finish([sized], title=axis, notes=[note], width=width)
