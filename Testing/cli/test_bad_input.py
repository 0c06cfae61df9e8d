"""Whatever is wrong is one line on stderr, exit code 2, and nothing left behind."""

from __future__ import annotations

import gzip
import json
import struct

import numpy as np
import pytest

from fmassist.cli.main import main
from fmassist.geometry import Geometry
from fmassist.volume import Volume, write_volume


def refused(capsys, *arguments) -> str:
    """Runs the command, expects a refusal, and returns its line."""
    assert main([str(argument) for argument in arguments]) == 2
    said = capsys.readouterr().err
    assert said.startswith("fmassist: ")
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert "Doe" not in said
    return said


def header(path) -> bytearray:
    return bytearray(gzip.decompress(path.read_bytes()))


def with_bytes(study, tmp_path, offset: int, form: str, *values) -> object:
    """The study's image with some bytes of its NIfTI header changed."""
    data = header(study.image)
    struct.pack_into(form, data, offset, *values)
    path = tmp_path / "Doe_Jane.nii.gz"
    path.write_bytes(gzip.compress(bytes(data), 1))
    return path


NAN = float("nan")
DAMAGE = {
    "zero spacing": (76, "<8f", 1, 0, 5, 5, 0, 0, 0, 0),
    "NaN in the affine": (280, "<4f", NAN, 0, 0, 0),
    "singular affine": (280, "<12f", 5, 0, 0, 0, 5, 0, 0, 0, 0, 0, 5, 0),
    "overflowing dimensions": (40, "<8h", 3, 32767, 32767, 32767, 1, 1, 1, 1),
    "4D": (40, "<8h", 4, 20, 20, 20, 3, 1, 1, 1),
    "qform against sform": (280, "<12f", -5, 0, 0, 90, 0, 5, 0, 0, 0, 0, 5, 0),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_volume_is_refused(study, tmp_path, capsys, damage):
    offset, form, *values = DAMAGE[damage]
    image = with_bytes(study, tmp_path, offset, form, *values)
    refused(capsys, "check", "--labels", study.labels, "--image", image, "--out", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == [image.name]


def test_a_truncated_volume_is_refused(study, tmp_path, capsys):
    path = tmp_path / "Doe.nii.gz"
    path.write_bytes(study.image.read_bytes()[:2000])
    refused(capsys, "check", "--labels", study.labels, "--image", path, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("what", ["constant", "nan", "one slice"])
def test_a_volume_without_an_image_is_refused(study, tmp_path, capsys, what):
    voxels = np.zeros((8, 8, 1 if what == "one slice" else 8), np.float32)
    voxels[0, 0, 0] = 0 if what == "constant" else NAN if what == "nan" else 5
    write_volume(Volume(voxels, Geometry(voxels.shape, np.eye(4))), tmp_path / "Doe.nii.gz")
    refused(capsys, "check", "--labels", study.labels, "--image", tmp_path / "Doe.nii.gz", "--out", tmp_path / "out")


def test_labels_of_another_volume_are_refused_with_both_grids(study, tmp_path, capsys):
    voxels = np.zeros((8, 9, 10), np.int16)
    voxels[0] = 7
    write_volume(Volume(voxels, Geometry(voxels.shape, np.eye(4))), tmp_path / "Doe.nii.gz")
    said = refused(
        capsys, "check", "--labels", study.labels, "--image", tmp_path / "Doe.nii.gz", "--out", tmp_path / "out"
    )
    assert "8 × 9 × 10" in said


def test_missing_files_are_not_named(tmp_path, capsys):
    refused(capsys, "check", "--labels", tmp_path / "Doe_Jane.nii.gz", "--out", tmp_path / "out")


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "--out", "o"),
        ("check", "--out", "o", "--labels", "a", "--evidence", "b"),
        ("check", "--out", "o", "Doe_Jane.nii.gz"),
        ("run", "a.nii.gz", "--out", "o"),
        ("run", "a.nii.gz", "--out", "o", "--prompts", "p", "--prompts-from", "q"),
        ("run", "a.nii.gz", "--out", "o", "--prompts", "p", "--model", "nonsense"),
        ("bench", "nonsense"),
        ("nonsense",),
        ("batch", "Doe_nowhere", "--out", "o"),
        ("report", "Doe_nowhere", "--out", "o"),
    ],
)
def test_a_wrong_command_line_is_one_line(arguments, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(capsys, *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "context",
    ["", "[]", '{"age": -1}', '{"sex": "x"}', '{"history": ["never_heard_of"]}', '{"name": "Doe"}', '{"age": true}'],
)
def test_a_wrong_context_is_refused(study, tmp_path, capsys, context):
    (tmp_path / "context.json").write_text(context)
    refused(
        capsys, "check", "--labels", study.labels, "--context", tmp_path / "context.json", "--out", tmp_path / "out"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "{}", '{"segments": 3}', json.dumps({"schema_version": "9"})])
