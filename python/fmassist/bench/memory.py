"""The most memory a process has held."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path


def peak_gb() -> float:
    """The peak of this process's resident memory so far, in GB (10⁹ bytes).

    Linux's `ru_maxrss` starts at what the parent held before it became this process, so its own high-water mark
    (`VmHWM`, which starts anew) goes first.
    """
    try:
        mark = re.search(r"^VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    except OSError:
        mark = None
    if mark is not None:
        return int(mark.group(1)) * 1024 / 1e9
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e9 if sys.platform == "darwin" else peak * 1024 / 1e9
