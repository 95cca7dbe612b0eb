"""Estimators on plain arrays: the statistics behind the analyses, for any data.

Every function takes one-dimensional array-likes (lists, polars, pandas, numpy,
pyarrow) and returns a result with ``table()`` and ``plot()``. The same names in
Rust are in ``boligspor::estimate``; ``docs/validation.md`` says what each was
compared with.
"""

from __future__ import annotations

from boligspor.estimate._adjusted import AdjustedCurves, compare_curves
from boligspor.estimate._bootstrap import (
    bootstrap_incidence,
    bootstrap_occupancy,
    bootstrap_survival,
)
from boligspor.estimate._censored_cost import (
    CensoredCost,
    CostWarning,
    SmallWeightWarning,
    censored_cost_mean,
)
from boligspor.estimate._comparison import (
    Balance,
    ComparisonWarning,
    GroupWeights,
    Matched,
    balance,
    match,
    weights,
)
from boligspor.estimate._cost_effectiveness import (
    CostEffectiveness,
    RatioSet,
    cost_effectiveness,
    fieller_set,
)
from boligspor.estimate._cox import Concordance, Cox, concordance, cox
from boligspor.estimate._curves import Curves
from boligspor.estimate._did import Aggregate, AttGt, Effect, Sensitivity, att_gt
from boligspor.estimate._did_checks import (
    BaseSensitivity,
    Peak,
    base_sensitivity,
    peak_diagnostic,
)
from boligspor.estimate._did_compare import (
    Imputation,
    SunAbraham,
    Twfe,
    imputation_did,
    sun_abraham,
    twfe,
)
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
from boligspor.estimate._fine_gray import FineGray, fine_gray
from boligspor.estimate._fit import (
    ChiSquared,
    CollinearityWarning,
    ConvergenceWarning,
    FitWarning,
    NoEventsWarning,
    SeparationWarning,
)
from boligspor.estimate._funnel import Funnel, MeanFunnel, false_discovery, funnel, mean_funnel
from boligspor.estimate._glm import Glm, glm
from boligspor.estimate._group_tests import (
    GroupTest,
    compare_means,
    gray_test,
    log_rank,
    log_rank_permutation,
    log_rank_trend,
)
from boligspor.estimate._incidence import aalen_johansen
from boligspor.estimate._mean_interval import (
    MeanInterval,
    MeanWarning,
    TwoPart,
    concentration,
    mean_interval,
    median_interval,
    two_part,
)
from boligspor.estimate._people import censoring_weights, pseudo_values
from boligspor.estimate._sequences import (
    mean_time_in_state,
    state_distribution,
    transition_rates,
)
from boligspor.estimate._shrinkage import Ranks, Shrinkage, ranks, shrinkage
from boligspor.estimate._standardise import (
    Figures,
    direct_standardisation,
    indirect_standardisation,
    proportion,
    rate,
)
from boligspor.estimate._standardised import StandardisedCurves, standardised_curves
from boligspor.estimate._states import RowFindings, check_rows, state_occupancy
from boligspor.estimate._survival import gap_times, kaplan_meier, mean_cumulative, nelson_aalen

__all__ = [
    "AdjustedCurves",
    "Aggregate",
    "AlreadyTreatedWarning",
    "AttGt",
    "Balance",
    "BaseSensitivity",
    "CellsLeftOutWarning",
    "CensoredCost",
    "ChiSquared",
    "CollinearityWarning",
    "ComparisonWarning",
    "Concordance",
    "ConvergenceWarning",
    "CostEffectiveness",
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
    "GroupWeights",
    "Imputation",
    "LastGroupWarning",
    "Matched",
    "MeanFunnel",
    "MeanInterval",
    "MeanWarning",
    "NoBasePeriodWarning",
    "NoEventsWarning",
    "OverlapWarning",
    "Peak",
    "PeakWarning",
    "Ranks",
    "RatioSet",
    "RowFindings",
    "Sensitivity",
    "SeparationWarning",
    "Shrinkage",
    "SingularCellWarning",
    "SmallGroupWarning",
    "SmallWeightWarning",
    "StandardisedCurves",
    "SunAbraham",
    "Twfe",
    "TwoPart",
    "UnbalancedWarning",
    "aalen_johansen",
    "att_gt",
    "balance",
    "base_sensitivity",
    "bootstrap_incidence",
    "bootstrap_occupancy",
    "bootstrap_survival",
    "censored_cost_mean",
    "censoring_weights",
    "check_rows",
    "compare_curves",
    "compare_means",
    "concentration",
    "concordance",
    "cost_effectiveness",
    "cox",
    "direct_standardisation",
    "false_discovery",
    "fieller_set",
    "fine_gray",
    "funnel",
    "gap_times",
    "glm",
    "gray_test",
    "imputation_did",
    "indirect_standardisation",
    "kaplan_meier",
    "log_rank",
    "log_rank_permutation",
    "log_rank_trend",
    "match",
    "mean_cumulative",
    "mean_funnel",
    "mean_interval",
    "mean_time_in_state",
    "median_interval",
    "nelson_aalen",
    "peak_diagnostic",
    "proportion",
    "pseudo_values",
    "ranks",
    "rate",
    "shrinkage",
    "standardised_curves",
    "state_distribution",
    "state_occupancy",
    "sun_abraham",
    "transition_rates",
    "twfe",
    "two_part",
    "weights",
]
