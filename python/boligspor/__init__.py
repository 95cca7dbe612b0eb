"""Housing First evaluation from register data.

Follows people from homelessness into a home and says what happened: how many
kept a home, what it cost before and after, and how municipalities compare.
"""

from boligspor._core import __version__
from boligspor.definition import Definition
from boligspor.errors import (
    BoligsporError,
    ChartError,
    CheckError,
    EstimateError,
    ExpressionError,
    FileError,
    MissingError,
    OptionError,
    StudyError,
    TableError,
)

__all__ = [
    "BoligsporError",
    "ChartError",
    "CheckError",
    "Definition",
    "EstimateError",
    "ExpressionError",
    "FileError",
    "MissingError",
    "OptionError",
    "StudyError",
    "TableError",
    "__version__",
]
