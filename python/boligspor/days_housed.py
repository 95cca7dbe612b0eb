"""Days housed: how a person's days after time zero are spent on average."""

from __future__ import annotations

import altair as alt
import polars as pl

from boligspor import _html, _options
from boligspor._options import Lang
from boligspor._result import ReleasableResult
from boligspor.charts import days_housed as charts

__all__ = ["DaysHoused"]


class DaysHoused(ReleasableResult):
    """Expected days in every state within a horizon. Made by :meth:`Cohort.days_housed`.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("odense_like", people=200, seed=7),
    ...     observed_until="2023-12-31",
    ... )
    >>> days = register.cohort().days_housed(within=12)
    >>> days.table()["state"][0]
    'housed'
    >>> round(days.table().filter(pl.col("state") != "housed")["share"].sum(), 9)
    1.0
    """

    def table(self) -> pl.DataFrame:
        """Return a row for each stratum and state, the whole cohort (``all``) first.

        Returns
        -------
        polars.DataFrame
            The strata, then

            - ``state``: ``housed``, then each state that has a day, dwellings told apart
            - ``n``: members
            - ``followed``: members followed to the end of the horizon
            - ``days, std_error, low, high``: expected days, with their interval
            - ``share``: of all days within the horizon
        """
        return super().table()

    def curve(self) -> pl.DataFrame:
        """Return expected days up to each month.

        Returns
        -------
        polars.DataFrame
            The strata, then ``month, state, followed, days, std_error, low, high``.
        """
        return self._frame("curve")

    def differences(self) -> pl.DataFrame:
        """Return differences between every two strata.

        Returns
        -------
        polars.DataFrame
            ``state, from_stratum, to_stratum, difference`` (the second less the first),
            ``std_error, low, high, p_value``, and ``p_holm``, adjusted by Holm for all
            pairs of the state.
        """
        return self._frame("differences")

    def plot(self, *, lang: Lang = "en", width: int = 520) -> alt.TopLevelMixin:
        """Return a chart of the days in each state, a bar each stratum.

        Parameters
        ----------
        lang
            The language of its words.
        width
            The width of the picture within its axes, in pixels.
        """
        return charts.bars(self, _options.lang(lang), _options.whole("width", width, least=100))

    def _repr_html_(self) -> str:
        return _html.result(self, "Days housed", shares=["share"])
