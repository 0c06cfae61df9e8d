"""What Slicer and its other modules see of this one: scripts, the context menu, translations."""

import sys
import types

import pytest


def test_script_checks_a_segmentation_and_waits(sitting, module):
    case = sitting.case
    result = module.logic.check(case.segmentation, case.volume)
    assert result.segmentation_node is not case.segmentation
    assert [f["id"] for f in result.review.open_findings()] == ["f1", "f2"]
    assert module.logic.session is result, "the panel shows the same"
    assert sitting.ui.verdictLabel.text.startswith("Implausible")


def test_script_need_not_say_whose_numbers_they_are(sitting, module):
    """A file of numbers, as Slicer loads it; the real library reads it, and the check is a stand-in's."""
    from FMAssistLib import masks

    case = sitting.case
    names = masks.segment_names(case.segmentation)
    segmentation = case.segmentation.GetSegmentation()
    for sid in names:
        segmentation.GetSegment(sid).SetName(f"Segment_{segmentation.GetSegment(sid).GetLabelValue()}")
    result = module.logic.check(case.segmentation, case.volume)
    assert {sid: name for name, (sid,) in result.ids_by_name.items()} == names


def test_script_is_told_why_there_is_no_result(sitting, module, stand_in):
    module.logic.command = stand_in(exit_code=2, error="the image is no scan")
    with pytest.raises(RuntimeError, match="the image is no scan"):
        module.logic.check(sitting.case.segmentation)
    from FMAssistLib.selftest import two_blocks

    _volume, node = two_blocks()
    for sid in ("spleen", "liver"):
        node.GetSegmentation().GetSegment(sid).SetName("something")
    with pytest.raises(ValueError, match="give names="):
        module.logic.check(node)


@pytest.fixture
def menu(app, monkeypatch):
    """Slicer's scripted plug-ins, as far as they call back into Python."""
    import importlib.util

    import slicer

    class Abstract:
        def __init__(self, scripted):
            self.scripted = scripted

    made = []

    class Scripted:
        def __init__(self, _parent):
            pass

        def setPythonSource(self, path):  # noqa: N802 - Slicer's name
            from PySide6 import QtCore

            # As Slicer does: the file is run, and the class of its name made.
            spec = importlib.util.spec_from_file_location("plugin", path)
            loaded = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(loaded)
            made.append(loaded.FMAssistSubjectHierarchyPlugin(QtCore.QObject()))

    current = types.SimpleNamespace(item=0)
    handler = types.SimpleNamespace(instance=lambda: types.SimpleNamespace(currentItem=lambda: current.item))
    monkeypatch.setitem(
        sys.modules,
        "AbstractScriptedSubjectHierarchyPlugin",
        types.SimpleNamespace(AbstractScriptedSubjectHierarchyPlugin=Abstract),
    )
    monkeypatch.setattr(slicer, "qSlicerSubjectHierarchyScriptedPlugin", Scripted, raising=False)
    monkeypatch.setattr(slicer, "qSlicerSubjectHierarchyPluginHandler", handler, raising=False)
    from FMAssistLib import subject_hierarchy

    subject_hierarchy.register()
    (plugin,) = made
    return plugin, current


def test_right_click_on_a_segmentation_opens_it_for_a_check(menu, module, planted, monkeypatch):
    import slicer

    plugin, current = menu
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    (action,) = plugin.itemContextMenuActions()
    plugin.showContextMenuActionsForItem(hierarchy.GetItemByDataNode(planted.volume))
    assert not action.visible
    current.item = hierarchy.GetItemByDataNode(planted.segmentation)
    plugin.showContextMenuActionsForItem(current.item)
    assert action.visible
    monkeypatch.setattr(slicer.util, "getModuleWidget", lambda _name: module, raising=False)
    action.trigger()
    assert slicer.app.selected_modules == ["FMAssist"]
    assert module._parameters.inputSegmentation is planted.segmentation
    assert module._parameters.inputVolume is planted.volume, "with its own scan"
