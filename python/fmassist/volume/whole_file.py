"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fmassist.errors import InputError


@contextmanager
def whole_file(path: Path | str) -> Iterator[Path]:
    """A path beside `path` to write to, which takes its name only once the block has ended well.

    The stand-in keeps the name's endings, since writers choose their format by them. Whatever stood at `path` stays
    until the very end, and after a failure nothing else is left.

    Raises:
        InputError: the folder cannot be written to, or the disk is full.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with whole_file(Path(folder) / "note.txt") as beside:
        ...         _ = beside.write_text("done")
        ...     Path(folder, "note.txt").read_text()
        'done'
    """
    path = Path(path)
    try:
        folder = tempfile.mkdtemp(prefix=".fmassist-", dir=path.parent)
    except OSError as error:
        raise InputError(f"cannot write the result: {error.strerror}", "choose another folder") from None
    beside = Path(folder) / path.name
    try:
        yield beside
        with beside.open("rb+") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    except OSError as error:
        if error.errno is None:
            raise
        raise InputError(f"cannot write the result: {error.strerror}", "choose another folder or free space") from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        with suppress(OSError):
            Path(folder).rmdir()
