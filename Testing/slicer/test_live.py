"""*FMAssist check* in the Segment Editor: edits are judged by the real check, in a process that stays."""

import sys
import types

import numpy as np
import pytest


def without(crop, other):
    """A crop's voxels but those of another one within it."""
    from FMAssistLib import masks

    mask = crop.mask.copy()
    where = tuple(
        slice(a - b, a - b + n) for a, b, n in zip(other.first[::-1], crop.first[::-1], other.mask.shape, strict=True)
    )
    mask[where] &= ~other.mask
    return masks.Crop(crop.first, mask)


@pytest.fixture
def editing(app, planted):
    """The effect's widgets on the planted abdomen, and a way to wait for what is said next."""
    from FMAssistLib.live_panel import LivePanel

    class Installer:
        @staticmethod
        def ensure(_model=None):
            return True

    panel = LivePanel(lambda: (planted.segmentation, planted.volume), Installer)
    told = []
    tell = panel.live._told
    panel.live._told = lambda judgement: (tell(judgement), told.append(judgement))

    def judged(does=lambda: None):
        told.clear()
        does()
        app.wait_until(lambda: (told and not panel.live.busy) or not panel.live.running, seconds=300)
        assert told, panel.line.text
        return told[-1]

    yield panel, judged
    panel.close()


def test_every_edit_is_judged_until_it_is_switched_off(editing, planted):
    from FMAssistLib import masks, repairs, voxels
    from FMAssistLib.idle import finish

    panel, judged = editing
    node = planted.segmentation
    ids = {name: sid for sid, name in masks.segment_names(node).items()}
    ((_, spleen),) = masks.crops(node, [ids["spleen"]])
    first = judged(panel.button.click)
    assert any("spleen" in f["segments"] for f in first.findings)
    assert panel.line.text.startswith("The whole: ")
    # The stray piece is erased, as with the editor's own eraser.
    pieces = finish(repairs.pieces_in(spleen))
    mended = without(spleen, finish(pieces.drawn([1])))
    after = judged(lambda: voxels.write_crops(node, {ids["spleen"]: mended}))
    assert after.touched == ("spleen",)
    assert [f for f in after.gone if "spleen" in f["segments"]]
    assert panel.line.text.startswith("spleen: ")
    assert "Gone" in panel.text.text
    # And is back with the editor's undo.
    again = judged(lambda: voxels.write_crops(node, {ids["spleen"]: spleen}))
    assert again.gone == []
    assert again.new == []
    # Painted over each other, two segments need a layer each: the study is handed over anew, and told of as a whole.
    whole = masks.Crop(spleen.first, np.ones(spleen.mask.shape, bool))
    over = judged(lambda: voxels.write_crops(node, {ids["liver"]: whole}))
    assert any("liver" in f["segments"] for f in over.new)
    folder = panel.live._folder
    panel.button.click()
    assert not folder.exists()
    assert not panel.live.running


def test_deleted_segmentation_ends_it(editing, planted, app, scene):
    panel, _judged = editing
    panel.button.click()
    assert panel.live.running
    scene.RemoveNode(planted.segmentation)
    assert not panel.live.running
    assert not panel.button.checked
    assert "deleted" in panel.line.text


def test_what_cannot_be_judged_while_it_is_edited_says_why(editing, planted, scene):
    panel, _judged = editing
    moved = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    planted.volume.SetAndObserveTransformNodeID(moved.GetID())
    panel.button.click()
    assert not panel.button.checked
    assert "different transforms" in panel.line.text


def test_only_the_box_that_changed_is_found_wherever_the_labelmap_lies(app):
    """After an edit a labelmap may cover another part of the grid."""
    from FMAssistLib import masks, voxels
    from FMAssistLib.changes import Changes
    from FMAssistLib.idle import finish
    from FMAssistLib.selftest import two_blocks

    _volume, node = two_blocks()
    changes = Changes(node)
    finish(changes.remembering())
    assert finish(changes.finding()) == []
    voxels.write_crops(node, {"liver": masks.Crop((9, 9, 9), np.ones((2, 2, 2), bool))})
    patches = finish(changes.finding())
    layers = masks.layers(node)
    value = next(layer.values["liver"] for layer in layers if "liver" in layer.values)
    assert {label for patch in patches for label in patch.labels()} == {value}
    first = [min(patch.first[n] for patch in patches) for n in range(3)]
    assert first == [7, 2, 2], "where it was, and where it is"
    assert finish(changes.finding()) == []


def test_effect_is_registered_and_shows_the_panel(app, module, planted, monkeypatch):
    """Slicer's scripted effects as far as they call back into Python."""
    import importlib.util

    import slicer

    class Abstract:
        def __init__(self, scripted):
            self.scriptedEffect = scripted
            scripted.implementation = self

        def register(self):
            slicer.app.messages.append(f"registered {self.scriptedEffect.name}")

    class Scripted:
        def __init__(self, _parent):
            self.widgets = []

        def setPythonSource(self, path):  # noqa: N802 - Slicer's name
            spec = importlib.util.spec_from_file_location("effect", path)
            loaded = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(loaded)
            getattr(loaded, path.rpartition("/")[2].removesuffix(".py"))(self)

        def self(self):
            return self.implementation

        def addOptionsWidget(self, widget):  # noqa: N802 - Slicer's name
            self.widgets.append(widget)

        def parameterSetNode(self):  # noqa: N802 - Slicer's name
            return types.SimpleNamespace(
                GetSegmentationNode=lambda: planted.segmentation, GetSourceVolumeNode=lambda: planted.volume
            )

    effects = types.SimpleNamespace(qSlicerSegmentEditorScriptedEffect=Scripted)
    monkeypatch.setitem(sys.modules, "qSlicerSegmentationsEditorEffectsPythonQt", effects)
    kinds = types.SimpleNamespace(AbstractScriptedSegmentEditorEffect=Abstract)
    monkeypatch.setitem(sys.modules, "SegmentEditorEffects", kinds)
    from FMAssistLib import editor_effect

    editor_effect.register()
    assert slicer.app.messages[-1] == "registered FMAssist check"
    scripted = Scripted(None)
    made = []
    monkeypatch.setattr(Scripted, "__init__", lambda self, _parent: made.append(self))
    monkeypatch.setattr(Scripted, "widgets", [], raising=False)
    scripted.setPythonSource(editor_effect.__file__.replace("editor_effect", "SegmentEditorFMAssistCheckEffect"))
    clone = scripted.self().clone()
    assert made == [clone], "every Segment Editor has one of its own"
    clone.self().setupOptionsFrame()
    (widget,) = clone.widgets
    assert widget is clone.self().panel.widget
    assert clone.self().nodes() == (planted.segmentation, planted.volume)
    clone.self().updateGUIFromMRML()
    assert not clone.self().icon().isNull()
