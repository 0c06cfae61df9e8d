import tracemalloc
import zlib

import numpy as np
import pytest
import SimpleITK as sitk
from volume.files import some_voxels
from volume.refusal import refused

from fmassist.volume import read_volume

USUAL = {
    "ObjectType": "Image",
    "NDims": "3",
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "CompressedData": "False",
    "TransformMatrix": "1 0 0 0 1 0 0 0 1",
    "Offset": "-10 -20 30",
    "ElementSpacing": "1 1 2",
    "DimSize": "5 6 7",
    "ElementType": "MET_SHORT",
    "ElementDataFile": "LOCAL",
}


def mha(path, data=None, **fields):
    header = {key: value for key, value in {**USUAL, **fields}.items() if value is not None}
    header["ElementDataFile"] = header.pop("ElementDataFile", "LOCAL")  # the last, as the format asks
    text = "".join(f"{key} = {value}\n" for key, value in header.items())
    path.write_bytes(text.encode() + (some_voxels().tobytes(order="F") if data is None else data))
    return path


def test_a_file_by_itk_is_read_with_its_geometry_and_values(tmp_path):
    voxels = some_voxels((4, 5, 6))
    image = sitk.GetImageFromArray(voxels.T)
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((10.0, -20.0, 30.0))
    # A rotation that is not symmetric, so that a transposed matrix would show.
    image.SetDirection((0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0))
    for name, compress in [("raw.mha", False), ("packed.mha", True), ("detached.mhd", False), ("both.mhd", True)]:
        sitk.WriteImage(image, str(tmp_path / name), useCompression=compress)
        volume = read_volume(tmp_path / name)
        assert np.array_equal(volume.voxels, voxels)
        for index in [(0, 0, 0), (3, 4, 5)]:
            x, y, z = image.TransformIndexToPhysicalPoint(index)
            assert np.allclose(volume.geometry.to_ras_mm(index), (-x, -y, z))


def test_big_endian_voxels_are_read(tmp_path):
    path = mha(tmp_path / "v.mha", some_voxels().astype(">i2").tobytes(order="F"), BinaryDataByteOrderMSB="True")
    assert np.array_equal(read_volume(path).voxels, some_voxels())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"TransformMatrix": None}, "does not say how it lies"),
        ({"Offset": None}, "does not say how it lies"),
        ({"ElementSpacing": None}, "does not say how it lies"),
        ({"ElementSpacing": "1 1 0"}, "spacing is zero"),
        ({"ElementSpacing": "1 1 nan"}, "not finite"),
        ({"ElementSpacing": "1 1"}, "header is damaged"),
        ({"TransformMatrix": "1 0 0 1 0 0 0 0 1"}, "singular"),
        ({"TransformMatrix": "1 0 0 0 1 0 0 0 one"}, "header is damaged"),
        ({"Offset": "nan 0 0"}, "not finite"),
        ({"DimSize": "5 6"}, "two-dimensional"),
        ({"DimSize": "5 6 7 2"}, "4 dimensions"),
        ({"DimSize": "32767 32767 32767"}, "more than"),
        ({"DimSize": "5 6 8"}, "cut short"),
        ({"DimSize": "5 6 6"}, "more data than"),
        ({"DimSize": None}, "lacks the field 'DimSize'"),
        ({"ElementNumberOfChannels": "3", "DimSize": "5 2 7"}, "3 values for each voxel"),
        ({"ElementType": "MET_OTHER"}, "unknown number type"),
        ({"BinaryData": "False"}, "written as text"),
        ({"CompressedData": "True"}, "damaged"),
        ({"ObjectType": "Tube"}, "not a MetaImage"),
        ({"ElementDataFile": "../v.raw"}, "outside its own folder"),
        ({"ElementDataFile": "LIST"}, "several files"),
        ({"ElementDataFile": "gone.raw"}, "voxels is missing"),
    ],
)
def test_a_header_that_is_wrong_is_refused(tmp_path, fields, said):
    refused(mha(tmp_path / "v.mha", **fields), said)


def test_truncated_compression_is_refused(tmp_path):
    packed = zlib.compress(some_voxels().tobytes(order="F"))
    assert read_volume(mha(tmp_path / "whole.mha", packed, CompressedData="True")).voxels[4, 5, 6] == 189
    for n in range(0, len(packed), 7):
        refused(mha(tmp_path / f"{n}.mha", packed[:n], CompressedData="True"), "cut short")


def test_a_compression_bomb_is_not_inflated(tmp_path):
    packed = zlib.compress(some_voxels().tobytes(order="F") + bytes(128 << 20), 1)
    path = mha(tmp_path / "v.mha", packed, CompressedData="True")
    tracemalloc.start()
    try:
        refused(path, "more data than")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_what_is_no_metaimage_is_refused(tmp_path):
    (tmp_path / "v.mha").write_bytes(bytes(range(256)) * 4)
    refused(tmp_path / "v.mha", "not a MetaImage")
