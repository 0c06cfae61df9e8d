"""From Apply to a signature and its end: what a clinician decides, undoes, edits and signs."""

from sitting import Sitting


def test_apply_becomes_cancel_and_cancel_makes_it_usable_again(app, module, planted, stand_in):
    sitting = Sitting(app, module, planted, stand_in(hang_at="model"))
    sitting.ui.applyButton.click()
    assert sitting.ui.applyButton.text == "Cancel"
    assert sitting.ui.progressBar.visible
    app.wait_until(lambda: "Model" in sitting.ui.statusLabel.text)
    sitting.ui.applyButton.click()
    assert not sitting.ui.applyButton.enabled
    app.wait_until(lambda: sitting.ends)
    assert sitting.ends[0].startswith("Cancelled")
    assert sitting.ui.applyButton.text == "Apply"
    assert sitting.ui.applyButton.enabled
    assert sitting.ui.statusLabel.text.startswith("Cancelled")
    assert not sitting.ui.progressBar.visible


def test_whole_session_from_check_to_void_signature(sitting, app, tmp_path):
    import slicer
    from FMAssistLib import masks, voxels

    ui = sitting.check().ui
    # The verdict comes before the display: what is implausible is not seen.
    assert ui.verdictLabel.text.startswith("Implausible")
    assert "exchanged" in ui.causeLabel.text
    assert sitting.module.panel.verdict.selected == "f1", "the worst finding is shown first, outlined"
    sitting.module.panel.leave()
    assert not sitting.visible("kidney_left")
    assert sitting.visible("liver")
    assert not sitting.case.segmentation.GetDisplayNode().GetVisibility()
    # Select: the reason is read, and the repair previewed without a change.
    before = masks.whole_digest(sitting.session.segmentation_node)
    ui.previewCheckBox.checked = True
    sitting.select("f2").select("f1")
    assert "left kidney lies on the right" in ui.explanationBrowser.plainText
    assert "situs inversus" in ui.explanationBrowser.plainText
    assert sitting.visible("kidney_left"), "outlined as long as it is looked at"
    previews = [n for n in slicer.util.getNodesByClass("vtkMRMLModelNode") if n.GetAttribute("FMAssistPreview")]
    assert len(previews) == 1, "an exchange loses nothing"
    assert previews[0].GetPolyData().GetNumberOfCells() > 0
    assert masks.whole_digest(sitting.session.segmentation_node) == before
    # Decide: accept one, keep the other with a reason.
    assert not ui.signButton.enabled
    sitting.press(ui.acceptButton)
    assert masks.whole_digest(sitting.session.segmentation_node) != before
    assert sitting.module.panel.verdict.selected == "f2", "a decision leads on to the next finding"
    sitting.press(ui.keepButton)
    assert sitting.session.review.decision_on("f2") is None, "nothing is kept without a reason"
    ui.reasonComboBox.hidePopup()
    ui.reasonComboBox.lineEdit().text = "accessory spleen, known since 2019"
    sitting.press(ui.keepButton)
    assert "all decided" in ui.verdictLabel.text
    # Sign.
    assert ui.signButton.enabled
    sitting.press(ui.signButton)
    assert ui.signatureLabel.text.startswith("Signed by A. Reader")
    assert not ui.undoButton.enabled, "a signed result is locked"
    # Save, close, open.
    path = tmp_path / "study.mrb"
    assert slicer.util.saveScene(str(path))
    slicer.mrmlScene.Clear(False)
    assert sitting.session is None
    assert not ui.detailsWidget.visible
    assert slicer.util.loadScene(str(path))
    sitting.module.onSceneEndImport()
    sitting.settle()
    assert ui.signatureLabel.text.startswith("Signed by A. Reader")
    assert "all decided" in ui.verdictLabel.text
    # Edit: the signature is void, visibly, without anybody pressing anything.
    (liver,) = sitting.session.segment_ids(["liver"])
    ((_, crop),) = masks.crops(sitting.session.segmentation_node, [liver])
    crop.mask[:3] = False
    voxels.write_crops(sitting.session.segmentation_node, {liver: crop})
    app.wait_until(lambda: "void" in ui.signatureLabel.text)
    assert "segmentation was changed" in ui.signatureLabel.text
    assert ui.undoButton.enabled


def test_undo_opens_the_finding_and_shuts_the_gate(sitting):
    ui = sitting.check().ui
    sitting.select("f1").press(ui.acceptButton)
    assert sitting.module.panel.verdict.selected == "f2"
    sitting.press(ui.undoButton)
    assert sitting.module.panel.verdict.selected == "f1", "what was taken back is looked at again"
    sitting.module.panel.leave()
    assert not sitting.visible("kidney_left")
    assert not ui.undoButton.enabled
    assert ui.undoButton.toolTip == "Nothing was decided yet."


