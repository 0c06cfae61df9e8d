"""The result in the panel: what is shown, where a finding leads, what becomes of it with scene and module."""

import pytest


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


def test_explanation_names_rule_and_version_and_what_a_repair_would_raise(sitting):
    sitting.case.result["findings"][0]["repair"]["introduces"] = ["f9"]
    ui = sitting.check().ui
    sitting.module.logic.session.finding("f1")["repair"]["introduces"] = ["f9"]
    text = sitting.select("f2").select("f1").ui.explanationBrowser.plainText
    assert "Rule: side, knowledge 2026-11-01" in text
    assert "but raises 1 more" in text
    assert "Gray's Anatomy" in text
    assert ui.previewCheckBox.checked, "a repair is seen without asking"


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


def test_deleting_the_result_empties_the_panel(sitting, app):
    import slicer

    sitting.check()
    slicer.mrmlScene.RemoveNode(sitting.session.segmentation_node)
    assert sitting.session is None
    assert not sitting.ui.detailsWidget.visible
    app.processEvents()
    assert sitting.ui.applyButton.enabled


def test_leaving_and_coming_back_keeps_everything(sitting):
    sitting.check().select("f1")
    sitting.module.exit()
    assert not sitting.visible("kidney_left"), "no outline is left in another module's views"
    sitting.module.enter()
    assert sitting.ui.verdictLabel.text.startswith("Implausible")


def test_scene_saved_while_a_finding_is_looked_at_opens_with_the_gate_shut(sitting, tmp_path):
    import slicer
    from FMAssistLib import storage

    sitting.check().select("f1")
    (kidney,) = sitting.session.segment_ids(["kidney_left"])
    path = tmp_path / "scene.mrb"
    assert slicer.util.saveScene(str(path))
    sitting.settle()
    assert sitting.visible("kidney_left"), "it is looked at as before"
    sitting.module.exit()
    sitting.module.parent.isEntered = False
    assert slicer.util.saveScene(str(path))
    sitting.settle()
    assert not sitting.visible("kidney_left"), "no outline comes into another module's views"
    slicer.mrmlScene.Clear(False)
    module = sitting.module
    module.removeObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, module.onSceneEndImport)
    assert slicer.util.loadScene(str(path))
    (node,) = storage.reviewed(slicer.mrmlScene)
    display = node.GetDisplayNode()
    assert not display.GetSegmentVisibility(kidney), "where the module was never opened"
    display.SetSegmentVisibility(kidney, True)  # as something that knows no gate may save it
    module.onSceneEndImport()
    assert not display.GetSegmentVisibility(kidney)


def test_scan_deleted_behind_a_result_is_not_read_any_more(sitting):
    import slicer

    sitting.check()
    slicer.mrmlScene.RemoveNode(sitting.case.volume)
    sitting.app.processEvents()
    started = []
    sitting.module.logic.start = started.append
    sitting.press(sitting.ui.recheckButton)
    assert [job.volume_node for job in started] == [None]


def test_structures_show_the_probability_that_they_are_wrong_worst_first(sitting):
    from types import SimpleNamespace

    from FMAssistLib.structures_table import rows_of

    def segment(name, score):
        return {"name": name, "status": "plausible", "wrong_probability": score}

    finding = {"id": "f1", "severity": "review", "segments": ["spleen"]}
    segments = [segment("aorta", None), segment("liver", 0.1), segment("colon", 0.4), segment("spleen", 0.05)]
    review = SimpleNamespace(findings=[finding], result={"segments": segments}, decision_on=lambda _id: None)
    assert [(r["name"], r["score"]) for r in rows_of(review)] == [
        ("spleen", 0.05),
        ("colon", 0.4),
        ("liver", 0.1),
        ("aorta", None),
    ]
