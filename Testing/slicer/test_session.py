"""Review of a real CT's labels in Slicer's own scene: gate, repairs, undo, signature, storage."""

import numpy as np
import pytest


@pytest.fixture
def session(planted):
    from FMAssistLib import exchange, reading
    from FMAssistLib.session import ReviewSession

    from fmassist.review import Review

    names = exchange.unique_names(planted.segmentation)
    node = reading.copy_segmentation(planted.segmentation, "Result", planted.volume)
    session = ReviewSession(
        node, planted.volume, Review(planted.result), {n: [sid] for sid, n in names.items()}, {"e": 1}
    )
    session.apply_gate()
    session.store()
    return session


def voxels(session, name):
    from FMAssistLib import masks

    (sid,) = session.segment_ids([name])
    ((_, crop),) = masks.crops(session.segmentation_node, [sid])
    return masks.full_mask(session.segmentation_node, crop)


def status(session, name):
    import slicer

    (sid,) = session.segment_ids([name])
    segment = session.segmentation_node.GetSegmentation().GetSegment(sid)
    return slicer.vtkSlicerSegmentationsModuleLogic.GetSegmentStatusAsMachineReadableString(
        slicer.vtkSlicerSegmentationsModuleLogic.GetSegmentStatus(segment)
    )


def visible(session, name):
    (sid,) = session.segment_ids([name])
    return bool(session.segmentation_node.GetDisplayNode().GetSegmentVisibility(sid))


def test_blocked_segments_are_invisible_and_flagged_others_are_seen(session):
    assert not visible(session, "kidney_left")
    assert not visible(session, "kidney_right")
    assert visible(session, "spleen")
    assert visible(session, "liver")
    assert [status(session, n) for n in ("kidney_left", "spleen")] == ["flagged", "flagged"]
    assert status(session, "liver") != "flagged"


def test_users_own_segmentation_is_not_touched(planted, session):
    from FMAssistLib import masks

    before = masks.whole_digest(planted.segmentation)
    session.accept_repair("f1", "A. Reader")
    session.reject("f2", "A. Reader")
    assert masks.whole_digest(planted.segmentation) == before
    assert planted.segmentation.GetNodeReference("FMAssistReview") is None


def test_result_lies_beside_its_scan_in_the_subject_hierarchy(planted, session):
    import slicer

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "Study")
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(planted.volume), study)
    from FMAssistLib import reading

    node = reading.copy_segmentation(planted.segmentation, "Another", planted.volume)
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) == study


def test_accepted_swap_exchanges_the_kidneys_and_shows_them(session):
    left, right = voxels(session, "kidney_left"), voxels(session, "kidney_right")
    session.accept_repair("f1", "A. Reader")
    assert (voxels(session, "kidney_left") == right).all()
    assert (voxels(session, "kidney_right") == left).all()
    assert visible(session, "kidney_left")
    assert status(session, "kidney_left") == "completed"


def test_accepted_drop_removes_the_piece_and_nothing_else(session):
    from FMAssistLib import masks

    before = masks.segment_digests(session.segmentation_node)
    spleen = voxels(session, "spleen")
    session.accept_repair("f2", "A. Reader")
    after = voxels(session, "spleen")
    assert 0 < spleen.sum() - after.sum() <= 216, "the planted piece is at most 6 × 6 × 6 voxels"
    assert not (after & ~spleen).any()
    changed = {sid for sid, value in masks.segment_digests(session.segmentation_node).items() if value != before[sid]}
    assert changed == set(session.segment_ids(["spleen"]))


def test_repair_leaves_the_3d_view_filled(session):
    import slicer

    surfaces = slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()
    session.segmentation_node.CreateClosedSurfaceRepresentation()
    session.accept_repair("f1", "A. Reader")
    (left,) = session.segment_ids(["kidney_left"])
    surface = session.segmentation_node.GetSegmentation().GetSegment(left).GetRepresentation(surfaces)
    assert surface.GetNumberOfPolys() > 0
    assert surface.GetCenter()[0] < 0, "the left kidney's surface is on the left (RAS: x grows to the right)"


def test_undo_gives_every_voxel_back(session):
    from FMAssistLib import masks

    before = masks.whole_digest(session.segmentation_node)
    session.accept_repair("f1", "A. Reader")
    session.accept_repair("f2", "A. Reader")
    assert masks.whole_digest(session.segmentation_node) != before
    session.undo()
    session.undo()
    assert masks.whole_digest(session.segmentation_node) == before
    assert not visible(session, "kidney_left"), "the finding is open again, so the gate is shut again"


def test_undo_works_after_the_scene_was_stored(session):
    from FMAssistLib import masks
    from FMAssistLib.session import ReviewSession

    before = masks.whole_digest(session.segmentation_node)
    session.accept_repair("f1", "A. Reader")
    restored = ReviewSession.restore(session.segmentation_node)
    restored.undo()
    assert masks.whole_digest(session.segmentation_node) == before


