"""Rates, shares and what is left of a difference when the case mix is taken out."""

from __future__ import annotations

import itertools
from typing import Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view
from boligspor.charts import look
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike

__all__ = [
    "Figures",
    "direct_standardisation",
    "indirect_standardisation",
    "proportion",
    "rate",
]

CountLimits: TypeAlias = Literal["exact", "byar", "exact-then-byar"]
"""Garwood's exact limits, Byar's approximation, or Byar's from ten events up."""

ShareLimits: TypeAlias = Literal["wilson", "clopper-pearson"]
"""Wilson's score interval, or the exact one."""

DirectLimits: TypeAlias = Literal["dobson", "dobson-exact", "gamma"]
"""How the interval of a directly standardised rate is made."""


class Figures:
    """A figure with its interval for each unit. Made by :func:`rate` and its like."""

    def __init__(
        self, table: pl.DataFrame, *, title: str, note: str, value: str, centre: float | None = None
    ) -> None:
        self._table, self._title, self._note = table, title, note
        self._value, self._centre = value, centre

    def table(self) -> pl.DataFrame:
        """Return a row for each unit."""
        return self._table

    def plot(self, *, width: int = 420) -> alt.TopLevelMixin:
        """Return each figure with its interval, as an Altair chart."""
        names = self._table.columns[0]
        frame = self._table.with_columns(pl.col(names).cast(pl.String).alias("unit"))
        x = alt.X(f"{self._value}:Q", axis=look.number_axis("en", self._value.replace("_", " ")))
        y = alt.Y("unit:N", sort=None, axis=alt.Axis(title=None, domain=False, ticks=False))
        base = alt.Chart(frame)
        low, high = _ends(self._value)
        rule = base.mark_rule(color=look.BLUE, strokeWidth=2).encode(
            x=alt.X(f"{low}:Q", axis=look.number_axis("en", self._value.replace("_", " "))),
            x2=f"{high}:Q",
            y=y,
        )
        point = base.mark_point(color=look.BLUE, filled=True, size=70, opacity=1)
        layers = [rule, point.encode(x=x, y=y)]
        if self._centre is not None:
            at = pl.DataFrame({self._value: [self._centre]})
            mark = alt.Chart(at).mark_rule(color=look.AXIS, strokeDash=[4, 3]).encode(x=x)
            layers.insert(0, mark)
        sized = alt.layer(*layers).properties(
            width=_options.whole("width", width, least=100), height=max(60, 24 * frame.height)
        )
        return look.finish([sized], title=self._title, notes=[self._note], width=width)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<{self._title}>\n{_view.text(self._table)}"

    def _repr_html_(self) -> str:
        return _html.table(self._table) + _html.note(self._note)


def _ends(value: str) -> tuple[str, str]:
    return ("ratio_low", "ratio_high") if value == "ratio" else ("low", "high")


def rate(
    events: ArrayLike,
    population: ArrayLike,
    *,
    by: ArrayLike | None = None,
    per: float = 1.0,
    method: CountLimits = "exact",
    conf_level: float = 0.95,
) -> Figures:
    """Return events per person with limits of the count.

    Parameters
    ----------
    events, population
        Counts, and the people (or person-time) they are among.
    by
        The unit of each row; rows of one unit are added up. By default each
        row is a unit.
    per
        Rates are given per so many: 1,000 for per 1,000 inhabitants.
    method
        ``"exact"`` (Garwood), ``"byar"``, or ``"exact-then-byar"``: exact under
        ten events and Byar's from ten up, as English public health publishes.
    conf_level
        Confidence level of the interval.

    Returns
    -------
    Figures
        ``unit, events, population, rate, low, high``.

    Examples
    --------
    >>> from boligspor.estimate import rate
    >>> found = rate([0, 117], [4_000, 166_000], per=1000).table()
    >>> found["high"].round(3).to_list()
    [0.922, 0.845]
    """
    frame = _units({"events": events, "population": population}, by)
    counts = _arrays.whole_numbers("events", frame["events"])
    limits = _core.count_limits(counts, _options.choice("method", method, CountLimits), conf_level)
    scale = pl.lit(per) / pl.col("population")
    table = frame.with_columns(
        pl.Series("events", counts),
        low=pl.Series([low for low, _ in limits], dtype=pl.Float64) * scale,
        high=pl.Series([high for _, high in limits], dtype=pl.Float64) * scale,
    )
    table = table.select(
        "unit", "events", "population", rate=pl.col("events") * scale, low="low", high="high"
    )
    note = f"Events per {per:,.12g}; {conf_level:.4%}".rstrip("0%").rstrip(".")
    return Figures(table, title="Rates", note=f"{note} % limits ({method}).", value="rate")


