"""Logistic and Poisson regression."""

from __future__ import annotations

from typing import Literal, TypeAlias

import polars as pl

from boligspor import _core, _options
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike, Coding, Covariates
from boligspor.estimate._model import Model, Penalty

__all__ = ["Glm", "glm"]

Family: TypeAlias = Literal["logistic", "poisson"]
"""The distribution of the outcome."""

Errors: TypeAlias = Literal["model", "quasi", "robust"]
"""Which standard errors tests and intervals use."""


def glm(
    outcome: ArrayLike,
    covariates: Covariates | None = None,
    *,
    family: Family = "logistic",
    weights: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    intercept: bool = True,
    errors: Errors = "model",
    penalty: Penalty = "none",
    ridge: float = 0.0,
    conf_level: float = 0.95,
) -> Glm:
    """Fit logistic or Poisson regression.

    Parameters
    ----------
    outcome
        0 and 1 (or shares, with the number of trials as weights) for logistic,
        counts for Poisson regression.
    covariates
        As for :func:`cox`.
    family
        ``"logistic"`` or ``"poisson"``.
    weights
        Case weights, or numbers of trials.
    offset
        A term with coefficient 1: the logarithm of exposure, for rates.
    cluster
        Groups of rows that are not independent; asks for robust errors.
    intercept
        Whether there is one.
    errors
        ``"model"``, ``"quasi"`` (over-dispersed) or ``"robust"``.
    penalty
        ``"firth"`` for sparse data, ``"firth-if-separated"`` only where needed.
    ridge
        Penalty on the squared coefficients of standardised columns.
    conf_level
        Confidence level of the intervals.

    Returns
    -------
    Glm

    Examples
    --------
    >>> from boligspor.estimate import glm
    >>> fit = glm([1, 0, 0, 1, 1, 0], {"x": [0, 0, 0, 1, 1, 1]})
    >>> round(fit.table()["coef"].to_list()[1], 6)  # ln 4
    1.386294
    """
    coding, coded = Coding.of(covariates)
    columns = _arrays.frame(
        {
            "outcome": _arrays.numbers("outcome", outcome),
            "weights": None if weights is None else _arrays.numbers("weights", weights),
            "offset": None if offset is None else _arrays.numbers("offset", offset),
            "cluster": None if cluster is None else _arrays.identities("cluster", cluster),
        }
        | _arrays.columns(coded)
    )
    chosen = _arrays.options(
        family=_options.choice("family", family, Family),
        intercept=_options.flag("intercept", intercept),
        errors=_options.choice("errors", errors, Errors),
        penalty=_options.choice("penalty", penalty, Penalty),
        ridge=float(ridge),
        level=conf_level,
    )
    return Glm(_core.estimate_glm(columns, chosen), coding, family, intercept=intercept)


class Glm(Model):
    """A fitted logistic or Poisson regression. Made by :func:`glm`."""

    def __init__(self, core: _core.Glm, coding: Coding, family: str, *, intercept: bool) -> None:
        self._core: _core.Glm = core
        rows, self._iterations, self._penalised = core.counts()
        self._ratio = "Odds ratio" if family == "logistic" else "Rate ratio"
        self._title = f"{family.capitalize()} regression of {rows} rows"
        names = ["(intercept)", *coding.terms] if intercept else coding.terms
        super().__init__(names, coding)

    @property
    def deviance(self) -> float:
        """Twice the log-likelihood lost against a model that fits perfectly."""
        return self._core.deviances()[0]

    @property
    def null_deviance(self) -> float:
        """The same with intercept and offset only."""
        return self._core.deviances()[1]

    @property
    def dispersion(self) -> float:
        """Pearson's chi-squared over the residual degrees of freedom."""
        return self._core.deviances()[2]

    @property
    def penalised(self) -> bool:
        """Whether Firth's penalty was used."""
        return self._penalised

    @property
    def fitted(self) -> pl.Series:
        """Fitted means, by row."""
        return pl.Series("fitted", self._core.fitted())

    def predict(self, covariates: Covariates, *, offset: ArrayLike | None = None) -> pl.Series:
        """Return predicted means for new rows."""
        given = None if offset is None else _arrays.numbers("offset", offset)
        columns = _arrays.columns(self._coding.apply(covariates)) | {"offset": given}
        return pl.Series("predicted", self._core.predict(_arrays.frame(columns)))
