"""What only the application showed: each test would have seen one fault that a clinician met in Slicer itself."""

import json
import sys

import numpy as np
import pytest
from sitting import Sitting


def rotated(scene, degrees=20.0, shift=(30.0, -40.0, 50.0)):
    import slicer
    import vtk

    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    transform = vtk.vtkTransform()
    transform.Translate(*shift)
    transform.RotateZ(degrees)
    node.SetMatrixTransformToParent(transform.GetMatrix())
    assert isinstance(node, slicer.vtkMRMLLinearTransformNode)
    return node


def shown(node):
    return [d for d in (node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())) if d.GetVisibility()]


# 1: one result on display


def test_second_apply_puts_the_first_result_off_display(sitting):
    from FMAssistLib import storage

    sitting.check()
    first = sitting.session.segmentation_node
    first.GetScene().AddNode(first.GetDisplayNode().CreateNodeInstance())
    sitting.parameters.inputSegmentation = sitting.case.segmentation
    sitting.ui.confirmNamesCheckBox.checked = True
    sitting.check()
    second = sitting.session.segmentation_node
    assert second is not first
    assert shown(second)
    assert not shown(first), "what the new one hides would be shown by the old one"
    sitting.ui.resultComboBox.currentIndex = storage.reviewed(first.GetScene()).index(first)
    sitting.settle()
    assert shown(first)
    assert not shown(second)


def test_gate_holds_on_every_display_node(sitting, scene):
    sitting.check()
    node = sitting.session.segmentation_node
    more = scene.AddNewNodeByClass("vtkMRMLSegmentationDisplayNode")
    node.AddAndObserveDisplayNodeID(more.GetID())
    sitting.session.apply_gate()
    (left,) = sitting.session.segment_ids(["kidney_left"])
    assert not more.GetSegmentVisibility(left)
    assert not node.GetDisplayNode().GetSegmentVisibility(left)


def test_scene_with_two_results_opens_with_one_of_them(sitting):
    import slicer
    from FMAssistLib import display, storage

    sitting.check()
    sitting.check()
    for node in storage.reviewed(slicer.mrmlScene):
        display.switch(node, True)  # as a scene of an earlier version holds them
    sitting.module.logic.session = None
    sitting.module.panel.scene_opened()
    assert [bool(shown(node)) for node in storage.reviewed(slicer.mrmlScene)] == [True, False]


def test_renamed_result_has_its_new_name_in_the_list(sitting):
    sitting.check()
    sitting.check()
    sitting.session.segmentation_node.SetName("after the second look")
    names = [sitting.ui.resultComboBox.itemText(n) for n in range(sitting.ui.resultComboBox.count)]
    assert names[1] == "after the second look"


# 2: models


def test_models_are_asked_for_again_once_the_packages_are_there(app, module, monkeypatch):
    import importlib.util

    there = importlib.util.find_spec
    with monkeypatch.context() as before:
        before.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "typer" else there(name, *rest))
        module.enter()
        assert not module.panel.inputs.models_are_told
    monkeypatch.setattr(module.panel.running.installer, "ensure", lambda _model=None: True)
    assert module.panel.running.ensured()
    app.wait_until(lambda: module.panel.inputs.models_are_told)
    assert module.ui.modelComboBox.count >= 5


def test_who_comes_back_finds_what_was_set_and_agreed_to(sitting, module):
    """Entering the module again used to empty the table's choices, so that Apply was grey without a cause."""
    module.panel.inputs.models.command = module.logic.command  # it answers nothing about models
    module.exit()
    module.enter()
    assert sitting.ui.applyButton.enabled, sitting.ui.applyButton.toolTip
    sitting.check()
    module.exit()
    module.enter()
    assert sitting.session is module.panel.verdict.session
    assert sitting.ui.confirmNamesCheckBox.checked


# 3: the scan that belongs to it


def test_scan_loaded_while_the_module_is_open_is_chosen(app, module, parameters):
    from FMAssistLib.selftest import two_blocks

    assert parameters.inputVolume is None
    volume, _ = two_blocks()
    app.wait_until(lambda: parameters.inputVolume is volume)


def test_segmentation_brings_its_own_scan(app, module, parameters, planted):
    import slicer
    from FMAssistLib.parameters import Task

    other = slicer.util.addVolumeFromArray(np.zeros((8, 8, 8), np.int16), name="somebody else")
    parameters.inputVolume = other
    parameters.task = Task.CHECK
    parameters.inputSegmentation = planted.segmentation
    assert parameters.inputVolume is planted.volume


def test_check_without_image_says_so_beforehand(sitting, app):
    assert not sitting.ui.noticeLabel.isVisibleTo(sitting.module.parent)
    sitting.parameters.inputVolume = None
    assert sitting.ui.applyButton.enabled
    assert sitting.ui.noticeLabel.isVisibleTo(sitting.module.parent)
    assert "No scan is chosen" in sitting.ui.noticeLabel.text


