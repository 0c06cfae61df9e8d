"""What only the image tells: units, padding, the body, intensities, and whether the labels lie on it the right way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fmassist.evidence.canonical import Canonical
from fmassist.evidence.edges import Edges, measure_edges
from fmassist.evidence.facts import IntensityFacts
from fmassist.evidence.thin import Thin, thinned, window_on
from fmassist.evidence.view import View
from fmassist.volume import Volume

if TYPE_CHECKING:
    from fmassist.evidence.body import Body

Array = NDArray[Any]

TURNS = {
    "left–right": (2,),
    "front–back": (1,),
    "head–foot": (0,),
    "left–right, front–back": (1, 2),
    "left–right, head–foot": (0, 2),
    "front–back, head–foot": (0, 1),
    "all three": (0, 1, 2),
}
AS_STORED = "as stored"
ENOUGH = 500
"""Fewer labelled voxels than this on the thinned-out grid do not tell how labels lie (estimate)."""
CLEARLY = 0.02
"""A turn explains more only when it does so by this share of the variance: noise of the thinned-out grid (estimate)."""
MOVED_MM = 12.0
"""How far labels are moved for `label_fit_moved`: three cells of the thinned-out grid."""
LEAST_FIT = 0.1
"""Labels that explain less than this, whichever way, do not tell (estimate: six organs of an abdomen explain 0.01 to
0.03 of it, a complete one 0.2 to 0.4, and turned round 0.05 to 0.14)."""


@dataclass(frozen=True)
class Seen:
    """Facts by dense label, and those of the scan by their names in `ScanFacts`; empty without an image."""

    intensities: dict[int, IntensityFacts] = field(default_factory=dict)
    outside: dict[int, float] = field(default_factory=dict)
    edges: Edges = field(default_factory=Edges)
    scan: dict[str, Any] = field(default_factory=dict)


def look(study: Canonical, volume: Volume, view: View) -> Seen:
    """Measure the image."""
    from fmassist.evidence.body import outside_shares
    from fmassist.evidence.intensity import looks_like_hu, measure_intensities

    thin = thinned(study)
    is_hu = volume.modality != "MR" and looks_like_hu(thin, stated=volume.modality == "CT")
    if view.extent is None:
        return Seen(scan={"looks_like_hu": is_hu})
    part, body = body_in_view(study, thin, view, is_hu=is_hu)
    fit = label_fit(thin, None if body is None else body.mask)
    scan: dict[str, Any] = {
        "looks_like_hu": is_hu,
        "padding_value": view.padding,
        "padding_share": 0.0 if view.padding is None else float((thin.image == np.float32(view.padding)).mean()),
        "label_fit": fit,
        "label_fit_moved": moved_fit(thin, None if body is None else body.mask) if fit else {},
        "labels_fit_image": _fits(fit),
    }
    if body is not None:
        scan |= {
            "body_box_ras_mm": body.box_ras_mm,
            "body_cut_faces": body.cut_faces,
            "body_share": body.share,
            "mid_sagittal": body.mid_sagittal,
            "air_share": 1.0 - body.share - body.beside_ml / (part.image.size * part.voxel_ml),
            "beside_body_ml": body.beside_ml,
            "body_sections": body.sections,
        }
    intensities = measure_intensities(study, view.extent, is_hu=is_hu, padding=view.padding)
    return Seen(
        intensities=intensities,
        outside={} if body is None or not body.is_sure else outside_shares(thin, body),
        edges=measure_edges(study, intensities),
        scan=scan,
    )


def body_in_view(study: Canonical, thin: Thin, view: View, *, is_hu: bool) -> tuple[Thin, Body | None]:
    """What of the thinned-out grid lies in the field of view, and the body found there, with masks of the whole grid.

    It depends on the image alone.
    """
    from fmassist.evidence.body import find_body

    window = window_on(study, view, thin.strides)
    part = thin.part(window)
    body = find_body(part, is_hu=is_hu)
    if body is not None:
        # What is labelled in the padding lies outside the body.
        whole = np.zeros(thin.image.shape, dtype=np.bool_)
        whole[window] = body.mask
        beyond = np.ones(thin.image.shape, dtype=np.bool_)
        beyond[window] = body.outside
        body = replace(body, mask=whole, outside=beyond)
    return part, body


def _fits(fit: Mapping[str, float]) -> bool | None:
    best = max(fit.values(), default=0.0)
    return None if best < LEAST_FIT else best <= fit[AS_STORED] + CLEARLY


def label_fit(thin: Thin, body: NDArray[np.bool_] | None) -> dict[str, float]:
    """How well the labels explain the image as stored, and turned round (see `ScanFacts.label_fit`).

    η², the correlation ratio of Roche et al. (MICCAI 1998;1115), over the body (or the whole image where none is
    found), with what is not labelled as a label of its own. Of several layers the first counts.
    """
    labels = thin.labels[0]
    where = np.isfinite(thin.image) if body is None else body & np.isfinite(thin.image)
    values = thin.image[where].astype(np.float64)
    if np.count_nonzero(labels) < ENOUGH or len(values) < ENOUGH or float(values.var()) == 0:
        return {}
    values -= values.mean()
    return {
        name: _explained(np.flip(labels, axes)[where] if axes else labels[where], values)
        for name, axes in ((AS_STORED, ()), *TURNS.items())
    }


def moved_fit(thin: Thin, body: NDArray[np.bool_] | None) -> dict[str, float]:
    """See `ScanFacts.label_fit_moved`."""
    coarse = (slice(None, None, 2),) * 3
    labels, image = thin.labels[0], thin.image[coarse]
    where = np.isfinite(image) if body is None else body[coarse] & np.isfinite(image)
    values = image[where].astype(np.float64)
    if len(values) < ENOUGH or float(values.var()) == 0:
        return {}
    values -= values.mean()
    found = {AS_STORED: _explained(labels[coarse][where], values)}
    for axis, ways in enumerate((("superior", "inferior"), ("anterior", "posterior"), ("right", "left"))):
        cells = max(1, round(MOVED_MM / float(thin.spacing_mm[axis])))
        if cells < labels.shape[axis]:
            for way, step in zip(ways, (cells, -cells), strict=True):
                found[way] = _explained(_moved(labels, axis, step)[coarse][where], values)
    return found


def _moved(labels: Array, axis: int, cells: int) -> Array:
    """Moved along an axis, with nothing labelled where they came from."""
    moved = np.roll(labels, cells, axis)
    left = [slice(None)] * 3
    left[axis] = slice(None, cells) if cells > 0 else slice(cells, None)
    moved[tuple(left)] = 0
    return moved


def _explained(labels: Array, values: Array) -> float:
    """Share of the variance of `values`, whose mean is 0, between the labels.

    No inner product of BLAS: how many threads it takes, and so its last digit, depends on what else runs.
    """
    count, sums = np.bincount(labels), np.bincount(labels, values)
    return float((sums[count > 0] ** 2 / count[count > 0]).sum() / np.square(values).sum())
