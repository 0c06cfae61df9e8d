import gzip
import tracemalloc
import zlib

import numpy as np
import pytest
import SimpleITK as sitk
from volume.files import nifti, some_voxels
from volume.refusal import refused

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.volume import read_segmentation, read_volume, write_volume
from fmassist.volume.volume import Volume


def test_a_file_by_itk_is_read_with_its_geometry_and_values(tmp_path):
    voxels = some_voxels((4, 5, 6))
    image = sitk.GetImageFromArray(voxels.T)
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((10.0, -20.0, 30.0))
    image.SetDirection((0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0))
    sitk.WriteImage(image, str(tmp_path / "itk.nii.gz"))
    volume = read_volume(tmp_path / "itk.nii.gz")
    assert np.array_equal(volume.voxels, voxels)
    for index in [(0, 0, 0), (3, 4, 5)]:
        x, y, z = image.TransformIndexToPhysicalPoint(index)
        assert np.allclose(volume.geometry.to_ras_mm(index), (-x, -y, z), atol=1e-4)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_every_number_type_comes_through(tmp_path, dtype):
    voxels = (some_voxels((3, 4, 5)) + 20).astype(dtype)
    assert np.array_equal(read_volume(nifti(tmp_path / "v.nii", voxels)).voxels, voxels)


def test_a_big_endian_file_is_read(tmp_path):
    image = sitk.GetImageFromArray(some_voxels((3, 4, 5)).T)
    sitk.WriteImage(image, str(tmp_path / "little.nii"))
    content = (tmp_path / "little.nii").read_bytes()
    from fmassist.volume.nifti import HEADER_1

    header = np.frombuffer(content[:348], dtype=HEADER_1).astype(HEADER_1.newbyteorder(">"))
    (tmp_path / "big.nii").write_bytes(header.tobytes() + bytes(4) + some_voxels((3, 4, 5)).astype(">i2").tobytes("F"))
    assert np.array_equal(read_volume(tmp_path / "big.nii").voxels, some_voxels((3, 4, 5)))


def test_nifti_2_is_read(tmp_path):
    from fmassist.volume.nifti import HEADER_2

    header = np.zeros((), dtype=HEADER_2)
    header["sizeof_hdr"], header["magic"], header["datatype"], header["bitpix"] = 540, b"n+2\0\r\n\032\n", 4, 16
    header["dim"], header["pixdim"], header["vox_offset"] = (3, 3, 4, 5, 1, 1, 1, 1), (1, 2, 2, 2, 0, 0, 0, 0), 544
    header["sform_code"], header["srow"] = 1, np.diag([2.0, 2, 2, 1])[:3]
    (tmp_path / "two.nii").write_bytes(header.tobytes() + bytes(4) + some_voxels((3, 4, 5)).tobytes("F"))
    volume = read_volume(tmp_path / "two.nii")
    assert np.array_equal(volume.voxels, some_voxels((3, 4, 5)))
    assert volume.geometry.spacing_mm == (2, 2, 2)


def test_stored_values_are_rescaled(tmp_path):
    stored = some_voxels((3, 4, 5))
    whole = read_volume(nifti(tmp_path / "whole.nii", stored, scl_slope=2, scl_inter=-1024)).voxels
    assert np.array_equal(whole, stored.astype(int) * 2 - 1024)
    real = read_volume(nifti(tmp_path / "real.nii", stored, scl_slope=0.5, scl_inter=0.25)).voxels
    assert np.array_equal(real, stored * 0.5 + 0.25)


def test_the_qform_alone_places_a_volume(tmp_path):
    # A half turn about z: i runs to the Left, j to the Posterior.
    path = nifti(tmp_path / "q.nii", sform_code=0, qform_code=1, quatern=(0, 0, 1), qoffset=(5, 6, 7))
    expected = [[-2, 0, 0, 5], [0, -3, 0, 6], [0, 0, 4, 7], [0, 0, 0, 1]]
    assert np.allclose(read_volume(path).geometry.index_to_ras_mm, expected)


