"""Difference in differences: group-time effects and their averages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options, _view
from boligspor.charts import event_study
from boligspor.estimate import _arrays, _did_columns, _did_warnings
from boligspor.estimate._arrays import ArrayLike, Covariates
from boligspor.estimate._did_warnings import DidWarning
from boligspor.estimate._fit import ChiSquared

__all__ = ["Aggregate", "AttGt", "Effect", "Sensitivity", "att_gt"]

Control: TypeAlias = Literal["never", "not_yet"]
"""Who stands for what would have happened without treatment."""

Base: TypeAlias = Literal["varying", "universal"]
"""The period that a change is measured from."""

Method: TypeAlias = Literal["dr", "ipw", "reg"]
"""How treated and controls are made alike in the covariates."""

Kind: TypeAlias = Literal["simple", "dynamic", "group", "calendar"]
"""What group-time effects are averaged over."""

Unbalanced: TypeAlias = Literal["use_all_rows", "drop_units"]
"""What to do with units that are not seen in every period."""

_METHODS = {
    "dr": "doubly robust",
    "ipw": "inverse-probability weighting",
    "reg": "outcome regression",
}


@dataclass(frozen=True)
class Effect:
    """An effect with its standard error and interval; None where there is none."""

    estimate: float
    std_error: float | None
    low: float | None
    high: float | None

    def __float__(self) -> float:
        return self.estimate


def att_gt(
    unit: ArrayLike | None,
    period: ArrayLike,
    first_treated: ArrayLike,
    outcome: ArrayLike,
    *,
    control: Control = "never",
    anticipation: int = 0,
    base: Base = "varying",
    covariates: Covariates | None = None,
    method: Method = "dr",
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    bootstrap: int | None = None,
    seed: int | None = None,
    unbalanced: Unbalanced = "use_all_rows",
    conf_level: float = 0.95,
) -> AttGt:
    """Estimate what treatment did to each group in each period.

    A group is the units first treated in the same period. Each is compared,
    period by period, with units that are not treated (Callaway & Sant'Anna
    2021); averages come afterwards, by :meth:`AttGt.aggregate`.

    Parameters
    ----------
    unit
        The unit of each row, any values; None for repeated cross-sections.
    period
        The period of each row, a whole number such as a year.
    first_treated
        The first period of the unit's treatment; null or 0 for never. Later
        than the last period counts as never.
    outcome
        The outcome.
    control
        ``"never"``: units never treated. ``"not_yet"``: also those treated later.
    anticipation
        How many periods before treatment its effects (or a peak that leads to
        it) may begin.
    base
        ``"universal"``: every period is compared with the last before treatment
        and anticipation. ``"varying"``: periods before treatment with the one
        before them.
    covariates
        Columns by name, a table, or one column. In a panel their values in the
        earlier of the two periods compared count.
    method
        ``"dr"`` doubly robust, ``"ipw"`` weighting, ``"reg"`` regression.
    weights
        Sampling weights.
    cluster
        Groups of units that are not independent, besides the unit itself.
    bootstrap
        Replicates of the multiplier bootstrap, such as 999, for errors and
        bands; without it errors are analytic.
    seed
        Of the bootstrap and the bands; the same seed gives the same digits.
    unbalanced
        Units not seen in every period: ``"use_all_rows"``, or ``"drop_units"``.
    conf_level
        Confidence level of intervals and bands.

    Returns
    -------
    AttGt

    Raises
    ------
    EstimateError
        Where a code for never treated would drop the controls, first treatment
        changes within a unit, a unit has two rows in a period, or the outcome
        is not finite.

    Examples
    --------
    Two units treated in 2021 gain 3, two others 1:

    >>> import warnings
    >>> from boligspor.estimate import att_gt
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")  # groups of two are small
    ...     fit = att_gt(
    ...         unit=[1, 1, 2, 2, 3, 3, 4, 4],
    ...         period=[2020, 2021] * 4,
    ...         first_treated=[2021] * 4 + [None] * 4,
    ...         outcome=[1, 4, 2, 5, 1, 2, 3, 4],
    ...     )
    >>> fit.table()["estimate"].to_list()
    [2.0]
    """
    columns, coding = _did_columns.panel(
        unit,
        period,
        first_treated,
        outcome,
        covariates=covariates,
        weights=weights,
        cluster=cluster,
    )
    chosen = _arrays.options(
        control=_options.choice("control", control, Control),
        anticipation=_options.whole("anticipation", anticipation, least=0),
        base=_options.choice("base", base, Base),
        method=_options.choice("method", method, Method),
        unbalanced=_options.choice("unbalanced", unbalanced, Unbalanced),
        level=conf_level,
        bootstrap=None if bootstrap is None else _options.whole("bootstrap", bootstrap, least=2),
        seed=0 if seed is None else _options.whole("seed", seed, least=0),
    )
    core = _core.estimate_att_gt(columns, chosen)
    said = _Said(control, anticipation, base, method, tuple(coding.levels), bootstrap, conf_level)
    return AttGt(core, said)


@dataclass(frozen=True)
class _Said:
    """How effects were estimated, to be said with them."""

    control: str
    anticipation: int
    base: str
    method: str
    covariates: tuple[str, ...]
    bootstrap: int | None
    level: float

    def describe(self) -> str:
        whom = "never treated" if self.control == "never" else "never or not yet treated"
        ahead = self.anticipation
        start = "the last period before treatment"
        if ahead:
            start = f"{ahead + 1} periods before treatment (anticipation {ahead})"
        which = (
            "; earlier periods from the one before" if self.base == "varying" else ", throughout"
        )
        with_them = ""
        if self.covariates:
            with_them = f"; {_METHODS[self.method]} with {', '.join(self.covariates)}"
        errors = f"{self.bootstrap} multiplier replicates" if self.bootstrap else "analytic errors"
        return (
            f"Effect on the treated, compared with units {whom}; measured from {start}{which}"
            f"{with_them}; {errors}, {100 * self.level:g} % intervals (Callaway & Sant'Anna 2021)."
        )


class AttGt:
    """Effects by group and period. Made by :func:`att_gt`."""

    def __init__(self, core: _core.AttGt, said: _Said) -> None:
        self._core, self._said = core, said
        self._table: pl.DataFrame | None = None
        self._warnings = _did_warnings.warned(core.warnings())

    @property
    def warnings(self) -> list[DidWarning]:
        """What a reader must know about the data and the cells."""
        return list(self._warnings)

    @property
    def units(self) -> int:
        """How many units (rows, in cross-sections) were used."""
        return self._core.size()[0]

    def describe(self) -> str:
        """Return in one sentence what was estimated, and how."""
        return self._said.describe()

    def table(self) -> pl.DataFrame:
        """Return the effect on each group in each period.

        Returns
        -------
        polars.DataFrame
            ``group, period, estimate, std_error, low, high, band_low,
            band_high, base, treated, controls``. The band holds for all rows at
            once. A cell that could not be computed is null; in a universal base
            period the effect is 0 by definition, without error.
        """
        if self._table is None:
            self._table = pl.DataFrame(self._core.cells())
        return self._table

    def pre_trend(self, *, anticipation: bool = True) -> ChiSquared | None:
        """Test that all effects before treatment are zero (Wald).

        Parameters
        ----------
        anticipation
            Whether the periods of anticipation are tested too, as R's did does.

        Returns
        -------
        ChiSquared or None
            None if there is no period to test. Passing the test proves no
            parallel trends; see :func:`sensitivity`.
        """
        flag = _options.flag("anticipation", anticipation)
        found = self._core.pre_trend(flag)
        return None if found is None else ChiSquared(*found)

    def aggregate(
        self,
        kind: Kind = "dynamic",
        *,
        min_e: int | None = None,
        max_e: int | None = None,
        balance_e: int | None = None,
    ) -> Aggregate:
        """Average the effects.

        Parameters
        ----------
        kind
            ``"simple"``: one mean by size of group. ``"dynamic"``: by periods
            since treatment, the event study. ``"group"``: by group.
            ``"calendar"``: by period.
        min_e, max_e
            First and last period since treatment.
        balance_e
            Only groups seen this many periods after treatment begins, so that
            the same groups make up each period after it.

        Returns
        -------
        Aggregate
        """
        window = {
            name: None if given is None else _options.whole(name, given)
            for name, given in (("min_e", min_e), ("max_e", max_e), ("balance_e", balance_e))
        }
        chosen = _options.choice("kind", kind, Kind)
        frame, overall, critical, warnings, covariance = self._core.aggregate(chosen, **window)
        pre_trend = self.pre_trend(anticipation=self._said.anticipation == 0)
        return Aggregate(
            chosen,
            pl.DataFrame(frame),
            Effect(*overall),
            _Averaged(self._said, balance_e, critical, tuple(covariance), pre_trend),
            _did_warnings.warned(warnings),
        )

    def plot(self, *, width: int = 560) -> alt.TopLevelMixin:
        """Return the event study as an Altair chart; see :meth:`Aggregate.plot`."""
        return self.aggregate("dynamic").plot(width=width)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        title = f"<AttGt of {self.units:,} units>\n{self.describe()}"
        lines = [
            title,
            _view.text(_named(self.table())),
            *(f"Warning: {w}" for w in self._warnings),
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        said = _html.warnings(str(w) for w in self._warnings)
        return _html.table(_named(self.table())) + _html.note(self.describe()) + said


def _named(table: pl.DataFrame) -> pl.DataFrame:
    """Write groups and periods as names, not as amounts with thousands separators."""
    return table.with_columns(pl.col("^(group|period|base|event_time)$").cast(pl.String))


@dataclass(frozen=True)
class _Averaged:
    """What an average carries besides its numbers."""

    said: _Said
    balance_e: int | None
    critical: float
    covariance: tuple[float, ...]
    pre_trend: ChiSquared | None


@dataclass(frozen=True)
class Sensitivity:
    """Bounds on an effect when trends are not parallel. Made by :meth:`Aggregate.sensitivity`.

    Attributes
    ----------
    breakdown
        The ``m`` at which the interval takes in zero: 0 if it does without any
        failure, None beyond 100.
    largest_step
        The largest step of the difference in trends before treatment.
    """

    _table: pl.DataFrame
    breakdown: float | None
    largest_step: float

    def table(self) -> pl.DataFrame:
        """Return ``m, bound_low, bound_high`` and the interval ``low, high``."""
        return self._table

    def describe(self) -> str:
        """Return what the bounds are, and what they are not."""
        return (
            "Bounds if from one period to the next the trends drift apart by up to m times the "
            "largest step before treatment (relative magnitudes, Rambachan & Roth 2023). The "
            "interval is the union of one-sided limits for each step: valid and conservative, "
            "not the shorter conditional interval of HonestDiD."
        )


_OVER = {
    "simple": "Mean of all effects after treatment, by size of group",
    "dynamic": "Mean by periods since treatment, over groups by size",
    "group": "Mean by group, over its periods after treatment",
    "calendar": "Mean by period, over the groups treated by then",
}


class Aggregate:
    """Averages of group-time effects. Made by :meth:`AttGt.aggregate`."""

    def __init__(
        self,
        kind: str,
        table: pl.DataFrame,
        overall: Effect,
        carried: _Averaged,
        warnings: list[DidWarning],
    ) -> None:
        self._kind, self._table, self._overall = kind, table, overall
        self._carried, self._warnings = carried, warnings

    @property
    def kind(self) -> str:
        """What was averaged over."""
        return self._kind

    @property
    def overall(self) -> Effect:
        """The one number: the mean over the rows after treatment (groups by size)."""
        return self._overall

    @property
    def critical_value(self) -> float:
        """How many standard errors either side the simultaneous band is wide."""
        return self._carried.critical

    @property
    def pre_trend(self) -> ChiSquared | None:
        """The test that effects before treatment and its anticipation are zero."""
        return self._carried.pre_trend

    @property
    def warnings(self) -> list[DidWarning]:
        """What is missing from the averages."""
        return list(self._warnings)

    def covariance(self) -> list[list[float]]:
        """Return the analytic covariance of the rows."""
        flat, size = self._carried.covariance, self._table.height
        return [list(flat[i * size : (i + 1) * size]) for i in range(size)]

    def describe(self) -> str:
        """Return in one sentence what was averaged, and how it was estimated."""
        over = _OVER[self._kind]
        if self._carried.balance_e is not None:
            over += f", only groups seen {self._carried.balance_e} periods after it begins"
        return f"{over}. {self._carried.said.describe()}"

    def table(self) -> pl.DataFrame:
        """Return the averages.

        Returns
        -------
        polars.DataFrame
            ``event_time``, ``group`` or ``period`` (by kind), ``estimate,
            std_error, low, high`` for each alone, ``band_low, band_high`` for all
            at once, ``groups, treated, controls`` in it, and ``is_base``.
        """
        return self._table

    def sensitivity(
        self,
        event_time: int | None = None,
        *,
        m: Sequence[float] = (0.0, 0.5, 1.0, 1.5, 2.0),
    ) -> Sensitivity:
        """Bound an effect when trends are not parallel (Rambachan & Roth 2023).

        From one period to the next the trends of treated and controls may drift
        apart by up to ``m`` times the largest such step before treatment.

        Parameters
        ----------
        event_time
            The effect to bound; None for the mean of those after treatment.
        m
            Sizes of failure, in multiples of the largest step before.

        Returns
        -------
        Sensitivity
        """
        if self._kind != "dynamic":
            hint = 'aggregate("dynamic") first'
            raise _options.refuse("kind", "is no event study", hint)
        times = self._table["event_time"].to_list()
        after = [e for e in times if e >= 0]
        targets = after if event_time is None else [_options.whole("event_time", event_time)]
        said = self._carried.said
        frame, breakdown, step = _core.estimate_sensitivity(
            (times, self._table["estimate"].to_list(), list(self._carried.covariance)),
            said.base == "universal",
            -1 - said.anticipation,
            targets,
            [float(v) for v in m],
            said.level,
        )
        return Sensitivity(pl.DataFrame(frame), breakdown, step)

    def plot(self, *, width: int = 560) -> alt.TopLevelMixin:
        """Return the averages as an Altair chart.

        The band holds for all points at once; beneath stand the treated and the
        fewest controls behind each point, and the test of what came before.
        """
        return event_study.draw(
            self._table,
            kind=self._kind,
            overall=self._overall.estimate if self._kind != "simple" else None,
            pre_trend=self.pre_trend,
            notes=[self.describe(), *map(str, self._warnings)],
            width=_options.whole("width", width, least=100),
        )

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)

    def _overall_text(self) -> str:
        e = self._overall
        if e.std_error is None or e.low is None or e.high is None:
            return f"Overall: {_html.number(e.estimate, 4)}"
        low, high = (_html.number(v, 4) for v in (e.low, e.high))
        return f"Overall: {_html.number(e.estimate, 4)} ({low} to {high})"

    def __repr__(self) -> str:
        head = f"<Aggregate ({self._kind})>\n{self.describe()}\n{self._overall_text()}"
        lines = [head, _view.text(_named(self._table)), *(f"Warning: {w}" for w in self._warnings)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        said = _html.warnings(str(w) for w in self._warnings)
        notes = _html.note(f"{self._overall_text()}\n{self.describe()}")
        return _html.table(_named(self._table)) + notes + said
