"""What a radiologist would notice on the synthetic torso, measured."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from fmassist.errors import InputError
from fmassist.phantom import torso
from fmassist.phantom.fields import FIELDS
from fmassist.phantom.labels import LABELS
from fmassist.phantom.variants import VARIANTS

MAYBE_CUT = {"vertebrae_C5", "vertebrae_C6", "thyroid_gland", "trachea", "esophagus"}


def volumes_ml(phantom):
    counts = np.bincount(phantom.segmentation.layers[0].ravel(), minlength=256)
    return {name: counts[value] * phantom.volume.geometry.voxel_volume_ml for name, value in LABELS.items()}


def centroid(phantom, name):
    index = np.argwhere(phantom.segmentation.layers[0] == LABELS[name])
    return phantom.volume.geometry.to_ras_mm(index).mean(0)


@pytest.fixture(scope="module", params=[("female", 0), ("male", 1)], ids=["woman", "man"])
def person(request):
    sex, seed = request.param
    return torso(seed=seed, sex=sex)


def test_the_same_seed_gives_the_same_voxels_and_another_seed_does_not():
    first, again, other = (torso(seed=seed, spacing_mm=(5, 5, 5)) for seed in (0, 0, 1))
    assert np.array_equal(again.volume.voxels, first.volume.voxels)
    assert np.array_equal(again.segmentation.layers[0], first.segmentation.layers[0])
    assert not np.array_equal(other.segmentation.layers[0], first.segmentation.layers[0])


def test_volumes_lie_within_published_ranges(person):
    ml = volumes_ml(person)
    assert 824.5 <= ml["liver"] <= 1700  # Kim, 2,989 donors, central 95 %
    assert 81.1 <= ml["spleen"] <= 322
    assert 3.96 <= ml["liver"] / ml["spleen"] <= 13.78
    assert 99 <= ml["kidney_right"] <= 210
    assert 99 <= ml["kidney_left"] <= 220
    assert 18.8 <= ml["pancreas"] <= 139.8  # range of 10.1007/s00261-018-1793-8
    lungs = {name: value for name, value in ml.items() if name.startswith("lung_")}
    right = sum(value for name, value in lungs.items() if name.endswith("right")) / sum(lungs.values())
    assert 0.506 <= right <= 0.574  # PMC7490509, table 3
    assert 0.05 <= ml["lung_middle_lobe_right"] / sum(lungs.values()) <= 0.13


def test_vertebral_volumes_grow_down_the_thoracic_spine(person):
    ml = volumes_ml(person)
    thoracic = [ml[f"vertebrae_T{n}"] for n in range(1, 13)]
    assert all(lower > upper for upper, lower in pairwise(thoracic))
    assert 13 <= thoracic[0] <= 26  # about 22 mL with its arch (CloudSegmentatorResults)
    assert 30 <= thoracic[11] <= 60  # about 47 mL


def test_organs_lie_where_anatomy_puts_them(person):
    at = {
        name: centroid(person, name) for name in ("liver", "spleen", "heart", "stomach", "aorta", "inferior_vena_cava")
    }
    assert at["liver"][0] > 0 > at["spleen"][0]
    assert at["heart"][0] < 0
    assert at["heart"][2] > at["liver"][2] > centroid(person, "urinary_bladder")[2]
    assert at["stomach"][0] < 0
    labels = person.segmentation.layers[0]
    level = np.argwhere(labels == LABELS["vertebrae_L3"])[:, 2]
    k = int(np.median(level))
    geometry = person.volume.geometry

    def middle(name):
        ij = np.argwhere(labels[:, :, k] == LABELS[name])
        return geometry.to_ras_mm(np.column_stack([ij, np.full(len(ij), k)])).mean(0)

    assert middle("aorta")[0] < middle("inferior_vena_cava")[0]
    assert middle("aorta")[1] > middle("vertebrae_L3")[1]
    assert centroid(person, "trachea")[1] > centroid(person, "esophagus")[1]
    kidney = centroid(person, "kidney_right")[2]
    assert centroid(person, "vertebrae_L3")[2] < kidney + 30
    assert kidney < centroid(person, "vertebrae_T12")[2]


def test_the_spine_and_the_ribs_are_in_order(person):
    spine = [f"vertebrae_{n}" for n in ("C7", *(f"T{i}" for i in range(1, 13)), *(f"L{i}" for i in range(1, 6)))]
    heights = [centroid(person, name)[2] for name in spine]
    assert heights == sorted(heights, reverse=True)
    for side, sign in (("right", 1), ("left", -1)):
        ribs = [centroid(person, f"rib_{side}_{n}") for n in range(1, 13)]
        assert [r[2] for r in ribs] == sorted((r[2] for r in ribs), reverse=True)
        assert all(sign * r[0] > 0 for r in ribs)


def test_neighbours_touch(person):
    labels = person.segmentation.layers[0]
    for one, other in (
        ("lung_upper_lobe_left", "lung_lower_lobe_left"),
        ("lung_middle_lobe_right", "lung_lower_lobe_right"),
        ("lung_lower_lobe_right", "liver"),
        ("liver", "gallbladder"),
        ("liver", "inferior_vena_cava"),
        ("heart", "aorta"),
        ("femur_left", "hip_left"),
    ):
        near = ndimage.binary_dilation(labels == LABELS[one], np.ones((3, 3, 3)), iterations=2)
        assert (near & (labels == LABELS[other])).any(), f"{one} and {other} are apart"


def test_every_structure_is_one_piece(person):
    labels = person.segmentation.layers[0]
    boxes = ndimage.find_objects(labels)
    for segment in person.segmentation.segments:
        if segment.name in MAYBE_CUT | {"costal_cartilages"}:
            continue
        mask = labels[boxes[segment.label - 1]] == segment.label
        assert ndimage.label(mask, np.ones((3, 3, 3)))[1] == 1, segment.name


def test_tissues_have_plausible_hu(person):
    voxels, labels = person.volume.voxels, person.segmentation.layers[0]

    def median(name):
        return np.median(voxels[labels == LABELS[name]])

    assert -950 < median("lung_upper_lobe_left") < -650
    assert 80 < median("liver") < 140
    assert 110 < median("aorta") < 200
    assert median("trachea") < -800
    assert -10 < median("urinary_bladder") < 30
    assert median("femur_left") > 150
    assert voxels[0, -1, 0] < -900  # air in front of the patient
    assert voxels.dtype == np.int16


def test_a_field_of_view_shows_the_same_anatomy_cut():
    whole = torso(seed=3, noise=False, spacing_mm=(4, 4, 4))
    low, high = whole.volume.geometry.to_ras_mm([(29.5, 19.5, 49.5), (69.5, 59.5, 79.5)])
    part = torso(seed=3, noise=False, spacing_mm=(4, 4, 4), field_of_view=(tuple(low), tuple(high)))
    expected = whole.segmentation.layers[0][30:70, 20:60, 50:80]
    assert part.segmentation.layers[0].shape == expected.shape
    # Only crumbs may differ: a piece that the border cuts off is kept.
    assert (part.segmentation.layers[0] == expected).mean() > 0.999
    assert volumes_ml(part)["liver"] < 0.9 * volumes_ml(whole)["liver"]
    inner = (slice(3, -3),) * 3
    # Gas rises within what the field of view shows of a bowel loop; all else is the same to the HU.
    same = np.abs(part.volume.voxels[inner] - whole.volume.voxels[30:70, 20:60, 50:80][inner]) <= 1
    assert same.mean() > 0.98


@pytest.mark.parametrize("field", [f for f in FIELDS if f != "torso"])
def test_every_named_field_of_view_shows_some_anatomy(field):
    assert len(torso(seed=2, spacing_mm=(5, 5, 5), field_of_view=field).segmentation.segments) >= 8


def test_anatomy_does_not_depend_on_spacing():
    coarse, fine = volumes_ml(torso(seed=4, spacing_mm=(5, 4, 6))), volumes_ml(torso(seed=4))
    for name in ("liver", "spleen", "kidney_left", "heart", "lung_upper_lobe_right", "vertebrae_L3"):
        assert coarse[name] == pytest.approx(fine[name], rel=0.06), name


@pytest.fixture(scope="module")
def usual():
    return volumes_ml(torso(seed=6, sex="male", spacing_mm=(5, 5, 5)))


@pytest.mark.parametrize("variant", sorted(VARIANTS))
def test_a_variant_changes_the_truth_as_documented(variant, usual):
    ml = volumes_ml(torso(seed=6, sex="male", variants={variant}, spacing_mm=(5, 5, 5)))
    absent = {
        "ribs_11": {"rib_left_12", "rib_right_12"},
        "lumbar_4": {"vertebrae_L5"},
        "kidney_left_absent": {"kidney_left"},
        "kidney_right_absent": {"kidney_right"},
        "spleen_absent": {"spleen"},
        "gallbladder_absent": {"gallbladder"},
        "prostate_absent": {"prostate"},
        "situs_inversus": {"lung_middle_lobe_right"},
    }.get(variant, set())
    gone = {name for name in LABELS if usual[name] > 1 and ml[name] == 0} - MAYBE_CUT
    assert gone == absent
    assert not {name for name in LABELS if ml[name] > 1 and usual[name] == 0} - MAYBE_CUT


def test_situs_inversus_mirrors_the_organs_and_names_pairs_by_side():
    mirrored = torso(seed=6, variants={"situs_inversus"}, spacing_mm=(4, 4, 4))
    assert centroid(mirrored, "liver")[0] < 0 < centroid(mirrored, "spleen")[0]
    assert centroid(mirrored, "heart")[0] > 0
    assert centroid(mirrored, "kidney_right")[0] > 0
    assert centroid(mirrored, "rib_left_6")[0] < 0


def test_a_sixth_lumbar_vertebra_leaves_a_level_without_label_above_the_sacrum():
    six = torso(seed=6, variants={"vertebra_L6"})
    heights = [centroid(six, f"vertebrae_{n}")[2] for n in ("L4", "L5", "S1")]
    assert heights[1] - heights[2] > 1.6 * (heights[0] - heights[1])


def test_an_accessory_spleen_is_a_second_piece():
    case = torso(seed=6, variants={"accessory_spleen"})
    assert ndimage.label(case.segmentation.layers[0] == LABELS["spleen"], np.ones((3, 3, 3)))[1] == 2


def test_a_hip_prosthesis_is_metal():
    case = torso(seed=6, variants={"hip_prosthesis_left"})
    assert np.median(case.volume.voxels[case.segmentation.layers[0] == LABELS["femur_left"]]) > 2500


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"sex": "f"}, "sex"),
        ({"age_years": 9}, "adult"),
        ({"stature": 2.0}, "stature"),
        ({"spacing_mm": (0.0, 1.0, 1.0)}, "spacings"),
        ({"variants": {"three_kidneys"}}, "unknown variant"),
        ({"field_of_view": "everything"}, "unknown field of view"),
        ({"field_of_view": ((0, 0, 0), (0, 9, 9))}, "empty"),
    ],
)
def test_impossible_wishes_are_refused_in_one_line(wrong, says):
    with pytest.raises(InputError, match=says) as caught:
        torso(**wrong)
    assert "\n" not in str(caught.value)
