"""Every injected error is what it says, touches nothing else, and can be made again."""

import numpy as np
import pytest

from fmassist.bench.injectors import KINDS, CannotInjectError, inject
from fmassist.errors import InputError
from fmassist.phantom import torso
from fmassist.volume import Segment, Segmentation

WHOLE_STUDY = {
    "study_mirrored",
    "study_upside_down",
    "study_front_to_back",
    "labels_flipped_on_image",
    "labels_moved_on_image",
    "invented_in_padding",
    "wrong_label_map",
    "wrong_intensity",
}
GRIDS = {"study_turned", "spacing_wrong"}
FIELD = {"invented_in_padding": "abdomen", "labels_flipped_on_image": "abdomen"}


@pytest.fixture(scope="module")
def woman():
    return {
        None: torso(seed=11, spacing_mm=(5, 5, 5), sex="female"),
        "abdomen": torso(seed=11, spacing_mm=(5, 5, 5), sex="female", field_of_view="abdomen"),
    }


def by_name(segmentation):
    return {s.name: segmentation.mask(s) for s in segmentation.segments if segmentation.mask(s).any()}


def changed_names(before, after):
    ours, theirs = by_name(before), by_name(after)
    nothing = np.zeros(before.geometry.shape, dtype=bool)
    names = ours.keys() | theirs.keys()
    return {n for n in names if not np.array_equal(ours.get(n, nothing), theirs.get(n, nothing))}


def same(one, other):
    return one.geometry.shape == other.geometry.shape and not changed_names(one, other)


@pytest.mark.parametrize("severity", [1, 2, 3])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_injected_error_is_what_it_says(kind, severity, woman):
    case = woman[FIELD.get(kind)]
    labels, voxels = case.segmentation.layers[0].copy(), case.volume.voxels.copy()
    spoilt = inject(case.segmentation, case.volume, kind=kind, severity=severity, seed=5)
    assert np.array_equal(case.segmentation.layers[0], labels), "the good study was changed"
    assert np.array_equal(case.volume.voxels, voxels)
    again = inject(case.segmentation, case.volume, kind=kind, severity=severity, seed=5)
    assert again.wrong == spoilt.wrong
    assert same(again.segmentation, spoilt.segmentation)
    assert spoilt.causes
    if kind in GRIDS:
        grids = [study.geometry.index_to_ras_mm for study in (case.segmentation, spoilt.segmentation, spoilt.volume)]
        assert not np.allclose(grids[0], grids[1])
        assert np.allclose(grids[1], grids[2]), "image and labels were turned together"
        return
    if kind in WHOLE_STUDY:
        assert not (same(case.segmentation, spoilt.segmentation) and np.array_equal(spoilt.volume.voxels, voxels))
        return
    changed = changed_names(case.segmentation, spoilt.segmentation)
    assert (
        changed == spoilt.wrong
        or (changed <= spoilt.wrong and kind == "overlap")
        or (
            # What an intruder overwrote is a victim, not an error of its own.
            spoilt.wrong <= changed and kind in {"displaced", "fragment_near", "fragment_far", "volume_grown"}
        )
    )
    if spoilt.repaired is not None:
        assert same(spoilt.repaired, case.segmentation)


@pytest.mark.parametrize("kind", ["fragment_near", "leak", "truncated", "missing", "volume_shrunk", "labels_permuted"])
def test_a_higher_severity_changes_more(kind, woman):
    case = woman[None]
    total = []
    for severity in (1, 2, 3):
        spoilt = [inject(case.segmentation, case.volume, kind=kind, severity=severity, seed=s) for s in range(4)]
        total.append(sum((s.segmentation.layers[0] != case.segmentation.layers[0]).sum() for s in spoilt))
    assert total[0] < total[1] < total[2]


def test_a_shift_moves_names_along_the_chain(woman):
    case = woman[None]
    spoilt = inject(case.segmentation, case.volume, kind="vertebrae_shifted_down_1", severity=3, seed=1)
    before, after = by_name(case.segmentation), by_name(spoilt.segmentation)
    assert np.array_equal(after["vertebrae_L3"], before["vertebrae_L2"])
    assert np.array_equal(after["vertebrae_T1"], before["vertebrae_C7"])


def test_a_duplicated_level_holds_two_vertebrae(woman):
    case = woman[None]
    spoilt = inject(case.segmentation, case.volume, kind="vertebra_duplicated", severity=3, seed=2)
    before, after = by_name(case.segmentation), by_name(spoilt.segmentation)
    doubled = [n for n in after if n.startswith("vertebrae_") and after[n].sum() > 1.6 * before[n].sum()]
    assert len(doubled) == 1


def test_overlap_keeps_both_structures_in_two_layers(woman):
    case = woman[None]
    spoilt = inject(case.segmentation, case.volume, kind="overlap", severity=2, seed=3)
    assert len(spoilt.segmentation.layers) == 2
    assert ((spoilt.segmentation.layers[0] > 0) & (spoilt.segmentation.layers[1] > 0)).any()


def test_an_organ_in_the_air_has_no_tissue_under_it(woman):
    case = woman[None]
    spoilt = inject(case.segmentation, case.volume, kind="invented_in_air", severity=2, seed=4)
    (name,) = spoilt.wrong
    assert np.median(spoilt.volume.voxels[by_name(spoilt.segmentation)[name]]) < -900


def test_padding_grows_the_image_and_its_geometry_stays_in_place(woman):
    case = woman["abdomen"]
    spoilt = inject(case.segmentation, case.volume, kind="invented_in_padding", severity=2, seed=4)
    assert spoilt.volume.voxels.shape[2] > case.volume.voxels.shape[2]
    top = [np.array(g.shape) - 1 for g in (spoilt.volume.geometry, case.volume.geometry)]
    assert np.allclose(spoilt.volume.geometry.to_ras_mm(top[0]), case.volume.geometry.to_ras_mm(top[1]))
    (name,) = spoilt.wrong
    assert (spoilt.volume.voxels[by_name(spoilt.segmentation)[name]] == -2048).any()


def test_a_prostate_is_not_given_to_a_man():
    man = torso(seed=3, sex="male", spacing_mm=(5, 5, 5), field_of_view="pelvis")
    with pytest.raises(CannotInjectError):
        inject(man.segmentation, man.volume, kind="against_context", severity=3, seed=1)


def test_impossible_errors_are_refused(woman):
    case = woman["abdomen"]
    with pytest.raises(InputError, match="kind"):
        inject(case.segmentation, case.volume, kind="typo", severity=1, seed=1)
    with pytest.raises(InputError, match="severity"):
        inject(case.segmentation, case.volume, kind="leak", severity=4, seed=1)
    empty = Segmentation(
        (np.zeros((3, 3, 3), np.uint8),),
        case.segmentation.geometry.__class__((3, 3, 3), np.eye(4)),
        (Segment(1, "liver"),),
    )
    with pytest.raises(CannotInjectError):
        inject(empty, None, kind="leak", severity=1, seed=1)
