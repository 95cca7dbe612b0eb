"""Cumulative incidence under competing risks."""

from __future__ import annotations

from typing import Literal, TypeAlias

from boligspor import _core, _options
from boligspor.estimate import _columns
from boligspor.estimate._columns import ArrayLike
from boligspor.estimate._curves import ConfType, Curves
from boligspor.estimate._survival import settings

__all__ = ["aalen_johansen"]

Variance: TypeAlias = Literal["aalen", "delta", "infinitesimal_jackknife"]
"""How the variance of a cumulative incidence is estimated."""


def aalen_johansen(
    duration: ArrayLike,
    cause: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    id: ArrayLike | None = None,  # noqa: A002 - the name the method is known by
    by: ArrayLike | None = None,
    start_time: float | None = None,
    robust: bool | None = None,
    conf_type: ConfType = "log",
    conf_level: float = 0.95,
    variance: Variance = "aalen",
) -> Curves:
    """Estimate cumulative incidence under competing risks.

    Parameters
    ----------
    duration
        Time until an event of any cause or censoring.
    cause
        Which cause, by number or name; 0 or null: censored.
    entry, weights, cluster, id, by, start_time, conf_type, conf_level
        As :func:`kaplan_meier`.
    robust
        True for the infinitesimal jackknife whatever ``variance`` says, False
        for what it says; by default the jackknife with clusters or weights that
        are not whole.
    variance
        ``"aalen"`` (cmprsk), ``"delta"`` (Greenwood, etm) or
        ``"infinitesimal_jackknife"`` (R's survival).

    Returns
    -------
    Curves
        With a ``cause`` column; ``restricted_mean`` gives the time lost to each,
        ``cumulative_hazard`` the cause-specific hazards.

    Examples
    --------
    >>> from boligspor.estimate import aalen_johansen
    >>> curves = aalen_johansen([1, 2, 3, 4], ["return", "death", None, "return"])
    >>> curves.table([4]).select("cause", "estimate").rows()
    [('death', 0.25), ('return', 0.75)]
    """
    code, labels = _columns.causes("cause", cause)
    columns = {"duration": _columns.numbers("duration", duration), "cause": code}
    frame, groups = _columns.frame(
        columns, entry=entry, weights=weights, cluster=cluster, id=id, by=by
    )
    named = variance.replace("-", "_") if isinstance(variance, str) else variance
    kind = _options.choice("variance", named, Variance)
    options = settings(
        groups, start_time, robust, conf_type, conf_level, variance=kind, codes=len(labels)
    )
    # Number 0 is the event-free probability, which is no cause.
    causes = ("cause", [labels[0] if labels else None, *labels])
    core = _core.Incidence(frame, options)
    return Curves(core, groups, codes=causes, drop=[0], measure="cumulative incidence")
