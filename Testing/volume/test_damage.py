"""Whatever happens to a file's bytes, a user meets one clear line or a volume, never a traceback."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from volume.dicom_files import NUMBER, save, slices
from volume.files import some_voxels
from volume.slicer_files import two_layers
from volume.test_dicom_seg import some_masks, write_seg

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.volume import Volume, read_segmentation, read_volume, write_volume

MANY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
CHANGES = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6)


def damaged(whole: bytes, changes, end: int) -> bytes:
    content = bytearray(whole)
    for place, value in changes:
        content[place % min(end, len(content))] = value
    return bytes(content)


def survives(read, path: Path) -> None:
    try:
        read(path)
    except InputError as error:
        line = str(error)
        assert "\n" not in line
        assert str(path) not in line
        assert "Musterfrau" not in line
        assert NUMBER not in line


@pytest.mark.parametrize(("ending", "header"), [(".nii", 360), (".nii.gz", 10**6), (".nrrd", 400), (".mha", 500)])
@MANY
@given(changes=CHANGES)
def test_damaged_files(tmp_path, ending, header, changes):
    sound = tmp_path / f"sound{ending}"
    if not sound.exists():
        write_volume(Volume(some_voxels(), Geometry((5, 6, 7), np.diag([2.0, 3.0, 4.0, 1.0]))), sound)
    path = tmp_path / f"damaged{ending}"
    path.write_bytes(damaged(sound.read_bytes(), changes, header))
    survives(read_volume, path)
    survives(read_segmentation, path)


@MANY
@given(changes=CHANGES)
def test_damaged_slicer_segmentations(tmp_path, changes):
    sound, _ = two_layers(tmp_path / "sound.seg.nrrd")
    path = tmp_path / "damaged.seg.nrrd"
    path.write_bytes(damaged(sound.read_bytes(), changes, 2500))
    survives(read_segmentation, path)


@MANY
@given(changes=CHANGES, which=st.integers(0, 3))
def test_damaged_dicom_slices(tmp_path, changes, which):
    folder = tmp_path / "ct"
    if not folder.exists():
        save(slices(), folder)
    file = sorted(folder.iterdir())[which]
    sound = file.read_bytes()
    file.write_bytes(damaged(sound, changes, 10**6))
    try:
        survives(read_volume, folder)
    finally:
        file.write_bytes(sound)


@settings(MANY, max_examples=60)
@given(changes=CHANGES)
def test_damaged_dicom_segmentations(tmp_path, changes):
    sound = tmp_path / "sound.dcm"
    if not sound.exists():
        write_seg(sound, slices(6), some_masks())
    path = tmp_path / "damaged.dcm"
    path.write_bytes(damaged(sound.read_bytes(), changes, 10**6))
    survives(read_segmentation, path)
