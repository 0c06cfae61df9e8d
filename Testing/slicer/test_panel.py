"""The real panel, clicked through: what a clinician does, from an empty scene to a signature and its end."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture
def ui(module):
    return module.ui


@pytest.fixture
def parameters(module):
    return module._parameters


class Sitting:
    """The panel with the planted abdomen chosen, and the check's end waited for."""

    def __init__(self, app, module, case, command):
        from FMAssistLib.parameters import Task

        self.app, self.module, self.ui, self.case = app, module, module.ui, case
        module.logic.command = command
        self.ends = []
        finished = module.logic.on_finished

        def ended(session, message):
            finished(session, message)
            self.ends.append(message)

        module.logic.on_finished = ended
        module.initializeParameterNode()
        self.parameters = module._parameters
        self.parameters.inputVolume = case.volume
        self.parameters.task = Task.CHECK
        self.parameters.inputSegmentation = case.segmentation
        self.parameters.reviewer = "A. Reader"
        self.ui.confirmNamesCheckBox.checked = True

    @property
    def session(self):
        return self.module.logic.session

    def settle(self):
        """Waits until everything that was asked for is done, in however many pieces."""
        self.app.wait_until(lambda: not self.module.panel.busy)
        return self

    def press(self, button):
        button.click()
        return self.settle()

    def check(self, button=None):
        self.ends.clear()
        (button or self.ui.applyButton).click()
        self.app.wait_until(lambda: self.ends)
        assert self.ends == [""]
        return self.settle()

    def select(self, finding):
        self.module.panel.verdict.select(finding)
        return self.settle()

    def visible(self, name):
        (sid,) = self.session.segment_ids([name])
        return bool(self.session.segmentation_node.GetDisplayNode().GetSegmentVisibility(sid))


@pytest.fixture
def sitting(app, module, planted, stand_in):
    return Sitting(app, module, planted, stand_in(planted.result))


def test_empty_scene_says_why_apply_is_disabled_and_offers_a_scan(ui):
    assert not ui.applyButton.enabled
    assert "Choose a scan" in ui.applyButton.toolTip
    assert "Choose a scan" in ui.statusLabel.text
    assert ui.sampleButton.visible
    assert not ui.detailsWidget.visible


def test_model_is_described_before_it_is_chosen(ui):
    for word in ("Segments", "Needs", "Licence", "installed"):
        assert word in ui.modelInfoLabel.text


def test_boxes_are_needed_and_named_before_the_box_model_runs(app, module, ui, parameters, tmp_path):
    import slicer
    from FMAssistLib.selftest import two_blocks

    volume, _ = two_blocks()
    parameters.inputVolume = volume
    assert module.panel.inputs.job().arguments == ["run", "--model", "litemedsam", "--prompts", "auto"]
    ui.promptsComboBox.currentIndex = 1
    assert "Add box" in ui.applyButton.toolTip
    ui.addBoxButton.click()
    assert "Name the structure" in ui.applyButton.toolTip
    ui.boxesTable.cellWidget(0, 1).currentIndex = 1
    assert ui.applyButton.enabled
    (roi,) = slicer.util.getNodesByClass("vtkMRMLMarkupsROINode")
    # As Slicer's terminology selector leaves it on the node, from the colour column of the Data module.
    roi.RemoveAttribute("FMAssistStructure")
    roi.SetAttribute("TerminologyEntry", "list~SCT^1^Anatomical Structure~SCT^10200004^Liver~^^~x~^^~^^")
    job = module.panel.inputs.job()
    from fmassist.models.prompts import read_prompts

    prompts = tmp_path / "prompts.json"
    prompts.write_text(job.boxes, encoding="utf-8")
    (prompt,) = read_prompts(prompts)
    assert prompt.structure == "liver"
    assert job.arguments == ["run", "--model", "litemedsam"]
    ui.boxesTable.setCurrentCell(0, 0)
    ui.removeBoxButton.click()
    assert not slicer.util.getNodesByClass("vtkMRMLMarkupsROINode")


