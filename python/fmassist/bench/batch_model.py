"""A batch that segments with LiteMedSAM, measured against the same in one process without a batch."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from fmassist.batch.plan import Plan, Study
from fmassist.batch.run import on_this_machine, run_batch
from fmassist.bench.figures import Figure, not_measured

STRUCTURES = ("liver", "spleen", "kidney_right", "kidney_left")
SPACING_MM = (4.0, 4.0, 16.0)
"""Few thick slices: what is measured is the batch, and not the model."""
BARE = 5
"""Studies that are done without a batch."""
Progress = Callable[[str, float], None]


def model_figures(folder: Path, count: int, say: Progress) -> list[Figure]:
    """Time a study with one worker that keeps the model, against the bare run."""
    name, goal = "LiteMedSAM with one worker, time a study", "at most 1.05 of the peer's"
    if count < 3:
        return [not_measured(name, "s", goal, "left out: FMASSIST_BENCH_MODEL")]
    from fmassist.models.registry import find_model

    missing = find_model("litemedsam").available()
    if missing:
        return [not_measured(name, "s", goal, missing)]
    image, prompts = _case(folder)
    plan = Plan(str(folder / "model"), model="litemedsam", prompts=str(prompts), modality="CT")
    studies = [Study(f"study-{n:03d}", image=(str(image),)) for n in range(count)]
    bare = _bare(studies[: 1 + min(BARE, count)], plan, folder, say)
    begun, ends = time.perf_counter(), []

    def told(_study: Study, _done: object, done: int, of: int) -> None:
        ends.append(time.perf_counter() - begun)
        say("LiteMedSAM with one worker", done / of)

    done = run_batch(studies, plan, engine=on_this_machine(1), told=told)
    failed = [one.row.reason for one in done if one.row.outcome == "failed"]
    if failed:
        return [not_measured(name, "s", goal, failed[0])]
    each = [late - early for early, late in pairwise(ends)]
    steady = statistics.median(each)
    note = f"{count} studies; the first took {ends[0] - steady:.1f} s more: start of the worker, and of the model, once"
    peer = "the same in one process without a batch"
    ratio = steady / bare
    return [Figure(name, steady, "s", peer, bare, ratio, goal, ratio <= 1.05, note)]


def _case(folder: Path) -> tuple[Path, Path]:
    """A synthetic scan, and a file of boxes for it."""
    from fmassist.phantom import torso
    from fmassist.phantom.demo import named_boxes
    from fmassist.volume import write_volume

    case = torso(seed=7, spacing_mm=SPACING_MM, field_of_view="abdomen")
    boxes: list[dict[str, Any]] = [
        {"structure": prompt["name"], "low_ras_mm": list(low), "high_ras_mm": list(high)}
        for prompt in named_boxes(case, STRUCTURES, {})
        for low, high in prompt["boxes_ras_mm"]
    ]
    prompts = folder / "prompts.json"
    prompts.write_text(json.dumps({"boxes": boxes}, default=float), encoding="ascii")
    write_volume(case.volume, folder / "scan.nii.gz")
    return folder / "scan.nii.gz", prompts


def _bare(studies: list[Study], plan: Plan, folder: Path, say: Progress) -> float:
    """Median seconds a study in this process, its model loaded before: read, segment, check, write."""
    from fmassist.batch.one import checked_study

    took = []
    for number, study in enumerate(studies):
        say("LiteMedSAM without a batch", number / len(studies))
        begun = time.perf_counter()
        checked_study(study, plan).write(folder / "model-bare" / study.id)
        took.append(time.perf_counter() - begun)
    return statistics.median(took[1:])
