import numpy as np
import pytest
from geometry.grids import geometries
from hypothesis import given

from fmassist.errors import InputError
from fmassist.geometry import geometry_from_lps, index_to_lps_mm


def test_dicoms_left_is_negative_right():
    grid = geometry_from_lps((2, 2, 2), [[1, 0, 0, 10], [0, 1, 0, 20], [0, 0, 1, 30], [0, 0, 0, 1]])
    assert grid.axis_codes == "LPS"
    assert grid.to_ras_mm((0, 0, 0)).tolist() == [-10, -20, 30]


@given(geometries())
def test_there_and_back_changes_nothing(grid):
    assert np.array_equal(geometry_from_lps(grid.shape, index_to_lps_mm(grid)).index_to_ras_mm, grid.index_to_ras_mm)


def test_a_nan_is_said_to_be_one():
    with pytest.raises(InputError, match="not finite"):
        geometry_from_lps((2, 2, 2), np.diag([np.nan, 1, 1, 1]))
