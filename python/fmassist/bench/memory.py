"""The most memory a process has held."""

from __future__ import annotations

import resource
import sys


def peak_gb() -> float:
    """The peak of this process's resident memory so far, in GB (10⁹ bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e9 if sys.platform == "darwin" else peak * 1024 / 1e9
