"""How the body lies, told by its labels."""

from __future__ import annotations

import numpy as np
import pytest
from evidence.studies import segmentation

from fmassist.evidence.measure import measure


def paired(shift: int = 0):
    """Three pairs of blocks, right ones at high x, mirrored at x = 19.5; the last right one is moved up by `shift`."""
    array = np.zeros((40, 20, 40), dtype=np.uint8)
    for n, (x, z) in enumerate(((4, 4), (8, 14), (6, 24))):
        array[x : x + 4, 5 + n : 10 + n, z : z + 6] = 2 * n + 1
        up = shift if n == 2 else 0
        array[36 - x : 40 - x, 5 + n : 10 + n, z + up : z + 6 + up] = 2 * n + 2
    return segmentation(array), [(f"0:{2 * n + 2}", f"0:{2 * n + 1}") for n in range(3)]


def test_partners_that_mirror_each_other_differ_in_nothing():
    labels, partners = paired()
    evidence = measure(labels, mirrored=partners)
    plane = evidence.scan.mid_sagittal_of_pairs
    assert plane is not None
    assert plane.point_ras_mm[0] == pytest.approx(19.5)
    assert plane.normal == pytest.approx((1.0, 0.0, 0.0))
    assert plane.confidence == 1.0
    for facts in evidence.mirrored:
        assert facts.volume_ratio == 1.0
        assert facts.extent_ratios == pytest.approx((1.0, 1.0, 1.0))
        assert facts.offset_mm == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)
        assert facts.plane_source == "paired structures"


def test_a_partner_that_lies_higher_is_told_by_how_much():
    labels, partners = paired(shift=5)
    offsets = [facts.offset_mm for facts in measure(labels, mirrored=partners).mirrored]
    assert offsets[2][2] == pytest.approx(5.0, abs=0.5)
    assert abs(offsets[0][2]) < 0.5


def test_names_of_sides_exchanged_turn_the_normal_of_the_plane():
    labels, partners = paired()
    plane = measure(labels, mirrored=[(left, right) for right, left in partners]).scan.mid_sagittal_of_pairs
    assert plane is not None
    assert plane.normal == pytest.approx((-1.0, 0.0, 0.0))


def spine(order: list[int]):
    """Blocks from top to bottom that carry these numbers."""
    array = np.zeros((8, 8, 5 * len(order)), dtype=np.uint8)
    for n, number in enumerate(order):
        top = 5 * (len(order) - n)
        array[2:6, 2:6, top - 4 : top] = number
    return segmentation(array), [("spine", [(f"0:{number}", number) for number in sorted(order)])]


def test_a_chain_in_order_says_where_the_feet_are():
    labels, chains = spine([1, 2, 3, 4, 5])
    axis = measure(labels, chains=chains).scan.head_to_foot
    assert axis is not None
    assert axis.direction == pytest.approx((0.0, 0.0, -1.0))
    assert (axis.confidence, axis.source) == (pytest.approx(1.0), "ordered chain")


def test_a_chain_numbered_upwards_says_that_the_feet_are_above():
    labels, chains = spine([5, 4, 3, 2, 1])
    axis = measure(labels, chains=chains).scan.head_to_foot
    assert axis is not None
    assert axis.direction == pytest.approx((0.0, 0.0, 1.0))


def test_a_chain_in_disorder_is_not_sure():
    labels, chains = spine([3, 1, 5, 2, 4])
    axis = measure(labels, chains=chains).scan.head_to_foot
    assert axis is not None
    assert axis.confidence < 0.5


def test_jumps_and_duplicates_of_a_chain_are_named():
    labels, _ = spine([1, 2, 5, 6])
    numbers = [("0:1", 1), ("0:2", 2), ("0:5", 5), ("0:6", 5)]
    (chain,) = measure(labels, chains=[("spine", numbers)]).chains
    assert chain.jumps == (("0:2", "0:5", 3),)
    assert chain.duplicates == (("0:5", "0:6"),)


def test_without_chains_the_header_is_all_there_is_to_go_by():
    labels, _ = paired()
    axis = measure(labels).scan.head_to_foot
    assert axis is not None
    assert axis.source == "image header"
