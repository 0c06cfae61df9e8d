"""Boxes from the image alone: where a CT's landmarks say that structures are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fmassist.errors import InputError
from fmassist.knowledge.label_map import load_label_map
from fmassist.models.prompts import Prompt, prompts_from_labels
from fmassist.models.prompts.auto import prompts_from_image
from fmassist.phantom import torso
from fmassist.volume import labels_on_image, read_segmentation, read_volume
from fmassist.volume.reorient import reorient_volume

LARGE = ("liver", "spleen", "kidney_left", "kidney_right", "aorta", "vertebrae_L2")


def around(prompt: Prompt) -> tuple[np.ndarray, np.ndarray]:
    boxes = np.array(prompt.boxes_ras_mm)
    return boxes[:, 0].min(axis=0), boxes[:, 1].max(axis=0)


def overlap(one: Prompt, other: Prompt) -> float:
    """Intersection over union of the boxes around both."""
    (a, b), (c, d) = around(one), around(other)
    both = float(np.prod(np.maximum(0, np.minimum(b, d) - np.maximum(a, c))))
    return both / (float(np.prod(b - a)) + float(np.prod(d - c)) - both)


@pytest.fixture(scope="module")
def person():
    return torso(seed=42, sex="female", stature=0.95, field_of_view="abdomen", spacing_mm=(3.0, 3.0, 4.0))


@pytest.fixture(scope="module")
def straight(person) -> list[Prompt]:
    return prompts_from_image(person.volume)


def test_another_person_s_organs_are_where_they_are_expected(person, straight):
    found = {p.structure: p for p in straight}
    truth = {p.structure: p for p in prompts_from_labels(person.segmentation)}
    assert len(found) >= 30
    # Half of the boxes' union shared: shifted by less than a sixth of their size along each axis.
    assert np.median([overlap(found[name], truth[name]) for name in LARGE]) > 0.5


def test_ribs_are_named_in_their_order(straight):
    found = [prompt for prompt in straight if prompt.structure.startswith("rib_")]
    for side in ("left", "right"):
        ribs = sorted(
            (int(prompt.structure.rsplit("_", 1)[1]), float(np.mean(np.array(prompt.boxes_ras_mm)[..., 2])))
            for prompt in found
            if side in prompt.structure
        )
        assert len(ribs) >= 3
        heights = [height for _, height in ribs]
        assert heights == sorted(heights, reverse=True), side


def test_the_weights_are_small_enough_to_ship(repository: Path):
    assert (repository / "Resources" / "models" / "ct_localiser.safetensors").stat().st_size <= 5_000_000


def test_how_the_image_is_stored_does_not_matter(person, straight):
    turned = prompts_from_image(reorient_volume(person.volume, "PIR"))
    assert [p.structure for p in straight] == [p.structure for p in turned]
    assert np.allclose(straight[0].boxes_ras_mm, turned[0].boxes_ras_mm, atol=5.0)  # one step of the search


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda v: replace(v, modality="MR"), "in a CT only"),
        (lambda v: replace(v, voxels=np.clip(v.voxels, 0, 255)), "Hounsfield"),
        (lambda v: replace(v, voxels=np.full_like(v.voxels, -1000)), "Hounsfield"),
    ],
)
def test_what_has_no_landmarks_is_refused(person, change, said):
    with pytest.raises(InputError, match=said):
        prompts_from_image(change(person.volume))


def test_a_real_abdomen_is_found_at_its_levels(shared: Path):
    data = shared / "data" / "ct_abdomen"
    volume = read_volume(data / "ct.nii.gz", modality="CT")
    names = load_label_map("totalsegmentator:total").names
    truth = {
        p.structure: p
        for p in prompts_from_labels(
            labels_on_image(read_segmentation(data / "totalsegmentator.nii.gz", names=names), volume)
        )
    }
    found = {p.structure: p for p in prompts_from_image(volume)}
    assert len(found) >= 30
    assert overlap(found["liver"], truth["liver"]) > 0.5
    for level in ("vertebrae_L1", "vertebrae_L3", "vertebrae_L5"):
        middle, (low, high) = np.mean(around(truth[level]), axis=0), around(found[level])
        assert low[2] < middle[2] < high[2], level
