from itertools import permutations, product

import numpy as np
import pytest
from geometry.grids import geometries
from hypothesis import given
from hypothesis import strategies as st

from fmassist.errors import InputError
from fmassist.geometry import Geometry, reorientation
from fmassist.volume import Segment, Segmentation, Volume, labels_on_image

CODES = ["".join(p) for letters in product("RL", "AP", "SI") for p in permutations(letters)]


def image_on(geometry):
    return Volume(np.arange(np.prod(geometry.shape), dtype=np.int16).reshape(geometry.shape), geometry)


def labelled(geometry, layer):
    return Segmentation((layer,), geometry, (Segment(1, "spleen"),))


@given(geometries(), st.sampled_from(CODES), st.integers(0, 2**32))
def test_labels_of_another_axis_order_land_on_the_same_place_in_the_patient(grid, codes, seed):
    true = (np.random.default_rng(seed).random(grid.shape) < 0.3).astype(np.uint8)
    turn = reorientation(grid, codes)
    aligned = labels_on_image(labelled(turn.target, turn.apply(true)), image_on(grid))
    assert np.array_equal(aligned.layers[0], true)
    assert aligned.geometry is not turn.target


def test_labels_that_were_cropped_to_what_is_drawn_are_put_back_in_place():
    grid = Geometry((10, 12, 14), np.diag([-1.0, 1.5, 2.0, 1.0]))
    crop = grid.index_to_ras_mm.copy()
    crop[:3, 3] = grid.to_ras_mm((3, 4, 5))
    layer = np.ones((2, 3, 4), np.uint8)
    aligned = labels_on_image(labelled(Geometry((2, 3, 4), crop), layer), image_on(grid))
    assert aligned.layers[0].shape == (10, 12, 14)
    assert aligned.layers[0].sum() == 24
    assert aligned.layers[0][3:5, 4:7, 5:9].all()


def test_empty_margins_outside_the_image_are_no_matter_but_labels_there_are():
    grid = Geometry((4, 4, 4), np.eye(4))
    wide = np.eye(4)
    wide[:3, 3] = -2
    layer = np.zeros((8, 8, 8), np.uint8)
    layer[3, 3, 3] = 1
    assert labels_on_image(labelled(Geometry((8, 8, 8), wide), layer), image_on(grid)).layers[0][1, 1, 1] == 1
    layer[0, 0, 0] = 1
    with pytest.raises(InputError, match="1 labelled voxels lie outside the volume"):
        labels_on_image(labelled(Geometry((8, 8, 8), wide), layer), image_on(grid))
    far = np.eye(4)
    far[:3, 3] = 100
    with pytest.raises(InputError, match="outside the volume"):
        labels_on_image(labelled(Geometry((8, 8, 8), far), layer), image_on(grid))


def test_a_mismatch_names_both_grids_and_what_to_do():
    grid = Geometry((4, 4, 4), np.diag([1.0, 1.0, 2.5, 1.0]))
    other = np.diag([1.0, 1.0, 2.4, 1.0])
    with pytest.raises(InputError) as caught:
        labels_on_image(labelled(Geometry((4, 4, 4), other), np.ones((4, 4, 4), np.uint8)), image_on(grid))
    line = str(caught.value)
    assert "labels 4 × 4 × 4 voxels of 1 × 1 × 2.4 mm" in line
    assert "volume 4 × 4 × 4 voxels of 1 × 1 × 2.5 mm" in line
    assert "resample" in line
    assert "\n" not in line


def test_half_a_voxel_off_is_a_mismatch():
    grid = Geometry((4, 4, 4), np.eye(4))
    off = np.eye(4)
    off[0, 3] = 0.5
    with pytest.raises(InputError, match=r"centres 0\.5 mm apart"):
        labels_on_image(labelled(Geometry((4, 4, 4), off), np.ones((4, 4, 4), np.uint8)), image_on(grid))


def test_every_layer_is_put_in_place():
    grid = Geometry((3, 3, 3), np.eye(4))
    turn = reorientation(grid, "LPI")
    first, second = np.zeros((3, 3, 3), np.uint8), np.zeros((3, 3, 3), np.uint8)
    first[0, 1, 2], second[2, 1, 0] = 1, 1
    stored = Segmentation(
        (turn.apply(first), turn.apply(second)), turn.target, (Segment(1, "a", 0), Segment(1, "b", 1))
    )
    aligned = labels_on_image(stored, image_on(grid))
    assert aligned.layers[0][0, 1, 2] == 1
    assert aligned.layers[1][2, 1, 0] == 1
