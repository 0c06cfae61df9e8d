"""One error that touches many labels at once, and exchanges of organs that fit each other's place."""

from __future__ import annotations

import numpy as np

from fmassist.bench.injectors.draft import CannotInjectError, Draft, Injected

NEIGHBOURS = (
    ("liver", "spleen"),
    ("stomach", "colon"),
    ("stomach", "spleen"),
    ("kidney_left", "spleen"),
    ("kidney_right", "gallbladder"),
    ("duodenum", "pancreas"),
    ("small_bowel", "colon"),
    ("portal_vein_and_splenic_vein", "inferior_vena_cava"),
    ("aorta", "inferior_vena_cava"),
    ("gluteus_maximus_left", "gluteus_medius_left"),
    ("iliopsoas_left", "autochthon_left"),
    ("hip_left", "femur_left"),
    ("heart", "liver"),
    ("esophagus", "trachea"),
    ("urinary_bladder", "prostate"),
    ("lung_upper_lobe_left", "lung_lower_lobe_left"),
    ("adrenal_gland_left", "pancreas"),
)
"""Organs that lie where the other one could, as models exchange them."""


def organs_exchanged(draft: Draft, kind: str) -> Injected:
    """Neighbours that fit each other's place under each other's name: two, and at severity 3 a third one."""
    seen = set(draft.present(0.5))
    pairs = [pair for pair in NEIGHBOURS if seen.issuperset(pair)]
    if not pairs:
        raise CannotInjectError("no two neighbours are labelled")
    chosen = list(pairs[int(draft.rng.integers(len(pairs)))])
    if draft.severity == 3:
        more = sorted({name for pair in pairs if set(pair) & set(chosen) for name in pair} - set(chosen))
        chosen += [draft.choose(more)] if more else []
    masks = [draft.mask(name) for name in chosen]
    for mask, name in zip(masks, chosen[1:] + chosen[:1], strict=True):
        draft.labels[mask] = draft.names[name]
    return _injected(draft, kind, chosen, {"labels_exchanged"}, exact=True)


def labels_interpolated(draft: Draft, kind: str) -> Injected:
    """Label numbers averaged between neighbouring voxels along one, two or all axes, as by linear resampling."""
    values = draft.labels.astype(np.float64)
    for axis in range(int(draft.by_severity(1, 2, 3))):
        values = (values + np.roll(values, 1, axis)) / 2
    mixed = np.rint(values).astype(draft.labels.dtype)
    known = np.array(sorted({0, *draft.names.values()}))
    # A tool writes whatever number comes out; what has no name in the map is dropped by the reader.
    draft.labels = np.where(np.isin(mixed, known), mixed, 0).astype(draft.labels.dtype)
    return _injected(draft, kind, draft.present(), {"invented", "stray_fragment", "wrong_label_map"})


def labels_noisy(draft: Draft, kind: str) -> Injected:
    """Salt noise: 0.1, 1 or 5 % of all voxels bear a label at random."""
    share = draft.by_severity(0.001, 0.01, 0.05)
    hit = draft.rng.random(draft.labels.shape) < share
    draft.labels[hit] = draft.rng.choice(list(draft.names.values()), size=int(hit.sum()))
    return _injected(draft, kind, draft.present(), {"stray_fragment", "invented", "wrong_label_map"}, exact=True)


def patches_stitched(draft: Draft, kind: str) -> Injected:
    """Windows of the image put together at the wrong places: one, three or six cubes exchanged with others."""
    size = np.minimum(np.array(draft.labels.shape) // 4, 48)
    if size.min() < 4:
        raise CannotInjectError("the image is too small for patches")
    for _ in range(int(draft.by_severity(1, 3, 6))):
        room = np.array(draft.labels.shape) - size
        corners = draft.rng.integers(room + 1), draft.rng.integers(room + 1)
        one, other = (tuple(slice(int(a), int(a + s)) for a, s in zip(corner, size, strict=True)) for corner in corners)
        first = draft.labels[one].copy()
        draft.labels[one] = draft.labels[other]
        draft.labels[other] = first
    wrong = [n for n in draft.present() if not np.array_equal(draft.mask(n), draft.labels == draft.names[n])]
    return _injected(draft, kind, wrong, {"invented", "stray_fragment", "wrong_label_map"}, exact=True)


def organ_parted(draft: Draft, kind: str) -> Injected:
    """A gap through an organ: 4, 10 or 20 mm of it left out, so that it is in two large pieces."""
    name = draft.choose(draft.whole(15.0))
    mask = draft.mask(name)
    axis, _ = draft.superior_axis()
    per_slice = mask.sum(axis=tuple(i for i in range(3) if i != axis))
    along = np.cumsum(per_slice) / per_slice.sum()
    middle = int(np.searchsorted(along, draft.rng.uniform(0.3, 0.7)))
    slices = max(1, round(draft.by_severity(4.0, 10.0, 20.0) / draft.geometry.spacing_mm[axis]))
    gap = [slice(None)] * 3
    gap[axis] = slice(middle, middle + slices)
    cut = np.zeros_like(mask)
    cut[tuple(gap)] = True
    draft.labels[mask & cut] = 0
    return _injected(draft, kind, [name], {"incomplete", "stray_fragment"})


def _injected(draft: Draft, kind: str, wrong: list[str], causes: set[str], *, exact: bool = False) -> Injected:
    return Injected(
        draft.segmentation(),
        draft.volume,
        kind,
        draft.severity,
        frozenset(wrong),
        frozenset(causes),
        draft.original if exact else None,
    )
