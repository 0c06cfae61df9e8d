"""Everything that a segmentation can tell, in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

import fmassist
from fmassist.evidence.canonical import Canonical, canonical
from fmassist.evidence.chains import measure_chains
from fmassist.evidence.facts import Evidence, IntensityFacts, Point, ScanFacts
from fmassist.evidence.passes import all_runs, prepare_cache
from fmassist.volume import Segmentation, Volume

Progress = Callable[[str, float], None]


def measure(
    segmentation: Segmentation,
    volume: Volume | None = None,
    *,
    pairs_wanted: Iterable[tuple[str, str]] = (),
    chains: Sequence[tuple[str, Sequence[tuple[str, int]]]] = (),
    mirrored: Sequence[tuple[str, str]] = (),  # noqa: ARG001
    confidence: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> Evidence:
    """Measure a study.

    Args:
        segmentation: its labels; one that occurs without a segment is measured under the name `label N`.
        volume: the image on the same grid, or None.
        pairs_wanted: keys of segments whose pair is measured even where they lie far apart.
        chains: ordered chains as (name, [(key, number), …]).
        mirrored: keys of (right, left) partners.
        confidence: the model's mean confidence by segment name.
        progress: called with a stage and the share done.
    """
    prepare_cache()
    from fmassist.evidence.body import Body, find_body, outside_shares
    from fmassist.evidence.components import Pieces, find_pieces
    from fmassist.evidence.intensity import looks_like_hu, measure_intensities, padding_value
    from fmassist.evidence.pairs import face_contacts, measure_pairs
    from fmassist.evidence.segments import measure_segments

    tell = progress or (lambda _stage, _share: None)
    tell("measuring", 0.0)
    study = canonical(segmentation, volume)
    contacts = face_contacts(study)
    found = [find_pieces(*all_runs(labels), study.layers[0].shape[1]) for labels in study.layers]
    pieces = Pieces(
        *(np.concatenate([getattr(part, name) for part in found]) for name in ("label", "moments", "boxes"))
    )
    tell("measuring", 0.4)
    is_hu: bool | None = None
    padding: float | None = None
    body: Body | None = None
    intensities: dict[int, IntensityFacts] = {}
    outside: dict[int, float] = {}
    if study.image is not None and volume is not None:
        is_hu = volume.modality != "MR" and looks_like_hu(study.image)
        padding = padding_value(study.image)
        intensities = measure_intensities(study, is_hu=is_hu, padding=padding)
        body = find_body(study, is_hu=is_hu)
        outside = outside_shares(study, body) if body is not None else {}
    tell("measuring", 0.7)
    names = {(s.layer, s.label): s.name for s in segmentation.segments}
    segments, shapes = measure_segments(study, pieces, contacts, intensities, outside, names, confidence or {})
    pairs = measure_pairs(study, shapes, contacts, pairs_wanted)
    tell("measuring", 1.0)
    scan = ScanFacts(
        shape=segmentation.geometry.shape,
        index_to_ras_mm=tuple(tuple(float(v) for v in row) for row in segmentation.geometry.index_to_ras_mm),
        spacing_mm=segmentation.geometry.spacing_mm,
        axis_codes=segmentation.geometry.axis_codes,
        field_of_view_box_ras_mm=_field_of_view(study),
        modality="unknown" if volume is None else volume.modality,
        has_image=volume is not None,
        looks_like_hu=is_hu,
        padding_value=padding,
        body_box_ras_mm=None if body is None else body.box_ras_mm,
        body_cut_faces=() if body is None else body.cut_faces,
        body_share=None if body is None else body.share,
        mid_sagittal=None if body is None else body.mid_sagittal,
    )
    return Evidence(
        scan=scan,
        segments=tuple(segments),
        pairs=tuple(pairs),
        chains=tuple(measure_chains(segments, chains)),
        program_version=fmassist.__version__,
    )


def _field_of_view(study: Canonical) -> tuple[Point, Point]:
    size = study.layers[0].shape
    ends = [(-0.5, n - 0.5) for n in size]
    corners = study.to_ras_mm(np.array([[k, j, i] for k in ends[0] for j in ends[1] for i in ends[2]]))
    low, high = corners.min(axis=0), corners.max(axis=0)
    return tuple(map(float, low)), tuple(map(float, high))  # type: ignore[return-value]