def proportion(
    successes: ArrayLike,
    n: ArrayLike,
    *,
    by: ArrayLike | None = None,
    method: ShareLimits = "wilson",
    conf_level: float = 0.95,
) -> Figures:
    """Return shares of ``n`` with their intervals.

    Parameters
    ----------
    successes, n
        How many of how many.
    by
        The unit of each row; rows of one unit are added up.
    method
        ``"wilson"`` or ``"clopper-pearson"`` (exact, wider).
    conf_level
        Confidence level of the interval.

    Returns
    -------
    Figures
        ``unit, successes, n, share, low, high``.

    Examples
    --------
    >>> from boligspor.estimate import proportion
    >>> proportion([80], [100]).table()["low"].round(4).to_list()
    [0.7112]
    """
    frame = _units({"successes": successes, "n": n}, by)
    exact = _options.choice("method", method, ShareLimits) == "clopper-pearson"
    if exact:
        for name in ("successes", "n"):
            _arrays.whole_numbers(name, frame[name])
    limits = _core.share_limits(
        frame["successes"].to_list(), frame["n"].to_list(), exact, conf_level
    )
    table = frame.with_columns(
        share=pl.col("successes") / pl.col("n"),
        low=pl.Series([low for low, _ in limits], dtype=pl.Float64),
        high=pl.Series([high for _, high in limits], dtype=pl.Float64),
    )
    return Figures(table, title="Shares", note=f"Interval: {method}.", value="share")


def direct_standardisation(
    events: ArrayLike,
    population: ArrayLike,
    standard: ArrayLike,
    *,
    squares: ArrayLike | None = None,
    by: ArrayLike | None = None,
    per: float = 1.0,
    method: DirectLimits = "dobson",
    conf_level: float = 0.95,
) -> Figures:
    """Return the rate each unit would have with the strata of a standard population.

    A row is a stratum (an age band, say) of a unit.

    Parameters
    ----------
    events, population
        Counts and people in each stratum.
    standard
        The standard population's people in the stratum.
    squares
        Where one person may have several events (admissions, say): the sum over
        the stratum's people of their squared numbers of events. A person with
        three events then adds nine to the variance, not three. With Dobson's
        limits only.
    by
        The unit of each row; by default all rows are one unit's.
    per
        Rates are given per so many.
    method
        ``"dobson"``: Dobson and others' shift of the count's limits, exact under
        ten events and Byar's from ten; ``"dobson-exact"``: exact whatever the
        count; ``"gamma"``: Fay and Feuer's, which holds its level when weights
        are very unequal. Dobson's are not given under five events.
    conf_level
        Confidence level of the interval.

    Returns
    -------
    Figures
        ``unit, events, population, crude, rate, std_error, low, high``: crude
        beside standardised, always.

    Examples
    --------
    >>> from boligspor.estimate import direct_standardisation
    >>> found = direct_standardisation([5, 20], [1000, 500], [2, 1], per=1000, method="gamma")
    >>> found.table().select("crude", "rate").row(0)
    (16.666666666666668, 16.666666666666668)
    """
    columns = {"events": events, "population": population, "standard": standard}
    if squares is not None:
        columns["squares"] = squares
    names, offsets, frame = _strata(columns, by)
    found = _core.direct_rates(
        _arrays.whole_numbers("events", frame["events"]),
        None if squares is None else frame["squares"].to_list(),
        frame["population"].to_list(),
        frame["standard"].to_list(),
        offsets,
        _options.choice("method", method, DirectLimits),
        conf_level,
    )
    people = [frame["population"][a:b].sum() for a, b in itertools.pairwise(offsets)]
    none = (None, None)
    table = pl.DataFrame(
        {
            "unit": names,
            "events": [row[0] for row in found],
            "population": people,
            "crude": [per * row[1] for row in found],
            "rate": [per * row[2] for row in found],
            "std_error": [per * row[3] ** 0.5 for row in found],
            "low": [_times(per, (row[4] or none)[0]) for row in found],
            "high": [_times(per, (row[4] or none)[1]) for row in found],
        },
        schema_overrides={"low": pl.Float64, "high": pl.Float64},
    )
    note = (
        f"Directly standardised per {per:,.12g}, crude beside; limits: {method}"
        f"{'' if squares is None else ', persons with several events counted as one draw'}. "
        "Dobson's limits are not given under five events."
    )
    return Figures(table, title="Directly standardised rates", note=note, value="rate")


