import bz2
import gzip
import tracemalloc

import numpy as np
import pytest
import SimpleITK as sitk
from volume.files import nrrd, some_voxels
from volume.refusal import refused, refused_labels

from fmassist.volume import read_volume


def test_a_file_by_itk_is_read_with_its_geometry_and_values(tmp_path):
    voxels = some_voxels((4, 5, 6))
    image = sitk.GetImageFromArray(voxels.T)
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((10.0, -20.0, 30.0))
    image.SetDirection((0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, -1.0))
    for name, compress in [("raw.nrrd", False), ("packed.nrrd", True), ("detached.nhdr", False), ("both.nhdr", True)]:
        sitk.WriteImage(image, str(tmp_path / name), useCompression=compress)
        volume = read_volume(tmp_path / name)
        assert np.array_equal(volume.voxels, voxels)
        for index in [(0, 0, 0), (3, 4, 5)]:
            x, y, z = image.TransformIndexToPhysicalPoint(index)
            assert np.allclose(volume.geometry.to_ras_mm(index), (-x, -y, z))


@pytest.mark.parametrize(
    ("space", "sign"),
    [("left-posterior-superior", (-1, -1, 1)), ("RAS", (1, 1, 1)), ("left-anterior-superior", (-1, 1, 1))],
)
def test_each_anatomical_space_is_turned_to_ras(tmp_path, space, sign):
    path = nrrd(tmp_path / "v.nrrd", some_voxels(), f"space: {space}", drop=("space: ",))
    expected = np.array(sign) * (-10, -20, 30)
    assert np.allclose(read_volume(path).geometry.index_to_ras_mm[:3, 3], expected)


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("gz", gzip.compress), ("bz2", bz2.compress)])
def test_compressed_voxels_are_read(tmp_path, encoding, pack):
    voxels = some_voxels()
    path = nrrd(
        tmp_path / "v.nrrd", voxels, f"encoding: {encoding}", drop=("encoding",), data=pack(voxels.tobytes(order="F"))
    )
    assert np.array_equal(read_volume(path).voxels, voxels)


def test_big_endian_voxels_are_read(tmp_path):
    voxels = some_voxels()
    path = nrrd(
        tmp_path / "v.nrrd", voxels, "endian: big", drop=("endian",), data=voxels.astype(">i2").tobytes(order="F")
    )
    assert np.array_equal(read_volume(path).voxels, voxels)


@pytest.mark.parametrize(
    ("drop", "lines", "said"),
    [
        (("space: ",), (), "does not say how it lies"),
        (("space: ",), ("space: 3D-right-handed",), "does not say how it lies"),
        (("space origin",), (), "does not say how it lies"),
        (("space directions",), ("spacings: 1 1 2",), "does not say how it lies"),
        (("space directions",), ("space directions: (1,0,0) (0,1,0) (0,0,0)",), "spacing is zero"),
        (("space directions",), ("space directions: (1,0,0) (0,1,0) (0,0,nan)",), "not finite"),
        (("space directions",), ("space directions: (1,0,0) (1,0,0) (0,0,2)",), "singular"),
        (("space directions",), ("space directions: (1,0,0) (0,1,0)",), "one direction for each axis"),
        (("space directions",), ("space directions: (1,0) (0,1) (0,2)",), "not in space"),
        (("space directions",), ("space directions: (1,0,x) (0,1,0) (0,0,2)",), "header is damaged"),
        (("sizes",), ("sizes: 32767 32767 32767",), "32767 × 32767 × 32767 voxels, more than"),
        (("sizes",), ("sizes: 5 6 0",), "empty"),
        (("sizes",), ("sizes: 5 6",), "number of dimensions"),
        (("sizes",), ("sizes: 5 6 8",), "cut short"),
        (("sizes",), ("sizes: 5 6 6",), "more data than its header declares"),
        (("sizes",), ("sizes: five 6 7",), "header is damaged"),
        (("sizes",), (), "lacks the field 'sizes'"),
        (("type",), ("type: block",), "unknown number type"),
        (("endian",), (), "lacks the byte order"),
        (("encoding",), ("encoding: rot13",), "encoding that is not supported"),
        ((), ("sizes: 5 6 7",), "same thing twice"),
        ((), ('space units: "m" "m" "m"',), "not in millimetres"),
        ((), ("byte skip: -2",), "skips more"),
        ((), ("a line without a colon",), "header is damaged"),
        (("NRRD",), ("NRRD0004",), "not an NRRD file"),
    ],
)
def test_a_header_that_is_wrong_is_refused(tmp_path, drop, lines, said):
    refused(nrrd(tmp_path / "v.nrrd", some_voxels(), *lines, drop=drop), said)


def test_two_and_four_dimensions_are_refused(tmp_path):
    flat = some_voxels((5, 6))
    path = nrrd(tmp_path / "2d.nrrd", flat, "space directions: (1,0,0) (0,1,0)", drop=("space directions",))
    refused(path, "two-dimensional")
    refused(nrrd(tmp_path / "2.nrrd", flat, drop=("space", "kinds")), "two-dimensional")
    refused(nrrd(tmp_path / "vector.nrrd", some_voxels((3, 4, 5, 6))), "3 values for each voxel")
    last = nrrd(
        tmp_path / "time.nrrd",
        some_voxels((4, 5, 6, 3)),
        "space directions: (1,0,0) (0,1,0) (0,0,2) none",
        drop=("space directions",),
    )
    refused(last, "four-dimensional")
    refused(nrrd(tmp_path / "slice.nrrd", some_voxels((4, 5, 1))), "single slice")


@pytest.mark.parametrize("name", ["../outside.raw", "/etc/hostname", "..", "a%03d.raw 1 9 1", "LIST", "c:\\x.raw", ""])
def test_a_header_cannot_make_the_program_read_files_elsewhere(tmp_path, name):
    (tmp_path / "outside.raw").write_bytes(some_voxels().tobytes())
    folder = tmp_path / "folder"
    folder.mkdir()
    refused(nrrd(folder / "v.nhdr", some_voxels(), f"data file: {name}"), "outside its own folder")


def test_a_detached_header_without_its_data_is_refused(tmp_path):
    refused(nrrd(tmp_path / "v.nhdr", some_voxels(), "data file: gone.raw"), "voxels is missing")


def test_truncated_and_damaged_compression_is_refused(tmp_path):
    packed = gzip.compress(some_voxels().tobytes(order="F"))
    for n, data in enumerate([packed[:-9], packed[: len(packed) // 2], b"nonsense", b""]):
        path = nrrd(tmp_path / f"{n}.nrrd", some_voxels(), "encoding: gzip", drop=("encoding",), data=data)
        refused(path, "damaged|cut short")


def test_a_compression_bomb_is_not_inflated(tmp_path):
    data = gzip.compress(some_voxels().tobytes(order="F") + bytes(128 << 20), 1)
    path = nrrd(tmp_path / "v.nrrd", some_voxels(), "encoding: gzip", drop=("encoding",), data=data)
    del data
    tracemalloc.start()
    try:
        refused(path, "more data than its header declares")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_the_same_damage_in_labels_is_said_of_the_labels(tmp_path):
    refused_labels(nrrd(tmp_path / "l.nrrd", some_voxels(), drop=("space origin",)), "does not say how it lies")
