"""`fmassist batch`: many studies, none of which can stop the others."""

from __future__ import annotations

import csv
import json

import pytest

from fmassist.batch.studies import find_studies
from fmassist.cli.main import main
from fmassist.errors import InputError


def test_one_bad_study_is_noted_and_the_others_are_checked(study, tmp_path, capsys):
    (tmp_path / "Doe_bad.nii.gz").write_bytes(b"no volume")
    rows = [
        {"id": "good", "labels": str(study.labels), "image": str(study.image)},
        {"id": "bad", "labels": str(tmp_path / "Doe_bad.nii.gz")},
        {"id": "alone", "labels": str(study.labels)},
    ]
    (tmp_path / "list.json").write_text(json.dumps(rows))
    out = tmp_path / "out"
    assert main(["batch", str(tmp_path / "list.json"), "--out", str(out), "--jobs", "2"]) == 2
    summary = {row["study"]: row for row in csv.DictReader((out / "summary.csv").open(encoding="utf-8"))}
    assert list(summary) == ["good", "bad", "alone"]
    assert summary["bad"]["outcome"] == "failed"
    assert "Doe" not in summary["bad"]["reason"]
    assert summary["bad"]["reason"]
    for name in ("good", "alone"):
        assert (out / name / "report.html").is_file()
        assert summary[name]["outcome"] in ("plausible", "review", "implausible")
    assert not (out / "bad").exists()
    assert "3 studies" in capsys.readouterr().out

    # A second run goes on where the first stopped: what is finished is not touched, what failed is tried again.
    before = (out / "good" / "findings.json").stat().st_mtime_ns
    (tmp_path / "Doe_bad.nii.gz").write_bytes(study.labels.read_bytes())
    (tmp_path / "Doe_bad.nii.gz").rename(tmp_path / "Doe_bad.seg.nrrd")
    rows[1]["labels"] = str(tmp_path / "Doe_bad.seg.nrrd")
    (tmp_path / "list.json").write_text(json.dumps(rows))
    assert main(["batch", str(tmp_path / "list.json"), "--out", str(out)]) in (0, 3)
    assert (out / "good" / "findings.json").stat().st_mtime_ns == before
    assert (out / "bad" / "findings.json").is_file()
    rows = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert [row["outcome"] == "failed" for row in rows] == [False] * 3


def test_a_folder_of_folders_is_found_without_using_its_names(tmp_path):
    for name in ("Doe_Jane", "Roe_Richard"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "segmentation.seg.nrrd").write_bytes(b"")
    (tmp_path / "Roe_Richard" / "ct.nii.gz").write_bytes(b"")
    (tmp_path / "no study").mkdir()
    studies = find_studies(tmp_path)
    assert [study.id for study in studies] == ["study-0001", "study-0002"]
    assert [study.image is not None for study in studies] == [False, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no study"),
        ("labels,weight\na.nii,3\n", "unknown column 'weight'"),
        ("id,labels\none,\n", "study 1 names no labels"),
        ("id,labels\n../../x,a.nii\n", "cannot name a folder"),
        ("id,labels\n..,a.nii\n", "cannot name a folder"),
        ("id,labels\na,a.nii\nA,b.nii\n", "study 2 has the id of another"),
    ],
)
def test_a_wrong_list_is_refused_with_its_row(tmp_path, text, said):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(InputError, match=said):
        find_studies(tmp_path / "list.csv")


def test_paths_are_relative_to_the_list(tmp_path):
    (tmp_path / "list.csv").write_text("\ufefflabels,image\nsub/a.nii.gz,\n", encoding="utf-8")
    (study,) = find_studies(tmp_path / "list.csv")
    assert study.labels == tmp_path / "sub" / "a.nii.gz"
    assert study.image is None