def test_box_named_later_by_the_terminology_selector_follows_it(app, module, ui, parameters):
    import slicer
    from FMAssistLib.parameters import Prompts
    from FMAssistLib.selftest import two_blocks

    parameters.inputVolume, _ = two_blocks()
    parameters.prompts = Prompts.BOXES
    ui.addBoxButton.click()
    (roi,) = slicer.util.getNodesByClass("vtkMRMLMarkupsROINode")
    combo = ui.boxesTable.cellWidget(0, 1)
    combo.lineEdit().text = "spleen"
    assert '"spleen"' in module.panel.inputs.job().boxes
    # Right-click in a view, Edit ROI terminology: Slicer leaves the entry on the node.
    roi.SetAttribute("TerminologyEntry", "l~SCT^1^Anatomical Structure~SCT^64033007^Kidney~SCT^7771000^Left~x~^^~^^")
    roi.Modified()
    assert combo.currentText == "kidney_left"
    assert '"kidney_left"' in module.panel.inputs.job().boxes
    combo.lineEdit().text = "liver"
    assert '"liver"' in module.panel.inputs.job().boxes, "the last word counts"


def test_boxes_are_found_in_a_ct_only(app, module, ui, parameters):
    from FMAssistLib.parameters import Modality
    from FMAssistLib.selftest import two_blocks

    assert "Choose a scan" in ui.statusLabel.text
    parameters.inputVolume, _ = two_blocks()
    assert ui.applyButton.enabled
    assert not ui.statusLabel.text, "a reason that no longer holds is not left standing"
    parameters.modality = Modality.MR
    assert not ui.applyButton.enabled
    assert "in a CT only" in ui.applyButton.toolTip


def test_only_a_segmentation_meant_to_be_complete_is_asked_for_what_is_missing(sitting):
    assert sitting.module.panel.inputs.job().arguments == ["check", "--label-map", "litemedsam"]
    sitting.ui.completeCheckBox.checked = True
    assert sitting.module.panel.inputs.job().arguments == ["check", "--label-map", "totalsegmentator:total"]


def test_several_results_can_be_chosen_from(sitting):
    import slicer

    ui = sitting.check().ui
    assert not ui.resultComboBox.visible
    first = sitting.session
    sitting.select("f1").press(ui.acceptButton)
    sitting.check()
    second = sitting.session
    assert second.segmentation_node is not first.segmentation_node
    assert ui.resultComboBox.visible
    ui.resultComboBox.currentIndex = 0
    sitting.settle()
    assert sitting.session.segmentation_node is first.segmentation_node
    assert sitting.session.review.decision_on("f1") is not None
    slicer.mrmlScene.RemoveNode(first.segmentation_node)
    sitting.app.wait_until(lambda: sitting.session is not None)
    assert sitting.session.segmentation_node is second.segmentation_node, "the other one takes its place"
    assert len(slicer.util.getNodesByClass("vtkMRMLTextNode")) == 2, "the review went with its segmentation"


def test_signed_result_is_not_checked_again_unawares(sitting):
    ui = sitting.check().ui
    sitting.select("f1").press(ui.rejectButton).select("f2").press(ui.rejectButton).press(ui.signButton)
    for button in (ui.recheckButton, ui.recheckKnowledgeButton):
        assert not button.enabled
        assert "withdraw the signature" in button.toolTip
    sitting.module.panel.check_again()
    assert not sitting.module.logic.running
    assert ui.signatureLabel.text.startswith("Signed")


