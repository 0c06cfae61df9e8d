"""Where labels were cut off: at the border of the field of view, and where the labelling stopped short of it.

Models and annotators stop one to three slices before the border of the image, resampling moves labels by a slice, and
cropped boxes end every label in one plane. A structure that ends there is cut off just as at the border itself. A tip
that only grazes the border is not: what is in view of it is all but whole.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.pieces import Pieces
from fmassist.evidence.view import View

Array = NDArray[Any]

SHORT_SLICES = 3
"""Slices before the border at which models and annotators stop (issues of TotalSegmentator and nnU-Net)."""
SHORT_BESIDE = 1
"""Voxels to the sides and front and back: what resampling moves them by."""
SHORT_MM = 16.0
"""And no further than this (three slices of 5 mm, and a voxel)."""
BLUNT = 0.3
"""An end is blunt when its last slice has this share of the widest of the last six (estimate: the last slice of an
ellipsoid of 20 slices has 10 %, of one of 8 slices 23 %)."""
TOGETHER = 2
"""So many labels that end bluntly in one plane near the border make it the end of the labelling."""
GRAZES = 0.04
"""A border face smaller than this share of a label's mean section is a graze (estimate: one voxel of 4 mm on an
organ of 2 cm across)."""
PART = 0.05
"""What reaches a border counts from this share of the label on: a speck in a corner of the image, far from an organ
that is seen whole, cuts nothing off (estimate: loops of bowel that leave the view by themselves are larger parts)."""
STEEP = 0.6
"""In a plane away from the border an end counts as blunt from this share on."""
CROPPED = 3
"""So many labels that end as bluntly in one plane away from the border are the end of a cropped box."""


def cut_areas(study: Canonical, pieces: Pieces, view: View) -> Array:
    """Voxels `[label, axis, low or high]` in which each label is cut off; 0 where it is not."""
    low, high = pieces.label_boxes[:, :3], pieces.label_boxes[:, 3:]
    there = pieces.label_moments[:, 0] > 0
    there[0] = False
    cut = pieces.border.copy()
    mean = pieces.label_moments[:, :1] / np.maximum(high - low + 1, 1)
    ends = np.stack([low, high], axis=2)
    last = pieces.sections[..., 0]
    blunt = last / np.maximum(pieces.sections.max(axis=3), 1)
    specks = _reaching(pieces, view) < PART * pieces.label_moments[:, :1, None]
    cut[(cut < GRAZES * mean[:, :, None]) | specks] = 0
    blunt[(last < GRAZES * mean[:, :, None]) | specks] = 0
    for axis in range(3):
        reach = min(SHORT_SLICES if axis == 0 else SHORT_BESIDE, int(SHORT_MM / float(study.spacing_mm[axis])))
        for side, border in enumerate((view.low[axis], view.high[axis])):
            at = ends[:, axis, side]
            thick = there & (high[:, axis] - low[:, axis] >= reach)
            near = thick & (np.abs(at - border) <= reach)
            short = near & (blunt[:, axis, side] >= BLUNT)
            planes = {n for n in np.unique(at[short]).tolist() if np.count_nonzero(short & (at == n)) >= TOGETHER}
            # A cropped box has nothing beyond the plane in which its labels end.
            outermost = int(at[there].min() if side == 0 else at[there].max()) if there.any() else -1
            steep = thick & ~near & (blunt[:, axis, side] >= STEEP) & (at == outermost)
            planes |= {n for n in np.unique(at[steep]).tolist() if np.count_nonzero(steep & (at == n)) >= CROPPED}
            stops = short | (there & ~specks[:, axis, side] & np.isin(at, list(planes)))
            rows = stops & (cut[:, axis, side] == 0)
            cut[rows, axis, side] = last[rows, axis, side]
    return cut


def _reaching(pieces: Pieces, view: View) -> Array:
    """Voxels `[label, axis, low or high]` of pieces that reach the border, or the label's end where that is short."""
    found = np.zeros((len(pieces.label_boxes), 3, 2))
    voxels, of = pieces.moments[:, 0], pieces.label_boxes[pieces.label]
    for axis in range(3):
        at_low = pieces.boxes[:, axis] <= np.maximum(of[:, axis], view.low[axis])
        at_high = pieces.boxes[:, axis + 3] >= np.minimum(of[:, axis + 3], view.high[axis])
        for side, there in enumerate((at_low, at_high)):
            found[:, axis, side] = np.bincount(pieces.label[there], voxels[there], len(found))
    return found


def labelled_view(pieces: Pieces, view: View, cut: Array) -> View:
    """The field of view without the slices at its ends before which the labelling stopped."""
    low, high = list(view.low), list(view.high)
    there = pieces.label_moments[:, 0] > 0
    there[0] = False
    for axis in range(3):
        for side, border in enumerate((view.low[axis], view.high[axis])):
            at = pieces.label_boxes[:, axis + 3 * side]
            mine = there & (cut[:, axis, side] > 0) & (np.abs(at - border) <= SHORT_SLICES)
            if not mine.any():
                continue
            # One label that stops short says nothing of the others: the furthest of those that are cut off does.
            if side:
                high[axis] = int(at[mine].max())
            else:
                low[axis] = int(at[mine].min())
    return View((low[0], low[1], low[2]), (high[0], high[1], high[2]), view.extent, view.padding)
