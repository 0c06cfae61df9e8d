"""A file of which nobody can ask for more than it has.

A DICOM element may claim four gigabytes. A plain file's `read` makes room for what is asked before it looks how much
there is, so a damaged length of two bytes could end the program.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

_SMALL = 1 << 16


class BoundedFile(io.BufferedReader):
    """Opened for reading; used as a context manager.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(io.FileIO(path, "rb"))
        self._size = os.fstat(self.fileno()).st_size
        self.path = str(path)

    def read(self, size: int | None = -1, /) -> bytes:
        """At most as much as there is; only large wishes are looked at, since small ones are many."""
        if size is not None and size > _SMALL:
            size = max(0, min(size, self._size - self.tell()))
        return super().read(size)
