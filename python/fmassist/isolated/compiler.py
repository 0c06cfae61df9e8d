"""Numba, without the settings that it would take from the current folder.

Numba reads `.numba_config.yaml` of the folder that a program is started in. Its `cache_dir` names the folder that
compiled code is taken from, as pickles: such a file beside a scan would run whatever it likes.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = ".numba_config.yaml"


@contextmanager
def _elsewhere() -> Iterator[None]:
    """Away from a folder that holds such settings, for as long as Numba looks for them."""
    if not Path(SETTINGS).exists():
        yield
        return
    before = Path.cwd()
    os.chdir(Path(__file__).parent)
    try:
        yield
    finally:
        os.chdir(before)


with _elsewhere():
    import numba
    import numba.core.config

# It looks again whenever it compiles something.
numba.core.config._config_fname = str(Path(__file__).parent / "no-settings")

__all__ = ["numba"]
