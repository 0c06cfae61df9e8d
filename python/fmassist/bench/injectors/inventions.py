"""Structures where none can be, structures that are missing, and names that are wrong altogether."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fmassist.bench.injectors.draft import CannotInjectError, Draft, Injected, Mask
from fmassist.bench.injectors.pieces import _ball
from fmassist.geometry import Geometry
from fmassist.phantom.labels import NAMES
from fmassist.volume import Segment, Segmentation, Volume

_BLOBS = ("spleen", "gallbladder", "kidney_left", "urinary_bladder", "prostate", "thyroid_gland", "brain", "stomach")
_REGION = {"thyroid_gland": "neck", "brain": "head", "skull": "head", "urinary_bladder": "pelvis", "prostate": "pelvis"}


def invented_in_air(draft: Draft, kind: str) -> Injected:
    """An organ of 2, 20 or 120 mL drawn in the air beside the patient."""
    if draft.volume is None or draft.volume.modality != "CT":
        raise CannotInjectError("without a CT there is no air")
    air = _outside_air(draft)
    return _blob(draft, kind, air, {"invented", "labels_off_image"})


def invented_in_padding(draft: Draft, kind: str) -> Injected:
    """The image is padded by slices that hold no data, and an organ goes on into them (TotalSegmentator#34)."""
    if draft.volume is None:
        raise CannotInjectError("without an image there is no padding")
    axis, sign = draft.superior_axis()
    spacing = draft.geometry.spacing_mm[axis]
    extra = max(3, round(45.0 / spacing))
    at_low_end = sign > 0  # pad below the feet end
    pad = [(0, 0)] * 3
    pad[axis] = (extra, 0) if at_low_end else (0, extra)
    labels = np.pad(draft.labels, pad)
    voxels = np.pad(draft.volume.voxels, pad, constant_values=-2048 if draft.volume.modality == "CT" else 0)
    edge = np.take(draft.labels, 0 if at_low_end else -1, axis=axis)
    values, counts = np.unique(edge[edge > 0], return_counts=True)
    if not values.size:
        raise CannotInjectError("nothing reaches the end of the image")
    value = int(values[int(np.argmax(counts))])
    depth = max(2, round(draft.by_severity(7.0, 18.0, 36.0) / spacing))
    to = [slice(None)] * 3
    to[axis] = (
        slice(extra - depth, extra)
        if at_low_end
        else slice(labels.shape[axis] - extra, labels.shape[axis] - extra + depth)
    )
    labels[tuple(to)] = np.where(np.expand_dims(edge == value, axis), value, 0)
    affine = draft.geometry.index_to_ras_mm.copy()
    if at_low_end:
        affine[:3, 3] -= affine[:3, axis] * extra
    geometry = Geometry((labels.shape[0], labels.shape[1], labels.shape[2]), affine)
    name = next(n for n, v in draft.names.items() if v == value)
    clean = np.pad(draft.original.layers[0], pad)
    return Injected(
        Segmentation((labels,), geometry, draft.segmentation().segments),
        Volume(voxels, geometry, draft.volume.modality, draft.volume.context),
        kind,
        draft.severity,
        frozenset({name}),
        frozenset({"invented", "leak", "stray_fragment", "labels_off_image"}),
        replace(draft.original, layers=(clean,), geometry=geometry),
    )


def invented_in_wrong_region(draft: Draft, kind: str) -> Injected:
    """An organ that the field of view doesn't show drawn somewhere else in the body, over 2, 20 or 120 mL."""
    body = draft.labels == 0
    if draft.volume is not None and draft.volume.modality == "CT":
        voxels = np.asarray(draft.volume.voxels, dtype=np.float32)
        body &= np.asarray((voxels > -150) & (voxels < 200))
    return _blob(draft, kind, body, {"invented", "displaced", "stray_fragment", "labels_exchanged"})


def against_context(draft: Draft, kind: str) -> Injected:
    """A prostate in a woman: drawn below the bladder, or where the pelvis floor would be. All severities are gross."""
    if draft.volume_ml("prostate") > 0:
        raise CannotInjectError("this is a man")
    if draft.volume_ml("urinary_bladder") < 20 or draft.touches_border("urinary_bladder"):
        raise CannotInjectError("no bladder to put a prostate under")
    index = np.argwhere(draft.mask("urinary_bladder"))
    axis, sign = draft.superior_axis()
    lowest = index[:, axis].min() if sign > 0 else index[:, axis].max()
    centre = np.rint(index.mean(0)).astype(int)
    centre[axis] = lowest - sign * round(14.0 / draft.geometry.spacing_mm[axis])
    if not 0 <= centre[axis] < draft.labels.shape[axis]:
        raise CannotInjectError("the pelvic floor is out of view")
    ball = _ball(draft, centre, draft.by_severity(8.0, 18.0, 30.0)) & (draft.labels == 0)
    draft.labels[ball] = draft.new_label("prostate")
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        frozenset({"prostate"}),
        frozenset({"invented", "wrong_context"}),
        draft.original,
        {"sex": "female"},
    )