def test_3d_is_filled_and_follows_a_repair(sitting):
    from FMAssistLib import surfaces

    ui = sitting.check().ui
    assert ui.show3DButton.text == "Show in &3D"
    sitting.press(ui.show3DButton)
    assert ui.show3DButton.text == "Hide in &3D"
    node = sitting.session.segmentation_node
    (left,) = sitting.session.segment_ids(["kidney_left"])
    (liver,) = sitting.session.segment_ids(["liver"])
    made = surfaces.kept(node)
    assert len(made) == node.GetSegmentation().GetNumberOfSegments()
    assert made[left].GetCenter()[0] > 0, "exchanged: the left kidney is on the right (RAS: x grows to the right)"
    liver_points = made[liver].GetNumberOfPoints()
    sitting.select("f1")
    display = node.GetDisplayNode()
    assert display.GetSegmentOpacity3D(left) == 1.0
    assert display.GetSegmentOpacity3D(liver) < 0.2, "the rest is a ghost"
    sitting.press(ui.acceptButton)
    assert surfaces.kept(node)[left].GetCenter()[0] < 0
    assert surfaces.kept(node)[liver].GetNumberOfPoints() == liver_points
    sitting.press(ui.show3DButton)
    assert not surfaces.shown(node)


def test_explanation_names_rule_and_version_and_what_a_repair_would_raise(sitting):
    sitting.case.result["findings"][0]["repair"]["introduces"] = ["f9"]
    ui = sitting.check().ui
    sitting.module.logic.session.finding("f1")["repair"]["introduces"] = ["f9"]
    text = sitting.select("f1").ui.explanationBrowser.plainText
    assert "Rule: side, knowledge 2026-11-01" in text
    assert "but raises 1 more" in text
    assert "Gray's Anatomy" in text
    assert ui.previewCheckBox.checked, "a repair is seen without asking"


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


def test_signature_is_verified_once_an_edit_and_not_for_ever(sitting):
    from FMAssistLib import masks, voxels

    ui = sitting.check().ui
    sitting.select("f1").press(ui.rejectButton).select("f2").press(ui.rejectButton).press(ui.signButton)
    verified = []
    show = sitting.module.panel._verified
    sitting.module.panel._verified = lambda *arguments: (verified.append(True), show(*arguments))
    (liver,) = sitting.session.segment_ids(["liver"])
    ((_, crop),) = masks.crops(sitting.session.segmentation_node, [liver])
    crop.mask[:3] = False
    voxels.write_crops(sitting.session.segmentation_node, {liver: crop})
    sitting.app.wait_until(lambda: "void" in ui.signatureLabel.text)
    panel = sitting.module.panel
    sitting.app.wait_until(lambda: not panel.busy and not panel._verify_timer.active)
    # Marking the segment is a change too, and is looked at once more.
    assert 1 <= len(verified) <= 2


def test_synthetic_torso_comes_with_labels_that_can_be_checked_without_a_model(app, module, ui, parameters):
    from FMAssistLib import masks

    ui.sampleButton.click()
    assert not ui.sampleButton.enabled
    app.wait_until(lambda: parameters.inputVolume is not None, seconds=120)
    volume, labels = parameters.inputVolume, parameters.inputSegmentation
    assert volume.GetName() == "Synthetic torso"
    assert volume.GetDisplayNode().GetWindow() == 400
    assert volume.GetSpacing() == pytest.approx((3, 3, 3))
    assert not labels.GetDisplayNode().GetVisibility(), "nobody has judged them yet"
    names = {name: sid for sid, name in masks.segment_names(labels).items()}
    ((_, crop),) = masks.crops(labels, [names["kidney_left"]])
    centre = [first + size / 2 for first, size in zip(crop.first, crop.mask.shape[::-1], strict=True)]
    matrix = masks.grid_matrix(masks.reference_grid(labels))
    assert sum(a * b for a, b in zip(matrix[0], [*centre, 1], strict=True)) > 0, "exchanged, so it can be found"
    assert "Confirm" in ui.statusLabel.text
    ui.confirmNamesCheckBox.checked = True
    assert ui.applyButton.enabled
    assert module.panel.inputs.job().arguments == ["check", "--label-map", "totalsegmentator:total"]
    assert not list(Path(app.temporaryPath).glob("FMAssist-*"))


def test_names_are_proposals_until_confirmed(sitting):
    sitting.ui.confirmNamesCheckBox.checked = False
    assert not sitting.ui.applyButton.enabled
    assert "Confirm" in sitting.ui.applyButton.toolTip
    sitting.ui.confirmNamesCheckBox.checked = True
    assert sitting.ui.applyButton.enabled


