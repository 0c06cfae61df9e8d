import numpy as np
import pytest
from geometry.grids import geometries
from hypothesis import given
from hypothesis import strategies as st

from fmassist.errors import InputError
from fmassist.geometry import Geometry


@given(geometries(), st.tuples(*[st.floats(-50, 50)] * 3))
def test_a_place_comes_back_from_millimetres_to_its_index(grid, index):
    assert np.allclose(grid.to_index(grid.to_ras_mm(index)), index, atol=1e-6)


def test_a_thick_slice_has_its_volume_in_millilitres():
    grid = Geometry((4, 4, 4), np.diag([0.5, -0.5, 10.0, 1.0]))
    assert grid.spacing_mm == (0.5, 0.5, 10.0)
    assert grid.voxel_volume_ml == pytest.approx(0.0025)
    assert grid.axis_codes == "RPS"


@pytest.mark.parametrize("tilt_degrees", [0, 20, 44, 46, 70])
def test_every_oblique_grid_gets_three_different_letters(tilt_degrees):
    c, s = np.cos(np.radians(tilt_degrees)), np.sin(np.radians(tilt_degrees))
    affine = np.eye(4)
    affine[:3, :3] = np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    letters = Geometry((2, 2, 2), affine).axis_codes
    assert {frozenset(pair) & set(letters) != set() for pair in ("RL", "AP", "SI")} == {True}


@pytest.mark.parametrize(
    ("affine", "said"),
    [
        (np.diag([1.0, 0.0, 1.0, 1.0]), "spacing is zero"),
        (np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]), "singular"),
        (np.diag([1.0, np.nan, 1.0, 1.0]), "not finite"),
        (np.diag([1.0, np.inf, 1.0, 1.0]), "not finite"),
        (np.eye(3), "not a 4×4 affine"),
        (np.diag([1.0, 1.0, 1.0, 2.0]), "not a 4×4 affine"),
    ],
)
def test_an_affine_that_places_nothing_is_refused(affine, said):
    with pytest.raises(InputError, match=said):
        Geometry((2, 2, 2), affine)


def test_a_geometry_cannot_be_changed_after_it_was_checked():
    affine = np.eye(4)
    grid = Geometry((2, 2, 2), affine)
    affine[0, 0] = 0  # the caller's array is the caller's
    assert grid.index_to_ras_mm[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        grid.index_to_ras_mm[0, 0] = 0


def test_a_tenth_of_a_millimetre_at_a_corner_still_matches_and_more_does_not():
    grid = Geometry((101, 2, 2), np.diag([1.0, 1, 1, 1]))
    assert grid.matches(Geometry((101, 2, 2), np.diag([1.0009, 1, 1, 1])))
    assert not grid.matches(Geometry((101, 2, 2), np.diag([1.002, 1, 1, 1])))
    assert not grid.matches(Geometry((100, 2, 2), np.eye(4)))
