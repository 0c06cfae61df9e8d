"""Further errors, beside those of `bench detect`, of the kinds that were met on real people's segmentations."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np

from fmassist.bench.injectors import KINDS, CannotInjectError, Injected
from fmassist.bench.injectors.draft import Draft, Mask, other_side
from fmassist.geometry import Geometry
from fmassist.volume import Segmentation, Volume

_SCATTERED = ("invented", "stray_fragment", "wrong_label_map", "labels_scattered", "labels_interpolated")
"""Ids of causes that name noise among the labels."""
DICE_NEEDED = 0.98
"""An error that leaves every segment above this changes nothing that matters, and is not counted."""


def inject_real(segmentation: Segmentation, volume: Volume | None, kind: str, severity: int, seed: int) -> Injected:
    """Put one error into right labels.

    Raises:
        CannotInjectError: there is nothing to put it into.
    """
    rng = np.random.default_rng([seed, severity, zlib.crc32(kind.encode())])
    return ALL_KINDS[kind](Draft(segmentation, volume, severity, rng), kind)


def worst_dice(before: Segmentation, injected: Injected) -> float:
    """Dice of the segment that the error changes most; 0 where the grid or the names changed as a whole."""
    after = injected.segmentation
    if after.geometry.shape != before.geometry.shape or not np.allclose(
        after.geometry.index_to_ras_mm, before.geometry.index_to_ras_mm
    ):
        return 0.0
    here = {s.name: s for s in before.segments}
    there = {s.name: s for s in after.segments}
    worst = 1.0
    for name in injected.wrong:
        a = before.mask(here[name]) if name in here else None
        b = after.mask(there[name]) if name in there else None
        if a is None or b is None:
            worst = min(worst, 1.0 if (a is None or not a.any()) and (b is None or not b.any()) else 0.0)
            continue
        total = int(a.sum()) + int(b.sum())
        worst = min(worst, 2.0 * float((a & b).sum()) / total if total else 1.0)
    return worst


def exchanged(draft: Draft, kind: str) -> Injected:
    """Two touching structures (three for `exchanged_three`) under each other's names."""
    count = 3 if kind == "exchanged_three" else 2
    names = draft.present(draft.by_severity(2.0, 8.0, 25.0))
    centres = {n: np.argwhere(draft.mask(n)).mean(0) * draft.geometry.spacing_mm for n in names}
    first = draft.choose(names)
    near = sorted((n for n in names if n != first), key=lambda n: float(np.linalg.norm(centres[n] - centres[first])))
    chosen = [first, *near[: count - 1]]
    if len(chosen) < count:
        raise CannotInjectError("too few structures")
    masks = [draft.mask(n) for n in chosen]
    for mask, name in zip(masks, [*chosen[1:], chosen[0]], strict=True):
        draft.labels[mask] = draft.names[name]
    return _done(draft, kind, chosen, "labels_exchanged", "pair_swapped", "wrong_label_map")


def moved(draft: Draft, kind: str) -> Injected:
    """One organ drawn 10, 20 or 40 mm beside itself."""
    distance = draft.by_severity(10.0, 20.0, 40.0)
    for _ in range(30):
        name = draft.choose(draft.whole(3.0) or draft.present(3.0))
        direction = draft.rng.normal(size=3)
        step = distance * direction / np.linalg.norm(direction) / np.array(draft.geometry.spacing_mm)
        index = np.argwhere(draft.mask(name))
        to = index + np.rint(step).astype(int)
        if (to < 0).any() or (to >= np.array(draft.labels.shape)).any():
            continue
        draft.labels[tuple(index.T)] = 0
        draft.labels[tuple(to.T)] = draft.names[name]
        return _done(draft, kind, [name], "displaced")
    raise CannotInjectError("nothing can be moved within the image")