def test_structure_set_by_hand_is_used(sitting):
    from FMAssistLib import masks

    sitting.ui.confirmNamesCheckBox.checked = False
    first = masks.segment_ids(sitting.case.segmentation)[0]
    combo = sitting.ui.meaningsTable.cellWidget(0, 1)
    combo.lineEdit().text = "pancreas"
    assert sitting.module.panel.inputs.confirmed_meanings() == {first: "pancreas"}
    assert sitting.ui.applyButton.enabled


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
    assert not sitting.visible("kidney_left")
    assert sitting.visible("liver")
    assert not sitting.case.segmentation.GetDisplayNode().GetVisibility()
    # Select: the reason is read, and the repair previewed without a change.
    before = masks.whole_digest(sitting.session.segmentation_node)
    ui.previewCheckBox.checked = True
    sitting.select("f1")
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
    assert not [n for n in slicer.util.getNodesByClass("vtkMRMLModelNode") if n.GetAttribute("FMAssistPreview")]
    assert masks.whole_digest(sitting.session.segmentation_node) != before
    sitting.select("f2")
    assert not ui.keepButton.enabled
    assert ui.keepButton.toolTip == "Write a reason."
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


def test_signature_can_be_withdrawn_to_decide_anew(sitting):
    ui = sitting.check().ui
    sitting.select("f1").press(ui.rejectButton).select("f2").press(ui.acceptButton).press(ui.signButton)
    assert ui.signButton.text == "Withdraw &signature"
    sitting.press(ui.signButton)
    assert ui.signatureLabel.text == "Not signed."
    assert ui.undoButton.enabled


def test_undo_opens_the_finding_and_shuts_the_gate(sitting):
    ui = sitting.check().ui
    sitting.select("f1").press(ui.acceptButton).press(ui.undoButton)
    sitting.module.panel.leave()
    assert not sitting.visible("kidney_left")
    assert not ui.undoButton.enabled
    assert ui.undoButton.toolTip == "Nothing was decided yet."


def test_selecting_moves_every_slice_view_to_the_place(sitting):
    import slicer

    sitting.check()
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceNode", "Red")
    node = slicer.util.getNode("Red")
    node.SetDimensions(400, 300, 1)
    sitting.select("f2")
    matrix = node.GetSliceToRAS()
    place = [matrix.GetElement(row, 3) for row in range(3)]
    assert place == pytest.approx(sitting.case.fragment_ras_mm, abs=0.01)
    assert node.GetFieldOfView()[0] <= 260, "the piece is in view, not the whole body"
    slicer.mrmlScene.RemoveNode(node)


def test_policy_can_be_changed_and_comes_back_with_the_scene(sitting):
    from FMAssistLib.parameters import Policy
    from FMAssistLib.session import ReviewSession

    sitting.check()
    sitting.ui.policyComboBox.currentIndex = list(Policy).index(Policy.MARK)
    assert sitting.visible("kidney_left")
    display = sitting.session.segmentation_node.GetDisplayNode()
    (sid,) = sitting.session.segment_ids(["kidney_left"])
    assert not display.GetSegmentVisibility2DFill(sid)
    assert ReviewSession.restore(sitting.session.segmentation_node).policy is Policy.MARK


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


def test_context_reaches_the_check_and_unknown_stays_out(sitting):
    import qt

    ui = sitting.ui
    assert sitting.module.panel.inputs.job().context == {}
    ui.ageSpinBox.value = 54
    ui.sexComboBox.currentIndex = 1
    item = next(
        ui.historyList.item(row)
        for row in range(ui.historyList.count)
        if ui.historyList.item(row).data(qt.Qt.UserRole) == "nephrectomy_left"
    )
    item.setCheckState(qt.Qt.Checked)
    context = sitting.module.panel.inputs.job().context
    assert context == {"age": 54, "sex": "female", "history": ["nephrectomy_left"]}


