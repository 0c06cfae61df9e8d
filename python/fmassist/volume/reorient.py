"""Volumes and segmentations turned to a wanted axis order, without loss."""

from __future__ import annotations

from dataclasses import replace

from fmassist.geometry import reorientation
from fmassist.volume.segmentation import Segmentation
from fmassist.volume.volume import Volume


def reorient_volume(volume: Volume, axis_codes: str) -> Volume:
    """`volume` with i, j, k growing towards `axis_codes` (such as `"LPS"`); the voxels are a view, not a copy.

    Raises:
        ValueError: `axis_codes` does not name each anatomical axis once.
    """
    turn = reorientation(volume.geometry, axis_codes)
    return replace(volume, voxels=turn.apply(volume.voxels), geometry=turn.target)


def reorient_segmentation(segmentation: Segmentation, axis_codes: str) -> Segmentation:
    """`segmentation` with i, j, k growing towards `axis_codes`; its layers are views, not copies.

    To go back, apply `fmassist.geometry.Reorientation.undo` to a layer, or reorient to the former axis codes.

    Raises:
        ValueError: `axis_codes` does not name each anatomical axis once.
    """
    turn = reorientation(segmentation.geometry, axis_codes)
    return replace(segmentation, layers=tuple(turn.apply(layer) for layer in segmentation.layers), geometry=turn.target)
