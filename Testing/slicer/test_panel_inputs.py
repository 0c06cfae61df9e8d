"""What a run starts from: scan, model, boxes, what the segments are."""

from pathlib import Path

import pytest


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


def test_box_drawn_with_slicers_own_tool_is_noticed(app, ui, parameters, scene):
    from FMAssistLib.parameters import Prompts
    from FMAssistLib.selftest import two_blocks

    parameters.inputVolume, _ = two_blocks()
    parameters.prompts = Prompts.BOXES
    assert "Add box" in ui.applyButton.toolTip
    scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "mine")
    app.wait_until(lambda: ui.boxesTable.rowCount == 1)
    assert "Name the structure" in ui.applyButton.toolTip


def test_label_map_is_no_scan(app, module, ui, scene):
    scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    module.initializeParameterNode()
    app.processEvents()
    assert module._parameters.inputVolume is None
    assert ui.sampleButton.visible


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


def test_synthetic_torso_comes_with_labels_that_can_be_checked_without_a_model(app, module, ui, parameters):
    from FMAssistLib import masks

    ui.sampleButton.click()
    assert not ui.sampleButton.enabled
    app.wait_until(lambda: not module.panel.busy, seconds=120)
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
    assert sitting.module.panel.inputs.job().names == {first: "pancreas"}
    assert sitting.ui.applyButton.enabled


def test_segment_whose_row_is_still_to_come_counts_as_proposed(sitting):
    at_once = sitting.module.panel.inputs.job().names
    table = sitting.settle().ui.meaningsTable
    assert table.cellWidget(table.rowCount - 1, 1) is not None
    assert sitting.module.panel.inputs.job().names == at_once
    assert len(at_once) == table.rowCount == 61
