"""Groups side by side: tests, differences, and groups made alike."""

from __future__ import annotations

import altair as alt
import polars as pl

from boligspor import _core, _html, _options
from boligspor._options import Lang
from boligspor._result import ReleasableResult
from boligspor.charts import groups as charts
from boligspor.definition import Definition

__all__ = ["GroupComparison"]


class GroupComparison(ReleasableResult):
    """Groups compared by one definition. Made by :meth:`Cohort.compare_groups`.

    Examples
    --------
    >>> import boligspor
    >>> register = boligspor.Register(
    ...     **boligspor.synth("odense_like", people=300, seed=7),
    ...     observed_until="2023-12-31",
    ... )
    >>> compared = register.cohort().compare_groups("sex", adjust=["age_group"])
    >>> compared.tests()["test"].to_list()
    ['log_rank', 'gray']
    """

    def __init__(self, core: _core.Tables, definition: Definition) -> None:
        super().__init__(core)
        self._definition = definition

    @property
    def definition(self) -> Definition:
        """The definition that the groups are compared by."""
        return self._definition

    def table(self) -> pl.DataFrame:
        """Return the difference in shares housed, a row each horizon and two groups.

        Returns
        -------
        polars.DataFrame
            ``horizon, unit, from_group, to_group, from_share, to_share, difference``
            (the second less the first), ``std_error, low, high, p_value``, and
            ``p_holm``, adjusted by Holm for all pairs at the horizon.
        """
        return super().table()

    def tests(self) -> pl.DataFrame:
        """Return the tests of the time to the first loss of the home.

        Returns
        -------
        polars.DataFrame
            ``test`` (``log_rank``, where competing events censor; ``gray``, where they
            do not), ``groups, statistic, df, p_value``. Empty where fewer than two
            groups can lose a home.
        """
        return self._frame("tests")

    def days(self) -> pl.DataFrame:
        """Return the differences in days in a dwelling.

        Returns
        -------
        polars.DataFrame
            As :meth:`DaysHoused.differences`.
        """
        return self._frame("days")

    def adjusted(self) -> pl.DataFrame:
        """Return the groups made alike in the covariates; empty without any.

        Returns
        -------
        polars.DataFrame
            ``method`` (``weighting``, ``doubly_robust``), ``group, reference, quantity``
            (the ``share`` who have kept a home without a break, or the ``days`` they
            have), ``horizon, unit, group_estimate, reference_estimate, difference``
            (the group less the reference), ``std_error, low, high``.
        """
        return self._frame("adjusted")

    def balance(self) -> pl.DataFrame:
        """Return how alike the weights made the groups; empty without covariates.

        Returns
        -------
        polars.DataFrame
            ``group, reference, term, before, after`` (standardised differences), and
            ``effective``, how many people the group's weights amount to.
        """
        return self._frame("balance")

    def plot(self, *, lang: Lang = "en", width: int = 420) -> alt.TopLevelMixin:
        """Return a chart of the differences with their intervals, adjusted ones too.

        Parameters
        ----------
        lang
            The language of its words.
        width
            The width of the picture within its axes, in pixels.
        """
        return charts.differences(
            self, _options.lang(lang), _options.whole("width", width, least=100)
        )

    def _repr_html_(self) -> str:
        shares = ["from_share", "to_share", "difference", "low", "high"]
        return _html.result(self, "Groups compared", shares=shares)
