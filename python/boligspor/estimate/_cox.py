"""Cox's proportional-hazards regression, and concordance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import polars as pl

from boligspor import _core, _options
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike, Coding, Covariates
from boligspor.estimate._curves import ConfType
from boligspor.estimate._fit import ChiSquared
from boligspor.estimate._model import HazardModel, Penalty, Ties, curves, point

__all__ = ["Concordance", "Cox", "concordance", "cox"]


def cox(
    duration: ArrayLike,
    event: ArrayLike,
    covariates: Covariates,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    ties: Ties = "efron",
    robust: bool | None = None,
    penalty: Penalty = "none",
    conf_level: float = 0.95,
) -> Cox:
    """Fit Cox's proportional-hazards model.

    Parameters
    ----------
    duration, event
        Time to the event or the end of observation, and whether it happened.
    covariates
        Columns by name, a table, or one column. Text and categories become 0/1
        columns against their first value.
    entry
        Start of observation, where people come under it late.
    weights
        Case weights, zero or more.
    strata
        Groups with a baseline hazard each.
    cluster
        Groups of rows that are not independent; asks for robust errors.
    offset
        A term with coefficient 1.
    ties
        ``"efron"``, ``"breslow"`` or ``"exact"`` (discrete time).
    robust
        Robust errors; by default with clusters or weights that are not whole.
    penalty
        ``"firth"`` for sparse data, ``"firth-if-separated"`` only where needed.
    conf_level
        Confidence level of the intervals.

    Returns
    -------
    Cox

    Examples
    --------
    Six people of Therneau & Grambsch (2000), appendix E.2:

    >>> from boligspor.estimate import cox
    >>> fit = cox([1, 1, 6, 6, 8, 9], [1, 0, 1, 1, 0, 1], {"x": [1, 1, 1, 0, 0, 0]})
    >>> round(fit.table()["coef"][0], 6)
    1.676857
    >>> round(fit.score_test.statistic, 6)
    2.036145
    """
    coding, coded = Coding.of(covariates)
    codes, levels = (None, []) if strata is None else _arrays.labelled("strata", strata)
    clusters = None if cluster is None else _arrays.identities("cluster", cluster)
    columns = _arrays.frame(
        {
            "time": _arrays.numbers("duration", duration),
            "event": _arrays.flags("event", event),
            "entry": None if entry is None else _arrays.numbers("entry", entry),
            "weights": None if weights is None else _arrays.numbers("weights", weights),
            "offset": None if offset is None else _arrays.numbers("offset", offset),
            "strata": codes,
            "cluster": clusters,
        }
        | _arrays.columns(coded)
    )
    chosen = _arrays.options(
        ties=_options.choice("ties", ties, Ties),
        robust=robust,
        penalty=_options.choice("penalty", penalty, Penalty),
        level=conf_level,
    )
    return Cox(_core.estimate_cox(columns, chosen), coding, levels)


class Cox(HazardModel):
    """A fitted proportional-hazards model. Made by :func:`cox`.

    Examples
    --------
    >>> from boligspor.estimate import cox
    >>> fit = cox(
    ...     [5, 3, 9, 8, 1, 7, 4, 6],
    ...     [1, 1, 0, 1, 1, 0, 1, 1],
    ...     {"age": [30, 41, 28, 39, 52, 33, 47, 36], "sex": list("fmfmfmfm")},
    ... )
    >>> fit.table()["term"].to_list()
    ['age', 'sex=m']
    >>> fit.predict({"age": [35], "sex": ["f"]}, times=[4.0]).columns
    ['row', 'time', 'survival']
    """

    _ratio = "Hazard ratio"

    def __init__(self, core: _core.Cox, coding: Coding, strata: list[Any]) -> None:
        self._core: _core.Cox = core
        self._strata = strata
        rows, events, self._iterations, self._penalised = core.counts()
        self._title = f"Cox regression of {rows} rows with {events} events"
        super().__init__(coding.terms, coding)
        score, ratio, wald = core.tests()
        self._tests = ChiSquared(*score), ChiSquared(*ratio), ChiSquared(*wald)

    @property
    def likelihood_ratio_test(self) -> ChiSquared:
        """Likelihood-ratio test of all coefficients."""
        return self._tests[1]

    @property
    def penalised(self) -> bool:
        """Whether Firth's penalty was used."""
        return self._penalised

    def baseline(
        self, at: Mapping[str, Any] | Literal["means"] | None = None, *, conf_type: ConfType = "log"
    ) -> pl.DataFrame:
        """Return hazard and survival at the event times.

        Parameters
        ----------
        at
            The covariates of the person whose curve it is: a value for each, or
            ``"means"``. By default all zero: the baseline itself.
        conf_type
            The scale of the interval.

        Returns
        -------
        polars.DataFrame
            ``stratum`` (if there are any), then ``time, cumulative_hazard,
            hazard_std_error, survival, std_error, low, high``.
        """
        if at is None:
            x = [0.0] * len(self._terms)
        elif at == "means":
            x = self._core.means()
        else:
            x = point(self._coding, at)
        found = self._core.curves(x, _options.choice("conf_type", conf_type, ConfType))
        names = ["cumulative_hazard", "hazard_std_error", "survival", "std_error", "low", "high"]
        return curves(found, ["time", *names], self._strata)

    def predict(
        self,
        covariates: Covariates,
        times: ArrayLike | None = None,
        *,
        strata: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        kind: Literal["survival", "mean", "linear_predictor"] = "survival",
    ) -> pl.DataFrame:
        """Predict for new people.

        Parameters
        ----------
        covariates
            As those of the fit.
        times
            Where survival is wanted.
        strata
            Each person's stratum, if the fit has several.
        weights
            Weights of people in the mean.
        kind
            ``"survival"`` of each person; ``"mean"`` of all, the curve of a
            cohort with these covariates (g-computation, when everyone is
            predicted once with and once without a treatment); or the
            ``"linear_predictor"``.

        Returns
        -------
        polars.DataFrame
            ``row, time, survival``, or ``time, survival``, or ``row,
            linear_predictor``.
        """
        chosen = _options.choice("kind", kind, Literal["survival", "mean", "linear_predictor"])
        coded = _arrays.columns(self._coding.apply(covariates))
        if chosen == "linear_predictor":
            values = self._core.linear_predictor(_arrays.frame(coded))
            return pl.DataFrame({"row": range(len(values)), "linear_predictor": values})
        if times is None:
            raise _options.refuse("times", "is missing", "say where survival is wanted")
        at = _arrays.numbers("times", times).to_list()
        codes = None
        if strata is not None:
            known = _arrays.series("strata", strata)
            code = {stratum: i for i, stratum in enumerate(self._strata)}
            found = [code.get(s) for s in known.to_list()]
            if unknown := found.count(None):
                problem = f"has {unknown} rows that the fit did not see"
                raise _options.refuse("strata", problem, "predict for its strata")
            codes = pl.Series(found, dtype=pl.UInt32)
        given = None if weights is None else _arrays.numbers("weights", weights)
        columns = _arrays.frame(coded | {"strata": codes, "weights": given})
        values = self._core.predict(columns, at, chosen == "mean")
        if chosen == "mean":
            return pl.DataFrame({"time": at, "survival": values})
        rows = [i for i in range(columns.height) for _ in at]
        return pl.DataFrame({"row": rows, "time": at * columns.height, "survival": values})

    def concordance(self) -> Concordance:
        """Return how well the fitted predictor orders people by time to event."""
        return Concordance(*self._core.concordance())

    def residuals(self) -> pl.DataFrame:
        """Return the martingale residual and the influence of each row.

        Returns
        -------
        polars.DataFrame
            ``martingale``, then for each term the approximate change of its
            coefficient if the row were left out.
        """
        changes, p = self._core.dfbeta(), len(self._terms)
        by_term = {name: changes[i::p] for i, name in enumerate(self._terms)}
        return pl.DataFrame({"martingale": self._core.martingale_residuals()} | by_term)


