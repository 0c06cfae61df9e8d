"""The probability of a finding, learned from the benchmark's tuning half.

`Resources/calibration/findings.json` is made with

    python -m fmassist.bench.calibration FILE

which runs the synthetic people of the tuning half alone and writes the counts; the test half's plot, "said and true",
is `fmassist bench detect`'s.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import fmassist
from fmassist.bench.cases import anatomies
from fmassist.bench.subject import OntologyChecker
from fmassist.bench.trials import OURS, Tally, run
from fmassist.reasoning.confidence import Calibration, as_json, learn


def calibrate(tally: Tally) -> Calibration:
    """From the findings of all cases of the tuning half, good studies and injected errors alike."""
    return learn(finding for case in tally.scored[OURS] if case.half == "tune" for finding in case.findings)


def about(tally: Tally) -> dict[str, str]:
    """From what a calibration was learned, for the file."""
    mine = [case for case in tally.scored[OURS] if case.half == "tune"]
    people = {case.anatomy for case in mine}
    return {
        "learned from": f"{len(mine)} studies of {len(people)} synthetic people (tuning half of fmassist bench detect)",
        "program": fmassist.__version__,
        "holds for": "the benchmark's mix of errors and good studies; in other mixes, the order of findings holds",
    }


def main(path: Path, people: int = 200) -> None:
    """Run the tuning half and write the file."""
    mine = [person for person in anatomies(people) if person.half == "tune"]
    tally = run(mine, OntologyChecker, [], processes=os.cpu_count() or 1)
    path.write_text(as_json(calibrate(tally), about(tally)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
