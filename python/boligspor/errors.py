"""The exceptions, in one tree under :class:`BoligsporError`.

Each message says what is wrong, where, and what to do. None repeats a value
from a table or a person's identifier, so that a traceback can leave a secure
environment.

Interrupting (Ctrl-C) raises :class:`KeyboardInterrupt`, as everywhere in Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boligspor import _core
    from boligspor.checks import CheckReport

__all__ = [
    "BoligsporError",
    "ChartError",
    "CheckError",
    "DisclosureError",
    "EstimateError",
    "ExpressionError",
    "FileError",
    "MissingError",
    "OptionError",
    "StudyError",
    "TableError",
]


class BoligsporError(Exception):
    """Anything that goes wrong in this package.

    Examples
    --------
    >>> import boligspor
    >>> try:
    ...     boligspor.Definition.preset("odense")
    ... except boligspor.BoligsporError as error:
    ...     print(type(error).__name__)
    OptionError
    """


class TableError(BoligsporError, ValueError):
    """A table cannot be read or does not meet its contract.

    Attributes
    ----------
    table
        The table's name.
    column
        The column's name, where one is concerned.
    """

    def __init__(self, message: str, *, table: str = "", column: str | None = None) -> None:
        super().__init__(message)
        self.table = table
        self.column = column


class CheckError(BoligsporError, ValueError):
    """The data checks found errors; nothing is computed from such tables."""

    def __init__(self, message: str, *, report: _core.CheckReport) -> None:
        super().__init__(message)
        self._report = report

    @property
    def report(self) -> CheckReport:
        """Everything that the checks found."""
        from boligspor.checks import CheckReport  # noqa: PLC0415 - the two need each other

        return CheckReport(self._report)


class DisclosureError(BoligsporError):
    """A release was refused, or a policy, ledger or certificate does not hold."""


class OptionError(BoligsporError, ValueError):
    """An option has a value that cannot be used.

    Attributes
    ----------
    option
        The option's name.
    """

    def __init__(self, message: str, *, option: str = "") -> None:
        super().__init__(message)
        self.option = option


class StudyError(BoligsporError, ValueError):
    """A study file cannot be used.

    Attributes
    ----------
    location
        Where in the file: a line or a dotted key.
    """

    def __init__(self, message: str, *, location: str = "") -> None:
        super().__init__(message)
        self.location = location


class MissingError(BoligsporError, LookupError):
    """An analysis needs something that the register does not hold.

    Attributes
    ----------
    needs
        The table, column or rows it needs.
    """

    def __init__(self, message: str, *, needs: str = "") -> None:
        super().__init__(message)
        self.needs = needs


class FileError(BoligsporError, OSError):
    """A file or folder cannot be read or written.

    Attributes
    ----------
    path
        The file as it was named.
    """

    def __init__(self, message: str, *, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class ExpressionError(BoligsporError, ValueError):
    """A condition or a stratum cannot be evaluated."""


class EstimateError(BoligsporError, ValueError):
    """An estimator refuses its input."""


class ChartError(BoligsporError, ValueError):
    """A chart cannot be drawn."""
