"""A municipality's own sheet."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from boligspor.errors import FileError
from boligspor.release import Unreleased

__all__ = ["Sheet"]


@dataclass(frozen=True)
class Sheet(Unreleased):
    """Two pages about one municipality, naming no other. Made by :meth:`Cohort.sheet`."""

    municipality: str
    """The municipality's code."""
    html: str
    """The sheet as one HTML document."""
    docx: bytes
    """The sheet as a document that an office can edit."""

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the sheet as ``.html`` or ``.docx``, by the path's ending.

        Raises
        ------
        FileError
            For another ending, or where the file cannot be written.
        """
        target = Path(path)
        content = {".html": self.html.encode(), ".docx": self.docx}.get(target.suffix)
        if content is None:
            raise FileError(
                f"cannot write {target}: end its name in .html or .docx", path=str(path)
            )
        try:
            target.write_bytes(content)
        except OSError as error:
            raise FileError(f"cannot write {target}: {error.strerror}", path=str(path)) from None
        return target

    def __repr__(self) -> str:
        return f"<Sheet of {self.municipality}: {len(self.html):,} characters of HTML>"

    def _repr_html_(self) -> str:
        return self.html[self.html.index("<body>") + 6 : self.html.index("</body>")]
