"""Returns: to homelessness after an exit, or home after a loss."""

from __future__ import annotations

from typing import Literal, TypeAlias

import altair as alt
import polars as pl

from boligspor import _html, _options
from boligspor._options import Lang
from boligspor._result import ReleasableResult
from boligspor.charts import returns as charts

__all__ = ["ReturnTo", "Returns"]

ReturnTo: TypeAlias = Literal["homelessness", "home"]
"""Which way round: to homelessness after an exit from it, or home after the loss of one."""

ReturnsChart: TypeAlias = Literal["first", "recurrent"]
"""The charts that :meth:`Returns.plot` draws."""


class Returns(ReleasableResult):
    """Returns by one declared exit and return. Made by :meth:`Cohort.returns`.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("odense_like", people=200, seed=7),
    ...     observed_until="2023-12-31",
    ... )
    >>> returns = register.cohort().returns(bands=[180, 365, 730])
    >>> returns.table()["to_day"].to_list()
    [180, 365, 730, 730, 730, 730, 730]
    """

    def table(self) -> pl.DataFrame:
        """Return what came first after the first exit, by the end of the last band.

        Returns
        -------
        polars.DataFrame
            The strata, then

            - ``outcome``: ``return`` in each band and in all of them, ``dead``,
              ``abroad``, and ``away`` (none of these)
            - ``from_day, to_day``: the band, in days after the exit
            - ``n``: members with an exit
            - ``n_event``: of these, seen to come to the outcome
            - ``share, std_error, low, high``: its cumulative incidence; null where
              nobody is followed to the end of the band
        """
        return super().table()

    def curve(self) -> pl.DataFrame:
        """Return the share who have returned for the first time, day by day.

        Returns
        -------
        polars.DataFrame
            The strata, then ``day, n_risk, estimate, std_error, low, high``.
        """
        return self._frame("curve")

    def recurrent(self) -> pl.DataFrame:
        """Return the mean number of returns up to each month since the first exit.

        Returns
        -------
        polars.DataFrame
            The strata, then ``month, followed, mean, std_error, low, high``. Those who
            die or leave the country return no more, and stay in the mean.
        """
        return self._frame("recurrent")

    def gaps(self) -> pl.DataFrame:
        """Return returns after the first, second, and third or later exit.

        Returns
        -------
        polars.DataFrame
            The strata, then ``order, n, to_day, share, std_error, low, high`` on a clock
            that starts at each exit, and ``median_days``, by which half have returned.
        """
        return self._frame("gaps")

    def plot(
        self, kind: ReturnsChart = "first", *, lang: Lang = "en", width: int = 520
    ) -> alt.TopLevelMixin:
        """Return a chart, which shows itself in a notebook without internet.

        Parameters
        ----------
        kind
            ``"first"``: the share who have returned, by days since the exit, or
            ``"recurrent"``: the mean number of returns.
        lang
            The language of its words.
        width
            The width of the picture within its axes, in pixels.
        """
        draw = {"first": charts.first, "recurrent": charts.recurrent}
        return draw[_options.choice("kind", kind, ReturnsChart)](
            self, _options.lang(lang), _options.whole("width", width, least=100)
        )

    def _repr_html_(self) -> str:
        return _html.result(self, "Returns", shares=["share", "low", "high"])
