"""The bench of the evidence: its cases are what they claim to be, and its peers run."""

from __future__ import annotations

import numpy as np
import pytest

from fmassist.bench.evidence_case import load, relabelled, resampled
from fmassist.bench.evidence_memory import peak_mega_bytes
from fmassist.bench.evidence_peers import composition, loop_over
from fmassist.evidence.measure import measure


@pytest.fixture(scope="module")
def case():
    return resampled(load(None), (60, 50, 70))


def test_a_finer_case_has_the_same_anatomy_in_the_same_place():
    original = load(None)
    fine = resampled(original, tuple(2 * n for n in original.labels.shape))  # each voxel becomes eight
    wanted = {s.label: s.centroid_ras_mm for s in measure(original.segmentation).segments}
    found = {s.label: s.centroid_ras_mm for s in measure(fine.segmentation).segments}
    assert found.keys() == wanted.keys()
    for label, centroid in found.items():
        assert centroid == pytest.approx(wanted[label], abs=1e-6)
    assert fine.labels.flags.f_contiguous
    assert fine.volume.voxels.dtype == np.int16


@pytest.mark.parametrize("count", [20, 117])
def test_another_number_of_labels_covers_the_same_voxels(case, count):
    other = relabelled(case, count)
    assert other.count == pytest.approx(count, abs=0.1 * count)
    assert np.array_equal(other.labels > 0, case.labels > 0)


def test_the_peers_measure_every_part(case):
    spent = composition(case)
    assert [name for name in spent if "cc3d" in name] == [
        "cc3d connected_components",
        "cc3d statistics",
        "cc3d contacts",
    ]
    assert all(seconds > 0 for seconds in spent.values())
    assert loop_over(case, [case.segmentation.segments[0].label]) > 0


def test_memory_is_that_of_the_process_alone(case):
    ballast = np.ones(300_000_000, dtype=np.uint8)  # what this process holds must not count
    assert peak_mega_bytes(case, "evidence") < 250
    assert ballast.sum() == 300_000_000
