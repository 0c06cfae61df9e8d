"""The shipped label maps: complete, of one meaning a label, and with sides that agree."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest

from fmassist.errors import InputError
from fmassist.knowledge.label_map import SHIPPED, load_label_map
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.namespaces import ST
from fmassist.resources import resource

SIZES = {
    "totalsegmentator:total": 117,
    "totalsegmentator:total_mr": 50,
    "meshnet:104": 103,  # and background
    "meshnet:subcortical": 17,  # and background
    "obelisk:8": 8,
    "vista3d": 132,
    "monai:wholebody_ct": 104,
}


def rows(name):
    text = resource("label_maps", SHIPPED[name] + ".sssom.tsv").read_text(encoding="utf-8")
    return list(csv.DictReader((line for line in text.splitlines() if not line.startswith("#")), delimiter="\t"))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_label_means_a_structure_of_the_ontology(name):
    label_map = load_label_map(name)
    structures = load_knowledge().structures
    assert all(iri in structures for iri in label_map.structures.values())
    if name in SIZES:
        assert len(label_map.names) == SIZES[name]
        assert set(label_map.structures) == set(label_map.names.values())


@pytest.mark.parametrize("name", SHIPPED)
def test_a_label_lies_on_the_side_that_its_name_says(name):
    structures = load_knowledge().structures
    for label, iri in load_label_map(name).structures.items():
        said = re.findall(
            r"left|right|[-_]lh[-_]|[-_]rh[-_]",
            label.lower().replace("heart_atrium", "").replace("heart_ventricle", ""),
        )
        sides = {{"lh": "left", "rh": "right"}.get(word.strip("-_"), word) for word in said}
        # Parts of the heart are called left and right without lying on a side.
        if "heart_" not in label and structures[iri].side is not None and sides:
            assert sides == ({structures[iri].side} if structures[iri].side else set()), label


@pytest.mark.parametrize("name", SHIPPED)
def test_rows_say_how_they_were_made_and_name_their_object_as_the_ontology_does(name):
    structures = load_knowledge().structures
    for row in rows(name):
        assert re.fullmatch(r"[a-z0-9_]+:[\w.]+/.+", row["subject_id"])
        assert row["mapping_justification"] in ("semapv:ManualMappingCuration", "semapv:LexicalMatching")
        if row["object_id"] != "sssom:NoTermFound":
            assert row["object_label"] == structures[row["object_id"].replace("st:", ST)].label


BY_HAND = ("totalsegmentator:total", "totalsegmentator:total_mr", "meshnet:104", "obelisk:8", "monai:wholebody_ct")


@pytest.mark.parametrize("name", BY_HAND)
def test_no_two_labels_of_one_model_mean_the_same(name):
    meanings = list(load_label_map(name).structures.values())
    assert len(meanings) == len(set(meanings))


def test_vista3d_repeats_a_meaning_only_in_a_label_that_its_authors_gave_up():
    seen: dict[str, list[str]] = {}
    for row in rows("vista3d"):
        seen.setdefault(row["object_id"], []).append(row["comment"])
    twice = {key: comments for key, comments in seen.items() if len(comments) > 1}
    assert set(twice) == {"st:hepatic_tumor"}
    assert all(any("deprecated" in c for c in comments) for comments in twice.values())


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("totalsegmentator:total", "total"),
        ("totalsegmentator:total_mr", "total_mr"),
        ("monai:wholebody_ct", "total_v1"),
    ],
)
def test_numbers_are_those_of_the_model(shared, name, task):
    maps = json.loads((shared / "data" / "labels" / "totalsegmentator_class_maps.json").read_text())
    assert {str(value): label for value, label in load_label_map(name).names.items()} == maps[task]


@pytest.mark.parametrize(
    ("name", "folder"), [("meshnet:104", "meshnet_104"), ("meshnet:subcortical", "meshnet_subcortical")]
)
def test_numbers_are_those_of_the_weights(shared, name, folder):
    labels = json.loads((shared / "models" / folder / "colormap.json").read_text())["labels"]
    assert load_label_map(name).names == dict(enumerate(labels[1:], start=1))


def test_numbers_are_those_that_freesurfer_wrote(shared):
    """Every label of a volume of FreeSurfer's is known, lies on its side, and the poles lie where poles lie."""
    nibabel = pytest.importorskip("nibabel", reason="nibabel is not installed")

    image = nibabel.as_closest_canonical(nibabel.load(shared / "data" / "brain_freesurfer" / "aparc.a2009s+aseg.mgz"))
    labels = np.asarray(image.dataobj).astype(np.int32)
    label_map, structures = load_label_map("freesurfer:a2009s"), load_knowledge().structures
    present = set(np.unique(labels).tolist()) - {0}
    assert len(present) == 188
    assert present <= set(label_map.names)
    count = np.bincount(labels.ravel())
    middle = {}
    for axis in range(3):
        along = np.arange(labels.shape[axis]).reshape([-1 if n == axis else 1 for n in range(3)])
        total = np.bincount(labels.ravel(), np.broadcast_to(along, labels.shape).ravel())
        for value in present:
            middle.setdefault(label_map.names[value], []).append(total[value] / count[value])
    centre = middle["Brain-Stem"][0]
    for name, (right, *_) in middle.items():
        side = structures[label_map.structures[name]].side if name in label_map.structures else None
        side = {"ctx_lh": "left", "ctx_rh": "right"}.get(name[:6], side)
        assert side is None or (right > centre) == (side == "right"), name
    for hemisphere in ("lh", "rh"):
        mine = {name[7:]: place for name, place in middle.items() if name.startswith(f"ctx_{hemisphere}")}
        assert len(mine) == 74
        assert min(mine, key=lambda name: mine[name][1]) == "Pole_occipital"
        assert max(mine, key=lambda name: mine[name][1]) in ("G_and_S_transv_frontopol", "G_and_S_frontomargin")
        assert mine["S_precentral-sup-part"][1] > mine["S_central"][1] > mine["S_postcentral"][1]
        assert mine["G_parietal_sup"][2] > mine["G_pariet_inf-Angular"][2] > mine["G_temporal_middle"][2]
        assert mine["G_temporal_middle"][2] > mine["G_temporal_inf"][2]


def test_a_parcel_is_its_own_structure_and_not_the_cortex():
    label_map = load_label_map("freesurfer:a2009s")
    assert label_map.structures["Left-Putamen"] == ST + "putamen_left"
    assert label_map.names[11146] == "ctx_lh_S_central"
    assert label_map.structures["ctx_lh_S_central"] == ST + "destrieux_s_central_left"
    assert ST + "cerebral_cortex" in load_knowledge().structures[ST + "destrieux_s_central_left"].part_of


def test_vista3d_counts_as_monai_does():
    names = load_label_map("vista3d").names
    assert [names[n] for n in (1, 15, 63, 87, 97, 127, 132)] == [
        "liver", "bladder", "left rib 1", "left humerus", "sacrum", "vertebrae S1", "airway",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        "subject_label\tobject_id\tlabel_value\nliver\tst:liver\t1\nspleen\tst:spleen\t1\n",
    ],
)
def test_a_file_that_is_no_label_map_is_refused_with_one_line(tmp_path, text):
    path = tmp_path / "map.sssom.tsv"
    path.write_text(text)
    with pytest.raises(InputError) as refusal:
        load_label_map(str(path))
    assert "\n" not in str(refusal.value)
