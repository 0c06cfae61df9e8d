"""Slicer's own code reads what is written here; runs where PyPI `slicer-core` is installed."""

import sys
from pathlib import Path

import numpy as np
import pytest
from volume.test_slicer_segmentation import ODD_NAMES, overlapping

from fmassist.geometry import Geometry
from fmassist.volume import Segment, Segmentation, Volume, labels_on_image, read_segmentation, write_segmentation


@pytest.fixture(scope="module")
def slicer():
    """Slicer's libraries; imported without the tests' folder on the path, whose `slicer` they would take for theirs."""
    path, tests = list(sys.path), Path(__file__).resolve().parent.parent
    sys.path[:] = [entry for entry in path if Path(entry or ".").resolve() != tests]
    try:
        return pytest.importorskip("slicer", reason="slicer-core is not installed in this environment")
    finally:
        sys.path[:] = path


@pytest.fixture
def node(slicer):
    scene = slicer.vtkMRMLScene()
    scene.RegisterNodeClass(slicer.vtkMRMLSegmentationNode())
    made = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    yield made
    scene.Clear(1)


def storage(node, path):
    made = node.CreateDefaultStorageNode()
    node.GetScene().AddNode(made)
    made.SetFileName(str(path))
    return made


def test_names_layers_colours_and_codes_arrive(tmp_path, node):
    import vtk

    written = overlapping()
    write_segmentation(written, tmp_path / "s.seg.nrrd")
    assert storage(node, tmp_path / "s.seg.nrrd").ReadData(node)
    inside = node.GetSegmentation()
    assert inside.GetNumberOfLayers() == 2
    arrived = [inside.GetNthSegment(n) for n in range(inside.GetNumberOfSegments())]
    assert [s.GetName() for s in arrived] == [s.name for s in written.segments]
    assert [s.GetLabelValue() for s in arrived] == [s.label for s in written.segments]
    assert arrived[0].GetColor() == written.segments[0].color_rgb
    entry = vtk.mutable("")
    arrived[0].GetTag("TerminologyEntry", entry)
    assert "~SCT^64033007^Kidney~SCT^7771000^Left~" in str(entry)


def test_odd_names_arrive(tmp_path, node):
    layer = np.zeros((4, 5, 6), np.uint16)
    layer.flat[: len(ODD_NAMES)] = 300 + np.arange(len(ODD_NAMES))
    segments = tuple(Segment(300 + n, name) for n, name in enumerate(ODD_NAMES))
    write_segmentation(Segmentation((layer,), Geometry((4, 5, 6), np.eye(4)), segments), tmp_path / "s.seg.nrrd")
    assert storage(node, tmp_path / "s.seg.nrrd").ReadData(node)
    inside = node.GetSegmentation()
    assert [inside.GetNthSegment(n).GetName() for n in range(len(ODD_NAMES))] == ODD_NAMES


def test_what_slicer_writes_lands_on_the_same_voxels(tmp_path, node):
    ours = overlapping()
    write_segmentation(ours, tmp_path / "s.seg.nrrd")
    assert storage(node, tmp_path / "s.seg.nrrd").ReadData(node)
    assert storage(node, tmp_path / "slicer.seg.nrrd").WriteData(node)
    image = Volume(ours.layers[0].astype(np.int16), ours.geometry)
    theirs = labels_on_image(read_segmentation(tmp_path / "slicer.seg.nrrd"), image)  # Slicer crops what it writes
    for name in ("kidney_left", "speck", "cyst", "empty"):
        assert np.array_equal(theirs.mask(theirs.segment(name)), ours.mask(ours.segment(name)))
