"""The cohort's curves under each of several settings, by a Cox model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from boligspor import _core, _options, _view
from boligspor.charts import look
from boligspor.estimate import _arrays
from boligspor.estimate._arrays import ArrayLike, Coding, Covariates
from boligspor.estimate._model import Penalty, Ties

__all__ = ["StandardisedCurves", "standardised_curves"]

_NOTE = (
    "Survival of the whole cohort as the model predicts it if everyone had each setting, other "
    "covariates as they are. Intervals by bootstrap over people."
)


def standardised_curves(
    duration: ArrayLike,
    event: ArrayLike,
    covariates: Covariates,
    *,
    settings: Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Any]],
    times: float | ArrayLike,
    tau: float | None = None,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    ties: Ties = "efron",
    penalty: Penalty = "firth-if-separated",
    replicates: int = 500,
    seed: int = 0,
    conf_level: float = 0.95,
) -> StandardisedCurves:
    """Standardise the curves of a Cox model over the cohort (g-computation).

    Everybody is predicted once under each setting, and the predictions are
    averaged; the model is fitted anew in each replicate of the bootstrap.

    Parameters
    ----------
    duration, event, covariates, entry, weights, strata, cluster, ties, penalty
        As :func:`cox`; rows of a cluster are drawn together.
    settings
        What everyone is given: for each setting the values of one or more
        covariates, such as ``{"offered": {"offer": 1}, "not": {"offer": 0}}``.
        Differences are from the first.
    times
        The horizons.
    tau
        Also compare mean times without the event up to here.
    replicates, seed
        Number of draws, and where their random numbers begin.
    conf_level
        Level of the intervals (percentiles).

    Returns
    -------
    StandardisedCurves

    Examples
    --------
    >>> from boligspor.estimate import standardised_curves
    >>> n = range(60)
    >>> found = standardised_curves(
    ...     [1 + i * 29 % 60 for i in n],
    ...     [i % 3 != 0 for i in n],
    ...     {"offer": [i % 2 for i in n], "age": [20 + i * 37 % 50 for i in n]},
    ...     settings={"usual": {"offer": 0}, "offered": {"offer": 1}},
    ...     times=[12, 36],
    ...     replicates=50,
    ... )
    >>> found.table()["setting"].unique(maintain_order=True).to_list()
    ['usual', 'offered']
    """
    coding, coded = Coding.of(covariates)
    height = len(coded[0]) if coded else 0
    named = _named(settings)
    given: dict[str, pl.Series] = {}
    for s, setting in enumerate(named.values()):
        if unknown := [name for name in setting if name not in coding.levels]:
            raise _options.refuse(
                "settings", f"name `{unknown[0]}`", "name covariates of the model"
            )
        set_to = {name: [value] for name, value in setting.items()}
        fixed = {
            name: pl.Series([float(column[0])] * height)
            for name, column in coding.partly(set_to).items()
        }
        for c, (term, column) in enumerate(zip(coding.terms, coded, strict=True)):
            given[f"s{s}x{c}"] = fixed.get(term, column)
    columns = _arrays.frame(
        {
            "time": _arrays.numbers("duration", duration),
            "event": _arrays.flags("event", event),
            "entry": None if entry is None else _arrays.numbers("entry", entry),
            "weights": None if weights is None else _arrays.numbers("weights", weights),
            "strata": None if strata is None else _arrays.identities("strata", strata),
            "cluster": None if cluster is None else _arrays.identities("cluster", cluster),
        }
        | _arrays.columns(coded)
        | given
    )
    chosen = _arrays.options(
        ties=_options.choice("ties", ties, Ties),
        penalty=_options.choice("penalty", penalty, Penalty),
        level=float(conf_level),
        replicates=_options.whole("replicates", replicates, least=2),
        seed=_options.whole("seed", seed, least=0),
    )
    several = [times] if isinstance(times, int | float) else times
    at = _arrays.numbers("times", several).sort().to_list()
    end = None if tau is None else float(tau)
    found = _core.estimate_standardised_curves(columns, len(named), at, end, chosen)
    return StandardisedCurves(found, list(named), at, end)


def _named(settings: object) -> dict[str, Mapping[str, Any]]:
    """Return settings by name: their own, or what they set."""
    if isinstance(settings, Mapping):
        named = {str(name): setting for name, setting in settings.items()}
    elif isinstance(settings, Sequence) and not isinstance(settings, str):
        listed = list(settings)
        if not all(isinstance(s, Mapping) for s in listed):
            raise _options.refuse(
                "settings", "are no mappings", 'give [{"offer": 0}, {"offer": 1}]'
            )
        named = {", ".join(f"{k} = {v}" for k, v in s.items()) or "as it is": s for s in listed}
    else:
        named = {}
    if not named or not all(isinstance(s, Mapping) for s in named.values()):
        hint = 'give {"usual": {"offer": 0}, "offered": {"offer": 1}}'
        raise _options.refuse("settings", "hold no setting", hint)
    return named


class StandardisedCurves:
    """Curves of the cohort under each setting. Made by :func:`standardised_curves`."""

    def __init__(
        self,
        found: list[_core._Standardised],
        settings: list[str],
        times: list[float],
        tau: float | None,
    ) -> None:
        self._found, self._settings, self._times, self._tau = found, settings, times, tau

    @property
    def replicates(self) -> int:
        """Replicates of the bootstrap that could be computed."""
        return self._found[0][3]

    def table(self) -> pl.DataFrame:
        """Return survival under each setting at each horizon.

        Returns
        -------
        polars.DataFrame
            ``setting, time, estimate, std_error, low, high``.
        """
        return self._rows(0)

    def difference(self) -> pl.DataFrame:
        """Return survival under each setting less that under the first, as :meth:`table`."""
        return self._rows(1, skip=1)

    def restricted_mean(self) -> pl.DataFrame:
        """Return the mean time up to ``tau`` under each setting, and the differences.

        Returns
        -------
        polars.DataFrame
            ``setting, tau, contrast, estimate, std_error, low, high``;
            ``contrast`` is ``mean`` or ``difference`` (from the first setting).
        """
        rows = []
        for setting, found in zip(self._settings, self._found, strict=True):
            if found[2] is None:
                raise _options.refuse("tau", "was not given", "give one to standardised_curves")
            for contrast, row in zip(("mean", "difference"), found[2], strict=True):
                if (setting, contrast) != (self._settings[0], "difference"):
                    about = {"setting": setting, "tau": self._tau, "contrast": contrast}
                    rows.append(about | dict(zip(_COLUMNS, row, strict=True)))
        return pl.DataFrame(rows)

    def _rows(self, which: int, *, skip: int = 0) -> pl.DataFrame:
        rows = [
            {"setting": setting, "time": time} | dict(zip(_COLUMNS, row, strict=True))
            for setting, found in list(zip(self._settings, self._found, strict=True))[skip:]
            for time, row in zip(self._times, (found[0], found[1])[which], strict=True)
        ]
        schema = {"setting": pl.String, "time": pl.Float64} | dict.fromkeys(_COLUMNS, pl.Float64)
        return pl.DataFrame(rows, schema=schema)

    def plot(self, *, width: int = 420) -> alt.TopLevelMixin:
        """Return the curves at the horizons with their intervals, as an Altair chart."""
        colours = [look.PALETTE[i % len(look.PALETTE)] for i in range(len(self._settings))]
        scale = alt.Scale(domain=self._settings, range=colours)
        colour = alt.Color("setting:N", scale=scale, legend=alt.Legend(orient="top", title=None))
        x = alt.X("time:Q", axis=alt.Axis(title="Time", grid=False))
        base = alt.Chart(self.table())
        y = alt.Y("estimate:Q", scale=alt.Scale(domain=[0, 1]), axis=look.percent_axis())
        line = base.mark_line(point=True, strokeWidth=2).encode(x=x, y=y, color=colour)
        ends = alt.Y("low:Q", axis=look.percent_axis())
        bar = base.mark_rule(opacity=0.5).encode(x=x, y=ends, y2="high:Q", color=colour)
        least = _options.whole("width", width, least=100)
        main = alt.layer(bar, line).properties(width=least, height=260)
        return look.finish([main], title="Standardised survival", notes=[_NOTE], width=least)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        title = f"<StandardisedCurves: {len(self._settings)} settings>"
        return f"{title}\n{_view.text(self.table())}"

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


_COLUMNS = ("estimate", "std_error", "low", "high")
