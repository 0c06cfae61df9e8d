"""Which studies a batch finds: lists as Excel writes them, folders, BIDS, DICOM trees, patterns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fmassist.batch.sources import find_studies
from fmassist.errors import InputError


def ids(studies):
    return [study.id for study in studies]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no study"),
        ("labels,Musterfrau\na.nii,3\n", "column 2 of the list of studies is none that is known"),
        ("id,context\none,\n", "study 1 names no labels"),
        ("id,labels\n../../x,a.nii\n", "cannot name a folder"),
        ("id,labels\n..,a.nii\n", "cannot name a folder"),
        ("id,labels\nsummary.csv,a.nii\n", "uses itself"),
        ("id,labels\na,a.nii\nA,b.nii\n", "study 2 has the id of another"),
        ("id,labels\na,a.nii,b,c\n", "more cells"),
        ("id,labels,age\na,a.nii,old\n", "age of study 1"),
    ],
)
def test_a_wrong_list_is_refused_with_its_row_and_without_its_words(tmp_path, text, said):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(InputError, match=said) as error:
        find_studies([tmp_path / "list.csv"])
    assert "Musterfrau" not in str(error.value)


@pytest.mark.parametrize(
    "data",
    [
        "id,labels,image\nMüller-1,sub/a.nii.gz,\n".replace("Müller-1", "one").encode("utf-8-sig"),
        "id;labels;image\none;sub/a.nii.gz;\n".encode("utf-16"),
        "id\tlabels\timage\none\tsub/a.nii.gz\t\n".encode("utf-16-le").join([b"\xff\xfe", b""]),
        b"sep=;\r\nid;labels;image\r\none;sub/a.nii.gz;\r\n",
        b"id;labels;site\r\none;sub/a.nii.gz;Z\xfcrich\r\n",
        b'"id","labels"\n"one","sub/a.nii.gz"\n,\n\n',
    ],
)
def test_lists_as_excel_writes_them(tmp_path, data):
    (tmp_path / "list.csv").write_bytes(data)
    (study,) = find_studies([tmp_path / "list.csv"])
    assert study.labels == str(tmp_path / "sub" / "a.nii.gz"), "relative to the list"
    assert study.image == ()
    assert study.tags.get("site", "Zürich") == "Zürich"


def test_a_list_in_parquet(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(
        pa.table({"id": ["one", "two"], "labels": ["a", "b"], "age": [54.0, None]}), tmp_path / "l.parquet"
    )
    first, second = find_studies([tmp_path / "l.parquet"])
    assert (first.known, second.known) == ({"age": 54.0}, {})
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(InputError, match="cannot be read"):
        find_studies([tmp_path / "bad.parquet"])


def test_a_folder_of_folders_is_named_by_content_in_whatever_order(put, tmp_path):
    put("good.nii.gz", tmp_path / "Doe_Jane" / "segmentation.nii.gz")
    put("bad.nii.gz", tmp_path / "Roe_Richard" / "labels.nii.gz")
    put("ct.nii.gz", tmp_path / "Roe_Richard" / "ct.nii.gz")
    (tmp_path / "no study").mkdir()
    first, second = find_studies([tmp_path])
    assert not first.image
    assert second.image
    put("other.nii.gz", tmp_path / "Aaa" / "labels.nii.gz")
    assert ids(find_studies([tmp_path]))[1:] == [first.id, second.id]
    (tmp_path / "Doe_Jane").rename(tmp_path / "Zoe")
    assert set(ids(find_studies([tmp_path]))) >= {first.id, second.id}
    assert "Doe" not in first.id


def test_equal_studies_are_two_studies(put, tmp_path):
    for name in "ab":
        put("good.nii.gz", tmp_path / name / "labels.nii.gz")
    first, second = ids(find_studies([tmp_path]))
    assert second == f"{first}-2"


def test_folders_as_totalsegmentator_writes_them(put, tmp_path):
    put("good.nii.gz", tmp_path / "s0001" / "segmentations" / "liver.nii.gz")
    put("ct.nii.gz", tmp_path / "s0001" / "ct.nii.gz")
    (study,) = find_studies([tmp_path])
    assert Path(study.labels).name == "segmentations"


def test_files_and_patterns(put, tmp_path):
    for name in "ab":
        put("good.nii.gz", tmp_path / name / "x.nii.gz")
    assert len(find_studies([str(tmp_path / "*" / "x.nii.gz")])) == 2
    assert len(find_studies([tmp_path / "a" / "x.nii.gz", tmp_path / "b" / "x.nii.gz"])) == 2
    with pytest.raises(InputError, match="nothing is of that name"):
        find_studies([tmp_path / "missing.nii.gz"])


def test_images_alone_are_studies_only_for_a_model(put, tmp_path):
    put("ct.nii.gz", tmp_path / "a" / "ct.nii.gz")
    with pytest.raises(InputError, match="no study"):
        find_studies([tmp_path])
    (study,) = find_studies([tmp_path], segment=True)
    assert study.labels is None


def test_bids_derivatives_find_their_image_and_person(put, tmp_path):
    (tmp_path / "dataset_description.json").write_text(json.dumps({"Name": "x", "BIDSVersion": "1.9.0"}))
    (tmp_path / "participants.tsv").write_text("participant_id\tage\tsex\nsub-01\t61\tF\nsub-02\tn/a\tM\n")
    derived = tmp_path / "derivatives" / "tool"
    put("ct.nii.gz", tmp_path / "sub-01" / "ses-1" / "ct" / "sub-01_ses-1_ct.nii.gz")
    put("ct.nii.gz", tmp_path / "sub-01" / "ses-2" / "ct" / "sub-01_ses-2_ct.nii.gz")
    put("ct.nii.gz", tmp_path / "sub-02" / "ct" / "sub-02_ct.nii.gz")
    put("good.nii.gz", derived / "sub-01" / "ses-2" / "sub-01_ses-2_desc-total_dseg.nii.gz")
    put("bad.nii.gz", derived / "sub-02" / "sub-02_dseg.nii.gz")
    first, second = find_studies([tmp_path])
    assert "ses-2" in first.image[0]
    assert first.known == {"age": 61.0, "sex": "female"}
    assert second.known == {"sex": "male"}
    assert len(find_studies([tmp_path], segment=True)) == 3


def test_two_images_that_fit_equally_are_not_guessed_between(put, tmp_path):
    (tmp_path / "dataset_description.json").write_text("{}")
    for run in "12":
        put("ct.nii.gz", tmp_path / "sub-01" / "ct" / f"sub-01_run-{run}_ct.nii.gz")
    put("good.nii.gz", tmp_path / "derivatives" / "t" / "sub-01" / "sub-01_dseg.nii.gz")
    (study,) = find_studies([tmp_path])
    assert study.image == ()


def test_dicom_slices_of_two_series_in_one_folder_are_sorted_by_their_headers(tmp_path):
    import numpy as np
    from dicom_tree_files import write_series

    write_series(tmp_path / "mixed", "1.2.3.1", count=4, seed=1)
    write_series(tmp_path / "mixed", "1.2.3.2", count=3, seed=2)
    studies = find_studies([tmp_path], segment=True)
    assert sorted(len(study.image) for study in studies) == [3, 4]
    assert len(set(ids(studies))) == 2
    from fmassist.batch.one import _image
    from fmassist.volume import read_volume

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    four = next(study for study in studies if len(study.image) == 4)
    volume = read_volume(_image(four, scratch))
    assert volume.voxels.shape[2] == 4
    assert np.isfinite(volume.voxels).all()
