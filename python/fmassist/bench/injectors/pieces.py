"""Errors of shape: fragments, leaks, cuts, holes, swelling and shrinking."""

from __future__ import annotations

import numpy as np

from fmassist.bench.injectors.draft import CannotInjectError, Draft, Injected, Mask

SOFT = (
    "liver",
    "spleen",
    "kidney",
    "stomach",
    "urinary_bladder",
    "heart",
    "lung",
    "gluteus",
    "iliopsoas",
    "autochthon",
)


def fragment(draft: Draft, kind: str) -> Injected:
    """A stray piece of 0.5, 3 or 12 % of the organ, 40 mL at most: 8–25 mm from it, or over 80 mm (`fragment_far`)."""
    body = _body(draft)
    low, high = (8.0, 25.0) if kind == "fragment_near" else (80.0, 400.0)
    candidates = [n for n in draft.whole(8.0) if n != "costal_cartilages"]
    for _ in range(8):
        name = draft.choose(candidates)
        mask = draft.mask(name)
        share = draft.volume_ml(name) * draft.by_severity(0.005, 0.03, 0.12)
        volume = min(max(share, 4 * draft.geometry.voxel_volume_ml), 40.0)
        radius = (volume * 3000 / (4 * np.pi)) ** (1 / 3)
        index = np.argwhere(mask)
        # More than a voxel's diagonal away, or the piece would not be one of its own.
        keep_off = _near(draft, mask, max(6.0, 1.8 * max(draft.geometry.spacing_mm)))
        for _ in range(40):
            start = index[int(draft.rng.integers(len(index)))]
            direction = draft.rng.normal(size=3)
            direction /= np.linalg.norm(direction)
            step = (radius + draft.rng.uniform(low, high)) * direction / np.array(draft.geometry.spacing_mm)
            centre = np.rint(start + step).astype(int)
            if (centre < 2).any() or (centre >= np.array(mask.shape) - 2).any() or not body[tuple(centre)]:
                continue
            ball = _ball(draft, centre, volume) & body
            if (ball & keep_off).any() or (kind == "fragment_far" and (ball & _near(draft, mask, low)).any()):
                continue
            draft.labels[ball] = draft.names[name]
            lost = frozenset({name})
            return Injected(
                draft.segmentation(),
                draft.volume,
                kind,
                draft.severity,
                lost,
                frozenset({"stray_fragment", "invented"}),
                draft.original,
            )
    raise CannotInjectError("no room for a fragment")


def leak(draft: Draft, kind: str) -> Injected:
    """An organ runs on into a neighbour that it touches, and takes 6, 20 or 50 % of it."""
    for _ in range(12):
        name = draft.choose(draft.present(15.0))
        near = _near(draft, draft.mask(name), 1.6 * max(draft.geometry.spacing_mm)) & ~draft.mask(name)
        touched = np.bincount(draft.labels[near], minlength=2)
        touched[0] = 0
        for value in np.argsort(-touched)[:3]:
            neighbour = next((n for n, v in draft.names.items() if v == value), None)
            if touched[value] < 8 or neighbour is None or draft.volume_ml(neighbour) < 8 or _same_kind(name, neighbour):
                continue
            theirs = draft.mask(neighbour)
            index = np.argwhere(theirs)
            seed = np.argwhere(theirs & near)
            centre = seed[int(draft.rng.integers(len(seed)))]
            distance = (((index - centre) * np.array(draft.geometry.spacing_mm)) ** 2).sum(1)
            taken = index[distance <= np.quantile(distance, draft.by_severity(0.06, 0.20, 0.50))]
            draft.labels[tuple(taken.T)] = draft.names[name]
            return Injected(
                draft.segmentation(),
                draft.volume,
                kind,
                draft.severity,
                frozenset({name, neighbour}),
                frozenset({"leak", "incomplete"}),
            )
    raise CannotInjectError("no neighbours touch")


def truncated(draft: Draft, kind: str) -> Injected:
    """The organ ends at a flat plane inside the field of view: 10, 30 or 60 % of it is lost."""
    name = draft.choose([n for n in draft.whole(20.0) if n.startswith(SOFT) or n.startswith("vertebrae")])
    mask = draft.mask(name)
    axis, _ = draft.superior_axis()
    per_slice = mask.sum(axis=tuple(i for i in range(3) if i != axis))
    along = np.cumsum(per_slice) / per_slice.sum()
    share = draft.by_severity(0.10, 0.30, 0.60)
    cut = along <= share if draft.rng.random() < 0.5 else along > 1 - share
    shape = [1, 1, 1]
    shape[axis] = -1
    draft.labels[mask & cut.reshape(shape)] = 0
    return Injected(
        draft.segmentation(), draft.volume, kind, draft.severity, frozenset({name}), frozenset({"incomplete"})
    )


