"""`fmassist bench real`: false alarms and misses on real people's segmentations.

A folder of studies (`--data DIR`) holds `library/` (published segmentations with what is known to be wrong in them) and
the shared scans beside it. A fixed third of the library's people is the test half, never looked at for design.
"""

from __future__ import annotations

from fmassist.bench.real.run import measure

__all__ = ["measure"]
