"""Estimators on plain arrays: the statistics behind the analyses, for any data.

Every function takes one-dimensional array-likes (lists, polars, pandas, numpy,
pyarrow) and returns a result with ``table()`` and ``plot()``. The same names in
Rust are in ``boligspor::estimate``; ``docs/validation.md`` says what each was
compared with.
"""

from __future__ import annotations

from boligspor.estimate._adjusted import AdjustedCurves, compare_curves
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

__all__ = [
    "AdjustedCurves",
    "ChiSquared",
    "CollinearityWarning",
    "Concordance",
    "ConvergenceWarning",
    "Cox",
    "FineGray",
    "FitWarning",
    "Glm",
    "NoEventsWarning",
    "SeparationWarning",
    "compare_curves",
    "concordance",
    "cox",
    "fine_gray",
    "glm",
]
