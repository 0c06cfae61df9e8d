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
        ("id,labels,labels\na,a.nii,b.nii\n", "column 3 of the list of studies bears the name of another"),
        ("id,labels, id\na,a.nii,b\n", "column 3 of the list of studies bears the name of another"),
        ('id,labels\na,"a.nii\nb,b.nii\nMusterfrau,c.nii\n', "every quote closed"),
        ("id,labels\na.,a.nii\n", "cannot name a folder"),
        ("id,labels\nCON,a.nii\n", "cannot name a folder"),
        ("id,labels\nlpt1.x,a.nii\n", "cannot name a folder"),
        ("id,labels\nDecisions,a.nii\n", "uses itself"),
        ("id,labels\na,a\0.nii\n", "no name and no number|cannot be read"),
        ("id,labels\na," + "Musterfrau" * 1000 + "\n", "no name and no number"),
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


def test_a_list_of_objects_that_two_readers_would_read_in_two_ways_is_refused(tmp_path):
    for text in (
        '[{"labels": "a.nii", "labels": "Musterfrau.nii"}]',
        '[{"labels": ["a.nii", "Musterfrau.nii"]}]',
        '[{"labels": {"Musterfrau": 1}}]',
        '[{"labels": "\\ud800"}]',
        '[{"labels": NaN}]',
    ):
        (tmp_path / "list.json").write_text(text)
        with pytest.raises(InputError) as error:
            find_studies([tmp_path / "list.json"])
        assert "Musterfrau" not in str(error.value)


def test_a_list_in_parquet_that_stands_for_gigabytes_is_refused_before_it_is_unpacked(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    bombs = {
        "rows without end": pa.table({"labels": pa.array(["a"]).take(pa.array([0] * 1_000_001))}),
        "a long text in each row": pa.table(
            {"labels": pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), ["x" * 1_000_000])}
        ),
        "lists within lists": pa.table({"labels": [[["a"]]]}),
        "bytes": pa.table({"labels": [b"a"]}),
        "two columns of one name": pa.table([["a"], ["b"]], names=["labels", "labels"]),
    }
    for name, table in bombs.items():
        parquet.write_table(table, tmp_path / "list.parquet", compression="zstd")
        assert (tmp_path / "list.parquet").stat().st_size < 200_000, name
        before = pa.total_allocated_bytes()
        with pytest.raises(InputError, match="list of studies"):
            find_studies([tmp_path / "list.parquet"])
        assert pa.total_allocated_bytes() - before < 10**8, name


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


def test_a_person_who_stands_twice_in_a_data_set_has_neither_age(put, tmp_path):
    (tmp_path / "dataset_description.json").write_text("{}")
    rows = ("sub-01\t61\tF", "sub-01\t6\tM", 'sub-02\t"70\tF', "sub-03\t50\tM")
    (tmp_path / "participants.tsv").write_text("participant_id\tage\tsex\n" + "\n".join(rows) + "\n")
    for person in "123":
        put("good.nii.gz", tmp_path / "derivatives" / "t" / f"sub-0{person}" / f"sub-0{person}_dseg.nii.gz")
    twice, quoted, third = find_studies([tmp_path])
    assert twice.known == {}
    assert quoted.known == {"sex": "female"}, "a quote that is never closed swallows nobody"
    assert third.known == {"age": 50.0, "sex": "male"}


def test_two_images_that_fit_equally_are_not_guessed_between(put, tmp_path):
    (tmp_path / "dataset_description.json").write_text("{}")
    for run in "12":
        put("ct.nii.gz", tmp_path / "sub-01" / "ct" / f"sub-01_run-{run}_ct.nii.gz")
    put("good.nii.gz", tmp_path / "derivatives" / "t" / "sub-01" / "sub-01_dseg.nii.gz")
    (study,) = find_studies([tmp_path])
    assert study.image == ()


def test_dicom_slices_of_two_series_in_one_folder_are_sorted_by_their_headers(tmp_path):
    import numpy as np
    from batch.dicom_tree_files import write_series

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


@pytest.mark.parametrize("which", range(4))
def test_a_slice_that_lost_its_modality_does_not_take_its_series_away(tmp_path, which):
    import pydicom
    from batch.dicom_tree_files import write_series

    write_series(tmp_path / "tree", "1.2.3.1", count=4, seed=1)
    path = sorted((tmp_path / "tree").iterdir())[which]
    header = pydicom.dcmread(path)
    del header.Modality
    header.save_as(path)
    (study,) = find_studies([tmp_path], segment=True)
    assert len(study.image) == 4


@pytest.mark.parametrize("damage", ["cut", "without a series"])
def test_a_damaged_slice_of_a_tree_is_not_passed_over(tmp_path, damage):
    import pydicom
    from batch.dicom_tree_files import write_series

    write_series(tmp_path / "tree", "1.2.3.1", count=4, seed=1)
    path = sorted((tmp_path / "tree").iterdir())[0]
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:150])
    else:
        header = pydicom.dcmread(path)
        del header.SeriesInstanceUID
        header.save_as(path)
    series, trouble = find_studies([tmp_path], segment=True)
    assert len(series.image) == 3
    assert "a DICOM file of the tree cannot be read" in trouble.trouble


def test_a_volume_in_one_file_is_a_study_and_an_index_is_none(tmp_path):
    import pydicom
    from batch.dicom_tree_files import write_series

    write_series(tmp_path / "tree", "1.2.3.1", count=1, seed=1)
    (path,) = (tmp_path / "tree").iterdir()
    header = pydicom.dcmread(path)
    header.NumberOfFrames = 30
    header.save_as(path)
    index = pydicom.dcmread(path)
    index.file_meta.MediaStorageSOPClassUID = index.SOPClassUID = "1.2.840.10008.1.3.10"
    for name in ("SeriesInstanceUID", "Modality"):
        delattr(index, name)
    index.save_as(tmp_path / "tree" / "DICOMDIR")
    (study,) = find_studies([tmp_path], segment=True)
    assert study.image == (str(path),)
    assert not study.trouble
