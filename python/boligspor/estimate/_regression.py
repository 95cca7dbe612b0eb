"""Regressions: Cox, Fine and Gray, logistic and Poisson."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _options
from boligspor.estimate import _arrays, _fit
from boligspor.estimate._arrays import ArrayLike, Coding, Covariates
from boligspor.estimate._fit import ChiSquared, FitWarning

__all__ = [
    "Concordance",
    "Cox",
    "FineGray",
    "Glm",
    "concordance",
    "cox",
    "fine_gray",
    "glm",
]

Ties: TypeAlias = Literal["efron", "breslow", "exact"]
"""How tied events share their risk set."""

Penalty: TypeAlias = Literal["none", "firth", "firth-if-separated"]
"""What is added to the log-likelihood when data are sparse."""

Transform: TypeAlias = Literal["kaplan-meier", "rank", "identity", "log"]
"""The function of time that a coefficient might drift with."""

ConfType: TypeAlias = Literal["log", "log-log", "plain", "logit", "arcsine"]
"""The scale on which an interval for a probability is symmetric."""

Convention: TypeAlias = Literal["weighted", "original"]
"""Whose Fine-Gray conventions to follow: R survival's, or R cmprsk's."""

Family: TypeAlias = Literal["logistic", "poisson"]
"""The distribution of the outcome."""

Errors: TypeAlias = Literal["model", "quasi", "robust"]
"""Which standard errors tests and intervals use."""


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
    codes, levels = (None, []) if strata is None else _arrays.codes("strata", strata)
    clusters = None if cluster is None else _arrays.codes("cluster", cluster)[0]
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


class _Model:
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


class Cox(_Model):
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
        self._core, self._coding, self._strata = core, coding, strata
        rows, events, self._iterations, self._penalised = core.counts()
        self._title = f"Cox regression of {rows} rows with {events} events"
        warnings = _fit.warned(core.warnings(), coding.terms)
        table = _fit.term_table(coding.terms, core.terms())
        super().__init__(coding.terms, table, warnings)
        score, ratio, wald = core.tests()
        self._tests = ChiSquared(*score), ChiSquared(*ratio), ChiSquared(*wald)

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
        """Score test of all coefficients."""
        return self._tests[0]

    @property
    def likelihood_ratio_test(self) -> ChiSquared:
        """Likelihood-ratio test of all coefficients."""
        return self._tests[1]

    @property
    def wald_test(self) -> ChiSquared:
        """Wald test of all coefficients, robust if the errors are."""
        return self._tests[2]

    @property
    def iterations(self) -> int:
        """Newton steps taken."""
        return self._iterations

    @property
    def penalised(self) -> bool:
        """Whether Firth's penalty was used."""
        return self._penalised

    def covariance(self) -> pl.DataFrame:
        """Return the covariance of the coefficients, robust if the errors are."""
        return _square(self._terms, self._core.covariance())

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
            point = [0.0] * len(self._terms)
        elif at == "means":
            point = self._core.means()
        else:
            point = _point(self._coding, at)
        curves = self._core.curves(point, _options.choice("conf_type", conf_type, ConfType))
        names = ["cumulative_hazard", "hazard_std_error", "survival", "std_error", "low", "high"]
        return _curves(curves, ["time", *names], self._strata)

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
            known = _arrays.series("strata", strata).to_list()
            if unknown := [s for s in known if s not in self._strata]:
                problem = f"has {len(unknown)} rows that the fit did not see"
                raise _options.refuse("strata", problem, "predict for its strata")
            codes = pl.Series([self._strata.index(s) for s in known], dtype=pl.Int64)
        given = None if weights is None else _arrays.numbers("weights", weights)
        columns = _arrays.frame(coded | {"strata": codes, "weights": given})
        values = self._core.predict(columns, at, chosen == "mean")
        if chosen == "mean":
            return pl.DataFrame({"time": at, "survival": values})
        rows = [i for i in range(columns.height) for _ in at]
        return pl.DataFrame({"row": rows, "time": at * columns.height, "survival": values})

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
        return _ph_test(self._core, self._coding, transform)

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
            "strata": None if strata is None else _arrays.codes("strata", strata)[0],
            "cluster": None if cluster is None else _arrays.codes("cluster", cluster)[0],
        }
    )
    return Concordance(*_core.estimate_concordance(columns))


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
    codes, levels = (None, []) if strata is None else _arrays.codes("strata", strata)
    columns = _arrays.frame(
        {
            "time": _arrays.numbers("duration", duration),
            "cause": _causes(cause, of),
            "entry": None if entry is None else _arrays.numbers("entry", entry),
            "weights": None if weights is None else _arrays.numbers("weights", weights),
            "strata": codes,
            "cluster": None if cluster is None else _arrays.codes("cluster", cluster)[0],
        }
        | _arrays.columns(coded)
    )
    chosen = _arrays.options(
        ties=_options.choice("ties", ties, Literal["efron", "breslow"]),
        convention=_options.choice("convention", convention, Convention),
        level=conf_level,
    )
    return FineGray(_core.estimate_fine_gray(columns, chosen), coding, levels, of)


