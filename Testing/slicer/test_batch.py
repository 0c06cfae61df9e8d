"""The batch script: options, exit codes, a scene, and no window."""

import importlib.util
import json
from pathlib import Path

import pytest


@pytest.fixture
def batch(app, repository):
    import slicer

    path = repository / "FMAssist" / "Scripts" / "FMAssistBatch.py"
    spec = importlib.util.spec_from_file_location("FMAssistBatch", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    # Views' own nodes outlive a scene; in the application, the batch ends with the program.
    for kind in ("vtkMRMLSliceCompositeNode", "vtkMRMLSliceNode"):
        for node in slicer.util.getNodesByClass(kind):
            slicer.mrmlScene.RemoveNode(node)


def test_options_are_handed_on_as_they_are(batch):
    options, others = batch.parse(["--", "--input", "a.nrrd", "--out", "o", "--model", "x", "--context", "c.json"])
    assert batch.command_for(0, options, others) == [
        "run",
        str(Path("a.nrrd").absolute()),
        "--model",
        "x",
        "--context",
        "c.json",
        "--out",
        str(Path("o").absolute()),
    ]


def test_labels_are_checked_and_several_inputs_get_folders_without_names(batch):
    arguments = [
        "--input",
        "DOE.nrrd",
        "--input",
        "b",
        "--labels",
        "1.seg.nrrd",
        "--labels",
        "2.seg.nrrd",
        "--out",
        "o",
    ]
    options, others = batch.parse(arguments)
    assert batch.command_for(1, options, others)[:3] == ["check", "--labels", str(Path("2.seg.nrrd").absolute())]
    assert batch.folder_for(0, options) == Path("o/case_001").absolute()


def test_unequal_numbers_of_inputs_and_labels_end_with_2(batch, capsys):
    with pytest.raises(SystemExit) as end:
        batch.parse(["--input", "a", "--input", "b", "--labels", "c", "--out", "o"])
    assert end.value.code == 2
    assert "one --labels for each --input" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("codes", "worst"), [([0, 0], 0), ([0, 3], 3), ([3, 2], 2), ([2, 1, 3], 1), ([0, -6], 1), ([3, 130], 1), ([], 0)]
)
def test_worst_exit_code_wins(batch, codes, worst):
    assert batch.worst(codes) == worst


def test_scene_holds_gate_and_review(batch, planted, tmp_path, shared):
    import slicer
    from FMAssistLib import exchange
    from FMAssistLib.session import ReviewSession

    folder = tmp_path / "out"
    folder.mkdir()
    list(
        exchange.write_segmentation(
            planted.segmentation,
            planted.volume,
            folder / "segmentation.seg.nrrd",
            exchange.unique_names(planted.segmentation),
        )
    )
    (folder / "findings.json").write_text(json.dumps(planted.result), encoding="utf-8")
    path = batch.write_scene(str(shared / "data" / "ct_abdomen" / "ct.nii.gz"), folder)
    slicer.mrmlScene.Clear(False)
    for composite in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
        composite.SetBackgroundVolumeID(None)  # As the application's own are before a scene is opened.
    assert slicer.util.loadScene(str(path))
    (volume,) = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    composites = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    assert {node.GetLayoutName() for node in composites} == {"Red", "Green", "Yellow"}
    assert {node.GetBackgroundVolumeID() for node in composites} == {volume.GetID()}, "no view opens black"
    (node,) = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    session = ReviewSession.restore(node)
    assert len(session.review.open_findings()) == 2
    (left,) = session.segment_ids(["kidney_left"])
    assert not node.GetDisplayNode().GetSegmentVisibility(left)


def test_runs_every_input_and_tells_the_worst(batch, tmp_path, monkeypatch, stand_in):
    from FMAssistLib import process

    behaviours = [{}, {"exit_code": 2, "error": "no"}, {}]
    monkeypatch.setattr(
        process, "worker_command", lambda arguments: stand_in({"findings": []}, **behaviours.pop(0))(arguments)
    )
    plan = [part for name in ("a", "b", "c") for part in ("--input", f"{name}.nrrd")]
    assert batch.main([*plan, "--out", str(tmp_path / "o")]) == 2
    assert behaviours == [], "a bad input does not stop the others"
    assert (tmp_path / "o" / "case_001" / "findings.json").is_file()
    assert (tmp_path / "o" / "case_003" / "findings.json").is_file()


def test_scene_that_cannot_be_written_is_a_fault_told_in_a_line(batch, tmp_path, monkeypatch, stand_in, capsys):
    from FMAssistLib import process

    monkeypatch.setattr(process, "worker_command", stand_in({"findings": []}))
    code = batch.main(["--input", str(tmp_path / "DOE.nrrd"), "--out", str(tmp_path / "o"), "--mrb"])
    assert code == 1
    told = capsys.readouterr().err
    assert "case 1: the scene could not be written" in told
    assert "DOE" not in told, "no file name, which may be a patient's"


@pytest.mark.slow
def test_same_outputs_and_exit_code_as_the_command_line(batch, app, tmp_path, shared, capfd):
    """A DICOM folder and a file that is none in one batch, through the real worker, against `fmassist check` itself."""
    import slicer

    from fmassist.cli.main import main as command_line

    folder = shared / "data" / "ct_upper_abdomen"
    labels, scan = folder / "totalsegmentator.nii.gz", folder / "dicom"
    (tmp_path / "none.nrrd").write_text("no scan", encoding="utf-8")
    plan = [
        part for source in (tmp_path / "none.nrrd", scan) for part in ("--input", str(source), "--labels", str(labels))
    ]
    code = batch.main([*plan, "--out", str(tmp_path / "ours"), "--mrb"])
    assert "none.nrrd" not in capfd.readouterr().err, "a file's name may hold a patient's"
    (ours,) = (tmp_path / "ours").iterdir()
    assert ours.name == "case_002", "what is wrong with one input keeps no other from being done"
    theirs = tmp_path / "theirs"
    assert command_line(["check", "--labels", str(labels), "--image", str(scan), "--out", str(theirs)]) in (0, 3)
    assert code == 2, "the worst of both"
    names = sorted(path.name for path in theirs.iterdir())
    assert sorted(path.name for path in ours.iterdir() if path.name != "scene.mrb") == names
    for name in ("findings.json", "segmentation.seg.nrrd"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes(), name
    slicer.mrmlScene.Clear(False)
    assert slicer.util.loadScene(str(ours / "scene.mrb"))
    (volume,) = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    assert volume.GetName() == "Scan", "neither a patient's name nor a file's"
    (node,) = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    assert node.GetSegmentation().GetNumberOfSegments() > 10
