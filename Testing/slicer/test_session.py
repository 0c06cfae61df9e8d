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


CODES = {
    "https://w3id.org/fmassist/structure/kidney_left": {
        "label": "left kidney",
        "terminology": "l~SCT^123037004^Anatomical Structure~SCT^64033007^Kidney~SCT^7771000^Left~r~^^~^^",
        "color_rgb": [0.7, 0.3, 0.2],
    },
    "https://w3id.org/fmassist/structure/kidney_pelvic": {
        "label": "pelvic kidney",
        "terminology": "l~SCT^123037004^Anatomical Structure~SCT^64033007^Kidney~^^~r~^^~^^",
        "color_rgb": [0.1, 0.2, 0.9],
    },
}


def coded(session, name):
    from FMAssistLib import masks

    (sid,) = session.segment_ids([name])
    segment = session.segmentation_node.GetSegmentation().GetSegment(sid)
    return masks.terminology_of(segment), tuple(round(c, 3) for c in segment.GetColor()), segment.GetName()


def test_segment_without_a_code_gets_that_of_its_structure_and_a_users_own_code_stays(session):
    theirs = "l~SCT^123037004^Anatomical Structure~SCT^10200004^Liver~^^~r~^^~^^"
    session.codes = CODES
    (liver,) = session.segment_ids(["liver"])
    session.segmentation_node.GetSegmentation().GetSegment(liver).SetTag("TerminologyEntry", theirs)
    session.code_segments()
    assert "Kidney~SCT^7771000^Left" in coded(session, "kidney_left")[0]
    assert coded(session, "liver")[0] == theirs


def test_after_a_swap_voxels_code_colour_and_name_belong_together(session):
    session.codes = CODES
    session.code_segments()
    before, right = coded(session, "kidney_left"), voxels(session, "kidney_right")
    session.accept_repair("f1", "A. Reader")
    assert coded(session, "kidney_left") == before, "what is called the left kidney is coded as the left kidney"
    assert (voxels(session, "kidney_left") == right).all(), "and is where the left kidney is"


def test_segment_that_a_repair_makes_is_named_coded_and_coloured(session):
    session.codes = CODES
    finding = session.finding("f1")
    step = {"action": "relabel", "segment": "kidney_left", "component": None}
    step["target"] = "https://w3id.org/fmassist/structure/kidney_pelvic"
    finding["repair"] = {"id": "r9", "label": "another kidney", "steps": [step], "resolves": ["f1"], "introduces": []}
    session.accept_repair("f1", "A. Reader")
    entry, colour, name = coded(session, "kidney_pelvic")
    assert entry == CODES["https://w3id.org/fmassist/structure/kidney_pelvic"]["terminology"]
    assert colour == (0.1, 0.2, 0.9)
    assert name == "kidney_pelvic"


def recheck(session, without=()):
    from FMAssistLib.idle import finish

    result = {**session.review.result}
    result["findings"] = [f for f in result["findings"] if f["id"] not in without]
    finish(session.checking_again(result, {"e": 2}, {}))


def test_decision_survives_a_check_again_only_where_its_segments_stayed(session):
    from FMAssistLib import masks, voxels

    session.keep("f2", "A. Reader", "accessory spleen")
    recheck(session)
    assert session.review.decision_on("f2").reason == "accessory spleen"
    (spleen,) = session.segment_ids(["spleen"])
    ((_, crop),) = masks.crops(session.segmentation_node, [spleen])
    crop.mask[0] = False
    voxels.write_crops(session.segmentation_node, {spleen: crop})
    recheck(session)
    assert session.review.decision_on("f2") is None, "another spleen than the one decided on"


def test_check_again_can_be_taken_back_and_then_the_decision_before_it(session):
    from FMAssistLib import masks
    from FMAssistLib.session import ReviewSession

    before = masks.whole_digest(session.segmentation_node)
    session.accept_repair("f1", "A. Reader")
    recheck(session, without=["f1"])
    assert [f["id"] for f in session.findings] == ["f2", "f3"]
    session = ReviewSession.restore(session.segmentation_node)
    assert session.evidence == {"e": 2}
    session.undo()
    assert session.evidence == {"e": 1}
    assert session.review.decision_on("f1").action == "accept_repair"
    session.undo()
    assert masks.whole_digest(session.segmentation_node) == before
    assert not session.can_undo
    actions = [entry["action"] for entry in session.review.audit.entries]
    assert actions == ["checked", "decided", "checked", "check undone", "undone"], "the log forgets nothing"
    assert session.review.audit.problems() == []


def test_edit_by_hand_can_be_undone_with_every_segment_that_it_touched(session):
    from FMAssistLib import masks
    from FMAssistLib import voxels as writing
    from FMAssistLib.idle import finish
    from FMAssistLib.session import ReviewSession

    before = masks.whole_digest(session.segmentation_node)
    finish(session.remembering())
    spleen, liver = session.segment_ids(["spleen", "liver"])
    crops = dict(masks.crops(session.segmentation_node, [spleen, liver]))
    for crop in crops.values():
        crop.mask[:4] = False
    writing.write_crops(session.segmentation_node, crops)
    session.segmentation_node.GetSegmentation().AddEmptySegment("new", "new")
    session = ReviewSession.restore(session.segmentation_node)
    session.edited("f2", "A. Reader")
    assert session.review.decision_on("f2").action == "edit"
    assert masks.whole_digest(session.segmentation_node) != before
    session.undo()
    assert masks.whole_digest(session.segmentation_node) == before
    assert session.review.decision_on("f2") is None


def test_void_signature_marks_what_was_changed_in_every_segments_table(session):
    from FMAssistLib import masks
    from FMAssistLib import voxels as writing

    decided(session).sign("A. Reader")
    (liver,) = session.segment_ids(["liver"])
    ((_, crop),) = masks.crops(session.segmentation_node, [liver])
    crop.mask[0] = False
    writing.write_crops(session.segmentation_node, {liver: crop})
    assert not session.verify().valid
    assert status(session, "liver") == "flagged"
    assert status(session, "kidney_left") == "completed"


def test_removed_result_takes_its_review_along(session):
    import slicer
    from FMAssistLib import storage

    assert len(slicer.util.getNodesByClass("vtkMRMLTextNode")) == 2
    storage.remove(session.segmentation_node)
    assert not slicer.util.getNodesByClass("vtkMRMLTextNode")
    assert slicer.mrmlScene.GetFirstNodeByName("Result") is None


def test_numbers_of_pieces_do_not_outlive_a_change(planted, session):
    """The check numbered the pieces; once one is gone, the same number means another piece, or none."""
    dropping = next(f for f in planted.result["findings"] if f["id"] == "f2")
    other = {**dropping, "id": "f4", "repair": {**dropping["repair"], "id": "r4", "resolves": ["f4"]}}
    session.review.result["findings"] = [*session.review.result["findings"], other]
    assert session.repaired(other)
    session.accept_repair("f2", "A. Reader")
    with pytest.raises(ValueError, match="changed since the check"):
        session.repaired(other)
    session.undo()
    assert session.repaired(other)
