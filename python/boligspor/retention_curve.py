"""The whole curve of retention, with the ends that came first."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _core, _html, _options
from boligspor._options import Lang
from boligspor._result import ReleasableResult
from boligspor.charts import retention_curve as charts
from boligspor.definition import Definition

__all__ = ["IntervalScale", "Resolution", "RetentionCurve"]

Resolution: TypeAlias = Literal["month", "day"]
"""How closely a curve is followed: by month, or on every day on which something happens."""

IntervalScale: TypeAlias = Literal["log", "log-log", "plain", "logit", "arcsine"]
"""The scale on which an interval for a share is symmetric."""


class RetentionCurve(ReleasableResult):
    """The curve of retention by one definition. Made by :meth:`Cohort.retention_curve`.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("odense_like", people=200, seed=7),
    ...     observed_until="2023-12-31",
    ... )
    >>> curve = register.cohort().retention_curve("odense_vive", death="competing")
    >>> curve.table()["outcome"].unique(maintain_order=True).to_list()
    ['retained', 'not_retained', 'dead']
    """

    def __init__(self, core: _core.Tables, definition: Definition) -> None:
        super().__init__(core)
        self._definition = definition

    @property
    def definition(self) -> Definition:
        """The definition that the curve belongs to."""
        return self._definition

    def table(self) -> pl.DataFrame:
        """Return a row for each stratum, outcome and time, the whole cohort (``all``) first.

        Returns
        -------
        polars.DataFrame
            The strata, then

            - ``outcome``: ``retained``, ``not_retained`` (``lost`` for an unbroken stay),
              or the end of its own: ``dead``, ``abroad``, ...
            - ``of``: the denominator, those ``counted``, or ``all`` for ends that leave
              the count
            - ``time``: months since time zero
            - ``month, day``: whole months by the anniversary rule, and days since (days
              since time zero for a definition in days)
            - ``n_risk``: people followed on that day who have met no end (for an unbroken
              stay: still at home)
            - ``n_event``: people who came to the outcome since the row before
            - ``n_censor``: people at risk whose follow-up ended since the row before
            - ``estimate, std_error, low, high``: the share, with its pointwise interval
            - ``band_low, band_high``: the band that holds the whole curve, if asked for
        """
        return super().table()

    def plot(self, *, lang: Lang = "en", width: int = 520) -> alt.TopLevelMixin:
        """Return a chart, which shows itself in a notebook without internet.

        One stratum: every outcome, the share housed with its interval. Several: the
        share housed of each. The numbers at risk stand beneath.

        Parameters
        ----------
        lang
            The language of its words.
        width
            The width of the picture within its axes, in pixels.
        """
        return charts.curve(self, _options.lang(lang), _options.whole("width", width, least=100))

    def _first_look(self) -> pl.DataFrame:
        frame = self.table()
        if frame.is_empty():
            return frame
        # Yearly: a whole curve is for a picture.
        strata = frame.columns[: frame.columns.index("outcome")]
        yearly = pl.col("month") % 12 == 0
        first = pl.col("time") == pl.col("time").min().over(*strata, "outcome", "year")
        return (
            frame.with_columns(year=pl.col("month") // 12)
            .filter(yearly & first)
            .select(*strata, "outcome", "month", "n_risk", "estimate", "low", "high")
        )

    def _repr_html_(self) -> str:
        return _html.result(self, f"Retention curve: {self._definition.name}")


def spec(
    *,
    by: object,
    until: object,
    level: object,
    interval: object,
    band: object,
    band_from: object,
    replicates: object,
    seed: object,
) -> dict[str, Any]:
    """Check what a curve is asked for; :meth:`Cohort.retention_curve` documents it."""
    out: dict[str, Any] = {
        "by": _options.choice("by", by, Resolution),
        "level": _options.share("level", level),
        "interval": _options.choice("interval", interval, IntervalScale),
        "band": _options.flag("band", band),
        "band_from": _options.whole("band_from", band_from, least=0),
        "replicates": _options.whole("replicates", replicates, least=1),
        "seed": _options.whole("seed", seed, least=0),
    }
    if until is not None:
        out["until"] = _options.whole("until", until, least=1)
    return out
