"""Self tests that run inside Slicer, without a model and without anything installed."""

# ruff: noqa: PT009 - Slicer runs these with unittest, not with pytest

from __future__ import annotations

from typing import Any

import slicer

from FMAssistLib import masks, voxels
from FMAssistLib.library import add_library_to_path
from FMAssistLib.parameters import Policy
from FMAssistLib.session import ReviewSession

RESULT = {
    "schema_version": "1.0",
    "verdict": "implausible",
    "segments": [
        {"label": 1, "name": "spleen", "structure": None, "status": "flagged"},
        {"label": 2, "name": "liver", "structure": None, "status": "plausible"},
    ],
    "findings": [
        {
            "id": "f1",
            "rule": "https://w3id.org/fmassist/rule/side",
            "kind": "implausible",
            "severity": "block",
            "segments": ["spleen"],
            "message": "The spleen lies on the right.",
            "evidence": [],
            "location_ras_mm": [4.0, 4.0, 4.0],
            "causes": [],
            "repair": None,
            "sources": [],
        }
    ],
    "causes": [],
    "rules": {"run": 1, "passed": 0, "failed": 1, "not applicable": 0, "cannot tell": 0, "error": 0},
    "versions": {"program": "self test"},
}


def two_blocks() -> tuple[Any, Any]:
    """A small volume and a segmentation with two blocks, `spleen` and `liver`."""
    import numpy as np

    volume = slicer.util.addVolumeFromArray(np.zeros((12, 12, 12), np.int16), name="Self test")
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Self test segmentation")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    node.CreateDefaultDisplayNodes()
    for number, name in enumerate(("spleen", "liver")):
        sid = node.GetSegmentation().AddEmptySegment(name, name)
        voxels.write_crops(node, {sid: masks.Crop((2 + 5 * number, 2, 2), np.ones((3, 3, 3), bool))})
    return volume, node


def decide_and_sign(test: Any) -> None:
    """A planted finding hides its segment; kept and signed, it shows; edited, the signature is void."""
    import numpy as np

    add_library_to_path()
    from fmassist.review import Review

    volume, node = two_blocks()
    session = ReviewSession(node, volume, Review(RESULT), {"spleen": ["spleen"], "liver": ["liver"]})
    session.apply_gate(Policy.HIDE)
    session.store()
    display = node.GetDisplayNode()
    logic = slicer.vtkSlicerSegmentationsModuleLogic
    test.assertFalse(display.GetSegmentVisibility("spleen"))
    test.assertTrue(display.GetSegmentVisibility("liver"))
    test.assertEqual(logic.GetSegmentStatus(node.GetSegmentation().GetSegment("spleen")), logic.Flagged)
    session.keep("f1", "Self test", "situs inversus")
    test.assertTrue(display.GetSegmentVisibility("spleen"))
    session.sign("Self test")
    test.assertTrue(session.verify().valid)
    restored = ReviewSession.restore(node)
    test.assertTrue(restored.verify().valid)
    voxels.write_crops(node, {"liver": masks.Crop((7, 2, 2), np.ones((2, 3, 3), bool))})
    test.assertFalse(restored.verify().valid)


def disabled_apply(test: Any) -> None:
    """An empty scene gives no Apply, and the tool tip says what is missing."""
    widget = slicer.util.getModuleWidget("FMAssist")
    widget.initializeParameterNode()
    test.assertFalse(widget.ui.applyButton.enabled)
    test.assertTrue(widget.ui.applyButton.toolTip)
