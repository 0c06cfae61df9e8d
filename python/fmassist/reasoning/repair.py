"""Carries out a repair that a person accepted, on a copy: the segmentation it came from stays as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.knowledge.label_map import LabelMap
from fmassist.reasoning.findings import Repair, RepairStep
from fmassist.volume import Segment, Segmentation


def apply_repair(segmentation: Segmentation, repair: Repair, label_map: LabelMap) -> Segmentation:
    """The segmentation with every step of `repair` done at once.

    Steps are read against the segmentation as it was proposed for, so a run that is shifted by one never overwrites
    itself. Undoing is keeping the original, which is not touched.

    Raises:
        InputError: the repair was proposed for another segmentation.
    """
    by_key = {f"{s.layer}:{s.label}": s for s in segmentation.segments}
    for step in repair.steps:
        if step.segment not in by_key or (step.action == "swap" and step.target not in by_key):
            raise InputError("the repair was proposed for another segmentation", "check this one again")
    layers = [np.array(layer) for layer in segmentation.layers]
    segments = dict(by_key)
    for step in repair.steps:
        segment = by_key[step.segment]
        mask = _part(segmentation, segment, step)
        if step.action == "swap":
            other = by_key[step.target or ""]
            layers[segment.layer][mask] = 0
            theirs = segmentation.mask(other)
            if segment.layer == other.layer:
                layers[segment.layer][theirs] = segment.label
                layers[segment.layer][mask] = other.label
            else:
                layers[segment.layer][theirs] = segment.label
                layers[other.layer][theirs] = 0
                layers[other.layer][mask] = other.label
        elif step.action == "fill":
            from scipy.ndimage import binary_fill_holes

            holes = binary_fill_holes(mask) & ~mask & (segmentation.layers[segment.layer] == 0)
            layers[segment.layer][holes] = segment.label
        elif step.action == "drop":
            layers[segment.layer][mask] = 0
        elif step.action in ("relabel", "give"):
            target = _target(step, segment, segments, segmentation, label_map, layers)
            layers[target.layer][mask] = target.label
            segments[f"{target.layer}:{target.label}"] = target
        elif step.action != "keep":
            raise InputError(f"the repair has a step {step.action!r} that this program does not know")
    # Segments that were there stay, if empty; of those that were made for a step only what got voxels.
    left = tuple(s for key, s in segments.items() if key in by_key or bool((layers[s.layer] == s.label).any()))
    return replace(segmentation, layers=tuple(layers), segments=left)


def _part(segmentation: Segmentation, segment: Segment, step: RepairStep) -> NDArray[np.bool_]:
    """The voxels that a step is about: the whole segment, or one of its connected pieces."""
    mask = segmentation.mask(segment)
    if step.component is None:
        return mask
    from scipy import ndimage

    window = ndimage.find_objects(mask.view(np.uint8))[0]
    pieces, count = ndimage.label(mask[window], structure=np.ones((3, 3, 3)))
    if step.component >= count:
        raise InputError("the repair was proposed for another segmentation", "check this one again")
    numbers = np.arange(1, count + 1)
    sizes = np.bincount(pieces.ravel())[1:]
    start = np.array([part.start for part in window])
    centres = np.array(ndimage.center_of_mass(pieces > 0, pieces, numbers)) + start
    centres = np.round(segmentation.geometry.to_ras_mm(centres), 4)
    # The same order as the evidence's: largest first, and of equal ones by place.
    order = np.lexsort((-centres[:, 0], -centres[:, 1], -centres[:, 2], -sizes))
    found = np.zeros_like(mask)
    found[window] = pieces == order[step.component] + 1
    return found


def _target(
    step: RepairStep,
    segment: Segment,
    segments: dict[str, Segment],
    segmentation: Segmentation,
    label_map: LabelMap,
    layers: list[NDArray[np.unsignedinteger]],
) -> Segment:
    """The segment that the voxels go to: by its key, or by the structure that they turn out to be."""
    if step.target in segments:
        return segments[step.target]
    names = [name for name, iri in label_map.structures.items() if iri == step.target]
    if not names:
        raise InputError(
            "the label map has no label for the structure that the repair names", "use the model's own map"
        )
    for candidate in segments.values():
        if candidate.name in names:
            return candidate
    values = [value for value, name in label_map.names.items() if name in names]
    taken = {s.label for s in segmentation.segments if s.layer == segment.layer}
    label = values[0] if values and values[0] not in taken else int(layers[segment.layer].max()) + 1
    if label > np.iinfo(layers[segment.layer].dtype).max:
        layers[segment.layer] = layers[segment.layer].astype(np.uint16)
    return Segment(label=label, name=names[0], layer=segment.layer)
