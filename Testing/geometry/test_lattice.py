import numpy as np
from geometry.grids import geometries
from hypothesis import given
from hypothesis import strategies as st

from fmassist.geometry import Geometry, lattice_map, reorientation


@given(geometries(), st.sampled_from(["RAS", "LPS", "SAR", "PIL"]), st.tuples(*[st.integers(-3, 3)] * 3))
def test_a_turned_and_shifted_piece_is_found_on_its_lattice(target, codes, shift):
    shifted = target.index_to_ras_mm.copy()
    shifted[:3, 3] = target.to_ras_mm(shift)
    source = reorientation(Geometry(target.shape, shifted), codes).target
    place = lattice_map(source, target)
    assert place is not None
    assert place.start == shift


@given(geometries())
def test_half_a_voxel_off_is_another_lattice(target):
    off = target.index_to_ras_mm.copy()
    off[:3, 3] = target.to_ras_mm((0.5, 0, 0))
    if target.spacing_mm[0] > 0.5:  # or half a voxel may be within the tolerance
        assert lattice_map(Geometry(target.shape, off), target) is None


def test_another_spacing_is_another_lattice():
    fine = Geometry((10, 10, 10), np.eye(4))
    assert lattice_map(Geometry((5, 5, 5), np.diag([2.0, 2, 2, 1])), fine) is None
    assert lattice_map(Geometry((10, 10, 10), np.diag([1.02, 1, 1, 1])), fine) is None


def test_grids_metres_apart_do_not_confuse_the_arithmetic():
    far = np.eye(4)
    far[:3, 3] = 1e15
    assert lattice_map(Geometry((2, 2, 2), far), Geometry((2, 2, 2), np.eye(4))) is None
