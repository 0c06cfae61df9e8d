"""A study measured anew after an edit: the segments that were touched, and their pairs, and nothing else.

Somebody who edits waits for the answer. So what an edit of other segments hardly changes is kept from the measurement
before: the facts of the untouched segments, also where their surface now meets an edited one, and how well all labels
fit the image. The next whole measurement brings them up to date.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.evidence.canonical import Canonical, canonical
from fmassist.evidence.facts import Evidence, IntensityFacts
from fmassist.evidence.look import Seen
from fmassist.evidence.pairs import measure_pairs
from fmassist.evidence.pieces import Pieces, find_pieces
from fmassist.evidence.runs import sealed
from fmassist.evidence.view import View, find_view
from fmassist.volume import Segmentation, Volume

if TYPE_CHECKING:
    from fmassist.evidence.body import Body

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Unedited:
    """What the image alone says, and no edit of a segmentation changes.

    Args:
        volume: the image, or None.
        view: the part of the grid with data.
        is_hu: whether the image's values are Hounsfield units.
        body: on the thinned-out grid; None where none is found or there is no image.
    """

    volume: Volume | None
    view: View
    is_hu: bool
    body: Body | None


def before_edits(segmentation: Segmentation, volume: Volume | None) -> Unedited:
    """Find once what every later `measure_again` over this image needs.

    Args:
        segmentation: on the image's grid.
        volume: the image, or None where only the labels are at hand.
    """
    study = canonical(segmentation, volume)
    view = find_view(study)
    if volume is None or view.extent is None:
        return Unedited(volume, view, False, None)
    from fmassist.evidence.intensity import looks_like_hu
    from fmassist.evidence.look import body_in_view
    from fmassist.evidence.thin import thinned

    thin = thinned(study)
    is_hu = volume.modality != "MR" and looks_like_hu(thin, stated=volume.modality == "CT")
    return Unedited(volume, view, is_hu, body_in_view(study, thin, view, is_hu=is_hu)[1])


def touched_segments(before: Segmentation, after: Segmentation) -> frozenset[str]:
    """Keys (`"layer:label"`) of the segments that gained or lost a voxel.

    Raises:
        InputError: the two have not the same grid and layers.
    """
    if before.geometry.shape != after.geometry.shape or len(before.layers) != len(after.layers):
        raise InputError("the edited segmentation lies on another grid", "check the study as a whole")
    found = set()
    for number, (was, now) in enumerate(zip(before.layers, after.layers, strict=True)):
        changed = was != now
        labels = {*np.unique(was[changed]).tolist(), *np.unique(now[changed]).tolist()} - {0}
        found |= {f"{number}:{int(label)}" for label in labels}
    return frozenset(found)


def measure_again(
    evidence: Evidence, segmentation: Segmentation, unedited: Unedited, touched: Collection[str]
) -> Evidence:
    """The stored evidence with the touched segments and their pairs measured anew.

    Of them, every fact is what `measure` says of the edited segmentation; but a model's confidence in what it drew
    says nothing of what a person drew, and is left out.

    Args:
        evidence: of the segmentation before the edit.
        segmentation: after it.
        unedited: of the same image (`before_edits`).
        touched: keys of the segments that changed (`touched_segments`).

    Raises:
        InputError: labels that are no anatomy.
    """
    from fmassist.evidence.cuts import cut_areas, labelled_view
    from fmassist.evidence.segments import measure_segments

    study = canonical(segmentation, unedited.volume)
    keys = [f"{layer}:{label}" for layer, label in study.keys]
    pieces = find_pieces(study, unedited.view)
    known = {facts.key: facts for facts in evidence.segments}
    # A label that the stored evidence does not know is new, whoever says otherwise.
    only = frozenset(n for n, key in enumerate(keys, start=1) if key in touched or key not in known)
    cut = cut_areas(study, pieces, unedited.view)
    intensities = {
        n: facts.intensity
        for n, key in enumerate(keys, start=1)
        if n not in only and (facts := known[key]).intensity is not None
    }
    seen = _look_at(study, pieces, unedited, only, intensities)
    names = {(s.layer, s.label): s.name for s in segmentation.segments}
    labelled = labelled_view(pieces, unedited.view, cut)
    measured = measure_segments(study, pieces, labelled, cut, seen, names, {}, {})
    pairs, apart, reach = measure_pairs(study, pieces, measured, seen.edges.between, only)
    anew = {keys[n - 1] for n in only} | set(touched)
    low, high = study.boxes_ras_mm(labelled.box.astype(np.float64)).tolist()
    return replace(
        evidence,
        scan=replace(evidence.scan, field_of_view_box_ras_mm=(tuple(low), tuple(high))),
        segments=tuple(facts if n in only else known[facts.key] for n, facts in enumerate(measured, start=1)),
        pairs=_joined(evidence.pairs, pairs, anew, keys),
        apart=_joined(evidence.apart, apart, anew, keys),
        apart_measured_mm=reach,
    )


def _joined(stored: Collection[Any], measured: Collection[Any], anew: Collection[str], keys: list[str]) -> Any:
    """Stored facts of pairs without an edited segment, and the new ones, in the order of a whole measurement."""
    place = {key: n for n, key in enumerate(keys)}
    kept = [facts for facts in stored if facts.first not in anew and facts.second not in anew]
    return tuple(sorted([*kept, *measured], key=lambda f: sorted((place[f.first], place[f.second]))))


def _look_at(
    study: Canonical,
    pieces: Pieces,
    unedited: Unedited,
    only: Collection[int],
    intensities: Mapping[int, IntensityFacts],
) -> Seen:
    """The image under some labels and on both sides of their surface, from the part of the grid around them."""
    present = [n for n in only if pieces.label_moments[n, 0]]
    view, body = unedited.view, unedited.body
    if study.image is None or view.extent is None or not present:
        return Seen()
    from fmassist.evidence.body import outside_shares
    from fmassist.evidence.edges import REACH_MM, measure_edges
    from fmassist.evidence.intensity import measure_intensities
    from fmassist.evidence.thin import thinned

    margin = np.maximum(1, np.round(REACH_MM / study.spacing_mm)).astype(int) + 1
    low = np.maximum(pieces.label_boxes[present, :3].min(axis=0) - margin, 0)
    high = np.minimum(pieces.label_boxes[present, 3:].max(axis=0) + margin + 1, study.shape)
    part = _cropped(study, low, high)
    found = measure_intensities(part, view.extent, is_hu=unedited.is_hu, padding=view.padding)
    fresh = {n: facts for n, facts in found.items() if n in only}
    outside = {} if body is None or not body.is_sure else outside_shares(thinned(study), body)
    return Seen(fresh, outside, measure_edges(part, {**intensities, **fresh}))


def _cropped(study: Canonical, low: Array, high: Array) -> Canonical:
    """The study's labels and image within a box of indices; its runs are left as they are, and not to be used."""
    assert study.image is not None
    where = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    affine = study.index_to_ras_mm.copy()
    affine[:3, 3] = study.to_ras_mm(low.astype(np.float64))
    layers = tuple(replace(layer, labels=sealed(np.ascontiguousarray(layer.labels[where]))) for layer in study.layers)
    # The copy keeps the order of its axes in memory, in which the kernels read it.
    return Canonical(layers, np.copy(study.image[where], order="K"), affine, study.keys)
