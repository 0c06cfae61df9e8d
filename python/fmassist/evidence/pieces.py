"""Connected pieces, holes, contacts and ends of all labels at once, from their runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.evidence.canonical import Canonical
from fmassist.evidence.runs import Layer
from fmassist.evidence.threads import at_once, slabs
from fmassist.evidence.view import View

Array = NDArray[Any]
Contacts = dict[tuple[int, int], tuple[int, int, int]]
"""Pair of dense labels, lower first, to faces between them across (head–foot, front–back, right–left)."""

MAX_CONTACTS = 100_000
"""More pairs in contact than this are no anatomy (1,000 labels packed into an abdomen have 6,000)."""
MAX_PIECES = 2_000_000
"""More pieces and holes than this are noise (the worst of real outputs has some 10,000)."""
REACH = 6
"""Slices that count as the end of a structure."""


@dataclass(frozen=True)
class Pieces:
    """All that the runs of a study tell; arrays of labels have a row for each dense label, 0 among them.

    Args:
        label: dense label of each piece. Pieces are ordered by it, then largest first; of two alike, the one that
            lies further up, then further to the front, then further to the right.
        moments: of each piece (see `kernels.sums`).
        boxes: of each piece: low k, j, i and high k, j, i.
        label_moments: of each label.
        label_boxes: of each label; of one without voxels, low above high.
        holes: of each label, number of enclosed pieces of background, and their voxels.
        faces: `[label, axis]`, voxel faces towards anything else, the border of the volume included.
        border: `[label, axis, low or high]`, voxels on the border of the field of view.
        sections: `[label, axis, low or high, slice]`, voxels in the `REACH` slices at each end.
        ends: `[label, axis, low or high]`, mean index of the outermost slice.
        contacts: faces between labels of one layer.
    """

    label: Array
    moments: Array
    boxes: Array
    label_moments: Array
    label_boxes: Array
    holes: Array
    faces: Array
    border: Array
    sections: Array
    ends: Array
    contacts: Contacts


def find_pieces(study: Canonical, view: View) -> Pieces:
    """Everything of all layers; pieces are 26-connected, holes 6-connected.

    Raises:
        InputError: so many labels touch, or they fall into so many pieces, that they can't be anatomy.
    """
    rows = len(study.keys) + 1
    found: list[tuple[Array, Array, Array]] = []
    contacts: Contacts = {}
    holes, faces = np.zeros((rows, 2), dtype=np.int64), np.zeros((rows, 3), dtype=np.int64)
    border, ends = np.zeros((rows, 3, 2), dtype=np.int64), np.zeros((rows, 3, 2, 3))
    sections = np.zeros((rows, 3, 2, REACH), dtype=np.int64)
    for layer in study.layers:
        label, moments, boxes, around, inner = _linked(layer, rows - 1, contacts)
        _add_holes(holes, study.shape, label, moments[:, 0], boxes, around)
        kept = label > 0
        label, moments, boxes = label[kept], moments[kept], boxes[kept]
        found.append((label, moments, boxes))
        _add_ends(layer, _boxes_by_label(label, boxes, rows), view.box, (sections, ends, border, faces))
        voxels = np.bincount(label, moments[:, 0], rows).astype(np.int64)
        for axis in (0, 1):
            faces[:, axis] += 2 * (voxels - inner[axis])
    label, moments, boxes = (np.concatenate([part[n] for part in found]) for n in range(3))
    centre = np.round(study.to_ras_mm(moments[:, 1:4] / moments[:, :1]), 4)
    order = np.lexsort((-centre[:, 0], -centre[:, 1], -centre[:, 2], -moments[:, 0], label))
    label, moments, boxes = label[order], moments[order], boxes[order]
    totals = np.stack([np.bincount(label, column, rows) for column in moments.T], axis=1)
    return Pieces(
        label,
        moments,
        boxes,
        totals,
        _boxes_by_label(label, boxes, rows),
        holes,
        faces,
        border,
        sections,
        ends / np.maximum(sections[..., :1], 1),
        contacts,
    )


def _linked(layer: Layer, count: int, contacts: Contacts) -> tuple[Array, Array, Array, Array, Array]:
    """Pieces of one layer, background too, and the faces within labels; its contacts are added to `contacts`."""
    from fmassist.evidence.kernels.link import link, number
    from fmassist.evidence.kernels.sums import sum_pieces

    nk, nj, ni = layer.labels.shape
    parent = np.arange(len(layer.starts), dtype=np.int32)
    enclosing = np.zeros(len(layer.starts), dtype=np.int32)
    parts = slabs(nk)

    def work(first: int, last: int, *, along: bool) -> tuple[Array, Array, Array]:
        inner = np.zeros((2, count + 1), dtype=np.int64)
        lowest = first * nj if along else 0
        rows = (first * nj, last * nj, lowest)
        keys, faces = link(*layer.runs, nj, ni, *rows, parent, enclosing, inner, along)
        return keys, faces, inner

    tables = at_once(lambda slab: work(*slab, along=True), parts)
    tables += [work(first, first + 1, along=False) for first, _ in parts[1:]]
    found = sum(int(np.count_nonzero(keys >= 0)) for keys, _, _ in tables)
    if found > MAX_CONTACTS:
        raise InputError("the labels are strewn through each other like noise", "is this the image and not its labels?")
    for keys, faces, _ in tables:
        for at in np.flatnonzero(keys >= 0).tolist():
            pair = (int(keys[at] >> 32), int(keys[at] & 0xFFFFFFFF))
            before = contacts.get(pair, (0, 0, 0))
            k, j, i = faces[at].tolist()
            contacts[pair] = (before[0] + k, before[1] + j, before[2] + i)
    piece, pieces = number(parent)
    if pieces > MAX_PIECES:
        raise InputError(f"the segmentation falls into {pieces} pieces, like noise", "is this the image?")
    sums = sum_pieces(*layer.runs, nj, ni, piece, enclosing, pieces)
    return (*sums, np.sum([inner for _, _, inner in tables], axis=0))


def _add_holes(
    holes: Array, shape: tuple[int, int, int], label: Array, voxels: Array, boxes: Array, around: Array
) -> None:
    """A hole is background that one label alone surrounds, away from the border of the volume."""
    inside = (boxes[:, :3] > 0).all(axis=1) & (boxes[:, 3:] < np.array(shape) - 1).all(axis=1)
    hole = (label == 0) & (around > 0) & inside
    holes[:, 0] += np.bincount(around[hole], minlength=len(holes))
    holes[:, 1] += np.bincount(around[hole], voxels[hole], len(holes)).astype(np.int64)


def _add_ends(layer: Layer, boxes: Array, view: Array, sums: tuple[Array, Array, Array, Array]) -> None:
    from fmassist.evidence.kernels.sums import sum_ends

    _, nj, ni = layer.labels.shape
    sections, ends, border, runs = sum_ends(*layer.runs, nj, ni, boxes, view, REACH, len(boxes) - 1)
    for total, part in zip(sums, (sections, ends, border), strict=False):
        total += part
    sums[3][:, 2] += 2 * runs


def _boxes_by_label(label: Array, boxes: Array, rows: int) -> Array:
    found = np.empty((rows, 6), dtype=np.int32)
    found[:, :3], found[:, 3:] = np.iinfo(np.int32).max, -1
    np.minimum.at(found[:, :3], label, boxes[:, :3])
    np.maximum.at(found[:, 3:], label, boxes[:, 3:])
    return found