def _causes(cause: object, of: object) -> pl.Series:
    """Code the cause of interest 1, others 2, and censoring (0 or null) 0."""
    made = _arrays.series("cause", cause)
    if isinstance(made.dtype, pl.Categorical | pl.Enum):
        made = made.cast(pl.String)
    values = made.to_list()
    none = {0, "0", ""}
    coded = [1 if v == of else 0 if v is None or v in none else 2 for v in values]
    return pl.Series(coded, dtype=pl.Int64)


class FineGray(_Model):
    """A fitted subdistribution hazard. Made by :func:`fine_gray`."""

    _ratio = "Subdistribution hazard ratio"

    def __init__(self, core: _core.FineGray, coding: Coding, strata: list[Any], of: object) -> None:
        self._core, self._coding, self._strata = core, coding, strata
        rows, events, self._iterations = core.counts()
        self._title = f"Fine-Gray regression of cause {of}: {rows} rows, {events} events of it"
        warnings = _fit.warned(core.warnings(), coding.terms)
        super().__init__(coding.terms, _fit.term_table(coding.terms, core.terms()), warnings)
        score, wald = core.tests()
        self._tests = ChiSquared(*score), ChiSquared(*wald)

    @property
    def log_likelihood(self) -> float:
        """Log of the weighted partial likelihood at the estimate."""
        return self._core.log_likelihoods()[0]

    @property
    def null_log_likelihood(self) -> float:
        """The same with all coefficients zero."""
        return self._core.log_likelihoods()[1]

    @property
    def score_test(self) -> ChiSquared:
        """Score test of all coefficients, model-based."""
        return self._tests[0]

    @property
    def wald_test(self) -> ChiSquared:
        """Wald test of all coefficients, robust."""
        return self._tests[1]

    @property
    def iterations(self) -> int:
        """Newton steps taken."""
        return self._iterations

    def covariance(self) -> pl.DataFrame:
        """Return the covariance of the coefficients."""
        return _square(self._terms, self._core.covariance())

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
        point = [0.0] * len(self._terms) if at is None else _point(self._coding, at)
        curves = self._core.incidence(point, _options.choice("conf_type", conf_type, ConfType))
        names = ["time", "incidence", "std_error", "low", "high"]
        return _curves(curves, names, self._strata)

    def ph_test(self, transform: Transform = "kaplan-meier") -> pl.DataFrame:
        """Test whether the coefficients are constant in time, as :meth:`Cox.ph_test`."""
        return _ph_test(self._core, self._coding, transform)


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
            "cluster": None if cluster is None else _arrays.codes("cluster", cluster)[0],
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


class Glm(_Model):
    """A fitted logistic or Poisson regression. Made by :func:`glm`."""

    def __init__(self, core: _core.Glm, coding: Coding, family: str, *, intercept: bool) -> None:
        self._core, self._coding = core, coding
        rows, self._iterations, self._penalised = core.counts()
        self._ratio = "Odds ratio" if family == "logistic" else "Rate ratio"
        self._title = f"{family.capitalize()} regression of {rows} rows"
        names = ["(intercept)", *coding.terms] if intercept else coding.terms
        warnings = _fit.warned(core.warnings(), coding.terms)
        super().__init__(names, _fit.term_table(names, core.terms()), warnings)

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
    def iterations(self) -> int:
        """Steps taken."""
        return self._iterations

    @property
    def penalised(self) -> bool:
        """Whether Firth's penalty was used."""
        return self._penalised

    @property
    def fitted(self) -> pl.Series:
        """Fitted means, by row."""
        return pl.Series("fitted", self._core.fitted())

    def covariance(self) -> pl.DataFrame:
        """Return the covariance of the coefficients behind their intervals."""
        return _square(self._terms, self._core.covariance())

    def predict(self, covariates: Covariates, *, offset: ArrayLike | None = None) -> pl.Series:
        """Return predicted means for new rows."""
        given = None if offset is None else _arrays.numbers("offset", offset)
        columns = _arrays.columns(self._coding.apply(covariates)) | {"offset": given}
        return pl.Series("predicted", self._core.predict(_arrays.frame(columns)))


def _ph_test(core: _core.Cox | _core.FineGray, coding: Coding, transform: str) -> pl.DataFrame:
    groups = coding.groups
    chosen = _options.choice("transform", transform, Transform)
    terms, whole = core.ph_test(chosen, list(groups.values()))
    rows = [
        {"term": name, "statistic": s, "df": df, "p_value": p}
        for name, (s, df, p) in zip([*groups, "GLOBAL"], [*terms, whole], strict=True)
    ]
    return pl.DataFrame(rows)


def _point(coding: Coding, at: Mapping[str, Any]) -> list[float]:
    coded = coding.apply({name: [value] for name, value in at.items()})
    return [float(column[0]) for column in coded]


def _square(names: Sequence[str], values: Sequence[float]) -> pl.DataFrame:
    p = len(names)
    columns = {name: values[i * p : (i + 1) * p] for i, name in enumerate(names)}
    return pl.DataFrame({"term": list(names)} | columns)


def _curves(
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