def test_a_wrong_evidence_file_is_refused(tmp_path, capsys, text):
    (tmp_path / "e.json").write_text(text)
    refused(capsys, "check", "--evidence", tmp_path / "e.json", "--out", tmp_path / "out")


@pytest.mark.parametrize("name", ["nonsense", "../../etc/passwd"])
def test_an_unknown_label_map_lists_those_there_are(study, tmp_path, capsys, name):
    said = refused(capsys, "check", "--labels", study.labels, "--label-map", name, "--out", tmp_path / "out")
    assert "fmassist labels --maps" in said


def test_a_fault_of_ours_is_one_line_too(study, tmp_path, capsys, monkeypatch):
    import fmassist.reasoning.study as study_module

    def broken(*_arguments, **_options):
        raise RuntimeError("/data/Doe_Jane/ct.nii.gz")

    monkeypatch.setattr(study_module, "check_study", broken)
    assert main(["check", "--labels", str(study.labels), "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "FMASSIST_DEBUG=1" in said
    assert "Doe" not in said
    assert list(tmp_path.iterdir()) == []


def test_stopping_leaves_nothing_behind(study, tmp_path, capsys, monkeypatch):
    import fmassist.report.study_folder as folder_module

    def stopped(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(folder_module, "render", stopped)  # findings.json is written by then
    assert main(["check", "--labels", str(study.labels), "--out", str(tmp_path / "out")]) == 130
    assert capsys.readouterr().err.startswith("fmassist: stopped")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("encoding", ["ascii", "ascii:strict", "utf-8:strict"])
def test_a_terminal_that_knows_few_characters_ends_no_run(study, tmp_path, fmassist, encoding):
    done = fmassist("check", "--labels", study.labels, "--out", tmp_path / "out", PYTHONIOENCODING=encoding)
    assert done.returncode in (0, 3), done.stderr
    assert (tmp_path / "out" / "report.html").is_file()


def test_names_of_label_maps_stay_out_of_results(study, tmp_path, capsys):
    from fmassist.cli.main import main
    from fmassist.resources import resource

    own = tmp_path / "Doe_Jane_map.tsv"
    own.write_bytes(resource("label_maps", "totalsegmentator_total.sssom.tsv").read_bytes())
    out = tmp_path / "out"
    assert main(["check", "--labels", str(study.labels), "--label-map", str(own), "--out", str(out)]) in (0, 3)
    assert not [path for path in out.iterdir() if b"Doe" in path.read_bytes()]
    capsys.readouterr()
    evidence = str(out / "evidence.json")
    # What the labels meant stands in the results, so that the file is not needed again.
    assert main(["check", "--evidence", evidence, "--out", str(tmp_path / "again")]) in (0, 3)
    again = ["check", "--evidence", evidence, "--label-map", str(own), "--out", str(tmp_path / "third")]
    assert main(again) in (0, 3)


def test_half_a_character_and_a_terminals_commands_in_a_name_do_no_harm(case_of_names, tmp_path, capsys):
    from fmassist.application.interface import check

    result = check(case_of_names)
    result.write(tmp_path / "out")
    from fmassist.cli.verdict import tell

    tell(result, tmp_path / "out")
    said = capsys.readouterr().out
    assert "\x1b]0;" not in said
    assert "\u202e" not in said


@pytest.fixture
def case_of_names():
    import numpy as np

    from fmassist.geometry import Geometry
    from fmassist.volume import Segment, Segmentation

    labels = np.zeros((8, 8, 8), dtype=np.uint8)
    labels[1:3, 1:3, 1:3], labels[5:7, 5:7, 5:7] = 1, 2
    names = (Segment(1, "half \ud800 a character"), Segment(2, "\x1b]0;pwned\x07\u202egnp.exe"))
    return Segmentation((labels,), Geometry(labels.shape, np.diag([9.0, 9.0, 9.0, 1.0])), names)
