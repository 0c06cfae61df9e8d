"""The peers behave as their publications say, on a torso whose truth is known."""

import numpy as np
import pytest

from fmassist.bench.injectors import inject
from fmassist.bench.peers import FourRules, LargestComponent, VolumeZScore
from fmassist.phantom import torso


@pytest.fixture(scope="module")
def woman():
    return torso(seed=11, spacing_mm=(5, 5, 5), sex="female")


def test_the_four_rules_flag_a_swapped_pair_on_both_sides(woman):
    spoilt = inject(woman.segmentation, woman.volume, kind="pair_swapped", severity=3, seed=1)
    broken = FourRules().broken(spoilt.segmentation)
    assert all("laterality" in broken[name] for name in spoilt.wrong)
    assert not any("laterality" in rules for rules in FourRules().broken(woman.segmentation).values())


def test_the_four_rules_flag_small_and_cut_structures_of_a_good_study(woman):
    broken = FourRules().broken(woman.segmentation)
    assert broken["adrenal_gland_right"] == ("minimum volume",)
    assert "completeness" in broken["femur_left"]
    assert broken["liver"] == ()


def test_the_four_rules_flag_a_fragment(woman):
    spoilt = inject(woman.segmentation, woman.volume, kind="fragment_far", severity=2, seed=1)
    (name,) = spoilt.wrong
    assert "connected components" in FourRules().broken(spoilt.segmentation)[name]


def test_the_largest_component_ignores_a_speck_and_flags_a_large_piece(woman):
    peer = LargestComponent()
    for severity, flagged in ((1, False), (3, True)):
        spoilt = inject(woman.segmentation, woman.volume, kind="fragment_near", severity=severity, seed=1)
        (name,) = spoilt.wrong
        assert (peer.suspicion(spoilt.segmentation)[name] > 1) == flagged


def test_the_volume_z_score_learns_from_good_cases_and_flags_a_halved_organ(woman):
    peer = VolumeZScore()
    peer.fit(torso(seed=s, spacing_mm=(6, 6, 6), sex="female").segmentation for s in range(30, 38))
    calm = peer.suspicion(woman.segmentation)
    assert calm["liver"] < 1
    spoilt = inject(woman.segmentation, woman.volume, kind="truncated", severity=3, seed=2)
    (name,) = spoilt.wrong
    assert peer.suspicion(spoilt.segmentation)[name] > calm[name]
    assert np.isfinite(list(calm.values())).all()
