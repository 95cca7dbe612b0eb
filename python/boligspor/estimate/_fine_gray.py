"""Fine and Gray's regression of the subdistribution hazard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import polars as pl

from boligspor import _core, _options
from boligspor.estimate import _arrays, _columns
from boligspor.estimate._arrays import ArrayLike, Coding, Covariates
from boligspor.estimate._curves import ConfType
from boligspor.estimate._fit import ChiSquared
from boligspor.estimate._model import HazardModel, curves, point

__all__ = ["FineGray", "fine_gray"]

Convention: TypeAlias = Literal["weighted", "original"]
"""Whose Fine-Gray conventions to follow: R survival's, or R cmprsk's."""


def fine_gray(
    duration: ArrayLike,
    cause: ArrayLike,
    covariates: Covariates,
    *,
    of: object,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    ties: Literal["efron", "breslow"] = "efron",
    convention: Convention = "weighted",
    conf_level: float = 0.95,
) -> FineGray:
    """Fit Fine and Gray's model of one of several competing causes.

    Parameters
    ----------
    duration
        Time to the event or the end of observation.
    cause
        What happened: 0 or null where nothing did (censored).
    covariates
        As for :func:`cox`.
    of
        The cause of interest.
    entry, weights, strata
        As for :func:`cox`.
    cluster
        Groups for the robust errors: give each person's number for errors by
        person. Without it they are those that R prints on the data of
        ``finegray``, which count the pieces that changing weights split a
        person into as people, and are a few per cent too small.
    ties
        ``"efron"`` or ``"breslow"``.
    convention
        ``"weighted"``: R survival's ``finegray`` with ``coxph``. ``"original"``:
        R cmprsk's ``crr``, whose errors count that the distribution of
        censoring is estimated.
    conf_level
        Confidence level of the intervals.

    Returns
    -------
    FineGray

    Examples
    --------
    >>> from boligspor.estimate import fine_gray
    >>> fit = fine_gray(
    ...     [1, 2, 3, 4, 5, 6],
    ...     [1, 2, 1, 0, 1, 2],
    ...     {"x": [0.3, 0.1, 0.9, 0.5, 0.2, 0.4]},
    ...     of=1,
    ... )
    >>> fit.table().columns[:3]
    ['term', 'coef', 'std_error']
    """
    coding, coded = Coding.of(covariates)
    codes, levels = (None, []) if strata is None else _arrays.labelled("strata", strata)
    columns = _arrays.frame(
        {
            "time": _arrays.numbers("duration", duration),
            "cause": _causes(cause, of),
            "entry": None if entry is None else _arrays.numbers("entry", entry),
            "weights": None if weights is None else _arrays.numbers("weights", weights),
            "strata": codes,
            "cluster": None if cluster is None else _arrays.identities("cluster", cluster),
        }
        | _arrays.columns(coded)
    )
    chosen = _arrays.options(
        ties=_options.choice("ties", ties, Literal["efron", "breslow"]),
        convention=_options.choice("convention", convention, Convention),
        level=conf_level,
    )
    return FineGray(_core.estimate_fine_gray(columns, chosen), coding, levels, of)


def _causes(cause: ArrayLike, of: object) -> pl.Series:
    """Code the cause of interest 1, others 2, and censoring (0 or null) 0."""
    codes, labels = _columns.causes("cause", cause)
    if of not in labels:
        raise _options.refuse("of", "occurs in no row", "name a cause of the column")
    wanted = labels.index(of) + 1
    kind = pl.when(codes == wanted).then(1).when(codes > 0).then(2).otherwise(0)
    return pl.select(kind.cast(pl.UInt32).alias("cause")).to_series()


class FineGray(HazardModel):
    """A fitted subdistribution hazard. Made by :func:`fine_gray`."""

    _ratio = "Subdistribution hazard ratio"

    def __init__(self, core: _core.FineGray, coding: Coding, strata: list[Any], of: object) -> None:
        self._core: _core.FineGray = core
        self._strata = strata
        rows, events, self._iterations = core.counts()
        self._title = f"Fine-Gray regression of cause {of}: {rows} rows, {events} events of it"
        super().__init__(coding.terms, coding)
        score, wald = core.tests()
        self._tests = ChiSquared(*score), ChiSquared(*wald)

    def predict(
        self, at: Mapping[str, Any] | None = None, *, conf_type: ConfType = "log"
    ) -> pl.DataFrame:
        """Return the cumulative incidence of a person with covariates ``at``.

        Returns
        -------
        polars.DataFrame
            ``stratum`` (if there are any), then ``time, incidence, std_error, low,
            high`` at the event times.
        """
        x = [0.0] * len(self._terms) if at is None else point(self._coding, at)
        found = self._core.incidence(x, _options.choice("conf_type", conf_type, ConfType))
        names = ["time", "incidence", "std_error", "low", "high"]
        return curves(found, names, self._strata)
