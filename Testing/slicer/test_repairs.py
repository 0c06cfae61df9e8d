"""Repairs on masks: all steps at once, nothing else touched."""

import cases
import numpy as np
import pytest


@pytest.fixture
def repairs(app):
    from FMAssistLib import repairs

    return repairs


@pytest.fixture
def carry_out(repairs):
    """Carries steps out on masks of one common grid."""
    from FMAssistLib.idle import finish
    from FMAssistLib.masks import Crop

    def run(steps, masks):
        result = finish(repairs.after_repair(steps, {name: Crop((0, 0, 0), mask) for name, mask in masks.items()}))
        found = {}
        for name, crop in result.items():
            found[name] = np.zeros_like(masks[name])
            (i, j, k), (nk, nj, ni) = crop.first, crop.mask.shape
            found[name][k : k + nk, j : j + nj, i : i + ni] = crop.mask
        return found

    return run


def masks(text):
    """One row of voxels: each letter is the segment there."""
    return {name: np.array([[[c == name for c in text]]]) for name in "abcd"}


def row(result, before):
    merged = {**before, **result}
    length = next(iter(before.values())).shape[-1]
    return "".join(next((n for n, m in merged.items() if m[0, 0, i]), ".") for i in range(length))


def step(action, segment, target=None, component=None):
    return {"action": action, "segment": segment, "target": target, "component": component}


@pytest.mark.parametrize(
    ("before", "steps", "after"),
    [
        ("aa.bb", [step("swap", "a", "b")], "bb.aa"),
        ("a.b.c", [step("relabel", "a", "b"), step("relabel", "b", "c"), step("relabel", "c", "d")], "b.c.d"),
        ("aaa.a.b", [step("drop", "a", component=1)], "aaa...b"),
        ("aaa.a.aa", [step("drop", "a", component=1), step("give", "a", "b", 2)], "aaa.b..."),
        ("aaa.a.b", [step("give", "a", "b", 1)], "aaa.b.b"),
        ("aa.bb", [step("keep", "a")], "aa.bb"),
        ("aa.bb", [step("drop", "a")], "...bb"),
    ],
)
def test_steps(carry_out, before, steps, after):
    start = masks(before)
    assert row(carry_out(steps, start), start) == after
    assert row({}, start) == before, "what was given is not changed"


def test_only_what_changes_is_given_back(carry_out):
    assert set(carry_out([step("drop", "a", component=1)], masks("aaa.a.b"))) == {"a"}


def test_piece_that_is_not_there_is_told(carry_out):
    with pytest.raises(ValueError, match="piece 3 is not there"):
        carry_out([step("drop", "a", component=2)], masks("aa.a"))


def test_step_of_an_unknown_kind_is_refused(carry_out):
    with pytest.raises(ValueError, match="unknown repair step 'melt'"):
        carry_out([step("melt", "a")], masks("aa"))


def test_same_as_the_librarys_own(carry_out, app):
    """`fmassist check --apply` and the panel change the same voxels."""
    from fmassist.geometry import Geometry
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.reasoning.findings import Repair, RepairStep
    from fmassist.reasoning.repair import apply_repair
    from fmassist.volume import Segment, Segmentation

    rng = np.random.default_rng(3)
    labels = rng.integers(0, 4, (6, 7, 8)).astype(np.uint8)
    names = ["a", "b", "c"]
    segmentation = Segmentation(
        (labels,), Geometry((6, 7, 8), np.eye(4)), tuple(Segment(n + 1, name) for n, name in enumerate(names))
    )
    ours = {name: np.transpose(labels == n + 1) for n, name in enumerate(names)}  # the library's are [i, j, k]
    for theirs_step, our_step in (
        (RepairStep("swap", "0:1", "0:2"), step("swap", "a", "b")),
        (RepairStep("give", "0:1", "0:3", 1), step("give", "a", "c", 1)),
        (RepairStep("drop", "0:2", None, 0), step("drop", "b", component=0)),
    ):
        theirs = apply_repair(segmentation, Repair("r", "r", (theirs_step,)), LabelMap("x", {}, {}))
        result = {**ours, **carry_out([our_step], ours)}
        for number, name in enumerate(names):
            assert (np.transpose(result[name]) == (theirs.layers[0] == number + 1)).all(), our_step


def test_holes_are_filled_as_the_library_fills_them_and_no_other_segment_is_painted_over(scene):
    import slicer
    from FMAssistLib import masks
    from FMAssistLib.idle import finish
    from FMAssistLib.repairs import after_repair

    from fmassist.geometry import Geometry
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.reasoning.findings import Repair, RepairStep
    from fmassist.reasoning.repair import apply_repair
    from fmassist.volume import Segment, Segmentation

    labels = np.zeros((9, 9, 9), np.uint8)
    labels[1:8, 1:8, 1:8] = 1
    labels[4, 4, 4], labels[4, 4, 5] = 0, 2  # a hole, with another segment in it
    labels[2, 2, 2], labels[1, 1, 1] = 0, 0  # a hole that touches the outside by a corner alone
    labels[1:4, 5, 6] = 0  # a dent
    segments = (Segment(1, "a"), Segment(2, "b"))
    repair = Repair("r", "r", (RepairStep("fill", "0:1"),))
    theirs = apply_repair(
        Segmentation((labels,), Geometry((9, 9, 9), np.eye(4)), segments), repair, LabelMap("x", {}, {})
    )
    ours = np.ascontiguousarray(np.transpose(labels))
    node = cases.segmentation_from(ours, {1: "a", 2: "b"}, slicer.util.addVolumeFromArray(ours), "Two")
    ((sid, crop),) = masks.crops(node, ["Segment_1"])
    free = masks.free_around(node, sid, crop)
    after = finish(after_repair([step("fill", "a")], {"a": crop}, free={"a": free}))["a"]
    assert after.first == (1, 1, 1)
    assert (np.transpose(after.mask) == (theirs.layers[0] == 1)[1:8, 1:8, 1:8]).all()
    assert after.mask.sum() == crop.mask.sum() + 2
