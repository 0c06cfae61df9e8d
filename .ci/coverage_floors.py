"""Holds the coverage of each room against its floor: coverage_floors.py coverage.json.

A floor is what was reached, less a little; it is raised when a room has become better, and never lowered without a
reason in the commit.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

FLOORS = {
    "geometry": 95,
    "volume": 85,
    "models": 75,
    "evidence": 75,  # Numba's kernels are compiled, and coverage does not see into them
    "knowledge": 85,
    "reasoning": 90,
    "review": 85,
    "report": 85,
    "application": 80,
    "cli": 75,
    "batch": 75,
}
"""Percent of lines by room."""


def main(path: str) -> int:
    """Prints each room's share and returns 1 where one lies below its floor."""
    covered: dict[str, int] = defaultdict(int)
    lines: dict[str, int] = defaultdict(int)
    for name, file in json.loads(Path(path).read_text(encoding="utf-8"))["files"].items():
        parts = Path(name).parts
        if "fmassist" not in parts[:-1]:
            continue
        room = parts[parts.index("fmassist") + 1]
        covered[room] += file["summary"]["covered_lines"]
        lines[room] += file["summary"]["num_statements"]
    below = False
    for room, floor in FLOORS.items():
        if not lines[room]:
            continue
        share = 100 * covered[room] / lines[room]
        below |= share < floor
        sys.stdout.write(f"{room:12} {share:5.1f} %  floor {floor} %{'  BELOW' if share < floor else ''}\n")
    return int(below)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
