"""The real panel, the real process, the real check, on a real CT whose labels were spoiled on purpose."""

import pytest
from sitting import Sitting


@pytest.mark.slow
def test_planted_errors_are_found_repaired_signed_saved_and_guarded(app, module, planted, tmp_path):
    import slicer
    from FMAssistLib import masks
    from FMAssistLib.process import worker_command

    sitting = Sitting(app, module, planted, worker_command)
    good = {name: sid for sid, name in masks.segment_names(planted.segmentation).items()}
    swapped = dict(masks.crops(planted.segmentation, [good["kidney_left"], good["kidney_right"]]))
    ui = sitting.check().ui
    findings = {tuple(sorted(f["segments"])): f for f in sitting.session.findings if f["severity"] != "info"}
    assert ("kidney_left", "kidney_right") in findings
    assert any("spleen" in names for names in findings)
    assert "kidney" in ui.causeLabel.text
    module.panel.leave()
    assert not sitting.visible("kidney_left")
    pair = findings["kidney_left", "kidney_right"]
    sitting.select(None).select(pair["id"]).press(ui.acceptButton)
    repaired = {
        name: next(masks.crops(sitting.session.segmentation_node, sitting.session.segment_ids([name])))[1]
        for name in ("kidney_left", "kidney_right")
    }
    assert (repaired["kidney_left"].mask == swapped[good["kidney_right"]].mask).all()
    assert repaired["kidney_right"].first == swapped[good["kidney_left"]].first
    # Checked again as it is now, the pair is in order.
    sitting.check(ui.recheckButton)
    assert "Gone" in ui.changeLabel.text
    now = [(f["rule"], f["segments"]) for f in sitting.session.findings]
    assert (pair["rule"], pair["segments"]) not in now
    for finding in sitting.session.review.open_findings():
        sitting.select(finding["id"])
        ui.reasonComboBox.lineEdit().text = "checked on the images"
        sitting.press(ui.keepButton)
    sitting.press(ui.signButton)
    assert ui.signatureLabel.text.startswith("Signed by A. Reader")
    path = tmp_path / "study.mrb"
    assert slicer.util.saveScene(str(path))
    slicer.mrmlScene.Clear(False)
    assert slicer.util.loadScene(str(path))
    module.onSceneEndImport()
    sitting.settle()
    assert ui.signatureLabel.text.startswith("Signed by A. Reader")
    assert sitting.session.evidence["segments"], "the measured facts came along"
    segmentation = sitting.session.segmentation_node.GetSegmentation()
    segmentation.RemoveSegment(sitting.session.segment_ids(["liver"])[0])
    app.wait_until(lambda: "void" in ui.signatureLabel.text)
