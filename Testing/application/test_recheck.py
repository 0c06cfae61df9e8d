"""What was understood at the first check is understood again from what was kept of it, without the images."""

from __future__ import annotations

import json

import numpy as np
import pytest

import fmassist as fma
from fmassist.geometry import Geometry
from fmassist.volume import Code, Segment, Segmentation, Terminology, write_segmentation
from fmassist.volume.nifti import write_nifti

KIDNEY, LEFT = Code("64033007", "SCT", "Kidney"), Code("7771000", "SCT", "Left")
PICKED = ("liver", "spleen", "kidney_left", "kidney_right", "pancreas", "stomach", "aorta", "vertebrae_L2")


@pytest.fixture(scope="module")
def masks(case):
    total = {name: value for value, name in fma_names().items()}
    return {name: case.labels == total[name] for name in PICKED}


def fma_names():
    from fmassist.knowledge.label_map import load_label_map

    return load_label_map("totalsegmentator:total").names


def as_numbers(case, masks, folder):
    return case.folder / "seg.nii.gz", None


def as_folder_of_masks(case, masks, folder):
    (folder / "masks").mkdir()
    geometry = Geometry(case.labels.shape, case.affine)
    for name, where in {**masks, "gallbladder": np.zeros(case.labels.shape, bool)}.items():
        write_nifti(folder / "masks" / f"{name}.nii.gz", where.astype(np.uint8), geometry)
    return folder / "masks", None


def as_slicer_file(case, masks, folder):
    """One segment is known by its code alone, one against its code, one by a guess, one not at all."""
    layer = np.zeros(case.labels.shape, np.uint8)
    names = ["liver", "Segment_2", "kidney left", "right kidney", "OAR pancreas seg", "something", "aorta", "Organ"]
    coded = Terminology(Code("123037004", "SCT", "Anatomical structure"), KIDNEY, LEFT)
    segments = []
    for label, (name, where) in enumerate(zip(names, masks.values(), strict=True), start=1):
        layer[where] = label
        segments.append(Segment(label, name, terminology=coded if name in ("Segment_2", "right kidney") else None))
    write_segmentation(
        Segmentation((layer,), Geometry(layer.shape, case.affine), tuple(segments)), folder / "s.seg.nrrd"
    )
    return folder / "s.seg.nrrd", None


def as_own_table(case, masks, folder):
    """A table with a label of no structure, a name that nobody knows, and structures that the file lacks."""
    table = folder / "own.csv"
    names = {**fma_names(), 2: "my kidney", 1: "background"}
    table.write_text("value,name\n" + "".join(f"{value},{name}\n" for value, name in names.items()))
    return case.folder / "seg.nii.gz", table


@pytest.mark.parametrize("form", [as_numbers, as_folder_of_masks, as_slicer_file, as_own_table])
def test_the_stored_evidence_is_understood_as_the_file_was(case, masks, tmp_path, form):
    labels, table = form(case, masks, tmp_path)
    first = fma.check(labels, image=case.folder / "ct.nii.gz", label_map=table)
    first.write(tmp_path / "first")
    again = fma.recheck(tmp_path / "first")
    again.write(tmp_path / "again")
    for name in ("findings.json", "evidence.json", "explanation.ttl"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "first" / name).read_bytes(), name
    assert fma.recheck(first).document == first.document


def test_a_mask_that_is_asked_for_and_empty_is_missing_then_and_again(case, masks, tmp_path):
    labels, _ = as_folder_of_masks(case, {**masks, "spleen": np.zeros(case.labels.shape, bool)}, tmp_path)
    first = fma.check(labels, image=case.folder / "ct.nii.gz")
    first.write(tmp_path / "first")
    for study in (first, fma.recheck(tmp_path / "first")):
        said = [f.message for f in study.findings if f.severity == "review"]
        assert any(text.startswith("The spleen is not labelled") for text in said)
        assert not any("gallbladder" in text for text in said)


def test_another_label_map_gives_the_stored_numbers_other_names(case, tmp_path):
    first = fma.check(case.folder / "seg.nii.gz", image=case.folder / "ct.nii.gz")
    first.write(tmp_path / "first")
    table = tmp_path / "own.csv"
    table.write_text("value,name\n1,liver\n5,spleen\n")
    given = fma.recheck(tmp_path / "first", label_map=str(table))
    direct = fma.check(case.folder / "seg.nii.gz", image=case.folder / "ct.nii.gz", label_map=str(table))
    assert given.meanings == direct.meanings
    assert {s.key: s.name for s in given.result.segments} == {s.key: s.name for s in direct.result.segments}
    assert fma.recheck(tmp_path / "first", label_map="totalsegmentator:total").meanings == first.meanings
    chosen = fma.recheck(tmp_path / "first", label_map="auto")
    assert chosen.label_map.id == first.label_map.id


def test_evidence_of_before_the_file_was_kept_is_still_judged(case, tmp_path):
    first = fma.check(case.folder / "seg.nii.gz", image=case.folder / "ct.nii.gz")
    first.write(tmp_path / "first")
    path = tmp_path / "first" / "evidence.json"
    old = json.loads(path.read_text())
    del old["as_read"]
    path.write_text(json.dumps(old))
    assert fma.recheck(tmp_path / "first").meanings == first.meanings
