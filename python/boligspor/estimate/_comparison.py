"""Making a comparison group alike: matching, weights, and how alike they are."""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view
from boligspor.charts import look
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike, Coding, Covariates
from boligspor.estimate._fit import CollinearityWarning, SeparationWarning

__all__ = [
    "Balance",
    "ComparisonWarning",
    "GroupWeights",
    "Matched",
    "balance",
    "match",
    "weights",
]

MatchMethod: TypeAlias = Literal["nearest", "exact", "coarsened"]
"""How comparison people are found."""

WeightMethod: TypeAlias = Literal["ipw", "overlap", "entropy"]
"""How people are weighed."""

Estimand: TypeAlias = Literal["ate", "att", "atc"]
"""About whom the effect is: everyone, the treated, the untreated."""

CaliperScale: TypeAlias = Literal["standard_deviations", "score"]
"""The unit of a caliper."""

Trimming: TypeAlias = Literal["truncate", "drop"]
"""What happens to propensities beyond the limits."""

Standardise: TypeAlias = Literal["treated", "pooled"]
"""What differences of means are divided by."""

_NOT_RECORDED = "Alike in what was recorded; nothing makes up for what was not."


class ComparisonWarning(UserWarning):
    """Something the reader of a comparison must know."""


def _warned(rows: Sequence[tuple[str, int | None, str]], terms: Sequence[str]) -> list[UserWarning]:
    kinds = {"separated": SeparationWarning, "collinear": CollinearityWarning}
    found: list[UserWarning] = []
    for kind, column, text in rows:
        said = text if column is None else text.replace(f"column {column}", f"`{terms[column]}`", 1)
        found.append(kinds.get(kind, ComparisonWarning)(said))
    for warning in found:
        python_warnings.warn(warning, stacklevel=3)
    return found


def match(
    treated: ArrayLike,
    covariates: Covariates = None,
    *,
    method: MatchMethod = "nearest",
    ratio: int = 1,
    replacement: bool = False,
    caliper: float | None = 0.2,
    caliper_scale: CaliperScale = "standard_deviations",
    exact: ArrayLike | None = None,
    score: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - as in the other estimators
    cuts: Mapping[str, ArrayLike] | None = None,
) -> Matched:
    """Choose for each treated person the untreated who are alike.

    Parameters
    ----------
    treated
        Whether each person is treated.
    covariates
        What people must be alike in, as for :func:`cox`: fixed, or measured
        before whatever led to treatment.
    method
        ``"nearest"`` on the linear propensity score (logistic regression, with a
        ridge where the groups are separated), ``"exact"``, or ``"coarsened"``
        exact matching.
    ratio, replacement
        Comparison people for each treated, and whether one may serve several.
    caliper, caliper_scale
        Furthest distance, in pooled standard deviations of the score or in its
        own unit; ``None`` for none.
    exact
        Groups within which to match, for any method.
    score
        Match on this instead of the propensity score.
    id
        The person of each row: nobody is matched with a row of their own, and
        without replacement a person serves once.
    cuts
        For ``"coarsened"``: inner edges by covariate; others get equal parts by
        Sturges' rule.

    Returns
    -------
    Matched

    Examples
    --------
    >>> from boligspor.estimate import match
    >>> age = [30, 33, 50, 49, 70]
    >>> found = match([1, 0, 0, 1, 0], {"age": age}, score=age, caliper=None)
    >>> found.pairs()["untreated"].to_list()
    [1, 2]
    >>> found.weights.to_list()
    [1.0, 1.0, 1.0, 1.0, 0.0]
    """
    coding, coded = Coding.of(covariates)
    within = None if exact is None else _arrays.codes("exact", exact)[0]
    person = None if id is None else _arrays.codes("id", id)[0]
    flags = _arrays.flags("treated", treated)
    columns = _arrays.frame(
        {
            "treated": flags,
            "within": within,
            "person": person,
            "score": None if score is None else _arrays.numbers("score", score),
        }
        | _arrays.columns(coded)
    )
    edges: list[list[float]] = []
    if cuts is not None:
        given = _options.mapping("cuts", cuts)
        _options.known_keys("cuts", given, coding.terms)
        edges = [
            _arrays.numbers("cuts", given[term]).to_list() if term in given else []
            for term in coding.terms
        ]
    options = _arrays.options(
        method=_options.choice("method", method, MatchMethod),
        ratio=_options.whole("ratio", ratio, least=1),
        replacement=_options.flag("replacement", replacement),
        caliper=None if caliper is None else float(caliper),
        caliper_scale=_options.choice("caliper_scale", caliper_scale, CaliperScale),
        cuts=edges,
    )
    return Matched(_core.estimate_match(columns, options), flags, coding, coded)