def test_scan_of_another_study_is_not_kept(app, module, parameters, planted):
    import slicer
    from FMAssistLib import studies
    from FMAssistLib.parameters import Task

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    other = slicer.util.addVolumeFromArray(np.zeros((8, 8, 8), np.int16), name="somebody else")
    planted.segmentation.SetNodeReferenceID(planted.segmentation.GetReferenceImageGeometryReferenceRole(), None)
    for name, nodes in (("A", [planted.segmentation]), ("B", [other, planted.volume])):
        patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), name)
        study = hierarchy.CreateStudyItem(patient, f"study {name}")
        for node in nodes:
            hierarchy.SetItemParent(hierarchy.GetItemByDataNode(node), study)
    assert studies.of_another_study(other, planted.segmentation)
    parameters.inputVolume = other
    parameters.task = Task.CHECK
    parameters.inputSegmentation = planted.segmentation
    assert parameters.inputVolume is None, "a finding of one patient is never held against another's scan"


# 4: transforms


def test_finding_of_a_scan_under_a_transform_is_gone_to_in_the_world(sitting, scene):
    import slicer

    moved = rotated(scene)
    for node in (sitting.case.volume, sitting.case.segmentation):
        node.SetAndObserveTransformNodeID(moved.GetID())
    sitting.check()
    assert sitting.session.segmentation_node.GetParentTransformNode() is moved
    view = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceNode", "Blue")
    view.SetDimensions(300, 300, 1)
    try:
        sitting.select("f1").select("f2")
        matrix = view.GetSliceToRAS()
        place = [matrix.GetElement(row, 3) for row in range(3)]
        expected = moved.GetTransformToParent().TransformPoint(sitting.case.fragment_ras_mm)
        assert place == pytest.approx(expected, abs=0.01)
    finally:
        slicer.mrmlScene.RemoveNode(view)


def test_segmentation_under_a_transform_of_its_own_is_handed_over_where_it_is_seen(app, scene, tmp_path):
    """The scan was moved, and the segmentation with it, but by a transform of its own."""
    import slicer
    from FMAssistLib import exchange, masks, reading
    from FMAssistLib.idle import finish
    from FMAssistLib.selftest import two_blocks

    volume, node = two_blocks()
    here = finish(reading.copy_steps(node, "as it is", volume))
    for moving in (volume, node):
        moving.SetAndObserveTransformNodeID(rotated(scene, 0.0, (3.0, 0.0, 0.0)).GetID())
    together = finish(reading.copy_steps(node, "both moved", volume))
    assert masks.segment_digests(together) == masks.segment_digests(here)
    node.SetAndObserveTransformNodeID(None)
    apart = finish(reading.copy_steps(node, "the scan alone was moved", volume))
    ((_, before),), ((_, after),) = (list(masks.crops(n, ["spleen"])) for n in (here, apart))
    assert [b - a for a, b in zip(before.first, after.first, strict=True)] == [-3, 0, 0]
    path = tmp_path / "labels.seg.nrrd"
    finish(exchange.write_segmentation(node, volume, path, {"spleen": "spleen"}))
    from fmassist.volume import read_segmentation

    ours = read_segmentation(path)
    assert int(np.asarray(ours.layers[0]).astype(bool).sum()) == 2 * 3 * 3, "a third of it lies outside the scan now"
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLTransformNode") == 2, "nothing passing is left behind"


def test_box_under_another_transform_is_told_in_the_scans_own_frame(app, scene):
    import json

    from FMAssistLib import jobs
    from FMAssistLib.selftest import two_blocks

    volume, _ = two_blocks()
    volume.SetAndObserveTransformNodeID(rotated(scene, 0.0, (10.0, 0.0, 0.0)).GetID())
    roi = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "liver")
    roi.SetCenter([12.0, 2.0, 2.0])
    roi.SetSize([2.0, 2.0, 2.0])
    (box,) = json.loads(jobs.boxes_json(volume, [("liver", roi)]))["boxes"]
    assert box["low_ras_mm"] == pytest.approx([1.0, 1.0, 1.0])


# 6: the Segment Editor


def test_segment_editor_asks_nothing_at_the_first_stroke_and_the_gate_shuts_afterwards(sitting, app):
    import slicer

    sitting.check().select("f1")
    app.messages.clear()
    sitting.press(sitting.ui.editButton)
    editor = slicer.modules.segmenteditor.editor
    editor.stroke()
    assert app.messages == []
    assert sitting.visible("kidney_left")
    assert not sitting.visible("spleen") or not app.messages
    sitting.module.parent.isEntered = False
    sitting.module.onSceneStartSave()
    assert not sitting.visible("kidney_left"), "saved as the gate says"
    sitting.module.onSceneEndSave()
    editor.stroke()
    assert app.messages == [], "and edited on"
    sitting.module.parent.isEntered = True
    sitting.module.enter()
    sitting.module.panel.leave()
    assert not sitting.visible("kidney_left")


# 7: boxes


