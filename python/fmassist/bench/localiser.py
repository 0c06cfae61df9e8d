"""How well structures are found in a CT without a person: the automatic localiser, the model on its boxes, the loop.

Measured on `ct_upper_abdomen`, from which nothing was learnt, against TotalSegmentator's 31 structures there. What is
not found counts with an overlap and a Dice of 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.bench.figures import Figure, not_measured
from fmassist.models.prompts import Prompt, prompts_from_labels
from fmassist.models.result import ModelResult
from fmassist.volume import Segmentation, labels_on_image, read_segmentation, read_volume

Array = NDArray[Any]
Progress = Callable[[str, float], None]

CASE = "ct_upper_abdomen"
FOUND = 0.3
"""Overlap of the boxes around all of a structure, from which it counts as found."""
NAMES = (
    ("localiser: share of the structures found", "share"),
    ("localiser: mean overlap of boxes (IoU)", ""),
    ("localiser: mean Dice after LiteMedSAM, without the loop", ""),
    ("localiser: mean Dice after LiteMedSAM, with the loop", ""),
    ("localiser: mean Dice of what is shown as found", ""),
)
LOOP_GOAL = "at least without the loop"


def figures(data: Path | None, progress: Progress | None = None) -> list[Figure]:
    """The localiser and the loop on `ct_upper_abdomen`.

    Args:
        data: the developers' shared data; None where it is not at hand.
        progress: told of each stage.
    """
    folder = None if data is None else data / CASE
    if folder is None or not folder.is_dir():
        return [not_measured(name, unit, None, f"needs the developers' {CASE}") for name, unit in NAMES]
    from fmassist.application.ask import reconcile
    from fmassist.knowledge.label_map import LabelMap, load_label_map
    from fmassist.knowledge.load import load_knowledge
    from fmassist.models.litemedsam import LiteMedSam
    from fmassist.models.prompts.auto import prompts_from_image

    tell = progress or (lambda _stage, _share: None)
    label_map = load_label_map("totalsegmentator:total")
    volume = read_volume(folder / "dicom")
    truth = labels_on_image(read_segmentation(folder / "totalsegmentator.nii.gz", names=label_map.names), volume)
    tell("localising", 0.0)
    prompts = prompts_from_image(volume)
    overlaps = box_overlaps(prompts, prompts_from_labels(truth))
    model = LiteMedSam(keep_slices=volume.geometry.shape[2])
    first: list[ModelResult] = []

    def segment(asked: Sequence[Prompt]) -> ModelResult:
        made = model.segment(volume, list(asked))
        first.append(made)
        return made

    tell("segmenting", 0.1)
    # Asked by name, it has no vocabulary of its own that could lack something.
    meaning = LabelMap("litemedsam", {}, label_map.structures)
    loop = reconcile(volume, prompts, segment, label_map=meaning, knowledge=load_knowledge(None), progress=progress)
    without, with_loop = (_dices(made, truth) for made in (first[0], loop.outlined))
    shown = {segment.name for segment in loop.made.segmentation.segments} & set(overlaps)
    asked = len(prompts)
    found = sum(overlap >= FOUND for overlap in overlaps.values())
    before, after = _mean(without), _mean(with_loop)
    return [
        Figure(
            NAMES[0][0],
            found / len(overlaps),
            "share",
            note=f"{found} of {len(overlaps)} with an overlap of at least {FOUND}; {asked} structures were asked for",
        ),
        Figure(NAMES[1][0], _mean(overlaps), "", note="of the boxes around all of each structure; missed ones count 0"),
        Figure(NAMES[2][0], before, "", note="missed ones count 0"),
        Figure(
            NAMES[3][0],
            after,
            "",
            "without the loop",
            before,
            after / before if before else None,
            LOOP_GOAL,
            after >= before,
            f"{len(loop.improved)} outlines replaced, {loop.checks} checks",
        ),
        Figure(
            NAMES[4][0],
            _mean({name: with_loop[name] for name in shown}),
            "",
            note=f"{len(shown)} of the {len(overlaps)} structures; {len(loop.withheld)} asked for and withheld",
        ),
    ]


def box_overlaps(prompts: Sequence[Prompt], truth: Sequence[Prompt]) -> dict[str, float]:
    """Intersection over union of the boxes around each true structure and around what was proposed; 0 for none."""
    proposed = {prompt.structure: _around(prompt) for prompt in prompts}
    return {
        true.structure: _overlap(proposed[true.structure], _around(true)) if true.structure in proposed else 0.0
        for true in truth
    }


def _around(prompt: Prompt) -> Array:
    corners = np.array(prompt.boxes_ras_mm)
    return np.array([corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)])


def _overlap(a: Array, b: Array) -> float:
    both = float(np.prod(np.maximum(0, np.minimum(a[1], b[1]) - np.maximum(a[0], b[0]))))
    return both / (float(np.prod(a[1] - a[0])) + float(np.prod(b[1] - b[0])) - both)


def _dices(made: ModelResult, truth: Segmentation) -> dict[str, float]:
    outlined = {segment.name: segment for segment in made.segmentation.segments}
    dices = {}
    for true in truth.segments:
        mask = truth.mask(true)
        other = made.segmentation.mask(outlined[true.name]) if true.name in outlined else np.zeros_like(mask)
        dices[true.name] = 2 * int((mask & other).sum()) / max(int(mask.sum()) + int(other.sum()), 1)
    return dices


def _mean(values: dict[str, float]) -> float:
    return float(np.mean(list(values.values()))) if values else 0.0
