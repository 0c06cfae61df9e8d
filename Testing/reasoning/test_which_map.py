"""Which label map was meant, and what was asked for: on the synthetic torso, whose labels are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fmassist.application.read import with_map
from fmassist.knowledge.label_map import LabelMap, load_label_map
from fmassist.knowledge.load import load_knowledge
from fmassist.phantom.torso import torso
from fmassist.reasoning.study import check_study
from fmassist.reasoning.which_map import choose_map, doubt
from fmassist.volume import Segment, Segmentation

AUTO = LabelMap("auto", {}, {})


@pytest.fixture(scope="module")
def person():
    return torso(seed=4, spacing_mm=(4, 4, 4), sex="male")


def numbered(person, name, only=()):
    """The person's labels with the numbers of a map, and no names."""
    label_map = load_label_map(name)
    by_structure = {iri: label for label, iri in label_map.structures.items()}
    value_of = {label: value for value, label in label_map.names.items()}
    total = load_label_map("totalsegmentator:total")
    table = np.zeros(256, np.uint16)
    for segment in person.segmentation.segments:
        label = by_structure.get(total.structures.get(segment.name, ""))
        if label is not None and (not only or segment.name in only):
            table[segment.label] = value_of[label]
    layer = table[person.segmentation.layers[0]]
    present = [int(n) for n in np.unique(layer) if n]
    segments = tuple(Segment(n, f"label {n}", named_by="value") for n in present)
    return Segmentation((layer,), person.segmentation.geometry, segments)


ORGANS = ("liver", "spleen", "kidney_left", "kidney_right", "pancreas", "stomach", "gallbladder", "aorta")


@pytest.mark.parametrize(
    "name", ["totalsegmentator:total", "monai:wholebody_ct", "amos", "btcv", "flare22", "word", "vista3d"]
)
def test_the_map_of_a_file_of_numbers_is_found(person, name):
    chosen = choose_map(numbered(person, name), person.volume, load_knowledge())
    mine = load_label_map(name)
    values = [s.label for s in numbered(person, name).segments]
    same = [chosen.structures.get(chosen.names.get(v, "")) == mine.structures.get(mine.names[v]) for v in values]
    assert chosen.question or np.mean(same) > 0.9, chosen.id
    if len(values) > 30:
        assert np.mean(same) > 0.9


def test_a_lone_mask_is_never_called_spleen(person):
    alone = numbered(person, "totalsegmentator:total", only=("spleen",))
    chosen = choose_map(alone, person.volume, load_knowledge())
    assert chosen.structures == {}
    assert "single label" in chosen.question


@pytest.mark.parametrize("given", ["amos", "flare22", "word", "abdomenatlas:1.1", "totalsegmentator:total_v1"])
def test_a_wrong_map_is_doubted_and_the_right_one_is_not(person, given):
    knowledge = load_knowledge()
    labels = numbered(person, "totalsegmentator:total")
    wrong = load_label_map(given)
    known = replace(
        labels,
        segments=tuple(
            replace(
                s, name=wrong.names.get(s.label, s.name), named_by="label map" if s.label in wrong.names else "value"
            )
            for s in labels.segments
        ),
    )
    assert doubt(wrong, known, person.volume, knowledge).question
    right = load_label_map("totalsegmentator:total")
    named = replace(
        labels, segments=tuple(replace(s, name=right.names[s.label], named_by="label map") for s in labels.segments)
    )
    assert not doubt(right, named, person.volume, knowledge).question


@pytest.mark.parametrize(
    "asked",
    [
        ORGANS[:5],
        tuple(f"vertebrae_{v}" for v in ("T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5")),
        ("gluteus_maximus_left", "gluteus_maximus_right", "iliopsoas_left", "iliopsoas_right", "autochthon_left"),
        ("liver", "spleen"),
        tuple(f"rib_{s}_{n}" for s in ("left", "right") for n in range(3, 11)),
    ],
)
def test_of_a_subset_nothing_is_missing(person, asked):
    labels = numbered(person, "totalsegmentator:total", only=asked)
    right = load_label_map("totalsegmentator:total")
    named = replace(
        labels, segments=tuple(replace(s, name=right.names[s.label], named_by="label map") for s in labels.segments)
    )
    result, _, _ = check_study(named, person.volume, label_map=right, knowledge=load_knowledge())
    assert [f.message for f in result.findings if "not labelled" in f.message] == []


def test_one_organ_that_lacks_in_a_whole_study_is_still_missed(person):
    right = load_label_map("totalsegmentator:total")
    kept = tuple(s.name for s in person.segmentation.segments if s.name != "spleen")
    labels = numbered(person, "totalsegmentator:total", only=kept)
    named, chosen = with_map(labels, AUTO, person.volume, load_knowledge())
    result, _, _ = check_study(named, person.volume, label_map=chosen, knowledge=load_knowledge())
    assert chosen.id == right.id
    assert any("spleen is not labelled" in f.message for f in result.findings)