def missing(draft: Draft, kind: str) -> Injected:
    """One, two or four organs in full view left out."""
    from fmassist.bench.injectors.pieces import SOFT

    candidates = [n for n in draft.whole(20.0) if n.startswith((*SOFT, "hip", "femur", "aorta", "pancreas"))]
    gone = set()
    for _ in range(int(draft.by_severity(1, 2, 4))):
        rest = [n for n in candidates if n not in gone]
        if rest:
            gone.add(draft.choose(rest))
    if not gone:
        raise CannotInjectError("no organ lies whole in view")
    for name in gone:
        draft.labels[draft.mask(name)] = 0
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        frozenset(gone),
        frozenset({"missed_by_model", "removed_or_absent"}),
    )


def displaced(draft: Draft, kind: str) -> Injected:
    """An organ drawn 25, 60 or over 120 mm away from where it is."""
    distance = draft.by_severity(25.0, 60.0, 125.0)
    for _ in range(40):
        name = draft.choose(draft.whole(20.0))
        direction = draft.rng.normal(size=3)
        direction /= np.linalg.norm(direction)
        step = np.rint(distance * direction / np.array(draft.geometry.spacing_mm)).astype(int)
        index = np.argwhere(draft.mask(name))
        moved = index + step
        if (moved < 1).any() or (moved >= np.array(draft.labels.shape) - 1).any():
            continue
        draft.labels[tuple(index.T)] = 0
        draft.labels[tuple(moved.T)] = draft.names[name]
        return Injected(
            draft.segmentation(),
            draft.volume,
            kind,
            draft.severity,
            frozenset({name}),
            frozenset({"displaced", "invented", "labels_exchanged"}),
        )
    raise CannotInjectError("no organ can be moved within the image")


def labels_permuted(draft: Draft, kind: str) -> Injected:
    """The names of 2, 4 or 8 unlike structures go round in a circle."""
    names = draft.present(5.0)
    count = min(int(draft.by_severity(2, 4, 8)), len(names))
    if count < 2:
        raise CannotInjectError("too few structures")
    chosen: list[str] = []
    for _ in range(200):
        name = draft.choose(names)
        if all(name.split("_")[0] != other.split("_")[0] for other in chosen):
            chosen.append(name)
        if len(chosen) == count:
            break
    if len(chosen) < 2:
        raise CannotInjectError("too few unlike structures")
    masks = [draft.mask(name) for name in chosen]
    for mask, name in zip(masks, chosen[1:] + chosen[:1], strict=True):
        draft.labels[mask] = draft.names[name]
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        frozenset(chosen),
        frozenset({"labels_exchanged", "wrong_label_map"}),
        draft.original,
    )


def wrong_label_map(draft: Draft, kind: str) -> Injected:
    """Label values read with a map that is off by 1, 3 or 11 (the order of another version of the task)."""
    step = int(draft.by_severity(1, 3, 11))
    shifted = {name: NAMES[(NAMES.index(name) + step) % len(NAMES)] for name in draft.present() if name in NAMES}
    if len(shifted) < 5:
        raise CannotInjectError("too few structures of the total task")
    segments = tuple(
        Segment(s.label, shifted.get(s.name, s.name)) for s in draft.segmentation().segments if s.name in shifted
    )
    return Injected(
        Segmentation((draft.labels,), draft.geometry, segments),
        draft.volume,
        kind,
        draft.severity,
        frozenset(shifted.values()),
        frozenset({"wrong_label_map"}),
        draft.original,
    )


def wrong_intensity(draft: Draft, kind: str) -> Injected:
    """The CT is not in HU: offset by 1,024 (severity 1), scaled to 0–255 (2), or inverted (3)."""
    if draft.volume is None or draft.volume.modality != "CT":
        raise CannotInjectError("without a CT there are no HU")
    hu = draft.volume.voxels.astype(np.float32)
    window = np.clip((hu + 160) / 400 * 255, 0, 255)
    changed = (hu + 1024, window, 255 - window)[draft.severity - 1]
    return Injected(
        draft.segmentation(),
        replace(draft.volume, voxels=changed.astype(np.int16)),
        kind,
        draft.severity,
        frozenset(),
        frozenset({"wrong_intensity"}),
        draft.original,
    )


def _blob(draft: Draft, kind: str, room: Mask, causes: set[str]) -> Injected:
    from scipy.ndimage import distance_transform_edt

    volume = draft.by_severity(2.0, 20.0, 120.0)
    radius = (volume * 3000 / (4 * np.pi)) ** (1 / 3)
    depth = distance_transform_edt(room, sampling=draft.geometry.spacing_mm)
    deep = np.argwhere(depth >= min(radius, float(depth.max())))
    if depth.max() < 0.6 * radius or not len(deep):
        raise CannotInjectError("no room for an invented organ")
    centre = deep[int(draft.rng.integers(len(deep)))]
    name = draft.choose([n for n in _BLOBS if draft.volume_ml(n) == 0])
    draft.labels[_ball(draft, centre, volume) & room] = draft.new_label(name)
    return Injected(
        draft.segmentation(), draft.volume, kind, draft.severity, frozenset({name}), frozenset(causes), draft.original
    )


def _outside_air(draft: Draft) -> Mask:
    """Air that reaches the border of the image; not the lungs'."""
    from scipy.ndimage import label

    assert draft.volume is not None
    pieces, _ = label(np.asarray(draft.volume.voxels, dtype=np.float32) < -900)
    faces = [np.take(pieces, i, axis=a) for a in (0, 1) for i in (0, -1)]
    outer = np.unique(np.concatenate([f.ravel() for f in faces]))
    return np.asarray(np.isin(pieces, outer[outer > 0]))
