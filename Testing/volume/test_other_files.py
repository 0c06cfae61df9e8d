"""FreeSurfer's files, NIfTI in two files, Analyze, and names that stand in a NIfTI header."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from volume.files import nifti, some_voxels
from volume.refusal import refused

from fmassist.volume import read_segmentation, read_volume

AFFINE = np.array([[-1.0, 0, 0, 90], [0, 0, 2, -70], [0, -3, 0, 60], [0, 0, 0, 1]])


@pytest.mark.parametrize("ending", [".mgz", ".mgh"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32])
def test_mgh_lies_where_nibabel_puts_it(tmp_path, ending, dtype):
    nibabel = pytest.importorskip("nibabel", reason="nibabel is not installed")
    voxels = (some_voxels() + 20).astype(dtype)
    nibabel.save(nibabel.MGHImage(voxels, AFFINE), tmp_path / f"v{ending}")
    volume = read_volume(tmp_path / f"v{ending}")
    assert np.array_equal(volume.voxels, voxels)
    assert np.allclose(volume.geometry.index_to_ras_mm, AFFINE, atol=1e-5)


def test_mgh_without_orientation_is_refused(tmp_path):
    nibabel = pytest.importorskip("nibabel", reason="nibabel is not installed")
    path = tmp_path / "v.mgh"
    nibabel.save(nibabel.MGHImage(some_voxels().astype(np.int16), AFFINE), path)
    content = bytearray(path.read_bytes())
    content[28:30] = bytes(2)
    path.write_bytes(content)
    refused(path, "how it lies in the patient")
    path.write_bytes(content[:400])
    refused(path, "cut short|how it lies")


def pair(tmp_path, magic):
    content = nifti(tmp_path / "v.nii", magic=magic, vox_offset=0).read_bytes()
    (tmp_path / "p.hdr").write_bytes(content[:348])
    (tmp_path / "p.img").write_bytes(content[352:])
    (tmp_path / "v.nii").unlink()


@pytest.mark.parametrize("name", ["p.hdr", "p.img"])
def test_a_pair_is_read_by_either_name(tmp_path, name):
    pair(tmp_path, b"ni1\0")
    assert np.array_equal(read_volume(tmp_path / name).voxels, some_voxels())


def test_half_a_pair_and_analyze_are_refused_with_a_clear_word(tmp_path):
    pair(tmp_path, b"\0\0\0\0")
    refused(tmp_path / "p.hdr", "Analyze 7.5 .* which side is left")
    (tmp_path / "p.img").unlink()
    refused(tmp_path / "p.hdr", "incomplete")


def with_names(path, array, names, *, tables=1):
    """As TotalSegmentator writes them: one extension of code 0 with CARET's XML."""
    labels = "".join(f'<Label Key="{n}" Red="0" Green="0" Blue="1" Alpha="1"><![CDATA[{s}]]></Label>' for n, s in names)
    table = f'<VolumeInformation Index="0"><LabelTable>{labels}</LabelTable></VolumeInformation>'
    text = f'<?xml version="1.0" encoding="UTF-8"?> <CaretExtension>{table * tables}</CaretExtension>'.encode()
    size = (len(text) + 8 + 15) // 16 * 16
    block = b"\1\0\0\0" + struct.pack("<ii", size, 0) + text.ljust(size - 8, b"\0")
    content = nifti(path, array, vox_offset=348 + len(block)).read_bytes()
    path.write_bytes(content[:348] + block + content[352:])
    return path


def test_names_in_the_header_are_the_files_own_and_all_of_them_were_asked_for(tmp_path):
    array = np.zeros((5, 6, 7), np.uint8)
    array[1, 1, 1], array[2, 2, 2] = 1, 2
    path = with_names(tmp_path / "l.nii", array, [(1, "liver_segment_1"), (3, "liver_segment_3")])
    read = read_segmentation(path, names={1: "spleen", 2: "kidney_right"})
    assert [(s.name, s.named_by) for s in read.segments] == [
        ("liver_segment_1", "file"),
        ("kidney_right", "label map"),
    ]
    assert read.listed == {"liver_segment_1", "liver_segment_3"}


def test_tables_of_several_volumes_name_nothing(tmp_path):
    array = np.zeros((5, 6, 7), np.uint8)
    array[1, 1, 1] = 1
    read = read_segmentation(with_names(tmp_path / "l.nii", array, [(1, "liver")], tables=2))
    assert [(s.name, s.named_by) for s in read.segments] == [("label 1", "value")]
