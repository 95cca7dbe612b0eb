"""Estimators on plain arrays: the statistics behind the analyses, for any data.

Every function takes one-dimensional array-likes (lists, polars, pandas, numpy,
pyarrow) and returns a result with ``table()`` and ``plot()``. The same names in
Rust are in ``boligspor::estimate``; ``docs/validation.md`` says what each was
compared with.
"""

from __future__ import annotations

from boligspor.estimate._adjusted import AdjustedCurves, compare_curves
from boligspor.estimate._curves import Curves, GroupTest
from boligspor.estimate._fit import (
    ChiSquared,
    CollinearityWarning,
    ConvergenceWarning,
    FitWarning,
    NoEventsWarning,
    SeparationWarning,
)
from boligspor.estimate._regression import (
    Concordance,
    Cox,
    FineGray,
    Glm,
    concordance,
    cox,
    fine_gray,
    glm,
)
from boligspor.estimate._survival import (
    aalen_johansen,
    gray_test,
    kaplan_meier,
    log_rank,
    mean_cumulative,
    nelson_aalen,
    pseudo_values,
    state_distribution,
    state_occupancy,
    transition_rates,
)

__all__ = [
    "AdjustedCurves",
    "ChiSquared",
    "CollinearityWarning",
    "Concordance",
    "ConvergenceWarning",
    "Cox",
    "Curves",
    "FineGray",
    "FitWarning",
    "Glm",
    "GroupTest",
    "NoEventsWarning",
    "SeparationWarning",
    "aalen_johansen",
    "compare_curves",
    "concordance",
    "cox",
    "fine_gray",
    "glm",
    "gray_test",
    "kaplan_meier",
    "log_rank",
    "mean_cumulative",
    "nelson_aalen",
    "pseudo_values",
    "state_distribution",
    "state_occupancy",
    "transition_rates",
]
