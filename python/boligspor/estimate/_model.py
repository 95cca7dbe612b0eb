"""What every fitted regression offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _options
from boligspor.estimate import _fit
from boligspor.estimate._arrays import Coding
from boligspor.estimate._fit import FitWarning

__all__ = ["Model", "Penalty", "Ties", "Transform", "curves", "ph_test", "point", "square"]

Ties: TypeAlias = Literal["efron", "breslow", "exact"]
"""How tied events share their risk set."""

Penalty: TypeAlias = Literal["none", "firth", "firth-if-separated"]
"""What is added to the log-likelihood when data are sparse."""

Transform: TypeAlias = Literal["kaplan-meier", "rank", "identity", "log"]
"""The function of time that a coefficient might drift with."""


class Model:
    """What every fitted model offers."""

    _title: str
    _ratio: str

    def __init__(
        self, terms: Sequence[str], table: pl.DataFrame, warnings: list[FitWarning]
    ) -> None:
        self._terms = tuple(terms)
        self._table = table
        self._warnings = warnings

    @property
    def warnings(self) -> list[FitWarning]:
        """What a reader must know before using the numbers."""
        return list(self._warnings)

    def table(self) -> pl.DataFrame:
        """Return a row for each term.

        Returns
        -------
        polars.DataFrame
            ``term, coef, std_error, robust_std_error, z, p_value, low, high``,
            on the logarithmic scale of the coefficients.
        """
        return self._table

    def plot(self, *, width: int = 420) -> alt.TopLevelMixin:
        """Return a chart of the ratios with their intervals, as an Altair chart."""
        shown = self._table.filter(pl.col("term") != "(intercept)")
        least = _options.whole("width", width, least=100)
        return _fit.forest(shown, axis=self._ratio, note=self._title, width=least)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return _fit.text(f"<{self._title}>", self._table, self._warnings)

    def _repr_html_(self) -> str:
        return _fit.html(self._title, self._table, self._warnings)


def ph_test(core: _core.Cox | _core.FineGray, coding: Coding, transform: str) -> pl.DataFrame:
    groups = coding.groups
    chosen = _options.choice("transform", transform, Transform)
    terms, whole = core.ph_test(chosen, list(groups.values()))
    rows = [
        {"term": name, "statistic": s, "df": df, "p_value": p}
        for name, (s, df, p) in zip([*groups, "GLOBAL"], [*terms, whole], strict=True)
    ]
    return pl.DataFrame(rows)


def point(coding: Coding, at: Mapping[str, Any]) -> list[float]:
    coded = coding.apply({name: [value] for name, value in at.items()})
    return [float(column[0]) for column in coded]


def square(names: Sequence[str], values: Sequence[float]) -> pl.DataFrame:
    p = len(names)
    columns = {name: values[i * p : (i + 1) * p] for i, name in enumerate(names)}
    return pl.DataFrame({"term": list(names)} | columns)


def curves(
    curves: Sequence[tuple[Any, ...]], names: Sequence[str], strata: Sequence[Any]
) -> pl.DataFrame:
    frames = []
    for stratum, *columns in curves:
        made = pl.DataFrame(dict(zip(names, columns, strict=True)), schema_overrides=_floats(names))
        if strata:
            label = pl.Series("stratum", [strata[stratum]] * made.height)
            made = made.insert_column(0, label)
        frames.append(made)
    return pl.concat(frames, how="vertical_relaxed")


def _floats(names: Sequence[str]) -> dict[str, type[pl.Float64]]:
    return dict.fromkeys(names, pl.Float64)