def holes(draft: Draft, kind: str) -> Injected:
    """Cavities inside a solid organ: one of 1 %, three of 2 % or four of 5 % of it."""
    from scipy.ndimage import distance_transform_edt

    solid = [n for n in draft.whole(60.0) if n.startswith(("liver", "spleen", "kidney", "heart", "gluteus", "lung"))]
    name = draft.choose(solid)
    mask = draft.mask(name)
    box = draft.box(mask, 1)
    depth = np.zeros(mask.shape)
    depth[box] = distance_transform_edt(mask[box], sampling=draft.geometry.spacing_mm)
    share = draft.by_severity(0.01, 0.02, 0.05)
    radius = (draft.volume_ml(name) * share * 3000 / (4 * np.pi)) ** (1 / 3)
    deep = np.argwhere(depth >= min(radius + 2.5, depth.max() * 0.9))
    for _ in range(int(draft.by_severity(1, 3, 4))):
        centre = deep[int(draft.rng.integers(len(deep)))]
        hole = _ball(draft, centre, draft.volume_ml(name) * share) & (depth > 1.5 * max(draft.geometry.spacing_mm))
        draft.labels[hole] = 0
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        frozenset({name}),
        frozenset({"incomplete"}),
        draft.original,
    )


def volume_changed(draft: Draft, kind: str) -> Injected:
    """The outline moved in or out by a fraction of a voxel, 5 mm, or 12 mm; only the last takes from neighbours."""
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    name = draft.choose([n for n in draft.whole(25.0) if n.startswith(SOFT)])
    mask = draft.mask(name)
    spacing = draft.geometry.spacing_mm
    distance = draft.by_severity(0.5 * max(spacing), max(5.0, 1.01 * max(spacing)), 12.0)
    box = draft.box(mask, int(np.ceil(distance / min(spacing))) + 2)
    inside = mask[box]
    view = draft.labels[box]
    if draft.severity == 1:
        # Thresholding a blurred mask beside one half moves its surface by about a third of a voxel.
        soft = gaussian_filter(inside.astype(np.float32), 1.0)
        if kind == "volume_shrunk":
            view[inside & (soft < 0.62)] = 0
        else:
            view[(soft > 0.38) & (view == 0)] = draft.names[name]
    elif kind == "volume_shrunk":
        depth = distance_transform_edt(inside, sampling=spacing)
        # Never to nothing: an empty segment is another error.
        view[inside & (depth <= min(distance, 0.8 * depth.max()))] = 0
    else:
        outside = distance_transform_edt(~inside, sampling=spacing)
        view[(outside <= distance) & (view == 0)] = draft.names[name]
        if draft.severity == 3:
            view[outside <= distance] = draft.names[name]
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        frozenset({name}),
        frozenset({"incomplete"} if kind == "volume_shrunk" else {"leak", "displaced"}),
    )


def overlap(draft: Draft, kind: str) -> Injected:
    """An organ claims 5, 20 or 60 % of a touching neighbour too: both keep it, in two layers."""
    for _ in range(12):
        name = draft.choose(draft.present(20.0))
        mask = draft.mask(name)
        near = _near(draft, mask, 1.6 * max(draft.geometry.spacing_mm)) & ~mask
        touched = np.bincount(draft.labels[near], minlength=2)
        touched[0] = 0
        value = int(np.argmax(touched))
        neighbour = next((n for n, v in draft.names.items() if v == value), None)
        if touched[value] < 8 or neighbour is None:
            continue
        index = np.argwhere(draft.mask(neighbour))
        seed = np.argwhere(near & draft.mask(neighbour))
        centre = seed[int(draft.rng.integers(len(seed)))]
        distance = (((index - centre) * np.array(draft.geometry.spacing_mm)) ** 2).sum(1)
        taken = index[distance <= np.quantile(distance, draft.by_severity(0.05, 0.20, 0.60))]
        claimed = mask.copy()
        claimed[tuple(taken.T)] = True
        draft.labels[mask] = 0
        return Injected(
            draft.segmentation((name, claimed)),
            draft.volume,
            kind,
            draft.severity,
            frozenset({name, neighbour}),
            frozenset({"leak"}),
        )
    raise CannotInjectError("no neighbours touch")


def _ball(draft: Draft, centre: np.ndarray[tuple[int, ...], np.dtype[np.int_]], volume_ml: float) -> Mask:
    radius = max((volume_ml * 3000 / (4 * np.pi)) ** (1 / 3), 1.1 * max(draft.geometry.spacing_mm))
    spacing = draft.geometry.spacing_mm
    grids = np.ogrid[tuple(slice(0, n) for n in draft.labels.shape)]
    squared = sum(((g - c) * s) ** 2 for g, c, s in zip(grids, centre, spacing, strict=True))
    return np.asarray(squared <= radius**2)


def _near(draft: Draft, mask: Mask, distance_mm: float) -> Mask:
    from scipy.ndimage import distance_transform_edt

    spacing = draft.geometry.spacing_mm
    near = np.zeros_like(mask)
    box = draft.box(mask, int(np.ceil(distance_mm / min(spacing))) + 1)
    near[box] = distance_transform_edt(~mask[box], sampling=spacing) <= distance_mm
    return near


def _body(draft: Draft) -> Mask:
    """Where there is a patient: by the image, or near any label."""
    if draft.volume is not None and draft.volume.modality == "CT":
        return np.asarray(np.asarray(draft.volume.voxels, dtype=np.float32) > -400)
    return _near(draft, draft.original.layers[0] > 0, 15.0)


def _same_kind(name: str, neighbour: str) -> bool:
    """Lobes of one lung, neighbouring ribs or vertebrae are merged by another injector."""
    return name.split("_")[0] == neighbour.split("_")[0]
