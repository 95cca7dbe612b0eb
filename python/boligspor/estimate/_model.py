"""What every fitted regression offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _options
from boligspor.estimate import _fit
from boligspor.estimate._arrays import Coding
from boligspor.estimate._fit import ChiSquared, FitWarning

__all__ = ["HazardModel", "Model", "Penalty", "Ties", "Transform", "curves", "point"]

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
    _core: _core.Cox | _core.FineGray | _core.Glm
    _iterations: int

    def __init__(self, terms: Sequence[str], coding: Coding) -> None:
        self._terms = tuple(terms)
        self._coding = coding
        self._table = _fit.term_table(terms, self._core.terms())
        self._warnings = _fit.warned(self._core.warnings(), coding.terms, depth=5)

    @property
    def iterations(self) -> int:
        """Steps taken."""
        return self._iterations

    def covariance(self) -> pl.DataFrame:
        """Return the covariance of the coefficients behind their intervals."""
        p, values = len(self._terms), self._core.covariance()
        columns = {name: values[i * p : (i + 1) * p] for i, name in enumerate(self._terms)}
        return pl.DataFrame({"term": list(self._terms)} | columns)

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


class HazardModel(Model):
    """What models of hazards offer besides."""

    _core: _core.Cox | _core.FineGray
    _strata: list[Any]
    _tests: tuple[ChiSquared, ...]

    @property
    def log_likelihood(self) -> float:
        """Log partial likelihood at the estimate."""
        return self._core.log_likelihoods()[0]

    @property
    def null_log_likelihood(self) -> float:
        """Log partial likelihood with all coefficients zero."""
        return self._core.log_likelihoods()[1]

    @property
    def score_test(self) -> ChiSquared:
        """Score test of all coefficients, model-based."""
        return self._tests[0]

    @property
    def wald_test(self) -> ChiSquared:
        """Wald test of all coefficients, robust if the errors are."""
        return self._tests[-1]

    def ph_test(self, transform: Transform = "kaplan-meier") -> pl.DataFrame:
        """Test whether the coefficients are constant in time.

        Parameters
        ----------
        transform
            The function of time they might drift with.

        Returns
        -------
        polars.DataFrame
            ``term, statistic, df, p_value``: each covariate, then ``GLOBAL``.
        """
        groups = self._coding.groups
        chosen = _options.choice("transform", transform, Transform)
        terms, whole = self._core.ph_test(chosen, list(groups.values()))
        rows = [
            {"term": name, "statistic": s, "df": df, "p_value": p}
            for name, (s, df, p) in zip([*groups, "GLOBAL"], [*terms, whole], strict=True)
        ]
        return pl.DataFrame(rows)


def point(coding: Coding, at: Mapping[str, Any]) -> list[float]:
    coded = coding.apply({name: [value] for name, value in at.items()})
    return [float(column[0]) for column in coded]


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
