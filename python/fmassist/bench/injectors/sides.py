"""Errors of side and orientation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fmassist.bench.injectors.draft import CannotInjectError, Draft, Injected, other_side
from fmassist.volume import Segmentation, Volume


def pair_swapped(draft: Draft, kind: str) -> Injected:
    """Two sides of one pair exchanged: large organs at severity 3, medium at 2, small at 1."""
    least, most = ((0, 20), (20, 90), (90, 1e9))[draft.severity - 1]
    one, other = _pair(draft, least, most)
    a, b = draft.mask(one), draft.mask(other)
    draft.labels[a], draft.labels[b] = draft.names[other], draft.names[one]
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        frozenset((one, other)),
        frozenset({"pair_swapped"}),
        draft.original,
    )


def pair_partly_swapped(draft: Draft, kind: str) -> Injected:
    """In a slab across the body both sides of a pair carry the other's name (nnU-Net#869): 8, 25 or 45 % of them."""
    one, other = _pair(draft, 30, 1e9)
    share = draft.by_severity(0.08, 0.25, 0.45)
    a, b = draft.mask(one), draft.mask(other)
    axis, _ = draft.superior_axis()
    per_slice = (a | b).sum(axis=tuple(i for i in range(3) if i != axis))
    along = np.cumsum(per_slice) / per_slice.sum()
    slab = along <= share if draft.rng.random() < 0.5 else along > 1 - share
    shape = [1, 1, 1]
    shape[axis] = -1
    inside = slab.reshape(shape)
    draft.labels[a & inside], draft.labels[b & inside] = draft.names[other], draft.names[one]
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        frozenset((one, other)),
        frozenset({"pair_swapped", "labels_exchanged", "stray_fragment", "leak"}),
        draft.original,
    )


def study_flipped(draft: Draft, kind: str) -> Injected:
    """Image and labels turned together, as when an affine is lost; names stay with their voxels.

    All severities are gross: `kind` says along which axis.
    """
    letters, cause = {
        "study_mirrored": ("RL", "image_mirrored"),
        "study_upside_down": ("SI", "image_upside_down"),
        "study_front_to_back": ("AP", "image_front_to_back"),
    }[kind]
    axis = draft.ras_axis(letters)
    volume = None if draft.volume is None else _flipped(draft.volume, axis)
    draft.labels = np.ascontiguousarray(np.flip(draft.labels, axis))
    wrong = frozenset(n for n in draft.present() if letters != "RL" or other_side(n))
    return Injected(
        draft.segmentation(),
        volume,
        kind,
        draft.severity,
        wrong,
        frozenset({cause}),
        _flip_labels(draft.original, axis),
    )


def labels_off_image(draft: Draft, kind: str) -> Injected:
    """The labels lie on the image as if its orientation had been read wrongly: mirrored, or moved by 12 to 60 mm."""
    if draft.volume is None:
        raise CannotInjectError("without an image, labels can't disagree with one")
    if kind == "labels_flipped_on_image":
        axis = draft.ras_axis(("AP", "SI", "RL")[int(draft.rng.integers(3))])
        draft.labels = np.ascontiguousarray(np.flip(draft.labels, axis))
    else:
        distance = draft.by_severity(12.0, 30.0, 60.0)
        axis = int(draft.rng.integers(3))
        steps = round(distance / draft.geometry.spacing_mm[axis]) * (1 if draft.rng.random() < 0.5 else -1)
        if abs(steps) >= draft.labels.shape[axis]:
            raise CannotInjectError("the study is smaller than the shift")
        moved = np.zeros_like(draft.labels)
        to = [slice(None)] * 3
        source = [slice(None)] * 3
        to[axis] = slice(max(steps, 0), draft.labels.shape[axis] + min(steps, 0))
        source[axis] = slice(max(-steps, 0), draft.labels.shape[axis] + min(-steps, 0))
        moved[tuple(to)] = draft.labels[tuple(source)]
        draft.labels = moved
    causes = {"labels_off_image", "image_mirrored", "image_upside_down", "image_front_to_back"}
    repaired = draft.original if kind == "labels_flipped_on_image" else None
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        frozenset(draft.present()),
        frozenset(causes if kind == "labels_flipped_on_image" else {"labels_off_image"}),
        repaired,
    )


def _pair(draft: Draft, least_ml: float, most_ml: float) -> tuple[str, str]:
    """A pair of which both sides are in view, within the volumes asked for where there is one."""
    pairs = []
    for name in draft.present(0.5):
        partner = other_side(name)
        if "right" in name and partner in draft.names and draft.volume_ml(partner) >= 0.5:
            pairs.append(name)
    fitting = [n for n in pairs if least_ml <= draft.volume_ml(n) < most_ml]
    one = draft.choose(fitting or pairs)
    return one, str(other_side(one))


def _flipped(volume: Volume, axis: int) -> Volume:
    return replace(volume, voxels=np.ascontiguousarray(np.flip(volume.voxels, axis)))


def _flip_labels(segmentation: Segmentation, axis: int) -> Segmentation:
    return replace(segmentation, layers=tuple(np.ascontiguousarray(np.flip(a, axis)) for a in segmentation.layers))
