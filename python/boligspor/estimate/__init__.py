"""Estimators on plain arrays: the statistics behind the analyses, for any data.

Every function takes one-dimensional array-likes (lists, polars, pandas, numpy,
pyarrow) and returns a result with ``table()`` and ``plot()``. The same names in
Rust are in ``boligspor::estimate``; ``docs/validation.md`` says what each was
compared with.
"""

from __future__ import annotations

from boligspor.estimate._adjusted import AdjustedCurves, compare_curves
from boligspor.estimate._censored_cost import (
    CensoredCost,
    CostWarning,
    SmallWeightWarning,
    censored_cost_mean,
)
from boligspor.estimate._curves import Curves, GroupTest
from boligspor.estimate._did import Aggregate, AttGt, Effect, att_gt
from boligspor.estimate._did_warnings import (
    AlreadyTreatedWarning,
    CellsLeftOutWarning,
    DidWarning,
    EmptyCellWarning,
    FewClustersWarning,
    LastGroupWarning,
    NoBasePeriodWarning,
    OverlapWarning,
    PeakWarning,
    SingularCellWarning,
    SmallGroupWarning,
    UnbalancedWarning,
)
from boligspor.estimate._fit import (
    ChiSquared,
    CollinearityWarning,
    ConvergenceWarning,
    FitWarning,
    NoEventsWarning,
    SeparationWarning,
)
from boligspor.estimate._funnel import (
    Funnel,
    MeanFunnel,
    false_discovery,
    funnel,
    mean_funnel,
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
from boligspor.estimate._shrinkage import Ranks, Shrinkage, ranks, shrinkage
from boligspor.estimate._standardise import (
    Figures,
    direct_standardisation,
    indirect_standardisation,
    proportion,
    rate,
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
    "Aggregate",
    "AlreadyTreatedWarning",
    "AttGt",
    "CellsLeftOutWarning",
    "CensoredCost",
    "ChiSquared",
    "CollinearityWarning",
    "Concordance",
    "ConvergenceWarning",
    "CostWarning",
    "Cox",
    "Curves",
    "DidWarning",
    "Effect",
    "EmptyCellWarning",
    "FewClustersWarning",
    "Figures",
    "FineGray",
    "FitWarning",
    "Funnel",
    "Glm",
    "GroupTest",
    "LastGroupWarning",
    "MeanFunnel",
    "NoBasePeriodWarning",
    "NoEventsWarning",
    "OverlapWarning",
    "PeakWarning",
    "Ranks",
    "SeparationWarning",
    "Shrinkage",
    "SingularCellWarning",
    "SmallGroupWarning",
    "SmallWeightWarning",
    "UnbalancedWarning",
    "aalen_johansen",
    "att_gt",
    "censored_cost_mean",
    "compare_curves",
    "concordance",
    "cox",
    "direct_standardisation",
    "false_discovery",
    "fine_gray",
    "funnel",
    "glm",
    "gray_test",
    "indirect_standardisation",
    "kaplan_meier",
    "log_rank",
    "mean_cumulative",
    "mean_funnel",
    "nelson_aalen",
    "proportion",
    "pseudo_values",
    "ranks",
    "rate",
    "shrinkage",
    "state_distribution",
    "state_occupancy",
    "transition_rates",
]