class _Weighted:
    """Two groups under weights, and how alike those make them."""

    def __init__(
        self, weight: pl.Series, treated: pl.Series, coding: Coding, coded: list[pl.Series]
    ) -> None:
        self._weight, self._treated = weight, treated
        self._coding, self._coded = coding, coded
        self._warnings: list[UserWarning] = []

    @property
    def weights(self) -> pl.Series:
        """The weight of each row."""
        return self._weight

    @property
    def warnings(self) -> list[UserWarning]:
        """What a reader must know."""
        return list(self._warnings)

    def balance(self, *, standardise: Standardise = "treated") -> Balance:
        """Return how alike the groups are before and after, as :func:`balance`."""
        named = dict(zip(self._coding.terms, self._coded, strict=True))
        return balance(self._treated, named, self._weight, standardise=standardise)

    def plot(self, *, width: int = 420) -> alt.TopLevelMixin:
        """Return the balance before and after, as a love plot."""
        return self.balance().plot(width=width)

    def table(self) -> pl.DataFrame:
        """Return a row for each row given."""
        raise NotImplementedError

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def _title(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        # Never the rows themselves, which are people.
        said = "".join(f"\nWarning: {w}" for w in self._warnings)
        return f"<{self._title()}>{said}"

    def _repr_html_(self) -> str:
        said = _html.warnings(str(w) for w in self._warnings)
        return _html.note(self._title()) + _html.note(_NOT_RECORDED) + said


class Matched(_Weighted):
    """Who was matched with whom. Made by :func:`match`.

    Examples
    --------
    >>> from boligspor.estimate import match
    >>> found = match([1, 0, 0], {"woman": [1, 1, 0]}, method="exact")
    >>> found.table()["cell"].to_list()
    [0, 0, None]
    """

    def __init__(
        self, parts: _core._MatchParts, treated: pl.Series, coding: Coding, coded: list[pl.Series]
    ) -> None:
        pairs, self._cells, weight, self._scores, self._matched, warnings = parts
        super().__init__(pl.Series("weight", weight, dtype=pl.Float64), treated, coding, coded)
        schema = {"treated": pl.Int64, "untreated": pl.Int64, "distance": pl.Float64}
        self._pairs = pl.DataFrame(pairs, schema=schema, orient="row")
        self._warnings = _warned(warnings, coding.terms)

    @property
    def matched(self) -> int:
        """Treated people who found someone."""
        return self._matched

    def pairs(self) -> pl.DataFrame:
        """Return the pairs of nearest-neighbour matching.

        Returns
        -------
        polars.DataFrame
            ``treated, untreated`` (row numbers from 0) and ``distance``.
        """
        return self._pairs

    def table(self) -> pl.DataFrame:
        """Return a row for each row given.

        Returns
        -------
        polars.DataFrame
            ``treated, weight``, ``cell`` (exact and coarsened) or ``score`` (nearest).
        """
        frame = pl.DataFrame([self._treated.alias("treated"), self._weight])
        if self._scores:
            return frame.with_columns(pl.Series("score", self._scores, dtype=pl.Float64))
        return frame.with_columns(pl.Series("cell", self._cells, dtype=pl.Int64))

    def _title(self) -> str:
        used = int(((self._weight > 0) & ~self._treated).sum())
        of = int(self._treated.sum())
        return f"Matched: {self._matched:,} of {of:,} treated with {used:,} untreated"


def weights(
    treated: ArrayLike,
    covariates: Covariates,
    *,
    method: WeightMethod = "ipw",
    estimand: Estimand = "att",
    stabilised: bool = False,
    trim: float = 0.0,
    trimming: Trimming = "truncate",
    squares: bool = False,
    weights: ArrayLike | None = None,
) -> GroupWeights:
    """Weigh the groups to be alike.

    Parameters
    ----------
    treated
        Whether each person is treated.
    covariates
        What the groups must be alike in, as for :func:`cox`.
    method
        ``"ipw"`` inverse probability, ``"overlap"`` (nobody weighs over 1, means
        agree exactly) or ``"entropy"`` balancing (means agree exactly).
    estimand
        ``"att"`` the effect on the treated, ``"ate"`` on everyone, ``"atc"`` on the
        untreated. Overlap weights are about those who could be in either group.
    stabilised
        Scale each group to its size.
    trim, trimming
        Propensities outside ``[trim, 1 - trim]`` are moved to the limits, or
        their people dropped; how many is said.
    squares
        For entropy balancing: variances agree too.
    weights
        Weights people come with.

    Returns
    -------
    GroupWeights

    Examples
    --------
    >>> from boligspor.estimate import weights
    >>> found = weights(
    ...     [1, 1, 0, 0, 0], {"age": [30, 40, 20, 40, 60]}, method="entropy", stabilised=False
    ... )
    >>> round(sum(w * a for w, a in zip(found.weights[2:], [20, 40, 60])) / 2, 6)
    35.0
    """
    coding, coded = Coding.of(covariates)
    flags = _arrays.flags("treated", treated)
    columns = _arrays.frame(
        {
            "treated": flags,
            "weights": None if weights is None else _arrays.numbers("weights", weights),
        }
        | _arrays.columns(coded)
    )
    options = _arrays.options(
        method=_options.choice("method", method, WeightMethod),
        estimand=_options.choice("estimand", estimand, Estimand),
        stabilised=_options.flag("stabilised", stabilised),
        trim=float(trim),
        trimming=_options.choice("trimming", trimming, Trimming),
        squares=_options.flag("squares", squares),
    )
    return GroupWeights(_core.estimate_weights(columns, options), flags, coding, coded)


class GroupWeights(_Weighted):
    """Weights under which two groups are alike. Made by :func:`weights`."""

    def __init__(
        self, parts: _core._WeightParts, treated: pl.Series, coding: Coding, coded: list[pl.Series]
    ) -> None:
        weight, self._propensity, self._trimmed, warnings = parts
        super().__init__(pl.Series("weight", weight, dtype=pl.Float64), treated, coding, coded)
        self._warnings = _warned(warnings, coding.terms)

    @property
    def trimmed(self) -> int:
        """People beyond the limits of trimming."""
        return self._trimmed

    @property
    def propensity(self) -> pl.Series | None:
        """Chance of treatment before trimming; none for entropy balancing."""
        if not self._propensity:
            return None
        return pl.Series("propensity", self._propensity, dtype=pl.Float64)

    def table(self) -> pl.DataFrame:
        """Return a row for each row given.

        Returns
        -------
        polars.DataFrame
            ``treated, weight``, and ``propensity`` where there is one.
        """
        frame = pl.DataFrame([self._treated.alias("treated"), self._weight])
        found = self.propensity
        return frame if found is None else frame.with_columns(found)

    def _title(self) -> str:
        return f"Weights of {len(self._weight):,} people, {self._trimmed:,} trimmed"


def balance(
    treated: ArrayLike,
    covariates: Covariates,
    weights: ArrayLike | None = None,
    *,
    base_weights: ArrayLike | None = None,
    standardise: Standardise = "treated",
) -> Balance:
    """Show how alike two groups are, before and after weighting.

    Parameters
    ----------
    treated
        Whether each person is treated.
    covariates
        As for :func:`cox`; categories become 0/1 columns against their first value.
    weights
        Of :func:`match` or :func:`weights`; without, before and after are one.
    base_weights
        Weights people come with.
    standardise
        Divide differences by the deviation of the ``"treated"``, or ``"pooled"``;
        the unweighted one both before and after.

    Returns
    -------
    Balance

    Examples
    --------
    >>> from boligspor.estimate import balance
    >>> found = balance([1, 1, 0, 0, 0], {"age": [30, 40, 30, 40, 80]}, [1, 1, 1, 1, 0])
    >>> found.table()["difference_after"].to_list()
    [0.0]
    >>> found.effective_sizes()["untreated"].to_list()
    [3.0, 2.0]
    """
    coding, coded = Coding.of(covariates)
    flags = _arrays.flags("treated", treated)
    one = pl.Series([1.0] * len(flags), dtype=pl.Float64)
    columns = _arrays.frame(
        {
            "treated": flags,
            "weights": one if weights is None else _arrays.numbers("weights", weights),
            "base_weights": (
                None if base_weights is None else _arrays.numbers("base_weights", base_weights)
            ),
        }
        | _arrays.columns(coded)
    )
    chosen = _options.choice("standardise", standardise, Standardise)
    return Balance(_core.estimate_balance(columns, f'"{chosen}"'), coding.terms)


class Balance:
    """How alike two groups are in each covariate. Made by :func:`balance`."""

    def __init__(self, parts: _core._BalanceParts, terms: Sequence[str]) -> None:
        rows, before, after = parts
        columns = ("treated", "untreated", "difference", "variance_ratio", "ks")
        schema = {f"{c}_{when}": pl.Float64 for when in ("before", "after") for c in columns}
        self._table = pl.DataFrame([b + a for b, a in rows], schema=schema, orient="row")
        self._table.insert_column(0, pl.Series("term", list(terms), dtype=pl.String))
        self._sizes = (before, after)

    def table(self) -> pl.DataFrame:
        """Return a row for each covariate.

        Returns
        -------
        polars.DataFrame
            ``term``, then before and after weighting the means of the treated
            and untreated, their standardised ``difference``, the ``variance_ratio``
            and the largest gap between the distributions, ``ks``.
        """
        return self._table

    def effective_sizes(self) -> pl.DataFrame:
        """Return Kish's effective number of people.

        Returns
        -------
        polars.DataFrame
            ``when`` (before, after), ``treated, untreated``.
        """
        rows = [("before", *self._sizes[0]), ("after", *self._sizes[1])]
        return pl.DataFrame(rows, schema=["when", "treated", "untreated"], orient="row")

    def plot(self, *, threshold: float = 0.1, width: int = 420) -> alt.TopLevelMixin:
        """Return a love plot: absolute standardised differences before and after."""
        wide = _options.whole("width", width, least=100)
        names = {"difference_before": "before", "difference_after": "after"}
        long = (
            self._table.select("term", *names)
            .unpivot(index="term", variable_name="when", value_name="difference")
            .with_columns(pl.col("when").replace(names), size=pl.col("difference").abs())
            .filter(pl.col("size").is_finite())
        )
        order = self._table.sort(pl.col("difference_before").abs(), descending=True)["term"]
        axis = alt.Axis(title="Absolute standardised difference", format=".2f", grid=True)
        x = alt.X("size:Q", axis=axis, scale=alt.Scale(zero=True))
        y = alt.Y(
            "term:N", sort=order.to_list(), axis=alt.Axis(title=None, domain=False, grid=True)
        )
        scale = alt.Scale(domain=["before", "after"], range=[look.VERMILION, look.BLUE])
        colour = alt.Color("when:N", scale=scale, legend=alt.Legend(orient="top"))
        shape = alt.Shape("when:N", scale=alt.Scale(range=["diamond", "circle"]), legend=None)
        tips = ["term:N", "when:N", alt.Tooltip("difference:Q", format=".3f")]
        point = (
            alt.Chart(long)
            .mark_point(filled=True, size=80, opacity=1)
            .encode(x=x, y=y, color=colour, shape=shape, tooltip=tips)
        )
        limit = (
            alt.Chart(pl.DataFrame({"size": [float(threshold)]}))
            .mark_rule(color=look.AXIS, strokeDash=[4, 3])
            .encode(x=x)
        )
        sized = alt.layer(limit, point).properties(
            width=wide, height=max(80, 24 * self._table.height)
        )
        note = f"Dashed line at {threshold:g}. {_NOT_RECORDED}"
        return look.finish([sized], title="Balance", notes=[note], width=wide)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Balance>\n{_view.text(self._table)}\n{_view.text(self.effective_sizes())}"

    def _repr_html_(self) -> str:
        sizes: list[Any] = [_html.table(self.effective_sizes())]
        return _html.table(self._table) + "".join(sizes) + _html.note(_NOT_RECORDED)
