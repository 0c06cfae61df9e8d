"""A batch as a worklist in the panel: results that the batch really wrote, gone through one after the other."""

import importlib.util
import json
import shutil

import cases
import pytest


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    data, out = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("batch")
    cases.small_batch(data, out)
    return out, data


@pytest.fixture
def batch(done, tmp_path):
    """A batch's folder on which nobody has decided, and the folder that it was started with."""
    shutil.copytree(done[0], tmp_path / "batch")
    return tmp_path / "batch", done[1]


@pytest.fixture(autouse=True)
def _nobody_is_asked(app, monkeypatch):
    from FMAssistLib import worklist_panel

    monkeypatch.setattr(worklist_panel, "ask_name", lambda: "A. Reader")


@pytest.fixture
def going(app, module, batch, parameters):
    """The panel's worklist over the batch, and a way to wait for it."""
    parameters.reviewer = "A. Reader"
    work = module.panel.worklist

    def wait(does):
        does()
        app.wait_until(lambda: not module.panel.busy, seconds=120)

    yield work, wait
    work.worklist = None


def test_studies_are_gone_through_worst_first_and_decisions_stay_with_them(going, module, batch, ui, monkeypatch):
    import slicer
    from FMAssistLib import storage

    work, wait = going
    work.errand.command = None  # going from one study to the next starts nothing
    wait(lambda: work.open(batch[0]))
    assert work.study == "worse"
    assert ui.worklistLabel.text.startswith("Study 1 of 2: worse")
    pair = next(f for f in module.logic.session.findings if set(f["segments"]) == {"kidney_left", "kidney_right"})
    wait(lambda: module.panel.verdict.select(pair["id"]))
    wait(ui.acceptButton.click)
    assert module.logic.session.review.decision_on(pair["id"]).action == "accept_repair"
    wait(ui.nextStudyButton.click)
    assert work.study == "good"
    assert len(storage.reviewed(slicer.mrmlScene)) == 1, "the study before has left the scene"
    assert not ui.nextStudyButton.enabled
    records = {path.name.partition(".")[0] for path in (batch[0] / "decisions").glob("*.json")}
    assert records == {"worse"}, "nothing was done on the good one yet"
    wait(ui.previousStudyButton.click)
    session = module.logic.session
    assert session.review.decision_on(pair["id"]).by == "A. Reader"
    assert session.told_elsewhere, "a check again is told what the batch was told of the patient"
    # The repair is in the voxels, and can still be taken back.
    before = session.undo_voxels[session.review.decisions[-1].id]
    wait(ui.undoButton.click)
    assert before
    assert session.review.decision_on(pair["id"]) is None


def test_word_on_a_whole_study_is_where_the_browser_keeps_it(going, batch, ui):
    from fmassist.batch.decisions import all_decisions

    work, wait = going
    wait(lambda: work.open(batch[0]))
    wait(ui.rejectStudyButton.click)
    assert work.study == "good", "and the next one is shown"
    (said,) = [one for one in all_decisions(batch[0]) if one["study"] == "worse"]
    assert (said["reviewer"], said["decision"]) == ("A. Reader", "reject")
    assert said["result"], "it names the result that it is about"
    assert said["proof"] == "by name alone"
    wait(ui.previousStudyButton.click)
    assert "rejected (A. Reader)" in ui.worklistLabel.text
    assert "decided: 1" in ui.worklistLabel.text


def test_what_was_done_is_kept_when_the_scene_is_closed(going, batch, module, ui):
    import slicer

    from fmassist.batch.records import record_path

    work, wait = going
    wait(lambda: work.open(batch[0], "worse"))
    first = module.panel.verdict.findings.order[0]
    wait(lambda: module.panel.verdict.select(first))
    ui.reasonComboBox.lineEdit().text = "seen"
    wait(ui.keepButton.click)
    module.onSceneStartClose()
    slicer.mrmlScene.Clear(False)
    module.onSceneEndClose()
    assert record_path(batch[0], "worse", "A. Reader").is_file()
    assert ui.nextStudyButton.enabled, "one can go on from here"
    wait(lambda: work.open(batch[0], "worse"))
    assert module.logic.session.review.decision_on(first).reason == "seen"
    wait(ui.undoButton.click)


def test_word_said_in_the_browser_meanwhile_is_not_lost(going, batch, ui, app):
    from fmassist.batch.decisions import all_decisions, checked, record_decision

    work, wait = going
    wait(lambda: work.open(batch[0], "good"))
    said = {"study": "good", "decision": "unsure", "note": "in the browser"}
    record_decision(batch[0], checked(said, "A. Reader"))
    wait(ui.rejectStudyButton.click)
    assert "decided on this study elsewhere" in app.messages[-1]
    (kept,) = [one for one in all_decisions(batch[0]) if one["study"] == "good"]
    assert (kept["decision"], kept["note"]) == ("unsure", "in the browser")


def test_scans_are_found_where_the_batch_found_them(going, batch, module, app, monkeypatch):
    """As the script does that opens Slicer on a study; the batch's own files hold no path."""
    import slicer

    path = module.resourcePath("").rpartition("/Resources")[0] + "/Scripts/FMAssistOpen.py"
    spec = importlib.util.spec_from_file_location("opening", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    work, wait = going
    monkeypatch.setattr(slicer.util, "getModuleWidget", lambda _name: module, raising=False)
    monkeypatch.setattr(slicer.util, "getModuleLogic", lambda _name: module.logic, raising=False)
    wait(lambda: script.main(["--", str(batch[0]), "--study", "good", "--scans", str(batch[1])]))
    assert slicer.app.selected_modules == ["FMAssist"]
    assert work.study == "good"
    volume = module.logic.session.volume_node
    assert volume.GetName() == "good"
    assert volume.GetImageData().GetDimensions() == tuple(reversed(slicer.util.arrayFromVolume(volume).shape))
    wait(lambda: work.step(-1))
    names = [node.GetName() for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")]
    assert names == ["worse"], "the scan before has left the scene"


def test_folder_that_is_no_batch_is_told_in_a_sentence(module, app, tmp_path, ui):
    (tmp_path / "summary.json").write_text(json.dumps([{"study": "../elsewhere"}]), encoding="utf-8")
    with pytest.raises(ValueError, match="holds no batch"):
        module.panel.worklist.open(tmp_path)
    rows = [{"study": "../elsewhere", "outcome": "review", "score": 0.5, "findings": 1}]
    (tmp_path / "summary.json").write_text(json.dumps(rows), encoding="utf-8")
    module.panel.worklist.open(tmp_path)
    assert module.panel.worklist.worklist.entries == (), "no name leads out of the batch's folder"
