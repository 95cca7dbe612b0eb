"""Housing First evaluation from register data.

Follows people from homelessness into a home and says what happened: how many
kept a home, what it cost before and after, and how municipalities compare,
each number with its definition, its uncertainty and the people left out.

The way through the package is one way: a :class:`Register` of tables gives a
:class:`Cohort`, and the cohort's methods give results, each with ``.table()``,
``.plot()``, ``.describe()`` and ``.warnings``.

Examples
--------
>>> import boligspor
>>> register = boligspor.Register(
...     **boligspor.synth("odense_like", people=300, seed=1),
...     observed_from="2008-01-01",
...     observed_until="2023-12-31",
... )
>>> retention = register.cohort().retention("odense_vive")
>>> retention.table().select("horizon", "n", "at_risk", "retained").row(0)[0]
6
"""

from boligspor import disclosure, estimate
from boligspor._core import __version__
from boligspor._input import TableLike
from boligspor.attrition import Attrition
from boligspor.checks import CheckReport, rules
from boligspor.cohort import Cohort
from boligspor.costs import Costs
from boligspor.days_housed import DaysHoused
from boligspor.definition import Definition
from boligspor.effect import CostEffect, Design
from boligspor.errors import (
    BoligsporError,
    ChartError,
    CheckError,
    DisclosureError,
    EstimateError,
    ExpressionError,
    FileError,
    MissingError,
    OptionError,
    StudyError,
    TableError,
)
from boligspor.groups import GroupComparison
from boligspor.hmis import HmisImport, Measures, hmis_measures, import_hmis
from boligspor.municipal import (
    Context,
    Homelessness,
    Homes,
    Implementation,
    Peers,
    Support,
    tile_map,
)
from boligspor.municipality import Comparison
from boligspor.net_cost import NetCost, Scenario
from boligspor.refunds import WhoPays
from boligspor.register import Register, contract
from boligspor.registers import RegisterImport, import_registers
from boligspor.release import Released
from boligspor.retention import Definitions, Retention
from boligspor.retention_curve import RetentionCurve
from boligspor.returns import Returns
from boligspor.sheet import Sheet
from boligspor.study import Results, run
from boligspor.synthetic import synth

__all__ = [
    "Attrition",
    "BoligsporError",
    "ChartError",
    "CheckError",
    "CheckReport",
    "Cohort",
    "Comparison",
    "Context",
    "CostEffect",
    "Costs",
    "DaysHoused",
    "Definition",
    "Definitions",
    "Design",
    "DisclosureError",
    "EstimateError",
    "ExpressionError",
    "FileError",
    "GroupComparison",
    "HmisImport",
    "Homelessness",
    "Homes",
    "Implementation",
    "Measures",
    "MissingError",
    "NetCost",
    "OptionError",
    "Peers",
    "Register",
    "RegisterImport",
    "Released",
    "Results",
    "Retention",
    "RetentionCurve",
    "Returns",
    "Scenario",
    "Sheet",
    "StudyError",
    "Support",
    "TableError",
    "TableLike",
    "WhoPays",
    "__version__",
    "contract",
    "disclosure",
    "estimate",
    "hmis_measures",
    "import_hmis",
    "import_registers",
    "rules",
    "run",
    "synth",
    "tile_map",
]