def test_context_is_filled_from_dicom_and_stays_editable(app, module, monkeypatch):
    import types

    import slicer
    from FMAssistLib.parameters import Modality, Sex
    from FMAssistLib.selftest import two_blocks

    tags = {"0010,1010": "018M", "0010,0040": "F", "0008,0060": "CT", "0018,0015": "ABDOMEN"}
    database = types.SimpleNamespace(instanceValue=lambda _uid, tag: tags.get(tag, ""))
    monkeypatch.setattr(slicer, "dicomDatabase", database, raising=False)
    volume, _ = two_blocks()
    volume.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    module._parameters.inputVolume = volume
    assert (module._parameters.age, module._parameters.sex) == (1, Sex.FEMALE)
    assert module._parameters.modality is Modality.CT
    assert module.ui.examinationComboBox.currentText == "abdomen"
    module.ui.ageSpinBox.value = 2
    assert module._parameters.age == 2


def test_what_is_known_of_one_patient_is_not_carried_over_to_the_next(app, module):
    from FMAssistLib.parameters import Sex
    from FMAssistLib.selftest import two_blocks

    first, _ = two_blocks()
    second, _ = two_blocks()
    parameters = module._parameters
    parameters.inputVolume = first
    module.ui.ageSpinBox.value = 54
    parameters.sex = Sex.FEMALE
    parameters.history = "nephrectomy_left"
    parameters.inputVolume = None
    parameters.inputVolume = first
    assert parameters.age == 54, "what was entered for this scan stays"
    module.exit()
    module.enter()
    assert parameters.age == 54
    parameters.inputVolume = second
    assert (parameters.age, parameters.sex, parameters.history) == (-1, Sex.UNKNOWN, "")
    assert module.panel.inputs.job().context == {}


def test_deleting_the_result_empties_the_panel(sitting, app):
    import slicer

    sitting.check()
    slicer.mrmlScene.RemoveNode(sitting.session.segmentation_node)
    assert sitting.session is None
    assert not sitting.ui.detailsWidget.visible
    app.processEvents()
    assert sitting.ui.applyButton.enabled


def test_curators_see_rule_versions_and_their_own_folder(sitting, tmp_path):
    ui = sitting.check().ui
    assert "knowledge 2026-11-01" in ui.versionLabel.text, "the version behind the result"
    assert "in use: 20" in ui.versionLabel.text
    (tmp_path / "rules").mkdir()
    own = tmp_path / "rules" / "own.ttl"
    own.write_text("@prefix r: <https://w3id.org/fmassist/rule/> .\n\nr:side a r:Rule .\n", encoding="utf-8")
    ui.knowledgeFolderLineEdit.text = str(tmp_path)
    sitting.select("f1")
    assert "rules/own.ttl (own), line 3" in ui.ruleLabel.text
    assert "1 files of the own folder on top" in ui.versionLabel.text
    own.write_text("\n" + own.read_text(encoding="utf-8"), encoding="utf-8")
    sitting.press(ui.reloadButton)
    assert "rules/own.ttl (own), line 4" in ui.ruleLabel.text
    job = sitting.module.panel.inputs.job()
    sitting.module.logic.start = lambda started: None
    sitting.module.panel._start(job)
    assert job.arguments[-2:] == ["--knowledge", str(tmp_path)]


def test_rules_and_histories_are_those_that_the_library_reads(app, tmp_path):
    from FMAssistLib import curators

    from fmassist.knowledge.load import load_knowledge
    from fmassist.knowledge.workshop.sources import read_sources

    knowledge = load_knowledge()
    shipped = next(iter(sorted(knowledge.rules)))
    prefixes = "@prefix fmx: <https://w3id.org/fmassist/ontology#> .\n"
    prefixes += "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    prefixes += "@prefix variant: <https://w3id.org/fmassist/variant/> .\n"
    own = f'{prefixes}<{shipped}> a fmx:Rule .\nvariant:third_lung a fmx:Variant ; rdfs:label "a third lung" .\n'
    (tmp_path / "own.ttl").write_text(own, encoding="utf-8")
    sources = read_sources(own=tmp_path)
    for iri in knowledge.rules:
        file, line = sources.where(iri)
        assert curators.rule_place(iri, str(tmp_path)) == f"{file}, line {line}"
    assert curators.rule_place(shipped, str(tmp_path)) == "own.ttl (own), line 4"
    variants = {iri.rsplit("/", 1)[-1]: variant.label for iri, variant in knowledge.variants.items()}
    assert dict(curators.histories()) == variants
    assert dict(curators.histories(str(tmp_path))) == {**variants, "third_lung": "a third lung"}
    assert curators.version_in_use() == knowledge.version


