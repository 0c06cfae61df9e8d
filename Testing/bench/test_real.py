"""The bench on real people: its ways of seeing change nothing, its errors do, and its halves don't mix."""

import numpy as np
import pytest

from fmassist.bench.real.errors import REAL_KINDS, inject_real, worst_dice
from fmassist.bench.real.people import half_of
from fmassist.bench.real.variants import all_variants
from fmassist.geometry import Geometry
from fmassist.volume import Segment, Segmentation, Volume


@pytest.fixture(scope="module")
def blocks() -> tuple[Segmentation, Volume]:
    """Six blocks side by side, three to each side."""
    labels = np.zeros((48, 40, 40), dtype=np.uint8)
    names = ("kidney_left", "kidney_right", "spleen", "liver", "gluteus_maximus_left", "gluteus_maximus_right")
    for number in range(6):
        i, k = divmod(number, 2)
        labels[4 + 14 * i : 17 + 14 * i, 8:32, 5 + 15 * k : 20 + 15 * k] = number + 1
    geometry = Geometry(labels.shape, np.diag([3.0, 3.0, 3.0, 1.0]))
    segments = tuple(Segment(n + 1, name) for n, name in enumerate(names))
    image = np.where(labels > 0, 40 + labels.astype(np.int16), -1000).astype(np.int16)
    return Segmentation((labels,), geometry, segments), Volume(image, geometry, "CT")


def test_each_way_of_seeing_leaves_every_label_where_it_is_in_the_patient(blocks):
    segmentation, volume = blocks
    seen = dict(all_variants(segmentation, volume))
    assert len(seen) >= 12
    for name, (labels, image) in seen.items():
        assert image is not None, name
        assert image.geometry.matches(labels.geometry), name
        inside = np.argwhere(labels.layers[0] > 0)[::97]
        back = np.rint(segmentation.geometry.to_index(labels.geometry.to_ras_mm(inside))).astype(int)
        back = np.minimum(back, np.array(segmentation.geometry.shape) - 1)
        same = segmentation.layers[0][tuple(back.T)] == labels.layers[0][tuple(inside.T)]
        assert same.mean() > 0.8, name


@pytest.mark.parametrize("kind", sorted(set(REAL_KINDS) - {"image_of_another"}))
def test_each_error_spoils_what_it_says_it_spoils(blocks, kind):
    segmentation, volume = blocks
    injected = inject_real(segmentation, volume, kind, 3, 0)
    assert injected.wrong
    assert worst_dice(segmentation, injected) < 0.98


def test_a_person_is_of_one_half_for_good():
    assert half_of("btcv05") == half_of("btcv05")
    assert half_of("s0327") == "design"
    assert {half_of(f"person{n}") for n in range(30)} == {"design", "test"}
