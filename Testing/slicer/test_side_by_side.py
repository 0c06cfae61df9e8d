"""Two results over one scan: each in its own view, what differs outlined, and everything put back afterwards."""

import pytest


@pytest.fixture
def two_views(scene):
    import slicer

    made = []
    for name in ("Red", "Yellow"):
        for kind in ("vtkMRMLSliceNode", "vtkMRMLSliceCompositeNode"):
            node = scene.CreateNodeByClass(kind)
            node.UnRegister(None)
            node.SetSingletonTag(name)
            node.SetName(name)
            node.SetLayoutName(name)
            made.append(scene.AddNode(node))
    yield made
    for node in made:
        slicer.mrmlScene.RemoveNode(node)


def test_each_result_is_in_its_own_view_and_what_differs_is_outlined(sitting, two_views):
    from FMAssistLib import preview
    from FMAssistLib.side_by_side import DIFFERENCE

    ui = sitting.check().ui
    first = sitting.session.segmentation_node
    sitting.select("f2").press(ui.acceptButton)  # the stray piece goes: that is what differs
    sitting.check()
    second = sitting.session.segmentation_node
    red, red_composite, yellow, _composite = two_views
    ui.compareButton.checked = True
    sitting.settle()
    for node, view in ((second, red), (first, yellow)):
        display = node.GetDisplayNode()
        assert display.GetVisibility()
        assert list(display.GetViewNodeIDs()) == [view.GetID()], "nowhere else"
    (left,) = sitting.session.segment_ids(["kidney_left"])
    assert not second.GetDisplayNode().GetSegmentVisibility(left), "the gate holds in both"
    assert not first.GetDisplayNode().GetSegmentVisibility(left)
    assert red_composite.GetLinkedControl()
    (difference,) = preview.shown(DIFFERENCE)
    place = difference.GetPolyData().GetCenter()
    assert place == pytest.approx(sitting.case.fragment_ras_mm, abs=6)
    ui.compareButton.checked = False
    sitting.settle()
    assert not preview.shown(DIFFERENCE)
    assert not first.GetDisplayNode().GetVisibility()
    assert second.GetDisplayNode().GetNumberOfViewNodeIDs() == 0
    assert not red_composite.GetLinkedControl()
