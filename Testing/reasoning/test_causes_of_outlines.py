"""What the image says of outlines becomes one diagnosis: left out, drawn beyond, counted wrongly on one side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmassist.bench.injectors import inject
from fmassist.bench.subject import OntologyChecker
from fmassist.geometry import Geometry
from fmassist.phantom import Phantom, torso
from fmassist.volume import Segmentation, Volume

RULE = "https://w3id.org/fmassist/rule/"


@pytest.fixture(scope="module")
def person() -> Phantom:
    return torso(seed=5, sex="female", field_of_view="torso", spacing_mm=(3.0, 3.0, 3.0))


@pytest.fixture(scope="module")
def checker() -> OntologyChecker:
    return OntologyChecker()


def test_nothing_is_said_of_outlines_that_are_right(person: Phantom, checker: OntologyChecker) -> None:
    result = checker.check(person.segmentation, person.volume, {})
    assert [finding.message for finding in result.findings if finding.severity != "info"] == []
    judged = {outcome.rule for outcome in result.outcomes if outcome.outcome == "passed"}
    assert {RULE + "nothing-left-outside", RULE + "own-tissue-at-edge", RULE + "border-on-neighbour"} <= judged


@pytest.mark.parametrize(
    ("kind", "seed", "causes"),
    [
        ("volume_shrunk", 1, {"incomplete"}),
        ("holes", 1, {"incomplete"}),
        ("ribs_duplicated", 1, {"run_shifted", "levels_merged"}),
        ("ribs_shifted_up_1", 1, {"run_shifted"}),
        ("fragment_near", 2, {"stray_fragment"}),
        ("fragment_far", 1, {"stray_fragment"}),
        ("labels_moved_on_image", 1, {"labels_off_image"}),
        ("vertebrae_merged", 1, {"levels_merged", "level_missed"}),
        ("vertebra_skipped", 1, {"level_missed"}),
    ],
)
def test_one_error_has_one_cause(
    person: Phantom, checker: OntologyChecker, kind: str, seed: int, causes: set[str]
) -> None:
    spoilt = inject(person.segmentation, person.volume, kind=kind, severity=3, seed=seed)
    result = checker.check(spoilt.segmentation, spoilt.volume, spoilt.context)
    assert result.causes
    assert result.causes[0].id in causes
    loud = {name for finding in result.findings if finding.severity != "info" for name in finding.segments}
    there = {segment.name for segment in spoilt.segmentation.segments}
    assert loud & spoilt.wrong or not there & spoilt.wrong


def test_padding_brings_no_finding(checker: OntologyChecker) -> None:
    """Images are padded to a common size; what the scan cut off there is not torn, nor is anything missing."""
    half = torso(seed=6, field_of_view="abdomen", spacing_mm=(4.0, 4.0, 4.0))
    pad = [(0, 0), (0, 0), (9, 6)]
    affine = half.volume.geometry.index_to_ras_mm.copy()
    affine[:3, 3] -= affine[:3, 2] * 9
    labels = np.pad(half.segmentation.layers[0], pad)
    geometry = Geometry(labels.shape, affine)
    voxels = np.pad(half.volume.voxels, pad, constant_values=-2048)
    result = checker.check(
        Segmentation((labels,), geometry, half.segmentation.segments), Volume(voxels, geometry, "CT"), {}
    )
    assert [finding.message for finding in result.findings if finding.severity != "info"] == []


def test_situs_inversus_does_not_explain_ribs_that_are_counted_wrongly(checker: OntologyChecker) -> None:
    """A mirror puts a rib on the other side, and not at another vertebra."""
    person = torso(seed=7, variants=frozenset({"situs_inversus"}), spacing_mm=(4.0, 4.0, 4.0))
    spoilt = inject(person.segmentation, person.volume, kind="ribs_shifted_down_1", severity=3, seed=1)
    result = checker.check(spoilt.segmentation, spoilt.volume, {})
    assert {"situs_inversus", "run_shifted"} <= {cause.id for cause in result.causes}


def test_one_organ_that_has_swallowed_parts_of_its_neighbours_is_one_diagnosis(
    person: Phantom, checker: OntologyChecker
) -> None:
    """The ribs are too small, and the lung is the reason: it is named, though nothing is odd about itself."""
    segments = {segment.name: segment for segment in person.segmentation.segments}
    labels = person.segmentation.layers[0].copy()
    lung = segments["lung_upper_lobe_left"]
    for name in ("rib_left_3", "rib_left_4", "rib_left_5"):
        where = np.argwhere(labels == segments[name].label)
        # All but the part nearest to the spine.
        lost = where[
            where[:, 0] * person.segmentation.geometry.index_to_ras_mm[0, 0]
            < np.quantile(where[:, 0] * person.segmentation.geometry.index_to_ras_mm[0, 0], 0.7)
        ]
        labels[tuple(lost.T)] = lung.label
    result = checker.check(replace(person.segmentation, layers=(labels,)), person.volume, {})
    first = result.causes[0]
    assert first.id == "leak"
    assert f"{lung.layer}:{lung.label}" in first.segments