def test_microns_and_metres_become_millimetres(tmp_path):
    affine = np.diag([200.0, 300.0, 400.0, 1.0])
    volume = read_volume(nifti(tmp_path / "um.nii", affine=affine, xyzt_units=3))
    assert np.allclose(volume.geometry.spacing_mm, (0.2, 0.3, 0.4))
    volume = read_volume(nifti(tmp_path / "m.nii", affine=np.diag([0.002, 0.003, 0.004, 1.0]), xyzt_units=1))
    assert np.allclose(volume.geometry.spacing_mm, (2, 3, 4))


def test_oblique_left_handed_and_sheared_grids_are_kept(tmp_path):
    affine = np.array([[-1.0, 0.3, 0, 5], [0.3, 1.0, 0.4, -7], [0, 0.1, -2.5, 9], [0, 0, 0, 1]])
    write_volume(Volume(some_voxels(), Geometry((5, 6, 7), affine)), tmp_path / "sheared.nii.gz")
    assert np.allclose(read_volume(tmp_path / "sheared.nii.gz").geometry.index_to_ras_mm, affine, atol=1e-5)


def test_a_quarter_millimetre_slice_and_a_centimetre_slice_are_fine(tmp_path):
    volume = read_volume(nifti(tmp_path / "thick.nii", affine=np.diag([0.5, 0.5, 10, 1.0])))
    assert volume.geometry.spacing_mm == (0.5, 0.5, 10)


def test_names_in_any_script_are_fine(tmp_path):
    folder = tmp_path / "Żółć сердце 心臓"
    folder.mkdir()
    assert read_volume(nifti(folder / "ベッド 3 (копия).nii.gz")).voxels.shape == (5, 6, 7)


# --- what a header can get wrong -------------------------------------------------------------------------------------


def test_qform_against_sform_is_named_with_its_distance(tmp_path):
    path = nifti(tmp_path / "v.nii", quatern=(0, 0, 1), qform_code=1)  # the sform has no rotation
    line = refused(path, "qform and sform disagree")
    corner_mm = np.linalg.norm([2 * 2 * 4, 2 * 3 * 5])  # (i, j) = (4, 5) goes to the other side of the origin
    assert f"{corner_mm:.1f} mm" in line


def test_a_shift_over_a_tenth_of_a_millimetre_between_qform_and_sform_is_refused_and_less_is_not(tmp_path):
    affine = np.diag([2.0, 3.0, 4.0, 1.0])
    affine[:3, 3] = 50
    assert read_volume(nifti(tmp_path / "near.nii", affine=affine, qoffset=(50.05, 50, 50))).geometry
    refused(nifti(tmp_path / "far.nii", affine=affine, qoffset=(50.2, 50, 50)), "qform and sform disagree")


@pytest.mark.parametrize("angle", [179.9, 179.99, 180.0, 90.0, 0.01])
def test_the_poor_precision_of_a_quaternion_near_half_a_turn_is_no_disagreement(tmp_path, angle):
    """ITK writes both forms; its float32 quaternion must not be taken for a second opinion."""
    image = sitk.GetImageFromArray(np.arange(2 * 300 * 300, dtype=np.int16).reshape(2, 300, 300) % 1000)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    image.SetDirection((c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0))
    sitk.WriteImage(image, str(tmp_path / "v.nii"))
    far = read_volume(tmp_path / "v.nii").geometry.to_ras_mm((299, 299, 1))
    x, y, z = image.TransformIndexToPhysicalPoint((299, 299, 1))
    assert np.allclose(far, (-x, -y, z), atol=1e-3)


def test_a_file_that_does_not_say_left_from_right_is_refused(tmp_path):
    refused(nifti(tmp_path / "v.nii", qform_code=0, sform_code=0), "qform and sform are both absent")
    refused(nifti(tmp_path / "a.nii", magic=b"\0\0\0\0"), "Analyze")


