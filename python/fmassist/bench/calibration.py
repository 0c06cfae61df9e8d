"""The probability of a finding, learned from the benchmark's tuning half.

`Resources/calibration/findings.json` is made with

    python -m fmassist.bench.calibration FILE

which runs the synthetic people of the tuning half alone and writes the counts; the test half's plot, "said and true",
is `fmassist bench detect`'s.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import fmassist
from fmassist.bench.cases import anatomies
from fmassist.bench.subject import OntologyChecker
from fmassist.bench.trials import OURS, Tally, run
from fmassist.reasoning.confidence import Calibration, as_json, learn, suspicion


def calibrate(tally: Tally) -> Calibration:
    """From the findings of all cases of the tuning half, good studies and injected errors alike."""
    return learn(
        ((rule, severity, cause), true)
        for case in tally.scored[OURS]
        if case.half == "tune"
        for rule, severity, cause, true in case.findings
    )


def rescored(tally: Tally, calibration: Calibration) -> Tally:
    """The same cases, each as suspicious as a calibration says."""
    ours = [
        replace(
            case, score=suspicion([(rule, severity, cause) for rule, severity, cause, _ in case.findings], calibration)
        )
        for case in tally.scored[OURS]
    ]
    return replace(tally, scored={**tally.scored, OURS: ours})


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
    """Run the tuning half, or take it from where `FMASSIST_BENCH_KEEP` kept it, and write the file."""
    mine = [(number, person) for number, person in enumerate(anatomies(people)) if person.half == "tune"]
    kept = os.environ.get("FMASSIST_BENCH_KEEP")
    tally = run(
        [person for _, person in mine],
        OntologyChecker,
        [],
        numbers=[number for number, _ in mine],
        processes=os.cpu_count() or 1,
        folder=Path(kept) if kept else None,
    )
    path.write_text(as_json(calibrate(tally), about(tally)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
