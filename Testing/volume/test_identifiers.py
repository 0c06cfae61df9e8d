"""A patient's name planted in sixty places: it stands in no result, no line, no log and no name of a file.

One study of each kind holds a word of its own in every place at once; what a check says, writes and logs is searched
for all of them. (Segments' names of a file that does not say whom it is of are shown as they were given: see
`docs/threat-model.md`.)
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pydicom
import pytest
from volume.dicom_files import save, slices
from volume.files import nifti
from volume.test_dicom_seg import write_seg
from volume.test_rtstruct import square, write

from fmassist.cli.main import main
from fmassist.errors import InputError
from fmassist.knowledge.label_map import load_label_map
from fmassist.knowledge.load import load_knowledge

DICOM_TEXT = (
    *("PatientName", "PatientID", "OtherPatientIDs", "PatientComments", "PatientAddress", "AdditionalPatientHistory"),
    *("StudyDescription", "SeriesDescription", "ProtocolName", "StationName", "InstitutionName", "ImageComments"),
    *("ReferringPhysicianName", "OperatorsName", "PerformingPhysicianName", "AccessionNumber", "StudyID"),
    *("RequestedProcedureDescription", "BodyPartExamined", "ManufacturerModelName", "DeviceSerialNumber"),
)
"""Twenty-one fields of a DICOM header."""
CONTEXT = {
    "an entry": {"{}": 1},
    "a history": {"history": ["{}"]},
    "a body part": {"body_part": "{}"},
    "a sex": {"sex": "{}"},
    "a side": {"laterality": "{}"},
    "a modality": {"modality": "{}"},
    "an age": {"age": "{}"},
    "a list": {"history": "{}"},
}


def planted(place: str) -> str:
    """A word that stands nowhere else."""
    return "zq" + "".join(character for character in place.casefold() if character.isalnum())[:11] + "zq"


def everything(folder: Path) -> str:
    """Names and contents of all files."""
    found = []
    for path in sorted(folder.rglob("*")):
        found.append(path.relative_to(folder).as_posix())
        if path.is_file():
            content = path.read_bytes()
            if path.name.endswith(".nrrd"):
                import gzip

                head, _, voxels = content.partition(b"\n\n")
                content = head + gzip.decompress(voxels)
            found.append(content.decode("latin-1"))
    return "\n".join(found).casefold()


def check(capfd, caplog, out: Path, *arguments: str) -> str:
    """All that a check says, logs and writes."""
    caplog.set_level(logging.DEBUG)
    caplog.clear()  # of what making the files said
    capfd.readouterr()
    code = main(["check", "--out", str(out), *arguments])
    captured = capfd.readouterr()
    assert code in (0, 2, 3), captured.err
    text = captured.out.replace(str(out), "") + captured.err + caplog.text
    return (text + everything(out)).casefold() if out.is_dir() else text.casefold()


def none_of(words: list[str], said: str) -> None:
    assert [word for word in words if word in said] == []


def marked(items: list) -> list[str]:
    """DICOM objects of a patient in every field of text; the words planted."""
    for item in items:
        for tag in DICOM_TEXT:
            setattr(item, tag, planted(tag)[:16])
    return [planted(tag)[:16] for tag in DICOM_TEXT]


def test_fields_of_an_image_s_headers_and_the_names_of_its_files(tmp_path, capfd, caplog):
    items = slices(6, rows=16, columns=16)
    words = [*marked(items), planted("folder"), planted("file")]
    folder = save(items, tmp_path / planted("folder"))
    for number, path in enumerate(sorted(folder.iterdir())):
        path.rename(folder / f"{planted('file')}{number}.dcm")
    labels = np.zeros((6, 16, 16, 1), np.uint8)
    labels[1:5, 3:12, 3:12] = 1
    seg = write_seg(tmp_path / f"{planted('file')}.dcm", slices(6, rows=16, columns=16), labels)
    none_of(words, check(capfd, caplog, tmp_path / "out", "--labels", str(seg), "--image", str(folder)))


def test_a_dicom_seg_and_its_segments(tmp_path, capfd, caplog):
    labels = np.zeros((6, 16, 16, 1), np.uint8)
    labels[1:5, 3:12, 3:12] = 1
    path = write_seg(tmp_path / "seg.dcm", slices(6, rows=16, columns=16), labels)
    seg = pydicom.dcmread(path)
    words = marked([seg])
    seg.SegmentSequence[0].SegmentLabel = f"Liver of {planted('PatientName')[:16]}"
    seg.SegmentSequence[0].SegmentDescription = planted("SegmentDescription")
    seg.SegmentSequence[0].TrackingID = planted("TrackingID")
    seg.ContentLabel, seg.ContentDescription = "ZQLABELZQ", planted("ContentDescription")
    seg.save_as(path)
    words += [planted(name) for name in ("SegmentDescription", "TrackingID", "ContentDescription")] + ["zqlabelzq"]
    none_of(words, check(capfd, caplog, tmp_path / "out", "--labels", str(path)))


def test_an_rtstruct_and_its_regions(tmp_path, capfd, caplog):
    image = save(slices(6, rows=16, columns=16), tmp_path / "ct")
    path = write(tmp_path / "rt.dcm", liver=[square(5, 13, 1)])
    item = pydicom.dcmread(path)
    words = marked([item])
    item.StructureSetROISequence[0].ROIName = planted("PatientID")[:16] + " liver"
    item.StructureSetROISequence[0].ROIDescription = planted("ROIDescription")
    item.StructureSetLabel, item.StructureSetName = "zqsetlabelzq", planted("StructureSetName")
    item.save_as(path)
    words += [planted("ROIDescription"), "zqsetlabelzq", planted("StructureSetName")]
    none_of(words, check(capfd, caplog, tmp_path / "out", "--labels", str(path), "--image", str(image)))


def test_fields_and_names_of_a_nifti(tmp_path, capfd, caplog):
    mask = np.zeros((12, 12, 12), np.uint8)
    mask[3:9, 3:9, 3:9] = 5
    names = ("descrip", "aux_file", "intent_name", "folder", "file")
    folder = tmp_path / planted("folder")
    folder.mkdir()
    path = nifti(folder / f"{planted('file')}.nii", mask)
    header = bytearray(path.read_bytes())
    # Where nifti1.h has them.
    for name, at in (("descrip", 148), ("aux_file", 228), ("intent_name", 328)):
        text = planted(name)[:15].encode()
        header[at : at + len(text)] = text
    path.write_bytes(header)
    words = [planted(name)[:15] for name in names]
    none_of(words, check(capfd, caplog, tmp_path / "out", "--labels", str(path)))


def test_comments_and_pairs_of_an_nrrd_and_a_metaimage(tmp_path, capfd, caplog):
    from fmassist.geometry import Geometry
    from fmassist.volume import Segment, Segmentation, write_segmentation

    mask = np.zeros((12, 12, 12), np.uint8)
    mask[3:9, 3:9, 3:9] = 1
    path = tmp_path / f"{planted('nrrd file')}.seg.nrrd"
    write_segmentation(Segmentation((mask,), Geometry((12, 12, 12), np.eye(4)), (Segment(1, "liver"),)), path)
    head, _, voxels = path.read_bytes().partition(b"\n\n")
    more = f"\n# {planted('comment')}\ncontent: {planted('content')}\n{planted('key')}:={planted('value')}"
    path.write_bytes(head + more.encode() + b"\n\n" + voxels)
    words = [planted(name) for name in ("nrrd file", "comment", "content", "key", "value")]
    none_of(words, check(capfd, caplog, tmp_path / "out", "--labels", str(path)))
    meta = tmp_path / "labels.mha"
    header = (
        f"ObjectType = Image\nComment = {planted('mha comment')}\nNDims = 3\nBinaryData = True\n"
        f"Name = {planted('mha name')}\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\n"
        "DimSize = 12 12 12\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n"
    )
    meta.write_bytes(header.encode() + mask.tobytes())
    said = check(capfd, caplog, tmp_path / "out2", "--labels", str(meta))
    none_of([planted("mha comment"), planted("mha name")], said)


@pytest.mark.parametrize("entry", CONTEXT.values(), ids=CONTEXT)
def test_what_was_typed_into_a_context(tmp_path, capfd, caplog, entry):
    mask = np.zeros((6, 6, 6), np.uint8)
    mask[2:4, 2:4, 2:4] = 5
    labels = nifti(tmp_path / "labels.nii.gz", mask)
    context = tmp_path / f"{planted('context file')}.json"
    context.write_text(json.dumps(entry).replace("{}", planted("typed")))
    said = check(capfd, caplog, tmp_path / "out", "--labels", str(labels), "--context", str(context))
    none_of([planted("typed"), planted("context file")], said)
    assert "fmassist:" in said


@pytest.mark.parametrize(
    "text",
    [
        "subject_label\tobject_id\tlabel_value\nliver\tst:liver\t{}\n",
        "{}\tobject_id\tlabel_value\nliver\tst:liver\t5\n",
        "subject_label\t{}\tlabel_value\nliver\tst:liver\t5\n",
        "# {}\nsubject_label\tobject_id\tlabel_value\tcomment\nliver\tst:liver\t5\t{}\n",
    ],
)
def test_a_label_map_its_name_and_its_columns(tmp_path, capfd, caplog, text):
    mask = np.zeros((6, 6, 6), np.uint8)
    mask[2:4, 2:4, 2:4] = 5
    labels = nifti(tmp_path / "labels.nii.gz", mask)
    table = tmp_path / f"{planted('table')}.sssom.tsv"
    table.write_text(text.replace("{}", planted("column")))
    said = check(capfd, caplog, tmp_path / "out", "--labels", str(labels), "--label-map", str(table))
    none_of([planted("table"), planted("column")], said)


def test_an_own_label_map_is_known_by_its_content(tmp_path):
    one, other = tmp_path / "a.sssom.tsv", tmp_path / "b.sssom.tsv"
    one.write_text("subject_label\tobject_id\tlabel_value\nliver\tst:liver\t5\n")
    other.write_bytes(one.read_bytes())
    assert load_label_map(str(one)).id == load_label_map(str(other)).id
    other.write_text(one.read_text().replace("\t5", "\t6"))
    assert load_label_map(str(one)).id != load_label_map(str(other)).id


@pytest.mark.parametrize("text", ["no turtle", "# fine\n"])
def test_names_in_a_folder_of_knowledge(tmp_path, text):
    folder = tmp_path / planted("knowledge") / planted("below")
    folder.mkdir(parents=True)
    (folder / f"{planted('file')}.ttl").write_text(text)
    try:
        said = load_knowledge(tmp_path / planted("knowledge")).stated_version
    except InputError as error:
        said = str(error)
    none_of([planted(name) for name in ("knowledge", "below", "file")], said.casefold())


@pytest.mark.parametrize("arguments", [("--modality", "Musterfrau"), ("--label-map", "Musterfrau")])
def test_what_was_typed_into_an_option(tmp_path, capfd, caplog, arguments):
    mask = np.zeros((6, 6, 6), np.uint8)
    mask[2:4, 2:4, 2:4] = 5
    said = check(capfd, caplog, tmp_path / "o", "--labels", str(nifti(tmp_path / "l.nii.gz", mask)), *arguments)
    none_of(["musterfrau"], said)