def test_boxes_are_outlines_beside_each_other_and_away_when_there_is_a_result(app, module, planted, stand_in):
    import slicer
    from FMAssistLib.parameters import Prompts, Task

    sitting = Sitting(app, module, planted, stand_in(planted.result))
    sitting.parameters.task, sitting.parameters.prompts = Task.SEGMENT, Prompts.BOXES
    for _ in range(3):
        sitting.ui.addBoxButton.click()
    rois = slicer.util.getNodesByClass("vtkMRMLMarkupsROINode")
    for roi in rois:
        display = roi.GetDisplayNode()
        assert not display.GetFillVisibility()
        assert display.GetOutlineVisibility()
    assert len({tuple(round(v) for v in roi.GetCenter()) for roi in rois}) == 3, "none lies on another"
    sitting.parameters.task = Task.CHECK
    sitting.check()
    assert not any(roi.GetDisplayNode().GetVisibility() for roi in rois)


# 8: black views


def test_result_of_a_scene_without_background_brings_its_scan_up(sitting, scene):
    import slicer

    sitting.check()
    composite = scene.AddNewNodeByClass("vtkMRMLSliceCompositeNode", "Purple")
    try:
        sitting.module.logic.session = None
        sitting.module.panel.scene_opened()
        assert composite.GetBackgroundVolumeID() == sitting.case.volume.GetID()
        other = slicer.util.addVolumeFromArray(np.zeros((8, 8, 8), np.int16), name="chosen by hand")
        composite.SetBackgroundVolumeID(other.GetID())
        sitting.module.panel.show(sitting.session)
        assert composite.GetBackgroundVolumeID() == other.GetID()
    finally:
        slicer.mrmlScene.RemoveNode(composite)


# 9: numbers for names


def numbered(planted):
    """The planted abdomen as Slicer loads it from TotalSegmentator's NIfTI; returns the names that it had."""
    segmentation = planted.segmentation.GetSegmentation()
    names = {}
    for number in range(segmentation.GetNumberOfSegments()):
        segment = segmentation.GetNthSegment(number)
        names[segmentation.GetNthSegmentID(number)] = segment.GetName()
        segment.SetName(f"Segment_{segment.GetLabelValue()}")
    return names


def test_numbers_for_names_are_read_with_the_map_that_fits_them(app, module, planted, stand_in):
    """The real library reads them, in the process that the panel starts."""
    names = numbered(planted)
    sitting = Sitting(app, module, planted, stand_in(planted.result))
    assert "is being found out" in sitting.ui.statusLabel.text
    ui = sitting.settle().ui
    assert ui.labelMapComboBox.currentText == "TotalSegmentator 2.18, total"
    assert "chosen by their numbers, sizes and places" in ui.labelMapWhyLabel.text
    assert "--" not in ui.labelMapWhyLabel.text, "a clinician has no command line"
    assert not ui.applyButton.enabled, "a number is a proposal until somebody says yes"
    ui.confirmNamesCheckBox.checked = True
    assert ui.applyButton.enabled
    assert module.panel.inputs.job().names == names


def test_numbers_that_nothing_tells_of_are_asked_about(app, module, planted, stand_in):
    names = numbered(planted)
    said = {"names": {}, "label_map": "", "why": "", "question": "Several label maps fit: say with --label-map which."}
    script = "import json, sys; open(sys.argv[sys.argv.index('--out') + 1], 'w').write(sys.argv[1])"
    told = [sys.executable, "-c", script, json.dumps(said)]
    module.panel.inputs.meanings.reader.command = lambda arguments: [*told, *arguments]
    sitting = Sitting(app, module, planted, stand_in(planted.result))
    ui = sitting.settle().ui
    assert ui.labelMapWhyLabel.text == "Several label maps fit: choose whose numbers they are."
    assert "choose whose numbers they are" in ui.statusLabel.text
    texts = [ui.labelMapComboBox.itemText(n) for n in range(ui.labelMapComboBox.count)]
    ui.labelMapComboBox.currentIndex = texts.index("TotalSegmentator 2.18, total")
    sitting.settle()
    assert not ui.applyButton.enabled, "a number is a proposal until somebody says yes"
    ui.confirmNamesCheckBox.checked = True
    assert ui.applyButton.enabled
    assert module.panel.inputs.job().names == names


# 10: rows


def test_rows_have_the_room_that_their_lines_take(sitting):
    """Laid out by the engine that draws them, while the font's metrics say less (harness/qt_module.py)."""
    from PySide6 import QtGui

    tree = sitting.check().ui.findingsTree
    for width in (300, 430):
        tree.resize(width, 300)
        tree.setColumnWidth(0, width - 90)
        sitting.module.panel.verdict.findings._fit_rows()
        for number in range(tree.topLevelItemCount):
            item = tree.topLevelItem(number)
            layout = QtGui.QTextLayout(item.text(0), tree.font)
            layout.beginLayout()
            height = 0.0
            while (line := layout.createLine()).isValid():
                line.setLineWidth(tree.columnWidth(0) - 12 - 16 - 12)
                height += line.height()
            layout.endLayout()
            if item.data(0, 0x0100):
                assert item.sizeHint(0).height() >= height, item.text(0)