def shape_changed(draft: Draft, kind: str) -> Injected:
    """One organ, cut or not by the border, that lost or gained a part: 15, 35 or 65 %."""
    name = draft.choose(draft.present(4.0))
    mask, share = draft.mask(name), draft.by_severity(0.15, 0.35, 0.65)
    index = np.argwhere(mask)
    mm = index * np.array(draft.geometry.spacing_mm)
    if kind == "part_lost_beside":
        along = mm @ _direction(draft)
        draft.labels[tuple(index[along <= np.quantile(along, share)].T)] = 0
        return _done(draft, kind, [name], "incomplete")
    if kind == "middle_lost":
        axis, _ = draft.superior_axis()
        low, high = np.quantile(index[:, axis], [0.5 - share / 2, 0.5 + share / 2])
        inside = (index[:, axis] >= low) & (index[:, axis] <= high)
        draft.labels[tuple(index[inside].T)] = 0
        return _done(draft, kind, [name], "incomplete")
    near = _shell(draft, mask, draft.by_severity(4.0, 8.0, 14.0))
    if kind == "swollen_over_neighbours":
        side = np.argwhere(near)
        along = (side * np.array(draft.geometry.spacing_mm)) @ _direction(draft)
        chosen = side[along >= np.quantile(along, 0.4)]
        others = {n for n, v in draft.names.items() if (draft.labels[tuple(chosen.T)] == v).any()} - {name}
        draft.labels[tuple(chosen.T)] = draft.names[name]
        heavily = [n for n in others if _lost(draft, n) > 0.05]
        return _done(draft, kind, [name, *heavily], "leak", "displaced")
    draft.labels[mask & ~_core(draft, mask, draft.by_severity(2.0, 4.0, 8.0))] = 0
    return _done(draft, kind, [name], "incomplete")


def named_otherwise(draft: Draft, kind: str) -> Injected:
    """30, 50 or 80 % of one structure under the name of another that touches it; `swallowed`: all of it."""
    for _ in range(20):
        name = draft.choose(draft.present(2.0))
        mask = draft.mask(name)
        touched = np.bincount(draft.labels[_shell(draft, mask, 1.6 * max(draft.geometry.spacing_mm))])
        touched[0] = 0
        if touched[draft.names[name] :].size and draft.names[name] < len(touched):
            touched[draft.names[name]] = 0
        if not touched.size or touched.max() < 5:
            continue
        other = next((n for n, v in draft.names.items() if v == int(touched.argmax())), None)
        if other is None:
            continue
        index = np.argwhere(mask)
        share = 1.0 if kind == "swallowed" else draft.by_severity(0.3, 0.5, 0.8)
        along = (index * np.array(draft.geometry.spacing_mm)) @ _direction(draft)
        draft.labels[tuple(index[along <= np.quantile(along, share)].T)] = draft.names[other]
        return _done(draft, kind, [name, other], "leak", "labels_exchanged", "incomplete", "stray_fragment")
    raise CannotInjectError("no two structures touch")


def absent(draft: Draft, kind: str) -> Injected:
    """One structure left out, in view or in part; `most_absent`: 30, 50 or 70 % of all of them."""
    if kind == "one_absent":
        gone = [draft.choose(draft.present(draft.by_severity(2.0, 8.0, 30.0)))]
    else:
        names = draft.present(1.0)
        if len(names) < 4:
            raise CannotInjectError("too few structures")
        count = max(2, round(len(names) * draft.by_severity(0.3, 0.5, 0.7)))
        gone = [names[i] for i in draft.rng.permutation(len(names))[:count]]
    for name in gone:
        draft.labels[draft.mask(name)] = 0
    return _done(draft, kind, gone, "missed_by_model", "removed_or_absent", "level_missed", "wrong_label_map")


def side_absent(draft: Draft, kind: str) -> Injected:
    """All structures of one side left out, or named as the other side's (`sides_merged`)."""
    pairs = [n for n in draft.present(2.0) if "right" in n and draft.volume_ml(other_side(n) or "") > 2]
    if len(pairs) < 2:
        raise CannotInjectError("too few pairs")
    chosen = pairs[: max(1, round(len(pairs) * draft.by_severity(0.34, 0.67, 1.0)))]
    for name in chosen:
        to = draft.names[str(other_side(name))] if kind == "sides_merged" else 0
        draft.labels[draft.mask(name)] = to
    both = chosen + ([str(other_side(n)) for n in chosen] if kind == "sides_merged" else [])
    return _done(draft, kind, both, "missed_by_model", "removed_or_absent", "pair_swapped", "labels_exchanged", "leak")


