"""A structure segmented anew: both outlines are seen, nothing changes before somebody decides, and it can be undone."""

import json
import sys

import numpy as np
import pytest

SCRIPT = """
import json, pathlib, sys
plan = json.loads(pathlib.Path(sys.argv[1]).read_text())
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
out.mkdir(parents=True)
assert sys.argv[sys.argv.index("--structure") + 1] == plan["structure"]
(out / "anew.json").write_text(json.dumps(plan))
(out / "new.bits").write_bytes(bytes.fromhex(plan["bits"]))
"""


@pytest.fixture
def asked(sitting, tmp_path, monkeypatch):
    """The second finding's spleen, of which the model draws the main piece alone."""
    from FMAssistLib import masks
    from FMAssistLib.idle import finish
    from FMAssistLib.repairs import pieces_in

    monkeypatch.setattr(sitting.module.panel, "_promptable", lambda: "litemedsam")
    sitting.module.panel.anew._model = lambda: "litemedsam"
    sitting.check().select("f2")
    node = sitting.session.segmentation_node
    (spleen,) = sitting.session.segment_ids(["spleen"])
    ((_, crop),) = masks.crops(node, [spleen])
    main = finish(finish(pieces_in(crop)).drawn([0]))
    whole = masks.full_mask(node, main)
    plan = {"structure": "spleen", "shape": whole.shape, "findings": [], "bits": np.packbits(whole).tobytes().hex()}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    sitting.module.panel.anew.errand.command = lambda arguments: [sys.executable, "-c", SCRIPT, str(path), *arguments]
    sitting.press(sitting.ui.anewButton)
    return sitting, node, spleen, main


def test_new_outline_is_shown_and_taken_only_by_decision(asked):
    from FMAssistLib import masks, preview

    sitting, node, spleen, main = asked
    ui, before = sitting.ui, masks.whole_digest(node)
    assert preview.shown(), "the new outline is drawn"
    assert "no finding about it afterwards" in ui.anewLabel.text
    assert not ui.decideWidget.isVisibleTo(sitting.module.parent), "one question at a time"
    sitting.press(ui.takeAnewButton)
    ((_, now),) = masks.crops(node, [spleen])
    assert now.first == main.first
    assert (now.mask == main.mask).all()
    decision = sitting.session.review.decision_on("f2")
    assert (decision.action, decision.reason) == ("edit", "segmented anew with litemedsam")
    assert not preview.shown() or sitting.module.panel.verdict.selected == "f1"
    sitting.press(ui.undoButton)
    assert masks.whole_digest(node) == before, "voxel for voxel"


def test_new_outline_that_is_not_wanted_leaves_no_trace(asked):
    from FMAssistLib import masks

    sitting, node, _spleen, _main = asked
    before = masks.whole_digest(node)
    sitting.press(sitting.ui.dropAnewButton)
    assert masks.whole_digest(node) == before
    assert sitting.session.review.decision_on("f2") is None
    assert sitting.ui.decideWidget.isVisibleTo(sitting.module.parent)


def test_prompt_says_where_the_others_leave_room_and_what_is_inside_and_outside(shared):
    """The reasoner's own proposal for a liver that was drawn into the pelvis as well."""
    from fmassist.application.anew import propose
    from fmassist.application.read import read_image, read_labels
    from fmassist.knowledge.label_map import load_label_map

    folder = shared / "data" / "ct_abdomen"
    labels = load_label_map("totalsegmentator:total")
    volume = read_image(folder / "ct.nii.gz")
    segmentation = read_labels(folder / "totalsegmentator.nii.gz", labels, grid=volume.geometry)
    prompt = propose(segmentation, "liver", volume)
    low = np.min([box[0] for box in prompt.boxes_ras_mm], axis=0)
    high = np.max([box[1] for box in prompt.boxes_ras_mm], axis=0)
    (liver,) = (s for s in segmentation.segments if s.name == "liver")
    at = np.argwhere(segmentation.mask(liver))
    places = segmentation.geometry.to_ras_mm(at)
    assert ((places >= low) & (places <= high)).all(axis=1).mean() > 0.7, "most of it lies in the box"
    (inside,) = prompt.points_ras_mm
    index = tuple(np.rint(segmentation.geometry.to_index(inside)).astype(int))
    assert segmentation.mask(liver)[index]
    for point in prompt.outside_ras_mm:
        assert not segmentation.mask(liver)[tuple(np.rint(segmentation.geometry.to_index(point)).astype(int))]