def indirect_standardisation(
    observed: ArrayLike,
    expected: ArrayLike | None = None,
    *,
    population: ArrayLike | None = None,
    reference_events: ArrayLike | None = None,
    reference_population: ArrayLike | None = None,
    by: ArrayLike | None = None,
    per: float = 1.0,
    method: CountLimits = "exact",
    conf_level: float = 0.95,
) -> Figures:
    """Return observed over expected events of each unit.

    Give ``expected`` itself (from a risk model, say), or let it be made from
    strata: the unit's ``population`` at the reference's rates.

    Parameters
    ----------
    observed
        Events in each row.
    expected
        Events expected in each row.
    population, reference_events, reference_population
        Without ``expected``: people of the unit in the row's stratum, and the
        reference's events and people there.
    by
        The unit of each row; rows of one unit are added up. By default each row
        is a unit, or with strata all rows are one unit's.
    per
        The unit's rate, ratio x the reference's crude rate, is given per so many.
    method
        As for :func:`rate`.
    conf_level
        Confidence level of the interval.

    Returns
    -------
    Figures
        ``unit, observed, expected, ratio, ratio_low, ratio_high``; with strata
        also ``crude, reference_rate, rate, low, high``.

    Examples
    --------
    >>> from boligspor.estimate import indirect_standardisation
    >>> indirect_standardisation([24], [20.0]).table()["ratio"][0]
    1.2
    """
    reference = (population, reference_events, reference_population)
    if expected is not None:
        if any(given is not None for given in reference):
            raise _options.refuse(
                "expected", "is given beside strata that would make it", "give one of the two"
            )
        frame = _units({"observed": observed, "expected": expected}, by)
    else:
        if any(given is None for given in reference):
            raise _options.refuse(
                "expected",
                "is missing",
                "give it, or population, reference_events and reference_population",
            )
        frame = _from_strata(observed, reference, by)
    counts = _arrays.whole_numbers("observed", frame["observed"])
    if not (frame["expected"] > 0).all():
        raise _options.refuse(
            "expected", "is zero or less in some rows", "merge units so that each expects some"
        )
    limits = _core.count_limits(counts, _options.choice("method", method, CountLimits), conf_level)
    table = frame.with_columns(
        pl.Series("observed", counts),
        ratio=pl.col("observed") / pl.col("expected"),
        ratio_low=pl.Series([low for low, _ in limits], dtype=pl.Float64) / pl.col("expected"),
        ratio_high=pl.Series([high for _, high in limits], dtype=pl.Float64) / pl.col("expected"),
    )
    if expected is None:
        made = pl.col("reference_rate") * per
        table = table.with_columns(
            crude=pl.col("observed") / pl.col("population") * per,
            reference_rate=made,
            rate=pl.col("ratio") * made,
            low=pl.col("ratio_low") * made,
            high=pl.col("ratio_high") * made,
        )
    note = f"Observed over expected; the expected is taken as known; limits: {method}."
    return Figures(table, title="Observed over expected", note=note, value="ratio", centre=1.0)


def _from_strata(
    observed: ArrayLike, reference: tuple[ArrayLike, ...], by: ArrayLike | None
) -> pl.DataFrame:
    named = dict(
        zip(("population", "reference_events", "reference_population"), reference, strict=True)
    )
    names, offsets, frame = _strata({"observed": observed, **named}, by)
    expected = _core.expected_events(
        frame["reference_events"].to_list(),
        frame["reference_population"].to_list(),
        frame["population"].to_list(),
        offsets,
    )
    sums = [
        frame[a:b].select(pl.all().sum()).row(0, named=True) for a, b in itertools.pairwise(offsets)
    ]
    return pl.DataFrame(
        {
            "unit": names,
            "observed": [s["observed"] for s in sums],
            "expected": expected,
            "population": [s["population"] for s in sums],
            "reference_rate": [s["reference_events"] / s["reference_population"] for s in sums],
        }
    )


def _times(per: float, value: float | None) -> float | None:
    return None if value is None else per * value


def _units(columns: dict[str, ArrayLike], by: ArrayLike | None) -> pl.DataFrame:
    """Return a row for each unit, in the order the units appear."""
    frame = _arrays.frame({name: _arrays.numbers(name, given) for name, given in columns.items()})
    if by is None:
        return frame.with_row_index("unit", offset=1)
    unit = _arrays.units("by", by, frame.height)
    grouped = frame.with_columns(unit.alias("unit")).group_by("unit", maintain_order=True)
    return grouped.agg(pl.all().sum())


def _strata(
    columns: dict[str, ArrayLike], by: ArrayLike | None
) -> tuple[list[object], list[int], pl.DataFrame]:
    """Return units in the order they appear, where each begins, and their rows together."""
    frame = _arrays.frame({name: _arrays.numbers(name, given) for name, given in columns.items()})
    if by is None:
        return [1], [0, frame.height], frame
    unit = _arrays.units("by", by, frame.height)
    labels = unit.unique(maintain_order=True)
    place = {label: at for at, label in enumerate(labels.to_list())}
    order = pl.Series([place[label] for label in unit.to_list()], dtype=pl.Int64)
    sizes = order.value_counts().sort(order.name)["count"]
    together = frame.with_columns(order.alias("__unit")).sort("__unit", maintain_order=True)
    return labels.to_list(), [0, *sizes.cum_sum().to_list()], together.drop("__unit")