def noisy(draft: Draft, kind: str) -> Injected:
    """Salt: 0.5, 2 or 5 % of the voxels under any name; blocks of 30 mm from elsewhere; interpolated values."""
    values = np.array(sorted(draft.names[n] for n in draft.present()))
    labels = draft.labels
    if kind == "salt_noise":
        where = draft.rng.random(labels.shape) < draft.by_severity(0.005, 0.02, 0.05)
        labels[where] = draft.rng.choice(values, int(where.sum()))
        return _done(draft, kind, draft.present(), *_SCATTERED)
    if kind == "interpolated":
        from scipy.ndimage import zoom

        factor = draft.by_severity(0.7, 0.5, 0.3)
        coarse = zoom(labels.astype(np.float32), factor, order=1)
        back = zoom(coarse, np.array(labels.shape) / coarse.shape, order=1)
        whole = np.rint(back[: labels.shape[0], : labels.shape[1], : labels.shape[2]]).astype(labels.dtype)
        whole[~np.isin(whole, values)] = 0
        draft.labels = whole
        return _done(draft, kind, draft.present(), *_SCATTERED)
    edge = np.maximum(2, np.rint(30 / np.array(draft.geometry.spacing_mm))).astype(int)
    edge = np.minimum(edge, np.array(labels.shape) // 2)
    source = labels.copy()
    before = labels.copy()
    for _ in range(int(draft.by_severity(3, 8, 20))):
        to, since = (
            np.array([draft.rng.integers(0, n - e + 1) for n, e in zip(labels.shape, edge, strict=True)]) for _ in "ab"
        )
        a = tuple(slice(t, t + e) for t, e in zip(to, edge, strict=True))
        b = tuple(slice(t, t + e) for t, e in zip(since, edge, strict=True))
        labels[a] = source[b]
    changed = before != labels
    names = {v: n for n, v in draft.names.items()}
    wrong = {names[int(v)] for v in np.unique(np.concatenate([before[changed], labels[changed]])) if int(v) in names}
    return _done(draft, kind, sorted(wrong), *_SCATTERED)


def wandering(draft: Draft, kind: str) -> Injected:
    """Axial slices of the labels moved at random by up to 5, 10 or 20 mm; `slices_lost`: some have no labels."""
    axis, _ = draft.superior_axis()
    planes = np.moveaxis(draft.labels, axis, 0)
    spacing = [s for a, s in enumerate(draft.geometry.spacing_mm) if a != axis]
    for k in range(len(planes)):
        if kind == "slices_lost":
            if draft.rng.random() < draft.by_severity(0.08, 0.2, 0.4):
                planes[k] = 0
            continue
        step = [round(draft.rng.uniform(-1, 1) * draft.by_severity(5, 10, 20) / s) for s in spacing]
        planes[k] = np.roll(planes[k], step, axis=(0, 1))
    draft.labels = np.ascontiguousarray(np.moveaxis(planes, 0, axis))
    return _done(draft, kind, draft.present(), "labels_off_image", "incomplete", *_SCATTERED)


def scaled(draft: Draft, kind: str) -> Injected:
    """The header's spacing is wrong: in all axes or one, by 1.5, 2 or 3 times, up or down."""
    factor = draft.by_severity(1.5, 2.0, 3.0)
    factor = factor if draft.rng.random() < 0.5 else 1 / factor
    scale = np.ones(3)
    axes = [int(draft.rng.integers(3))] if kind == "spacing_one_axis" else [0, 1, 2]
    scale[axes] = factor
    affine = draft.geometry.index_to_ras_mm.copy()
    affine[:3, :3] = affine[:3, :3] * scale
    return _placed(draft, kind, Geometry(draft.geometry.shape, affine), "wrong_spacing")


def turned(draft: Draft, kind: str) -> Injected:
    """The grid's axes read in another order or direction: `prone`, `feet_first`, or turned by 90°."""
    affine = draft.geometry.index_to_ras_mm.copy()
    half = {"prone": [-1, -1, 1], "feet_first": [-1, 1, -1]}
    if kind in half:
        turn = np.diag([*half[kind], 1]).astype(float)
        causes: tuple[str, ...] = ("image_turned", "image_front_to_back" if kind == "prone" else "image_upside_down")
    else:
        order = [(1, 0, 2), (0, 2, 1), (2, 1, 0)][draft.severity - 1]
        turn = np.eye(4)
        turn[:3, :3] = np.eye(3)[list(order)]
        if kind == "turned_90":
            turn[order[0], :3] *= -1
        causes = ("image_turned", "axes_exchanged")
    return _placed(draft, kind, Geometry(draft.geometry.shape, turn @ affine), *causes)


def image_of_another(draft: Draft, kind: str) -> Injected:
    """The image is not the one that was labelled: its slices in another order, and moved."""
    if draft.volume is None:
        raise CannotInjectError("there is no image")
    axis, _ = draft.superior_axis()
    size = draft.geometry.shape[axis]
    voxels = np.roll(draft.volume.voxels, max(1, int(size * draft.by_severity(0.25, 0.4, 0.5))), axis=axis)
    voxels = np.flip(voxels, axis=draft.ras_axis("AP")) if draft.severity == 3 else voxels
    volume = replace(draft.volume, voxels=np.ascontiguousarray(voxels))
    causes = frozenset({"labels_off_image", "wrong_image", "wrong_intensity"})
    return Injected(
        draft.segmentation(), volume, kind, draft.severity, frozenset(draft.present()), causes, draft.original
    )


def _placed(draft: Draft, kind: str, geometry: Geometry, *causes: str) -> Injected:
    segmentation = Segmentation((draft.labels,), geometry, draft.segmentation().segments)
    volume = None if draft.volume is None else replace(draft.volume, geometry=geometry)
    wrong = frozenset(draft.present())
    return Injected(segmentation, volume, kind, draft.severity, wrong, frozenset(causes))


def _done(draft: Draft, kind: str, wrong: list[str], *causes: str) -> Injected:
    return Injected(draft.segmentation(), draft.volume, kind, draft.severity, frozenset(wrong), frozenset(causes))


def _direction(draft: Draft) -> np.ndarray:
    direction = draft.rng.normal(size=3)
    return np.asarray(direction / np.linalg.norm(direction))


def _shell(draft: Draft, mask: Mask, mm: float) -> Mask:
    from scipy.ndimage import distance_transform_edt

    box = draft.box(mask, int(np.ceil(mm / min(draft.geometry.spacing_mm))) + 1)
    shell = np.zeros_like(mask)
    shell[box] = distance_transform_edt(~mask[box], sampling=draft.geometry.spacing_mm) <= mm
    return np.asarray(shell & ~mask)


def _core(draft: Draft, mask: Mask, mm: float) -> Mask:
    from scipy.ndimage import distance_transform_edt

    box = draft.box(mask, 1)
    depth = np.zeros(mask.shape)
    depth[box] = distance_transform_edt(mask[box], sampling=draft.geometry.spacing_mm)
    return np.asarray(depth > min(mm, 0.7 * depth.max()))


def _lost(draft: Draft, name: str) -> float:
    was = draft.mask(name)
    return 1.0 - float((was & (draft.labels == draft.names[name])).sum()) / max(1, int(was.sum()))


REAL_KINDS = {
    "exchanged_two": exchanged,
    "exchanged_three": exchanged,
    "moved": moved,
    "part_lost_beside": shape_changed,
    "middle_lost": shape_changed,
    "swollen_over_neighbours": shape_changed,
    "thinned": shape_changed,
    "named_otherwise": named_otherwise,
    "swallowed": named_otherwise,
    "one_absent": absent,
    "most_absent": absent,
    "side_absent": side_absent,
    "sides_merged": side_absent,
    "salt_noise": noisy,
    "interpolated": noisy,
    "patches": noisy,
    "slices_wander": wandering,
    "slices_lost": wandering,
    "spacing_all_axes": scaled,
    "spacing_one_axis": scaled,
    "axes_exchanged": turned,
    "turned_90": turned,
    "prone": turned,
    "feet_first": turned,
    "image_of_another": image_of_another,
}
ALL_KINDS = {**KINDS, **REAL_KINDS}