def test_leaving_and_coming_back_keeps_everything(sitting):
    sitting.check().select("f1")
    sitting.module.exit()
    assert not sitting.visible("kidney_left"), "no outline is left in another module's views"
    sitting.module.enter()
    assert sitting.ui.verdictLabel.text.startswith("Implausible")


def test_missing_packages_are_asked_for_in_plain_words_and_no_is_respected(sitting, app, monkeypatch):
    from FMAssistLib import dependencies

    monkeypatch.setattr(dependencies, "requirements", lambda: ["numpy>=1.26", "surely-not-there>=1.0"])
    app.answers = False
    sitting.ui.applyButton.click()
    (question,) = app.messages
    assert "surely-not-there" in question
    assert "numpy" not in question
    assert "no data of yours leaves" in question
    assert app.installed == []
    assert not sitting.module.logic.running


def test_missing_packages_are_installed_without_replacing_what_slicer_bundles(app, monkeypatch):
    from FMAssistLib import dependencies

    monkeypatch.setattr(dependencies, "requirements", lambda: ["surely-not-there>=1.0"])
    seen = {}

    import slicer

    recorded = slicer.packaging.pip_ensure

    def ensure(requirements, **options):
        seen["constraints"] = Path(options["constraints"]).read_text(encoding="utf-8")
        recorded(requirements, **options)

    monkeypatch.setattr(slicer.packaging, "pip_ensure", ensure)
    assert dependencies.ensure()
    assert app.installed.pop()[0] == ["surely-not-there"]
    assert "numpy==" in seen["constraints"]
    monkeypatch.setitem(sys.modules, "slicer.packaging", None)  # Slicer 5.10: an import ends with ImportError
    assert dependencies.ensure()
    assert app.installed[0][0][:2] == ["surely-not-there>=1.0", "-c"]


def test_torch_comes_through_its_extension_and_one_that_is_too_old_is_refused(app, monkeypatch):
    import types

    from FMAssistLib import catalogue, dependencies

    asked = []
    logic = types.SimpleNamespace(installTorch=lambda **options: asked.append(options) or object())
    monkeypatch.setitem(sys.modules, "PyTorchUtils", types.SimpleNamespace(PyTorchUtilsLogic=lambda: logic))
    monkeypatch.setattr(dependencies, "missing", lambda _model=None: [])
    monkeypatch.setattr(dependencies, "_met", lambda _requirement: False)
    (model, *_) = catalogue.models()
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else there(name))
    assert dependencies.ensure(model)
    assert asked == [{"askConfirmation": True, "torchVersionRequirement": ">=2.10"}]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    assert not dependencies.ensure(model)
    assert "too old to open model files safely" in app.messages[-1]


def test_installing_that_fails_is_told_in_a_sentence(sitting, app, monkeypatch):
    import subprocess

    import slicer
    from FMAssistLib import dependencies

    def fails(*_arguments, **_options):
        raise subprocess.CalledProcessError(1, ["pip", "install", "surely-not-there"])

    monkeypatch.setattr(dependencies, "requirements", lambda: ["surely-not-there>=1.0"])
    monkeypatch.setattr(slicer.packaging, "pip_ensure", fails)
    with pytest.raises(RuntimeError, match="connected to the internet"):
        dependencies.ensure()
    assert not sitting.module.logic.running
