"""What pairs of labels measure: contact, distance, overlap, one inside the other, direction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.facts import FACES, PairFacts, Point
from fmassist.evidence.passes import count_contacts

Array = NDArray[Any]

NEAR_MM = 6.0
"""Boxes closer than this make two labels near each other: two voxels of a 3 mm image."""
MAX_SLICES = 48
"""An outline is read in at most this many slices of a label, evenly spread: enough for a share to 2 %."""


@dataclass(frozen=True)
class Shape:
    """What the pairs need of one label."""

    key: str
    dense: int
    layer: int
    voxels: int
    surface_mm2: float
    centroid_ras_mm: Point
    low: Array
    """Index box, axes (head–foot, front–back, right–left)."""
    high: Array


Contacts = dict[tuple[int, int], tuple[int, int, int]]


def face_contacts(study: Canonical) -> Contacts:
    """Voxel faces between different labels, background 0 included, over all layers."""
    found: Contacts = {}
    for labels in study.layers:
        found.update(
            {
                pair: tuple(np.add(found.get(pair, (0, 0, 0)), n).tolist())
                for pair, n in count_contacts(labels, len(study.keys)).items()
            }
        )
    return found


def measure_pairs(
    study: Canonical, shapes: list[Shape], contacts: Contacts, wanted: Iterable[tuple[str, str]]
) -> list[PairFacts]:
    """Every pair that touches, overlaps, lies near or is asked for."""
    by_key = {shape.key: shape for shape in shapes}
    by_dense = {shape.dense: shape for shape in shapes}
    overlaps = _overlaps(study)
    pairs = {(a, b) for a, b in contacts if a in by_dense and b in by_dense} | set(overlaps) | _near(study, shapes)
    for first, second in wanted:
        if first in by_key and second in by_key and first != second:
            a, b = sorted((by_key[first].dense, by_key[second].dense))
            pairs.add((a, b))
    inside = _inside(study, shapes, pairs)
    distances = _distances(study, by_dense, pairs, contacts, overlaps)
    areas = [study.face_area_mm2(axis) for axis in range(3)]
    facts = []
    for a, b in sorted(pairs):
        one, two = by_dense[a], by_dense[b]
        touching = contacts.get((a, b), (0, 0, 0))
        area = sum(n * mm2 for n, mm2 in zip(touching, areas, strict=True))
        smaller = min(one.surface_mm2, two.surface_mm2)
        if two.key < one.key:
            one, two, a, b = two, one, b, a
        facts.append(
            PairFacts(
                first=one.key,
                second=two.key,
                contact_area_mm2=area,
                contact_share=area / smaller if smaller else 0.0,
                distance_mm=distances[min(a, b), max(a, b)],
                overlap_ml=overlaps.get((min(a, b), max(a, b)), 0) * study.voxel_ml,
                first_inside_second_box=_box_share(one, two),
                second_inside_first_box=_box_share(two, one),
                first_inside_second_hull=inside.get((a, b), 0.0),
                second_inside_first_hull=inside.get((b, a), 0.0),
                directions=directions(one.centroid_ras_mm, two.centroid_ras_mm),
            )
        )
    return facts


def directions(origin: Point, target: Point) -> dict[str, float]:
    """How much `target` lies in each anatomical direction from `origin`, in [0, 1].

    The squared cosine between the line of the centroids and the direction, 0 beyond 90 degrees: the centroid method
    of Krishnapuram, Keller & Ma (IEEE Trans Fuzzy Syst 1993;1:222), in the form whose degrees add up to 1.
    """
    step = np.subtract(target, origin)
    length = float(np.linalg.norm(step))
    if length == 0:
        return dict.fromkeys(FACES, 0.0)
    unit = step / length
    return {face: float(max(0.0, unit[n // 2] * (1 if n % 2 == 0 else -1)) ** 2) for n, face in enumerate(FACES)}


def _box_share(one: Shape, two: Shape) -> float:
    """Share of the first's box within the second's."""
    extent = np.minimum(one.high, two.high) - np.maximum(one.low, two.low) + 1
    return float(np.prod(np.maximum(extent, 0)) / np.prod(one.high - one.low + 1))


def _near(study: Canonical, shapes: list[Shape]) -> set[tuple[int, int]]:
    if not shapes or len(shapes) > 3000:
        return set()
    low, high = np.array([s.low for s in shapes]), np.array([s.high for s in shapes])
    gap = np.maximum(np.maximum(low[:, None] - high[None], low[None] - high[:, None]), 0) * study.spacing_mm
    near = np.argwhere(np.triu(np.linalg.norm(gap, axis=2) <= NEAR_MM, 1))
    dense = [s.dense for s in shapes]
    return {(min(dense[a], dense[b]), max(dense[a], dense[b])) for a, b in near.tolist()}


def _overlaps(study: Canonical) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = {}
    for i, one in enumerate(study.layers):
        for two in study.layers[i + 1 :]:
            both = (one > 0) & (two > 0)
            code, n = np.unique(one[both].astype(np.int64) * 70_000 + two[both], return_counts=True)
            for key, count in zip(code.tolist(), n.tolist(), strict=True):
                pair = (min(key // 70_000, key % 70_000), max(key // 70_000, key % 70_000))
                found[pair] = found.get(pair, 0) + count
    return found


def _inside(study: Canonical, shapes: list[Shape], pairs: set[tuple[int, int]]) -> dict[tuple[int, int], float]:
    """(inner, outer) to the share of the inner within the outer's outline."""
    from fmassist.evidence.kernels import inside_outline

    voxels = {shape.dense: shape.voxels for shape in shapes}
    partners: dict[int, set[int]] = {}
    for a, b in pairs:
        partners.setdefault(a, set()).add(b)
        partners.setdefault(b, set()).add(a)
    shares: dict[tuple[int, int], float] = {}
    for outer in shapes:
        if outer.dense not in partners:
            continue
        step = max(1, -(-int(outer.high[0] - outer.low[0] + 1) // MAX_SLICES))
        for number, labels in enumerate(study.layers):
            counts = np.zeros(len(study.keys) + 1, dtype=np.int64)
            if number == outer.layer:
                inside_outline(labels, outer.dense, outer.low, outer.high, step, counts)
            for inner in np.flatnonzero(counts).tolist():
                if inner in partners[outer.dense]:
                    shares[inner, outer.dense] = min(1.0, float(counts[inner]) * step / voxels[inner])
    return shares


def _distances(
    study: Canonical,
    shapes: dict[int, Shape],
    pairs: set[tuple[int, int]],
    contacts: Contacts,
    overlaps: dict[tuple[int, int], int],
) -> dict[tuple[int, int], float]:
    """Between nearest voxel centres; of two that touch, the narrowest spacing across which they do."""
    found: dict[tuple[int, int], float] = {}
    left = []
    for pair in pairs:
        if overlaps.get(pair):
            found[pair] = 0.0
        elif pair in contacts:
            found[pair] = float(min(mm for n, mm in zip(contacts[pair], study.spacing_mm, strict=True) if n))
        else:
            left.append(pair)
    if not left:
        return found
    points = _surfaces(study, sorted({dense for pair in left for dense in pair}), shapes)
    for a, b in left:
        found[a, b] = _shortest(points[a], points[b])
    return found


def _shortest(one: Array, two: Array) -> float:
    """Shortest distance between two sets of points.

    Any distance is an upper bound, and a point further than that from the other set's box can't be the nearest one:
    what is left to compare is the small part of each surface that faces the other.
    """
    from scipy.spatial import cKDTree

    start = one[_box_distance(one, two).argmin()]
    bound = float(np.linalg.norm(two - start, axis=1).min()) + 1e-9
    one = one[_box_distance(one, two) <= bound]
    two = two[_box_distance(two, one) <= bound]
    return float(cKDTree(two).query(one, distance_upper_bound=bound)[0].min())


def _box_distance(points: Array, other: Array) -> Array:
    """Distance of each point from the box around the others."""
    low, high = other.min(axis=0), other.max(axis=0)
    return np.asarray(np.linalg.norm(np.maximum(np.maximum(low - points, points - high), 0), axis=1))


def _surfaces(study: Canonical, wanted: list[int], shapes: dict[int, Shape]) -> dict[int, Array]:
    """RAS mm of the surface voxels of each wanted label."""
    from fmassist.evidence.kernels import surface_voxels

    flags = np.zeros(len(study.keys) + 1, dtype=np.bool_)
    flags[wanted] = True
    limit = sum(shapes[dense].voxels for dense in wanted)
    parts = [surface_voxels(labels, flags, limit) for labels in study.layers]
    found = np.concatenate(parts)
    found = found[np.argsort(found[:, 3], kind="stable")]
    starts = np.searchsorted(found[:, 3], wanted)
    ends = np.searchsorted(found[:, 3], wanted, side="right")
    ras = study.to_ras_mm(found[:, :3].astype(np.float64))
    return {dense: ras[a:b] for dense, a, b in zip(wanted, starts, ends, strict=True)}
