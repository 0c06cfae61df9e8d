"""An output folder that is there whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fmassist.errors import InputError

OURS = (
    *("findings.json", "summary.json", "comparison.json"),
    *("detect.json", "evidence.md", "litemedsam.json", "models.json"),
    *("model.json", "trusted.json"),
    *("rules_check.json", "rules_impact.json", "rules_diff.txt", "rules_diff.md", "rules_diff.html"),
    *("rules.html", "rules.shacl.ttl", "rules_test.json", "rules_explain.json", "rules_coverage.json"),
)
"""A folder that holds one of these was written by FMAssist, and may be replaced when the user says so."""


@contextmanager
def whole_folder(out: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A folder beside `out` to write into, which becomes `out` only once the block has ended well.

    Args:
        out: the folder wanted; its parents are made.
        overwrite: replace what FMAssist wrote there before. Anybody else's folder is never replaced.

    Raises:
        InputError: `out` is there and not empty, or cannot be written.
    """
    require_free(out, overwrite=overwrite)
    out = out.absolute()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = _beside(out)
        work.mkdir()
    except OSError as error:
        raise InputError(f"the output folder cannot be made ({error.strerror})", "give another --out") from None
    try:
        yield work
        _put(work, out, overwrite=overwrite)
    except OSError as error:
        raise InputError(
            f"the results cannot be written ({error.strerror})", "free space, or give another --out"
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)


def require_free(out: Path, *, overwrite: bool = False) -> None:
    """Raises `InputError` where `out` may not be written; asked before the work, not after it."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError("--out is there and is no folder", "give a folder")
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not overwrite:
        raise InputError("the output folder is not empty", "give another --out, or add --overwrite")
    if not any((out / name).is_file() for name in OURS):
        raise InputError("the output folder holds something that FMAssist did not write", "give another --out")


def _put(work: Path, out: Path, *, overwrite: bool) -> None:
    require_free(out, overwrite=overwrite)  # somebody else may have been quicker
    if out.is_dir() and any(out.iterdir()):
        old = _beside(out)
        out.rename(old)
        try:
            work.rename(out)
        except OSError:
            old.rename(out)
            raise
        shutil.rmtree(old, ignore_errors=True)
        return
    if out.is_dir():
        out.rmdir()
    work.rename(out)


def _beside(out: Path) -> Path:
    """A free name in the same folder, hidden, so that renaming it is one step on the same disk."""
    return out.parent / f".fmassist-{secrets.token_hex(6)}"