@pytest.mark.parametrize("pixdim", [(1, 0, 3, 4), (1, 2, np.nan, 4), (1, 2, 3, np.inf)])
def test_a_spacing_of_zero_or_nan_is_refused(tmp_path, pixdim):
    refused(nifti(tmp_path / "v.nii", pixdim=(*pixdim, 0, 0, 0, 0)), "spacing is zero or not a number")


def test_a_spacing_that_contradicts_the_affine_is_refused(tmp_path):
    refused(nifti(tmp_path / "v.nii", pixdim=(1, 1, 1, 1, 0, 0, 0, 0), qform_code=0), "contradicts its affine")


def test_a_nan_or_singular_affine_is_refused(tmp_path):
    # Only the sform, as nibabel would write it; its columns have the spacings that pixdim names.
    nan = np.diag([2.0, 3.0, 4.0, 1.0])[:3].copy()
    nan[1, 3] = np.nan
    refused(nifti(tmp_path / "nan.nii", qform_code=0, srow=nan), "not finite")
    flat = np.array([[2.0, 3, 0, 0], [0, 0, 0, 0], [0, 0, 4, 0]])
    refused(nifti(tmp_path / "flat.nii", qform_code=0, srow=flat), "singular")
    zero = np.diag([2.0, 0.0, 4.0, 1.0])[:3]
    refused(nifti(tmp_path / "zero.nii", qform_code=0, srow=zero), "spacing in it is zero")
    refused(nifti(tmp_path / "q.nii", sform_code=0, quatern=(0.9, 0.9, 0.9)), "not a rotation")
    refused(nifti(tmp_path / "qn.nii", sform_code=0, quatern=(np.nan, 0, 0)), "not a rotation")


def test_a_wrong_unit_is_refused(tmp_path):
    refused(nifti(tmp_path / "m.nii", xyzt_units=1), "2e\\+03 × 3e\\+03 × 4e\\+03 mm, which cannot be")


def test_two_and_four_dimensions_are_refused(tmp_path):
    refused(nifti(tmp_path / "2d.nii", dim=(2, 5, 6, 7, 1, 1, 1, 1)), "two-dimensional")
    refused(nifti(tmp_path / "4d.nii", some_voxels((5, 6, 8)), dim=(4, 5, 6, 4, 2, 1, 1, 1)), "2 values for each voxel")
    refused(nifti(tmp_path / "v.nii", some_voxels((5, 6, 9)), dim=(5, 5, 6, 3, 1, 3, 1, 1)), "3 values for each voxel")
    refused(nifti(tmp_path / "0d.nii", dim=(0, 5, 6, 7, 1, 1, 1, 1)), "0 dimensions")
    refused(nifti(tmp_path / "one.nii", some_voxels((5, 6, 1))), "single slice")


def test_a_fourth_dimension_of_one_is_a_volume(tmp_path):
    assert read_volume(nifti(tmp_path / "v.nii", dim=(4, 5, 6, 7, 1, 1, 1, 1))).voxels.shape == (5, 6, 7)


def test_empty_axes_are_refused(tmp_path):
    refused(nifti(tmp_path / "v.nii", dim=(3, 5, 0, 7, 1, 1, 1, 1)), "empty")
    refused(nifti(tmp_path / "n.nii", dim=(3, 5, -6, 7, 1, 1, 1, 1)), "empty")


def test_a_size_beyond_all_measure_is_refused_before_anything_is_allocated(tmp_path):
    path = nifti(tmp_path / "v.nii.gz", dim=(3, 32767, 32767, 32767, 1, 1, 1, 1), qform_code=0)
    tracemalloc.start()
    try:
        refused(path, "32767 × 32767 × 32767 voxels, more than")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_volume_that_does_not_fit_into_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("fmassist.volume.raster._free_memory", lambda: 1000)
    refused(nifti(tmp_path / "v.nii"), "GB of memory")


def test_colours_and_complex_numbers_are_refused(tmp_path):
    refused(nifti(tmp_path / "rgb.nii", datatype=128, bitpix=24), "colours, complex")
    refused(nifti(tmp_path / "z.nii", datatype=32, bitpix=64), "colours, complex")
    refused(nifti(tmp_path / "b.nii", bitpix=8), "contradicts itself")


