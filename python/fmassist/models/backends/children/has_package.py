"""Says by its exit code whether this Python has a package; nothing but the package's parents is imported."""

from __future__ import annotations

import importlib.util
import sys

try:
    sys.exit(importlib.util.find_spec(sys.argv[1]) is None)
except ImportError:
    sys.exit(1)
