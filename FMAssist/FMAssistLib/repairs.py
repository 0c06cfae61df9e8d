"""Carries out a proposed repair on the segments' voxels, and nothing else.

The steps are those of `fmassist.reasoning.findings.RepairStep`, done all at once as `apply_repair` does there: each is
read against the segments as they were, so that a run shifted by one never overwrites itself. Pieces are counted
26-connected, largest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def resolve(steps: Sequence[Mapping[str, Any]], segments: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The steps with every target as a segment's name.

    A target may be a structure's IRI; where no segment stands for it yet, a new one is named after it.

    Args:
        steps: of the repair, as in `findings.json`.
        segments: the segments of the same file.
    """
    names = {segment["name"] for segment in segments}
    by_structure = {segment["structure"]: segment["name"] for segment in segments if segment.get("structure")}
    found = []
    for step in steps:
        target = step.get("target")
        if target is not None and target not in names:
            target = by_structure.get(target, target.rstrip("/").replace("#", "/").rsplit("/", 1)[-1])
        found.append({**step, "target": target})
    return found


def after_repair(
    steps: Sequence[Mapping[str, Any]],
    masks: Mapping[str, Any],
    occupied: Any = None,
) -> dict[str, Any]:
    """The masks of all segments that the steps change, as they would be afterwards.

    Args:
        steps: of the repair, resolved.
        masks: segment name → booleans on one common grid, for every name in the steps; they are not changed.
        occupied: where any other segment is; filling never takes from it.

    Raises:
        KeyError: a step names a segment that is not there.
        ValueError: a step is of an unknown kind, or names a piece that is not there.
    """
    leaving = {name: mask & False for name, mask in masks.items()}
    arriving = {name: mask & False for name, mask in masks.items()}
    for step in steps:
        action, name, target = step["action"], step["segment"], step.get("target")
        if action == "keep":
            continue
        if action == "fill":
            arriving[name] |= _gaps(masks, name, occupied)
            continue
        part = masks[name] if step.get("component") is None else component(masks[name], int(step["component"]))
        if action == "swap":
            arriving[name] |= masks[target]
            leaving[target] |= masks[target]
        elif action not in ("drop", "relabel", "give"):
            raise ValueError(f"unknown repair step {action!r}")
        leaving[name] |= part
        if action != "drop":
            arriving[target] |= part
    result = {name: (mask & ~leaving[name]) | arriving[name] for name, mask in masks.items()}
    return {name: mask for name, mask in result.items() if (mask != masks[name]).any()}


def segments_of(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of all segments that the steps may touch."""
    names = [step[part] for step in steps for part in ("segment", "target") if step.get(part)]
    return list(dict.fromkeys(names))


def component(mask: Any, number: int) -> Any:
    """One piece of a mask.

    Raises:
        ValueError: there are not so many.
    """
    import numpy as np
    from scipy.ndimage import label

    pieces, count = label(mask, structure=np.ones((3, 3, 3), bool))
    if number >= count:
        raise ValueError(f"piece {number + 1} is not there: the segment has {count}")
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    order = np.argsort(-sizes, kind="stable")
    return pieces == order[number] + 1


def _gaps(masks: Mapping[str, Any], name: str, occupied: Any) -> Any:
    from scipy.ndimage import binary_closing, binary_fill_holes

    # Closing over one voxel mends a gap between slices; holes are filled whatever their size.
    closed = binary_fill_holes(binary_closing(masks[name], iterations=1) | masks[name])
    for other, mask in masks.items():
        if other != name:
            closed = closed & ~mask
    return closed if occupied is None else closed & ~occupied
