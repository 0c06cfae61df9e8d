import os
import re

import numpy as np
import pytest
import SimpleITK as sitk
from geometry.grids import geometries
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.volume import (
    Segment,
    Segmentation,
    Volume,
    read_segmentation,
    read_volume,
    whole_file,
    write_segmentation,
    write_volume,
)

ENDINGS = [".nii", ".nii.gz", ".nrrd", ".mha"]
MANY = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
@MANY
@given(grid=geometries(), seed=st.integers(0, 2**32))
def test_any_volume_comes_back_from_any_format(tmp_path, ending, dtype, grid, seed):
    voxels = (np.random.default_rng(seed).random(grid.shape) * 200).astype(dtype)
    voxels.flat[:2] = 1, 2
    path = tmp_path / f"v{ending}"
    write_volume(Volume(voxels, grid), path)
    back = read_volume(path)
    assert np.array_equal(back.voxels, voxels)
    assert back.geometry.matches(grid, tolerance_mm=1e-3)
    image = sitk.ReadImage(str(path))  # an opinion from outside
    for index in [(0, 0, 0), tuple(n - 1 for n in grid.shape)]:
        x, y, z = image.TransformIndexToPhysicalPoint(index)
        assert np.allclose(grid.to_ras_mm(index), (-x, -y, z), atol=1e-2)


@pytest.mark.parametrize("ending", [".seg.nrrd", *ENDINGS])
@MANY
@given(grid=geometries(), seed=st.integers(0, 2**32))
def test_any_labels_come_back_from_any_format(tmp_path, ending, grid, seed):
    layer = np.random.default_rng(seed).integers(0, 3, grid.shape).astype(np.uint8)
    layer.flat[:2] = 1, 2
    written = Segmentation((layer,), grid, (Segment(1, "liver"), Segment(2, "spleen")))
    write_segmentation(written, tmp_path / f"s{ending}")
    back = read_segmentation(tmp_path / f"s{ending}", names={1: "liver", 2: "spleen"})
    assert np.array_equal(back.layers[0], layer)
    assert back.geometry.matches(grid, tolerance_mm=1e-3)
    assert [(s.label, s.name) for s in back.segments] == [(1, "liver"), (2, "spleen")]


def some_volume():
    return Volume(np.arange(60, dtype=np.int16).reshape(3, 4, 5), Geometry((3, 4, 5), np.eye(4)))


def test_a_view_with_turned_axes_is_written_as_it_is_indexed(tmp_path):
    from fmassist.volume import reorient_volume

    turned = reorient_volume(some_volume(), "SPL")
    for ending in ENDINGS:
        write_volume(turned, tmp_path / f"v{ending}")
        back = read_volume(tmp_path / f"v{ending}")
        assert np.array_equal(back.voxels, turned.voxels)
        assert back.geometry.axis_codes == "SPL"


def test_overlapping_layers_are_not_flattened(tmp_path):
    layer = np.ones((3, 4, 5), np.uint8)
    segmentation = Segmentation((layer, layer), some_volume().geometry, (Segment(1, "a"), Segment(1, "b", 1)))
    with pytest.raises(InputError, match=r"overlap: write \.seg\.nrrd"):
        write_segmentation(segmentation, tmp_path / "s.nii.gz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["v.png", "v", "v.dcm", "v.nhdr"])
def test_formats_that_are_not_written_are_named(tmp_path, name):
    with pytest.raises(InputError, match=r"choose \.nii\.gz"):
        write_volume(some_volume(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("dtype", [np.complex64, np.float16, bool])
@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
def test_what_a_format_cannot_hold_is_refused(tmp_path, ending, dtype):
    with pytest.raises(InputError, match="cannot hold"):
        write_volume(Volume(np.ones((3, 4, 5), dtype), some_volume().geometry), tmp_path / f"v{ending}")
    assert list(tmp_path.iterdir()) == []


# --- whole or not at all ---------------------------------------------------------------------------------------------


def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "v.nii.gz"
    target.write_text("the old result")

    def fail():
        with whole_file(target) as beside:
            beside.write_text("half")
            assert target.read_text() == "the old result"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert target.read_text() == "the old result"
    assert [p.name for p in tmp_path.iterdir()] == ["v.nii.gz"]


def test_a_full_disk_is_one_clear_line(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", str(tmp_path / "Musterfrau.nii"))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="cannot write the result: No space left on device") as caught:
        write_volume(some_volume(), tmp_path / "Musterfrau.nii")
    assert "Musterfrau" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_absent_folder_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match=re.escape("cannot write the result: No such file or directory")):
        write_volume(some_volume(), tmp_path / "absent" / "v.nii")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_clear_line(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot write the result: Permission denied"):
        write_volume(some_volume(), tmp_path / "v.nii")
