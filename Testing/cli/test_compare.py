"""Two models on one image: told apart, compared by meaning, and held against anatomy."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fmassist.cli.main import main
from fmassist.phantom import torso
from fmassist.volume import Segment, Segmentation, write_segmentation, write_volume


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """One image; a good segmentation, one with two kidneys exchanged, and the first once more."""
    folder = tmp_path_factory.mktemp("models")
    case = torso(seed=5, spacing_mm=(4.0, 4.0, 4.0), field_of_view="abdomen")
    write_volume(case.volume, folder / "ct.nii.gz")
    good = case.segmentation
    write_segmentation(good, folder / "good.seg.nrrd")
    values = {s.name: s.label for s in good.segments}
    labels = np.array(good.layers[0])
    left, right = labels == values["kidney_left"], labels == values["kidney_right"]
    labels[left], labels[right] = values["kidney_right"], values["kidney_left"]
    write_segmentation(replace(good, layers=(labels,)), folder / "swapped.seg.nrrd")
    spleen = good.mask(good.segment("spleen")).astype(np.uint8)
    write_segmentation(Segmentation((spleen,), good.geometry, (Segment(1, "spleen"),)), folder / "spleen.seg.nrrd")
    return folder


def compared(files: Path, out: Path, *names: str) -> tuple[int, dict]:
    labels = [part for name in names for part in ("--labels", str(files / name))]
    code = main(["check", *labels, "--image", str(files / "ct.nii.gz"), "--out", str(out)])
    return code, json.loads((out / "comparison.json").read_text())


def test_exchanged_kidneys_are_told_once_each_and_anatomy_takes_sides(files, tmp_path):
    code, said = compared(files, tmp_path / "out", "good.seg.nrrd", "swapped.seg.nrrd")
    assert code == 3
    assert {(d["label"], d["kind"]) for d in said["differences"]} == {
        ("left kidney", "other side"),
        ("right kidney", "other side"),
    }
    assert all([model[0] for model in d["right"]] == ["A"] for d in said["differences"])
    agreement = {row["label"]: row["mean_dice"] for row in said["agreement"]}
    assert agreement["left kidney"] == 0
    assert agreement["liver"] == 1
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert "left kidney" in page
    for letter in "AB":
        assert (tmp_path / "out" / letter / "report.html").is_file()


def test_a_model_that_knows_less_is_asked_for_no_more(files, tmp_path, capsys):
    labels = ["--labels", str(files / "good.seg.nrrd"), "--labels", str(files / "spleen.seg.nrrd")]
    maps = ["--label-map", "totalsegmentator:total", "--label-map", "obelisk:8"]
    main(["check", *labels, *maps, "--image", str(files / "ct.nii.gz"), "--out", str(tmp_path / "out")])
    said = json.loads((tmp_path / "out" / "comparison.json").read_text())
    missed = {d["label"] for d in said["differences"]}
    assert "liver" in missed  # OBELISK labels livers, and did not
    assert "vertebra L2" not in missed  # it never does


def test_names_of_files_stay_out_of_the_results(files, tmp_path):
    _, said = compared(files, tmp_path / "out", "good.seg.nrrd", "swapped.seg.nrrd")
    assert "swapped" not in json.dumps(said)


@pytest.mark.parametrize("maps", [["totalsegmentator:total"] * 3, ["totalsegmentator:total", "nothing:here"]])
def test_wrong_label_maps_are_refused(files, tmp_path, capsys, maps):
    labels = ["--labels", str(files / "good.seg.nrrd"), "--labels", str(files / "swapped.seg.nrrd")]
    options = [part for name in maps for part in ("--label-map", name)]
    assert main(["check", *labels, *options, "--out", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
