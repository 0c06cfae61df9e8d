"""Slice and 3D views, drawn by Slicer's own displayable managers: what is hidden is not on the picture."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def red(application):
    """A red slice view; its node is one that outlives a scene, as in Slicer, so it is made once."""
    import slicer
    from harness.views import SliceView

    return SliceView(application.applicationLogic(), slicer.mrmlScene, "Red", "R", "Axial", (300, 240))


@pytest.fixture
def views(red, planted):
    """The red slice view through the kidneys, and the session under it."""
    import slicer
    from FMAssistLib import exchange, reading
    from FMAssistLib.session import ReviewSession

    from fmassist.review import Review

    names = exchange.unique_names(planted.segmentation)
    node = reading.copy_segmentation(planted.segmentation, "Result", planted.volume)
    session = ReviewSession(node, planted.volume, Review(planted.result), {n: [sid] for sid, n in names.items()})
    planted.segmentation.GetDisplayNode().SetVisibility(False)
    view = red
    slicer.util.setSliceViewerLayers(background=planted.volume)
    view.mrmlSliceNode().JumpSliceByCentering(*planted.result["findings"][0]["location_ras_mm"])
    view.sliceLogic().FitSliceToBackground()
    view.mrmlSliceNode().JumpSliceByCentering(*planted.result["findings"][0]["location_ras_mm"])
    return session, view


def colours(view, path):
    from PIL import Image

    view.picture(path)
    return np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3).astype(int)


def coloured(pixels):
    return int((pixels.max(axis=1) - pixels.min(axis=1) > 25).sum())


def only_kidneys(session):
    display = session.segmentation_node.GetDisplayNode()
    for name, (sid,) in session.ids_by_name.items():
        if not name.startswith("kidney"):
            display.SetSegmentVisibility(sid, False)


def test_hidden_kidneys_are_not_drawn_and_decided_ones_are(views, tmp_path):
    session, view = views
    session.apply_gate()
    only_kidneys(session)
    assert coloured(colours(view, tmp_path / "gated.png")) == 0
    session.accept_repair("f1", "A. Reader")
    only_kidneys(session)
    assert coloured(colours(view, tmp_path / "decided.png")) > 300


def test_marked_kidneys_are_outlines_only(views, tmp_path):
    from FMAssistLib.parameters import Policy

    session, view = views
    session.apply_gate(Policy.SHOW_ALL)
    only_kidneys(session)
    full = coloured(colours(view, tmp_path / "full.png"))
    session.apply_gate(Policy.MARK)
    only_kidneys(session)
    marked = coloured(colours(view, tmp_path / "marked.png"))
    assert 0 < marked < full / 2


def test_preview_is_dashed_and_goes_away(views, tmp_path):
    from FMAssistLib import preview

    session, view = views
    session.apply_gate()
    for (sid,) in session.ids_by_name.values():
        session.segmentation_node.GetDisplayNode().SetSegmentVisibility(sid, False)
    before = colours(view, tmp_path / "before.png")
    (model,) = preview.show(session.segmentation_node, session.repaired(session.finding("f1")))
    drawn = colours(view, tmp_path / "preview.png")
    changed = int((np.abs(drawn - before).max(axis=1) > 40).sum())
    # Solid for comparison: the same surface without its gaps.
    model.GetDisplayNode().SetVisibility(False)
    solid = session.repaired(session.finding("f1"))
    preview.DASH_MM, dash = 1e9, preview.DASH_MM
    try:
        preview.show(session.segmentation_node, solid)
    finally:
        preview.DASH_MM = dash
    whole = int((np.abs(colours(view, tmp_path / "solid.png") - before).max(axis=1) > 40).sum())
    assert 0.3 * whole < changed < 0.95 * whole, "a contour with gaps"
    preview.clear()
    assert (colours(view, tmp_path / "after.png") == before).all()


def test_what_a_repair_removes_is_dashed_in_red_where_it_is_and_nothing_is_saved_with_the_scene(views, planted):
    from FMAssistLib import preview
    from FMAssistLib.idle import finish

    session, _view = views
    after = session.repaired(session.finding("f2"))
    lost = finish(session.losing(after))
    stays, goes = preview.show(session.segmentation_node, after, lost)
    assert [round(c, 2) for c in goes.GetDisplayNode().GetColor()] == [1.0, 0.25, 0.2]
    assert goes.GetPolyData().GetCenter() == pytest.approx(planted.fragment_ras_mm, abs=6)
    assert abs(stays.GetPolyData().GetCenter()[2] - planted.fragment_ras_mm[2]) > 50, "the spleen itself"
    for model in (stays, goes):
        assert not model.GetSaveWithScene()
        assert model.GetHideFromEditors()
    assert finish(session.losing(session.repaired(session.finding("f1")))) == [], "an exchange loses nothing"


def test_stray_piece_fills_the_box_and_not_the_way_to_it(views, planted):
    from FMAssistLib import views as module_views

    session, _view = views
    ids = session.segment_ids(["spleen"])
    whole = module_views.bounds_of(session.segmentation_node, ids)
    piece = module_views.bounds_of(session.segmentation_node, ids, planted.fragment_ras_mm)
    assert piece[5] - piece[4] < 25
    assert whole[5] - whole[4] > 100


def test_nothing_happens_where_there_is_no_view(app, planted):
    from FMAssistLib import views as module_views

    assert app.layoutManager() is None
    module_views.show_volume(planted.volume)
    module_views.jump_to((0, 0, 0), None)
