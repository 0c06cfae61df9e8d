"""The hybrid loop: what fails the check is asked for anew, and what still fails is named and not shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmassist.application.ask import reconcile, with_withheld
from fmassist.knowledge.label_map import LabelMap, load_label_map
from fmassist.knowledge.load import load_knowledge
from fmassist.models.prompts import Prompt, prompts_from_labels
from fmassist.models.result import ModelResult
from fmassist.phantom import torso
from fmassist.reasoning.study import check_study
from fmassist.volume import Segment, Segmentation

ASKED = (
    *("liver", "spleen", "kidney_right", "kidney_left", "stomach", "pancreas", "aorta", "inferior_vena_cava"),
    *("spinal_cord", "vertebrae_T12", "vertebrae_L1", "vertebrae_L2", "vertebrae_L3", "autochthon_left"),
    *("autochthon_right", "iliopsoas_left", "iliopsoas_right"),
)


class Sam:
    """Outlines the structure that fills most of each box, under the name that it was asked for by."""

    def __init__(self, truth: Segmentation, *, blind: frozenset[str] = frozenset()) -> None:
        self.labels, self.geometry = truth.layers[0], truth.geometry
        self.names = {segment.label: segment.name for segment in truth.segments}
        self.blind, self.calls = blind, []

    def __call__(self, prompts):
        self.calls.append([prompt.structure for prompt in prompts])
        made = np.zeros(self.labels.shape, np.uint8)
        for n, prompt in enumerate(prompts, start=1):
            if prompt.structure in self.blind:
                made[self.geometry.shape[0] - 20 : self.geometry.shape[0] - 15, 35:45, 20:25] = n  # the right flank
                continue
            for low, high in prompt.boxes_ras_mm:
                a, b = self.geometry.to_index([low, high])
                first, last = np.ceil(np.minimum(a, b)).astype(int), np.floor(np.maximum(a, b)).astype(int) + 1
                window = tuple(slice(max(f, 0), max(s, 0)) for f, s in zip(first, last, strict=True))
                inside = self.labels[window]
                counts = np.bincount(inside.ravel(), minlength=256)
                counts[0] = 0
                if counts.any():
                    made[window][inside == counts.argmax()] = n
        segments = tuple(Segment(n, prompt.structure) for n, prompt in enumerate(prompts, start=1))
        return ModelResult(
            Segmentation((made,), self.geometry, segments), {prompt.structure: 0.9 for prompt in prompts}
        )


@pytest.fixture(scope="module")
def person():
    return torso(seed=9, sex="male", field_of_view="abdomen", spacing_mm=(4.0, 4.0, 4.0))


@pytest.fixture(scope="module")
def knowledge():
    return load_knowledge(None)


@pytest.fixture(scope="module")
def meaning():
    return LabelMap("litemedsam", {}, load_label_map("totalsegmentator:total").structures)


def asked(person) -> list[Prompt]:
    return [prompt for prompt in prompts_from_labels(person.segmentation) if prompt.structure in ASKED]


def dice(made: Segmentation, person, name: str) -> float:
    truth = person.segmentation.mask(person.segmentation.segment(name))
    mask = made.mask(made.segment(name))
    return 2 * (mask & truth).sum() / (mask.sum() + truth.sum())


def test_what_was_looked_for_in_the_wrong_place_is_found_from_its_neighbours(person, knowledge, meaning):
    model = Sam(person.segmentation)
    prompts = asked(person)
    # The right kidney's box lies 120 mm too far left, over the left kidney's place.
    shift = np.array([-120.0, 0.0, 0.0])
    wrong = [
        replace(
            p,
            boxes_ras_mm=tuple((tuple(np.add(low, shift)), tuple(np.add(high, shift))) for low, high in p.boxes_ras_mm),
        )
        if p.structure == "kidney_right"
        else p
        for p in prompts
    ]
    found = reconcile(person.volume, wrong, model, label_map=meaning, knowledge=knowledge)
    assert "kidney_right" in found.improved
    assert dice(found.made.segmentation, person, "kidney_right") > 0.6
    # What was right at first was neither asked for again nor changed.
    assert "liver" not in model.calls[1]
    assert dice(found.made.segmentation, person, "liver") > 0.95
    assert not {"liver", "aorta", "spinal_cord"} & {one.structure for one in found.withheld}


def test_what_still_fails_is_named_and_not_shown(person, knowledge, meaning):
    model = Sam(person.segmentation, blind=frozenset({"spleen"}))
    found = reconcile(person.volume, asked(person), model, label_map=meaning, knowledge=knowledge)
    assert "spleen" not in {segment.name for segment in found.made.segmentation.segments}
    assert {"liver", "kidney_left"} <= {segment.name for segment in found.made.segmentation.segments}
    result, _, _ = check_study(found.made.segmentation, person.volume, label_map=meaning, knowledge=knowledge)
    assert not [f for f in result.findings if f.kind in ("implausible", "contradictory") and f.severity != "info"]
    told = with_withheld(result, found.withheld)
    assert told.verdict == "review"
    assert "spleen" in next(f for f in told.findings if f.id == "not-found").message


def test_a_mirrored_image_is_left_for_a_person_to_see(person, knowledge, meaning):
    turned = person.segmentation.layers[0][::-1].copy()
    mirrored = replace(person.segmentation, layers=(turned,))
    volume = replace(person.volume, voxels=person.volume.voxels[::-1].copy())
    prompts = [prompt for prompt in prompts_from_labels(mirrored) if prompt.structure in ASKED]
    found = reconcile(volume, prompts, Sam(mirrored), label_map=meaning, knowledge=knowledge)
    assert not found.withheld
    result, _, _ = check_study(found.made.segmentation, volume, label_map=meaning, knowledge=knowledge)
    assert result.verdict == "implausible"
