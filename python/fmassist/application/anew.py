"""Outline one structure anew: the check says where it should lie, a promptable model draws it, and it is checked.

Nothing is replaced here: whoever asked gets the new outline and what a check would say of it, and decides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fmassist.application.check import check
from fmassist.application.checked import CheckedStudy
from fmassist.application.types import Inputs, Options
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.models.interface import Model
    from fmassist.models.prompts import Prompt
    from fmassist.volume import Segmentation, Volume


@dataclass(frozen=True, eq=False)
class Anew:
    """A proposal for one structure.

    Args:
        structure: the segment's name.
        prompt: what the model was asked with.
        mask: its new voxels, booleans (i, j, k) on the image's grid; none that another segment has.
        study: the check of the segmentation with the new outline in place of the old one.
    """

    structure: str
    prompt: Prompt
    mask: Any
    study: CheckedStudy


def outline_anew(inputs: Inputs, structure: str, model: Model, options: Options, *, device: str | None = None) -> Anew:
    """Have a model outline one structure anew, and check what comes of it.

    Args:
        inputs: the study; with its image.
        structure: name of the segment to outline.
        model: one that takes boxes.
        options: what is checked against.
        device: `"cpu"`, `"cuda"`, or None for the best there is.

    Raises:
        InputError: there is no image, no such segment, or nowhere to look for it.
    """
    from fmassist.models.ask import ask

    if inputs.volume is None:
        raise InputError("there is no image to outline a structure in", "check again with the scan")
    prompt = propose(inputs.segmentation, structure, inputs.volume)
    if "point" not in model.describe().prompts:
        prompt = replace(prompt, points_ras_mm=(), outside_ras_mm=())
    made = ask(model, inputs.volume, [prompt], progress=options.progress, device=device)
    labels = np.asarray(made.segmentation.layers[0]) != 0
    segment = _segment(inputs.segmentation, structure)
    layers = [np.array(layer) for layer in inputs.segmentation.layers]
    own = layers[segment.layer]
    mask = labels & ((own == 0) | (own == segment.label))
    own[own == segment.label] = 0
    own[mask] = segment.label
    after = replace(inputs.segmentation, layers=tuple(layers))
    return Anew(structure, prompt, mask, check(replace(inputs, segmentation=after), options))


def propose(segmentation: Segmentation, structure: str, volume: Volume) -> Prompt:
    """Where a structure should lie as the others say, with points inside and outside it.

    The boxes are those that its neighbours leave (`fmassist.models.prompts.neighbours`), or else those of its present
    outline. A point inside lies in the middle of what is outlined now within the boxes; the points outside lie in the
    middle of each other segment within them.

    Raises:
        InputError: there is no such segment, or nothing says where it should lie.
    """
    from fmassist.models.prompts import Prompt
    from fmassist.models.prompts.neighbours import expected
    from fmassist.models.prompts.refine import prompts_from_labels

    _segment(segmentation, structure)
    drawn = {prompt.structure: prompt.boxes_ras_mm for prompt in prompts_from_labels(segmentation)}
    others = {name: boxes for name, boxes in drawn.items() if name != structure}
    found = expected([structure], others, volume) if others else []
    boxes = found[0].boxes_ras_mm if found else drawn.get(structure, ())
    if not boxes:
        raise InputError("nothing says where that structure should lie", "draw a box around it")
    low = np.min([box[0] for box in boxes], axis=0)
    high = np.max([box[1] for box in boxes], axis=0)
    inside = _middles(segmentation, [structure], low, high)
    outside = _middles(segmentation, list(others), low, high)
    return Prompt(structure, tuple(boxes), points_ras_mm=inside, outside_ras_mm=outside)


def _segment(segmentation: Segmentation, structure: str) -> Any:
    for segment in segmentation.segments:
        if segment.name == structure:
            return segment
    raise InputError("there is no segment of that name", "name one that the segmentation has")


def _middles(
    segmentation: Segmentation, names: list[str], low: Any, high: Any
) -> tuple[tuple[float, float, float], ...]:
    """For each of some segments, the voxel nearest to the middle of its part within a box, RAS mm."""
    found = []
    for name in names:
        at = np.argwhere(segmentation.mask(_segment(segmentation, name)))
        if not len(at):
            continue
        places = segmentation.geometry.to_ras_mm(at)
        within = places[((places >= low) & (places <= high)).all(axis=1)]
        if len(within):
            middle = within[np.argmin(((within - within.mean(axis=0)) ** 2).sum(axis=1))]
            found.append((float(middle[0]), float(middle[1]), float(middle[2])))
    return tuple(found)