def test_rename_to_a_structure_without_a_segment_makes_one_and_undo_takes_it_away(session):
    kidney = voxels(session, "kidney_left")
    finding = session.finding("f1")
    finding["repair"] = {
        "id": "r9",
        "label": "it is a duodenum of another name",
        "steps": [
            {
                "action": "relabel",
                "segment": "kidney_left",
                "target": "https://w3id.org/fmassist/structure/kidney_pelvic",
                "component": None,
            }
        ],
        "resolves": ["f1"],
        "introduces": [],
    }
    count = session.segmentation_node.GetSegmentation().GetNumberOfSegments()
    session.accept_repair("f1", "A. Reader")
    assert (voxels(session, "kidney_pelvic") == kidney).all()
    assert not voxels(session, "kidney_left").any()
    session.undo()
    assert session.segmentation_node.GetSegmentation().GetNumberOfSegments() == count
    assert (voxels(session, "kidney_left") == kidney).all()


def test_rejected_segment_keeps_its_voxels_out_of_sight(session):
    before = voxels(session, "spleen")
    session.reject("f2", "A. Reader")
    assert not visible(session, "spleen")
    assert (voxels(session, "spleen") == before).all()


def decided(session):
    session.accept_repair("f1", "A. Reader")
    session.keep("f2", "A. Reader", "accessory spleen, known since 2019")
    return session


def test_everything_survives_save_close_and_reload(session, tmp_path):
    import slicer
    from FMAssistLib.session import ReviewSession

    decided(session).sign("A. Reader")
    path = tmp_path / "study.mrb"
    assert slicer.util.saveScene(str(path))
    slicer.mrmlScene.Clear(False)
    assert slicer.util.loadScene(str(path))
    node = slicer.util.getNode("Result")
    again = ReviewSession.restore(node)
    assert again.verify().valid
    assert again.evidence == {"e": 1}
    assert [d.action for d in again.review.decisions] == ["accept_repair", "keep"]
    assert again.review.result["versions"]["knowledge"] == "2026-11-01"
    assert status(again, "kidney_left") == "completed"
    assert again.volume_node.GetName() == "Abdomen CT"
    again.undo()
    again.undo()
    assert status(again, "kidney_left") == "flagged"
    assert not visible(again, "kidney_left")


@pytest.mark.parametrize("edit", ["paint", "rename", "remove", "terminology"])
def test_any_edit_of_a_signed_segment_voids_the_signature(session, edit):
    from FMAssistLib import masks, voxels

    decided(session).sign("A. Reader")
    assert session.verify().valid
    segmentation = session.segmentation_node.GetSegmentation()
    (liver,) = session.segment_ids(["liver"])
    if edit == "paint":
        ((_, crop),) = masks.crops(session.segmentation_node, [liver])
        k, j, i = np.argwhere(crop.mask)[0]
        crop.mask[k, j, i] = False
        voxels.write_crops(session.segmentation_node, {liver: crop})
    elif edit == "rename":
        segmentation.GetSegment(liver).SetName("Leber")
    elif edit == "remove":
        segmentation.RemoveSegment(liver)
    else:
        segmentation.GetSegment(liver).SetTag("TerminologyEntry", "a~b~c")
    verification = session.verify()
    assert not verification.valid
    assert "segmentation was changed" in verification.reasons[0]


def test_looking_at_it_voids_nothing(session):
    from FMAssistLib import views

    decided(session).sign("A. Reader")
    views.highlight(session.segmentation_node, session.segment_ids(["liver"]))
    session.segmentation_node.CreateClosedSurfaceRepresentation()
    session.segmentation_node.GetSegmentation().GetSegment(session.segment_ids(["liver"])[0]).SetColor(1, 0, 0)
    assert session.verify().valid


def test_void_signature_is_written_down_once(session):
    decided(session).sign("A. Reader")
    for _ in range(3):
        session.note_void(("changed",))
    assert [e["action"] for e in session.review.audit.entries].count("signature void") == 1


def test_repair_that_no_longer_fits_says_so_and_changes_nothing(session):
    from FMAssistLib import masks

    (left,) = session.segment_ids(["kidney_left"])
    session.segmentation_node.GetSegmentation().RemoveSegment(left)
    before = masks.whole_digest(session.segmentation_node)
    with pytest.raises(ValueError, match="no longer there"):
        session.accept_repair("f1", "A. Reader")
    assert masks.whole_digest(session.segmentation_node) == before
    assert session.review.decisions == ()


def test_damaged_review_is_told_and_not_guessed(session, app):
    from FMAssistLib.session import ReviewSession
    from FMAssistLib.storage import ROLE

    session.segmentation_node.GetNodeReference(ROLE).SetText('{"stored_version": "1"')
    assert ReviewSession.restore(session.segmentation_node) is None
    assert any("cannot be read" in message for message in app.messages)
