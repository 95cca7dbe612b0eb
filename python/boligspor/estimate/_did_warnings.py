"""What difference in differences has to say besides its numbers, as typed warnings."""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Iterable

from boligspor.estimate._fit import FitWarning

__all__ = [
    "AlreadyTreatedWarning",
    "CellsLeftOutWarning",
    "DidWarning",
    "EmptyCellWarning",
    "FewClustersWarning",
    "LastGroupWarning",
    "NoBasePeriodWarning",
    "OverlapWarning",
    "PeakWarning",
    "SingularCellWarning",
    "SmallGroupWarning",
    "UnbalancedWarning",
    "warned",
]


class DidWarning(FitWarning):
    """Something about the data that changed what could be computed.

    Attributes
    ----------
    group, period
        The cell or group concerned, where it is one.
    """

    def __init__(
        self, message: str, *, group: int | None = None, period: int | None = None
    ) -> None:
        super().__init__(message)
        self.group = group
        self.period = period


class AlreadyTreatedWarning(DidWarning):
    """Units treated from the first period on were left out."""


class NoBasePeriodWarning(DidWarning):
    """A group has no period before its treatment and anticipation."""


class SmallGroupWarning(DidWarning):
    """A group of so few units that its errors mean little."""


class EmptyCellWarning(DidWarning):
    """A cell without treated or without controls was not computed."""


class OverlapWarning(DidWarning):
    """The covariates tell some treated from all controls; the cell was not computed."""


class SingularCellWarning(DidWarning):
    """The covariates are collinear among the controls; the cell was not computed."""


class UnbalancedWarning(DidWarning):
    """Some units are not seen in every period."""


class LastGroupWarning(DidWarning):
    """Nobody is never treated: the last group serves as control only."""


class FewClustersWarning(DidWarning):
    """So few clusters that asymptotic errors are too small."""


class CellsLeftOutWarning(DidWarning):
    """Cells that could not be computed are missing from an average."""


class PeakWarning(DidWarning):
    """Units enter at their own peak, so that what follows falls by itself."""


_KINDS: dict[str, type[DidWarning]] = {
    "already-treated": AlreadyTreatedWarning,
    "no-base-period": NoBasePeriodWarning,
    "small-group": SmallGroupWarning,
    "empty-cell": EmptyCellWarning,
    "no-overlap": OverlapWarning,
    "singular-cell": SingularCellWarning,
    "unbalanced": UnbalancedWarning,
    "last-group-as-control": LastGroupWarning,
    "few-clusters": FewClustersWarning,
    "cells-left-out": CellsLeftOutWarning,
    "peak": PeakWarning,
}


def warned(rows: Iterable[tuple[str, int | None, int | None, str]]) -> list[DidWarning]:
    """Turn the library's warnings into Python's, tell them, and return them."""
    found = [
        _KINDS.get(kind, DidWarning)(text, group=group, period=period)
        for kind, group, period, text in rows
    ]
    for warning in found:
        python_warnings.warn(warning, stacklevel=3)
    return found