def test_edit_opens_the_segment_editor_and_check_again_follows(sitting, app, stand_in):
    import slicer
    from FMAssistLib import masks, voxels

    ui = sitting.check().ui
    sitting.select("f2").press(ui.editButton)
    assert app.selected_modules == ["SegmentEditor"]
    calls = dict(slicer.modules.segmenteditor.editor.calls)
    (spleen,) = sitting.session.segment_ids(["spleen"])
    assert calls["setSegmentationNode"] is sitting.session.segmentation_node
    assert calls["setCurrentSegmentID"] == spleen
    ((_, crop),) = masks.crops(sitting.session.segmentation_node, [spleen])
    from FMAssistLib.idle import finish
    from FMAssistLib.repairs import pieces_in

    main = finish(finish(pieces_in(crop)).drawn([0]))
    voxels.write_crops(sitting.session.segmentation_node, {spleen: main})
    better = {**sitting.case.result, "findings": [f for f in sitting.case.result["findings"] if f["id"] != "f2"]}
    sitting.module.logic.command = stand_in(better)
    node = sitting.session.segmentation_node
    sitting.check(ui.recheckButton)
    assert sitting.session.segmentation_node is node, "the same result is checked, no copy is made"
    assert "Gone: 1 finding" in ui.changeLabel.text
    assert "lies 200 mm from the rest" in ui.knowledgeChangeBrowser.plainText
    actions = [entry["action"] for entry in sitting.session.review.audit.entries]
    assert actions == ["checked", "decided", "checked"]


def test_edit_can_be_undone_after_the_check_again(sitting, stand_in):
    from FMAssistLib import masks, voxels

    ui = sitting.check().ui
    node = sitting.session.segmentation_node
    before = masks.whole_digest(node)
    sitting.select("f2").press(ui.editButton)
    (spleen,) = sitting.session.segment_ids(["spleen"])
    ((_, crop),) = masks.crops(node, [spleen])
    crop.mask[:3] = False
    voxels.write_crops(node, {spleen: crop})
    sitting.module.logic.command = stand_in({**sitting.case.result, "findings": []})
    sitting.check(ui.recheckButton)
    assert ui.findingsTree.topLevelItemCount == 0
    sitting.press(ui.undoButton)
    assert ui.findingsTree.topLevelItemCount == 3, "the check was taken back"
    sitting.press(ui.undoButton)
    assert masks.whole_digest(node) == before, "and the edit"
    assert not ui.undoButton.enabled


def test_signature_can_be_withdrawn_to_decide_anew(sitting):
    ui = sitting.check().ui
    sitting.select("f1").press(ui.rejectButton).select("f2").press(ui.acceptButton).press(ui.signButton)
    assert ui.signButton.text == "Withdraw &signature"
    sitting.press(ui.signButton)
    assert ui.signatureLabel.text == "Not signed."
    assert ui.undoButton.enabled


def test_signed_result_is_not_checked_again_unawares(sitting):
    ui = sitting.check().ui
    sitting.select("f1").press(ui.rejectButton).select("f2").press(ui.rejectButton).press(ui.signButton)
    for button in (ui.recheckButton, ui.recheckKnowledgeButton):
        assert not button.enabled
        assert "withdraw the signature" in button.toolTip
    sitting.module.panel.running.check_again()
    assert not sitting.module.logic.running
    assert ui.signatureLabel.text.startswith("Signed")


def test_signature_is_verified_once_an_edit_and_not_for_ever(sitting):
    from FMAssistLib import masks, voxels

    ui = sitting.check().ui
    sitting.select("f1").press(ui.rejectButton).select("f2").press(ui.rejectButton).press(ui.signButton)
    verified = []
    show = sitting.module.panel.signing._verified
    sitting.module.panel.signing._verified = lambda *arguments: (verified.append(True), show(*arguments))
    (liver,) = sitting.session.segment_ids(["liver"])
    ((_, crop),) = masks.crops(sitting.session.segmentation_node, [liver])
    crop.mask[:3] = False
    voxels.write_crops(sitting.session.segmentation_node, {liver: crop})
    sitting.app.wait_until(lambda: "void" in ui.signatureLabel.text)
    panel = sitting.module.panel
    sitting.app.wait_until(lambda: not panel.busy and not panel.signing.waiting)
    # Marking the segment is a change too, and is looked at once more.
    assert 1 <= len(verified) <= 2