def test_a_pair_of_files_is_refused(tmp_path):
    refused(nifti(tmp_path / "v.nii", magic=b"ni1\0"), "two files")


@pytest.mark.parametrize("offset", [np.nan, np.inf, 1e20, 1e9])
def test_voxels_beyond_the_end_are_refused(tmp_path, offset):
    refused(nifti(tmp_path / "v.nii", vox_offset=offset), "beyond any file's end")


# --- what can happen to the voxels -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_not_finite_are_counted(tmp_path, bad):
    voxels = some_voxels().astype(np.float32)
    voxels[1, 2, 3] = voxels[2, 2, 2] = bad
    refused(nifti(tmp_path / "v.nii", voxels), "2 of its voxels are NaN or infinite")


def test_a_double_that_float32_cannot_hold_is_refused(tmp_path):
    voxels = some_voxels().astype(np.float64)
    voxels[0, 0, 0] = 1e300
    refused(nifti(tmp_path / "v.nii", voxels), "infinite")


def test_a_constant_image_is_refused(tmp_path):
    refused(nifti(tmp_path / "v.nii", np.full((5, 6, 7), -1000, np.int16)), "every voxel has the value -1000")


@pytest.mark.parametrize("keep", [0, 1, 3, 100, 347, 350, 353, 500])
def test_a_file_cut_anywhere_is_refused(tmp_path, keep):
    path = nifti(tmp_path / "v.nii")
    path.write_bytes(path.read_bytes()[:keep])
    refused(path, "empty" if keep == 0 else "cut short")


def test_a_compressed_file_cut_anywhere_is_refused(tmp_path):
    whole = nifti(tmp_path / "v.nii.gz").read_bytes()
    for keep in range(1, len(whole), 13):
        (tmp_path / "cut.nii.gz").write_bytes(whole[:keep])
        refused(tmp_path / "cut.nii.gz", "cut short|damaged|not a NIfTI")


def test_a_flipped_bit_in_compressed_data_is_refused(tmp_path):
    path = nifti(tmp_path / "v.nii.gz", some_voxels((20, 20, 20)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_volume(path)


def test_a_compression_bomb_is_not_inflated(tmp_path):
    """A header of 210 voxels, then 256 MiB of zeros in 250 kB: none of it is ever held in memory."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    sound = gzip.decompress(nifti(tmp_path / "v.nii.gz").read_bytes())
    pieces = [packer.compress(sound)] + [packer.compress(bytes(1 << 20)) for _ in range(256)] + [packer.flush()]
    (tmp_path / "bomb.nii.gz").write_bytes(b"".join(pieces))
    tracemalloc.start()
    try:
        refused(tmp_path / "bomb.nii.gz", "more data than its header declares")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_what_is_no_nifti_file_is_refused(tmp_path):
    for name, content in [("text.nii", b"hello, this is no image"), ("zip.nii.gz", b"PK\x03\x04" + bytes(400))]:
        (tmp_path / name).write_bytes(content)
        refused(tmp_path / name, "not a NIfTI")


def test_absent_unknown_and_unreadable_files_are_refused(tmp_path):
    refused(tmp_path / "absent.nii.gz", "no such file")
    (tmp_path / "image.mnc").write_bytes(b"x")
    refused(tmp_path / "image.mnc", "ending is none of")
    (tmp_path / "noending").write_bytes(b"x")
    refused(tmp_path / "noending", "ending is none of")
    with pytest.raises(InputError, match="cannot read the labels: there is no such file"):
        read_segmentation(tmp_path / "absent.nii.gz")


def test_a_wrong_ending_does_not_hide_compression(tmp_path):
    packed = nifti(tmp_path / "v.nii.gz")
    packed.rename(tmp_path / "v.nii")
    assert read_volume(tmp_path / "v.nii").voxels.shape == (5, 6, 7)
