"""Carries out a proposed repair on the segments' voxels, and nothing else.

The steps are those of `fmassist.reasoning.findings.RepairStep`, done all at once as `apply_repair` does there: each is
read against the segments as they were, so that a run shifted by one never overwrites itself. Pieces are counted as
the evidence counts them: 26-connected, largest first, and of equal ones by place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from FMAssistLib.idle import Steps, slabs
from FMAssistLib.masks import Crop, empty_crop
from FMAssistLib.runs import Runs, box_of, centres_of, drawn, holes_in, pieces_of, runs_of, sizes_of

IDENTITY = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]


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
    crops: Mapping[str, Crop],
    matrix: Sequence[Sequence[float]] = IDENTITY,
    free: Mapping[str, Any] | None = None,
) -> Steps[dict[str, Crop]]:
    """The voxels of all segments that the steps change, as they would be afterwards.

    Args:
        steps: of the repair, resolved.
        crops: segment name → voxels, for every name in the steps; they are not changed.
        matrix: 4×4 affine of the grid, index to RAS mm.
        free: segment name → booleans of its crop's shape, where no other segment is; all where it is missing.

    Raises:
        KeyError: a step names a segment that is not there.
        ValueError: a step is of an unknown kind, or names a piece that is not there.
    """
    gone: dict[str, set[int] | None] = {name: set() for name in crops}
    arriving: dict[str, list[Crop]] = {name: [] for name in crops}
    pieces: dict[str, Pieces] = {}

    def leave(name: str, piece: int | None) -> Steps[Crop]:
        lost = gone[name]
        if piece is None:
            gone[name] = None
            return crops[name]
        if name not in pieces:
            pieces[name] = yield from pieces_in(crops[name], matrix)
        if lost is not None:
            lost.add(piece)
        return (yield from pieces[name].drawn([piece]))

    for step in steps:
        action, name, target = step["action"], step["segment"], step.get("target")
        if action == "keep":
            continue
        if action not in ("swap", "drop", "relabel", "give", "fill"):
            raise ValueError(f"unknown repair step {action!r}")
        if action == "fill":
            holes = yield from holes_in(crops[name].mask)
            room = (free or {}).get(name)
            arriving[name].append(Crop(crops[name].first, holes if room is None else holes & room))
            continue
        component = step.get("component")
        part = yield from leave(name, None if component is None else int(component))
        if action == "swap":
            arriving[name].append((yield from leave(target, None)))
        if action != "drop":
            arriving[target].append(part)
    found = {}
    for name, crop in crops.items():
        lost = gone[name]
        if lost is None:
            staying = []
        elif lost:
            kept = [n for n in range(pieces[name].count) if n not in lost]
            staying = [(yield from pieces[name].drawn(kept))]
        else:
            staying = [crop]
        if lost is None or lost or arriving[name]:
            found[name] = yield from union([*staying, *arriving[name]])
    return found


def union(crops: Sequence[Crop]) -> Steps[Crop]:
    """All voxels of several crops."""
    import numpy as np

    crops = [crop for crop in crops if crop.mask.size]
    if len(crops) < 2:
        return crops[0] if crops else empty_crop()
    low = [min(crop.first[axis] for crop in crops) for axis in range(3)]
    high = [max(crop.after[axis] for crop in crops) for axis in range(3)]
    mask = np.zeros([b - a for a, b in zip(low, high, strict=True)][::-1], bool)
    for crop in crops:
        k, j, i = (
            slice(first - start, first - start + size)
            for first, start, size in zip(crop.first[::-1], low[::-1], crop.mask.shape, strict=True)
        )
        inside = mask[k, j, i]
        for slab in slabs(len(crop.mask), crop.mask[0].size):
            inside[slab] |= crop.mask[slab]
            yield
    return Crop((low[0], low[1], low[2]), mask)


def without(crop: Crop, others: Sequence[Crop]) -> Steps[Crop]:
    """A crop's voxels that are in none of the others, in a box of the same size."""
    mask = crop.mask.copy()
    yield
    for other in others:
        low = [max(a, b) for a, b in zip(crop.first, other.first, strict=True)]
        high = [min(a, b) for a, b in zip(crop.after, other.after, strict=True)]
        if not other.mask.size or any(a >= b for a, b in zip(low, high, strict=True)):
            continue
        mine, theirs = (
            tuple(slice(a - start, b - start) for a, b, start in zip(low, high, part.first, strict=True))[::-1]
            for part in (crop, other)
        )
        ours, gone = mask[mine], other.mask[theirs]
        for slab in slabs(len(ours), ours[0].size):
            ours[slab] &= ~gone[slab]
            yield
    return Crop(crop.first, mask)


@dataclass(frozen=True)
class Pieces:
    """The connected pieces of one segment, largest first; of equal ones the highest, most anterior, rightmost first.

    Args:
        crop: the segment.
        runs: its runs.
        ranks: which piece each run belongs to.
        count: how many there are.
    """

    crop: Crop
    runs: Runs
    ranks: Any
    count: int

    def drawn(self, numbers: Sequence[int]) -> Steps[Crop]:
        """Some of the pieces, as a segment of their own.

        Raises:
            ValueError: there are not so many.
        """
        import numpy as np

        if any(number >= self.count for number in numbers):
            raise ValueError(f"piece {max(numbers) + 1} is not there: the segment has {self.count}")
        chosen = np.isin(self.ranks, numbers)
        box = box_of(self.runs, chosen)
        if box is None:
            return empty_crop()
        mask = yield from drawn(self.runs, chosen, box)
        i, j, k = (first + side.start for first, side in zip(self.crop.first, reversed(box), strict=True))
        return Crop((i, j, k), mask)


def pieces_in(crop: Crop, matrix: Sequence[Sequence[float]] = IDENTITY) -> Steps[Pieces]:
    """The connected pieces of a segment on a grid of that affine."""
    import numpy as np

    runs = yield from runs_of(crop.mask)
    pieces = yield from pieces_of(runs)
    if not len(pieces):
        return Pieces(crop, runs, pieces, 0)
    affine = np.array(matrix)
    ras = (centres_of(runs, pieces)[:, ::-1] + crop.first) @ affine[:3, :3].T + affine[:3, 3]
    x, y, z = np.round(ras, 4).T
    order = np.lexsort((-x, -y, -z, -sizes_of(runs, pieces)))
    ranks = np.empty_like(order)
    ranks[order] = np.arange(len(order))
    return Pieces(crop, runs, ranks[pieces], len(order))


def segments_of(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """Names of all segments that the steps may touch."""
    names = [step[part] for step in steps for part in ("segment", "target") if step.get(part)]
    return list(dict.fromkeys(names))
