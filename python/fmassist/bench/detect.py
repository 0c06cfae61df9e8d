"""`fmassist bench detect`: how often the check is right, how often it cries wolf, and how published checks do.

Synthetic people are split by anatomy into a tuning half, on which probabilities are learned, and a test half, which
all figures are of. The shared studies, where they are at hand, belong to the test half.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fmassist.bench.calibration import about, calibrate, rescored
from fmassist.bench.cases import Anatomy, anatomies
from fmassist.bench.figures import Figure, Measured, Plot, not_measured
from fmassist.bench.injectors import KINDS
from fmassist.bench.natural import Checked, check_outputs
from fmassist.bench.peers import FourRules, LargestComponent, Peer, VolumeZScore
from fmassist.bench.reasoning_speed import measure_reasoning
from fmassist.bench.score import Scored, loud
from fmassist.bench.statistics import rate, sensitivity_at
from fmassist.bench.subject import OntologyChecker
from fmassist.bench.summary import kinds_table, severities_table, summarise, table_rows
from fmassist.bench.trials import OURS, TWO_ERRORS, UNTOUCHED, Tally, run, tuning_truths
from fmassist.reasoning.confidence import Calibration

PEOPLE = 200
ERRORS_EACH = 6
ALWAYS_FOUND = ("pair_swapped", "study_", "against_context", "vertebrae_shifted", "ribs_shifted")
"""Kinds of which every gross error must be found: swaps of a pair, global flips, context, order."""
REPAIRABLE = ("pair_swapped", "vertebrae_shifted", "ribs_shifted", "vertebra_duplicated", "ribs_duplicated")


def measure(
    data: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
    *,
    people: int | None = None,
    errors: int | None = None,
    processes: int | None = None,
) -> Measured:
    """Run the whole benchmark.

    Args:
        data: the folder of the shared studies; without it they are left out, and said to be.
        progress: called with a stage and the share done.
        people: how many synthetic ones; by default 200, or what the variable `FMASSIST_BENCH_PEOPLE` says.
        errors: injected into each of them, one at a time; by default 6, or what `FMASSIST_BENCH_ERRORS` says.
        processes: by default one for each core.

    A run with `FMASSIST_BENCH_KEEP` keeps each person's part in that folder, and one that was stopped goes on from it.
    """
    tell = progress or (lambda _stage, _share: None)
    everyone = anatomies(people or int(os.environ.get("FMASSIST_BENCH_PEOPLE", PEOPLE)))
    tell("fitting the peers", 0.0)
    peers = fitted_peers(everyone)
    folder = Path(kept) if (kept := os.environ.get("FMASSIST_BENCH_KEEP")) else None
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    tally = run(
        everyone,
        OntologyChecker,
        peers,
        errors=errors or int(os.environ.get("FMASSIST_BENCH_ERRORS", ERRORS_EACH)),
        folder=folder,
        processes=processes or os.cpu_count() or 1,
        progress=lambda done, of: tell("synthetic people", done / of),
    )
    learned = calibrate(tally)
    tally = rescored(tally, learned)
    natural = []
    if data is not None:
        natural = check_outputs(data, lambda share: tell("shared studies", share), calibration=learned)
    summary = summarise(tally)
    tell("how fast", 0.0)
    figures = [
        *_injected(tally, summary),
        *_calm(tally, summary, natural),
        *_natural(natural),
        *measure_reasoning(),
        *_took(tally),
    ]
    ours = summary["checkers"][OURS]
    plots = [
        Plot(
            "detect-kinds",
            "Gross errors found, by kind",
            "",
            "share found",
            {"fmassist": _by_kind(summary, OURS), "four rules": _by_kind(summary, "four rules")},
            "bars",
        ),
        Plot(
            "detect-calibration",
            "Findings of the test half: said and true",
            "probability said",
            "share that was true",
            {"findings": _reliability(tally, learned), "ideal": ([0, 1], [0, 1])},
        ),
    ]
    return Measured(
        figures,
        plots,
        details={
            "summary": summary,
            "probabilities learned from": about(tally)["learned from"],
            "halves": {half: [p.seed for p in everyone if p.half == half] for half in ("tune", "test")},
            "cases": _cases(tally),
            "natural": [asdict(s) for c in natural for s in c.structures],
        },
        tables={
            "By checker": table_rows(summary),
            "By kind of error": kinds_table(ours),
            "By kind and severity": severities_table(ours),
        },
    )


def fitted_peers(everyone: Sequence[Anatomy]) -> list[Peer]:
    """The published checks; the z-score is fitted on the tuning half."""
    volumes = VolumeZScore()
    volumes.fit(tuning_truths(everyone, spacing_mm=4.0))
    return [FourRules(), volumes, LargestComponent()]


def _injected(tally: Tally, summary: dict[str, Any]) -> list[Figure]:
    ours, peer = summary["checkers"][OURS], summary["checkers"]["four rules"]
    figures = []
    for kind in KINDS:
        gross = ours["kinds"].get(kind, {}).get("3")
        goal = 1.0 if kind.startswith(ALWAYS_FOUND) else 0.97
        name = f"gross errors found: {kind.replace('_', ' ')}"
        if gross is None or gross["sensitivity"] is None:
            figures.append(not_measured(name, "share", f"at least {goal}", "no case of it in the test half"))
            continue
        found, theirs = gross["sensitivity"], peer["kinds"][kind]["3"]["sensitivity"]
        figures.append(_share(name, found, goal, "four rules", theirs))
    everything = ours["all"]
    figures += [
        _share("all errors: AUROC", everything["auroc"], 0.97, "four rules", peer["all"]["auroc"]),
        Figure(
            "all errors: sensitivity at specificity .95",
            everything["sensitivity_at_specificity_95"],
            "share",
            "four rules",
            peer["all"]["sensitivity_at_specificity_95"],
            goal="at least 0.9",
            met=(everything["sensitivity_at_specificity_95"] or 0) >= 0.9,
        ),
        _share("first cause right, one error", everything["first_cause_right"], 0.9),
        _share("first causes right, two errors", ours["two_errors"]["first_cause_right"], 0.75),
    ]
    mine = [case for case in tally.scored[OURS] if case.half == "test"]
    flips = [c for c in mine if c.kind == "study_mirrored" or (c.kind == UNTOUCHED and c.implausible)]
    right = rate(sum(bool(c.cause_right) for c in flips), len(flips))
    figures.append(_share("flip against situs inversus", right.as_dict() if right else None, 1.0))
    mended = [c.repaired for c in mine if c.kind.startswith(REPAIRABLE) and c.repaired is not None]
    share = rate(sum(mended), len(mended))
    figures.append(
        _share("swaps, shifts and duplicates repaired to the voxel", share.as_dict() if share else None, 0.95)
    )
    repairs = summary["repairs"]
    figures.append(
        Figure(
            "studies with more findings after the repairs",
            repairs["made_worse"],
            "studies",
            goal="none",
            met=repairs["made_worse"] == 0,
            note=f"{repairs['checked']} repaired studies checked again",
        )
    )
    return figures


def _calm(tally: Tally, summary: dict[str, Any], natural: Sequence[Checked]) -> list[Figure]:
    ours, peer = summary["checkers"][OURS]["untouched"], summary["checkers"]["four rules"]["untouched"]
    every = [c for c in tally.scored[OURS] if c.kind == UNTOUCHED]
    figures = [
        Figure(
            "findings above info per untouched synthetic study",
            ours["flags_per_study"],
            "findings",
            "four rules",
            peer["flags_per_study"],
            goal="at most 0.3",
            met=ours["flags_per_study"] is not None and ours["flags_per_study"] <= 0.3,
            note=f"{ours['cases']} studies of the test half, variants among them",
        ),
        Figure(
            "untouched synthetic studies called implausible",
            sum(c.implausible for c in every),
            "studies",
            goal="none",
            met=not any(c.implausible for c in every),
            note=f"{len(every)} studies of both halves",
        ),
    ]
    good = [checked for checked in natural if checked.output.good is None]
    name = "findings above info per good shared study"
    if not good:
        return [*figures, not_measured(name, "findings", "at most 0.3", "the shared studies are not at hand")]
    flags = {checked.output.name: len(loud(checked.result)) for checked in good}
    mean = sum(flags.values()) / len(flags)
    note = "; ".join(f"{study}: {count}" for study, count in flags.items())
    return [*figures, Figure(name, mean, "findings", goal="at most 0.3", met=mean <= 0.3, note=note)]


def _natural(natural: Sequence[Checked]) -> list[Figure]:
    name, goal = "natural errors: sensitivity at specificity .90 per structure", "at least 0.85"
    structures = [s for checked in natural for s in checked.structures]
    wrong, fine = [s for s in structures if s.wrong], [s for s in structures if not s.wrong]
    if not wrong or not fine:
        return [not_measured(name, "share", goal, "the shared studies are not at hand")]
    value = sensitivity_at([s.score for s in wrong], [s.score for s in fine], 0.90)
    flagged = sum(s.flagged for s in wrong) / len(wrong)
    calm = sum(not s.flagged for s in fine) / len(fine)
    note = (
        f"{len(wrong)} wrong of {len(structures)} structures; "
        f"flagged above info {flagged:.2f} at specificity {calm:.2f}"
    )
    return [Figure(name, value, "share", goal=goal, met=value >= 0.85, note=note)]


def _took(tally: Tally) -> list[Figure]:
    """How long a check took, from the voxels to the verdict, on the untouched and the spoilt studies."""
    seconds = sorted(case.seconds for case in tally.scored[OURS])
    note = f"{len(seconds)} studies of 3 mm; the slowest twentieth took {seconds[int(0.95 * (len(seconds) - 1))]:.1f} s"
    return [Figure("one study measured and checked, median", seconds[len(seconds) // 2], "s", note=note)]


def _share(
    name: str,
    found: dict[str, float] | None,
    least: float,
    peer: str | None = None,
    theirs: dict[str, float] | None = None,
) -> Figure:
    if found is None:
        return not_measured(name, "share", f"at least {least}", "no case of it in the test half")
    note = f"95 % interval {found['low']:.2f} to {found['high']:.2f}, {found['count']:.0f} cases"
    other = theirs["value"] if theirs else None
    ratio = found["value"] / other if other else None
    return Figure(name, found["value"], "share", peer, other, ratio, f"at least {least}", found["value"] >= least, note)


def _by_kind(summary: dict[str, Any], checker: str) -> tuple[list[str], list[float]]:
    kinds = summary["checkers"][checker]["kinds"]
    gross = {kind: rows["3"]["sensitivity"]["value"] for kind, rows in kinds.items() if "3" in rows}
    return [kind.replace("_", " ") for kind in gross], list(gross.values())


def _reliability(tally: Tally, learned: Calibration) -> tuple[list[float], list[float]]:
    pairs = [
        (learned.probability((rule, severity, cause)), true)
        for case in tally.scored[OURS]
        if case.half == "test"
        for rule, severity, cause, true in case.findings
    ]
    said, held = [], []
    for low in (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9):
        mine = [(p, t) for p, t in pairs if low <= p < low + 0.1 or (low == 0.9 and p >= 1.0)]
        if len(mine) >= 5:
            said.append(sum(p for p, _ in mine) / len(mine))
            held.append(sum(t for _, t in mine) / len(mine))
    return said, held


def _cases(tally: Tally) -> list[dict[str, Any]]:
    """Every case of ours, so that anyone can see which they are."""
    return [_case(case) for case in tally.scored[OURS]]


def _case(case: Scored) -> dict[str, Any]:
    row = asdict(case)
    row["findings"] = len(case.findings)
    return row


__all__ = ["TWO_ERRORS", "fitted_peers", "measure"]
