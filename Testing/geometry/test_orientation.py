from itertools import permutations, product

import numpy as np
import pytest
from geometry.grids import geometries
from hypothesis import given
from hypothesis import strategies as st

from fmassist.geometry import reorientation

CODES = ["".join(p) for letters in product("RL", "AP", "SI") for p in permutations(letters)]


@given(geometries(), st.sampled_from(CODES))
def test_no_voxel_moves_in_the_patient_when_axes_are_turned(grid, codes):
    turn = reorientation(grid, codes)
    # Each voxel carries its own place in the patient, so a voxel put wrong would show.
    places = grid.to_ras_mm(np.stack(np.indices(grid.shape), axis=-1))
    turned = np.stack([turn.apply(places[..., axis]) for axis in range(3)], axis=-1)
    expected = turn.target.to_ras_mm(np.stack(np.indices(turn.target.shape), axis=-1))
    assert np.allclose(turned, expected, atol=1e-6)
    cosines = np.abs(grid.index_to_ras_mm[:3, :3] / grid.spacing_mm)
    if (cosines.max(axis=0) > 0.72).all():  # near 45° either letter is right
        assert turn.target.axis_codes == codes


@given(geometries(), st.sampled_from(CODES))
def test_what_was_turned_can_be_turned_back(grid, codes):
    array = np.arange(np.prod(grid.shape)).reshape(grid.shape)
    turn = reorientation(grid, codes)
    assert np.array_equal(turn.undo(turn.apply(array)), array)


@pytest.mark.parametrize("codes", ["RAR", "RA", "XYZ", "RLS", ""])
def test_codes_that_leave_an_axis_out_are_refused(codes):
    from fmassist.geometry import Geometry

    with pytest.raises(ValueError, match="does not name"):
        reorientation(Geometry((2, 2, 2), np.eye(4)), codes)
