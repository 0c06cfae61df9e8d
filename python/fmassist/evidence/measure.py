"""Everything that a segmentation can tell, in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

import fmassist
from fmassist.evidence.canonical import Canonical, canonical
from fmassist.evidence.facts import AsRead, Evidence, Point, ScanFacts
from fmassist.evidence.look import Seen, look
from fmassist.evidence.view import View, find_view
from fmassist.volume import Segmentation, Volume

Progress = Callable[[str, float], None]


def measure(
    segmentation: Segmentation,
    volume: Volume | None = None,
    *,
    confidence: Mapping[str, float] | None = None,
    unsure: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> Evidence:
    """Measure a study, whatever its labels may mean.

    Args:
        segmentation: its labels; one that occurs without a segment is measured under the name `label N`.
        volume: the image on the same grid, or None.
        confidence: the model's mean confidence by segment name.
        unsure: by segment name, the share of its voxels of which the model was not sure.
        progress: called with a stage and the share done; may raise to cancel.

    Raises:
        InputError: labels that are negative, or more of them than any anatomy has.
    """
    from fmassist.evidence.cuts import cut_areas, labelled_view
    from fmassist.evidence.pairs import measure_pairs
    from fmassist.evidence.pieces import find_pieces
    from fmassist.evidence.segments import measure_segments

    tell = progress or (lambda _stage, _share: None)
    tell("measuring", 0.0)
    study = canonical(segmentation, volume)
    tell("measuring", 0.2)
    view = find_view(study)
    pieces = find_pieces(study, view)
    cut = cut_areas(study, pieces, view)
    tell("measuring", 0.4)
    seen = look(study, volume, view) if volume is not None else Seen()
    tell("measuring", 0.7)
    names = {(s.layer, s.label): s.name for s in segmentation.segments}
    labelled = labelled_view(pieces, view, cut)
    segments = measure_segments(study, pieces, labelled, cut, seen, names, confidence or {}, unsure or {})
    pairs, apart, reach = measure_pairs(study, pieces, segments, seen.edges.between)
    tell("measuring", 1.0)
    scan = ScanFacts(
        shape=segmentation.geometry.shape,
        index_to_ras_mm=tuple(tuple(float(v) for v in row) for row in segmentation.geometry.index_to_ras_mm),
        spacing_mm=segmentation.geometry.spacing_mm,
        axis_codes=segmentation.geometry.axis_codes,
        field_of_view_box_ras_mm=_field_of_view(study, labelled),
        modality="unknown" if volume is None else volume.modality,
        has_image=volume is not None,
        **seen.scan,
    )
    return Evidence(
        scan=scan,
        segments=tuple(segments),
        pairs=tuple(pairs),
        apart=tuple(apart),
        apart_measured_mm=reach,
        program_version=fmassist.__version__,
        as_read=_as_read(segmentation),
    )


def _as_read(segmentation: Segmentation) -> AsRead:
    listed = segmentation.listed
    return AsRead(
        segments=tuple(replace(segment, color_rgb=None) for segment in segmentation.segments),
        listed=None if listed is None else tuple(sorted(listed)),
        notes=segmentation.notes,
    )


def _field_of_view(study: Canonical, view: View) -> tuple[Point, Point]:
    low, high = study.boxes_ras_mm(view.box.astype(np.float64)).tolist()
    return tuple(low), tuple(high)