class Concordance:
    """Of all pairs whose order is known, the share that a score orders rightly.

    Examples
    --------
    >>> from boligspor.estimate import concordance
    >>> float(concordance([1, 2, 3], [1, 1, 0], [0.9, 0.5, 0.1]))
    1.0
    """

    def __init__(
        self,
        estimate: float,
        std_error: float,
        concordant: float,
        discordant: float,
        tied_score: float,
    ) -> None:
        self.concordance = estimate
        self.std_error = std_error
        self.concordant = concordant
        self.discordant = discordant
        self.tied_score = tied_score

    def table(self) -> pl.DataFrame:
        """Return estimate, error and pair counts as one row."""
        return pl.DataFrame([vars(self)])

    def __float__(self) -> float:
        return self.concordance

    def __repr__(self) -> str:
        return f"<Concordance: {self.concordance:.4f}, standard error {self.std_error:.4f}>"


def concordance(
    duration: ArrayLike,
    event: ArrayLike,
    score: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
) -> Concordance:
    """Count how well a score (higher: event sooner) orders people by time.

    Pairs are formed within strata; ties in the score count half. The standard
    error is the infinitesimal jackknife, by cluster if there are clusters.

    Examples
    --------
    >>> from boligspor.estimate import concordance
    >>> concordance([1, 2, 3], [1, 1, 0], [0.9, 0.1, 0.5]).concordant
    2.0
    """
    columns = _arrays.frame(
        {
            "time": _arrays.numbers("duration", duration),
            "event": _arrays.flags("event", event),
            "score": _arrays.numbers("score", score),
            "entry": None if entry is None else _arrays.numbers("entry", entry),
            "weights": None if weights is None else _arrays.numbers("weights", weights),
            "strata": None if strata is None else _arrays.identities("strata", strata),
            "cluster": None if cluster is None else _arrays.identities("cluster", cluster),
        }
    )
    return Concordance(*_core.estimate_concordance(columns))
