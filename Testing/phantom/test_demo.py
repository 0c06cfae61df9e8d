"""The demo's case holds what its page promises."""

import numpy as np
import pytest

from fmassist.phantom.demo import WRONG_NAMES, demo_case
from fmassist.phantom.labels import LABELS


@pytest.fixture(scope="module")
def demo():
    return demo_case()


def test_it_asks_for_at_least_thirty_structures_under_known_and_different_names(demo):
    _, prompts, _ = demo
    names = [prompt["name"] for prompt in prompts]
    assert len(names) >= 30
    assert len(set(names)) == len(names)
    assert set(names) <= set(LABELS)


def test_it_is_small_enough_for_two_cores(demo):
    volume, _, _ = demo
    assert 60 <= volume.voxels.shape[2] <= 90


def test_boxes_hold_their_structure_and_exactly_three_names_are_wrong(demo):
    volume, prompts, truth = demo
    geometry = volume.geometry
    wrong = set()
    for prompt in prompts:
        inside = []
        for low, high in prompt["boxes_ras_mm"]:
            (i0, j0, k0), (i1, j1, k1) = np.rint(geometry.to_index([low, high]) + 0.5).astype(int)
            assert k1 - k0 == 1
            inside.append(truth.layers[0][i0:i1, j0:j1, k0:k1].ravel())
        found = np.bincount(np.concatenate(inside), minlength=256)
        whole = np.bincount(truth.layers[0].ravel(), minlength=256)
        # The structure that the boxes were drawn around is the one of which they hold nearly everything.
        share = found[LABELS[prompt["name"]]] / max(whole[LABELS[prompt["name"]]], 1)
        if share < 0.9:
            wrong.add(prompt["name"])
    assert wrong == set(WRONG_NAMES.values())
