"""Volumes and segmentations on their way to the worker and back, in pieces that never hold up the window.

Writing goes through generators: each step writes at most `PIECE_BYTES`, and whoever drives them lets Qt's events
through in between. Files hold no patient's name: they are called after what they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import slicer

from FMAssistLib import masks

PIECE_BYTES = 8 * 1024 * 1024
"""Written in one go: some 10 ms on an ordinary disk."""

_NRRD_TYPES = {
    "int8": "int8",
    "uint8": "uint8",
    "int16": "int16",
    "uint16": "uint16",
    "int32": "int32",
    "uint32": "uint32",
    "float32": "float",
    "float64": "double",
}


def write_volume(volume_node: Any, path: Path) -> Iterator[float]:
    """Writes a volume as an uncompressed NRRD in RAS; yields the share done.

    Raises:
        ValueError: the volume's voxels are of a kind that has no counterpart.
    """
    import numpy as np
    import vtk

    array = slicer.util.arrayFromVolume(volume_node)
    matrix = vtk.vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(matrix)
    affine = np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
    header = _header(array.dtype, array.shape[::-1], affine)
    yield from _write(path, header, array)


def write_segmentation(segmentation_node: Any, volume_node: Any, path: Path, names: dict[str, str]) -> Iterator[float]:
    """Writes segments as `.seg.nrrd` on the volume's grid, or on their own where there is no volume.

    Args:
        segmentation_node: read, never changed.
        volume_node: gives the grid, or None.
        path: to write.
        names: segment id → name to write, each only once; segments missing here are left out.
    """
    import numpy as np
    from vtk.util.numpy_support import vtk_to_numpy

    segmentation = segmentation_node.GetSegmentation()
    grid = volume_grid(volume_node) if volume_node is not None else masks.reference_grid(segmentation_node)
    layers, fields = [], []
    for layer in range(segmentation.GetNumberOfLayers()):
        ids = [sid for sid in segmentation.GetSegmentIDsForLayer(layer, masks.representation()) if sid in names]
        if not ids:
            continue
        image = segmentation.GetLayerDataObject(layer, masks.representation())
        resampled = slicer.vtkOrientedImageData()
        resample = slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage
        resample(image, grid, resampled, False, False)
        array = vtk_to_numpy(resampled.GetPointData().GetScalars()).reshape(tuple(reversed(resampled.GetDimensions())))
        wanted = [segmentation.GetSegment(sid).GetLabelValue() for sid in ids]
        kept = np.zeros(max(int(array.max()), *wanted) + 1, np.uint16)
        kept[wanted] = wanted
        fields += [_segment_fields(segmentation, sid, names[sid], len(layers)) for sid in ids]
        layers.append(kept[array])
        yield 0.0
    if not layers:
        raise ValueError("the segmentation has no segment")
    shape = layers[0].shape[::-1]
    extent = f"0 {shape[0] - 1} 0 {shape[1] - 1} 0 {shape[2] - 1}"
    lines = []
    for number, segment in enumerate(fields):
        segment["Extent"] = extent
        lines += [f"Segment{number}_{key}:={value}" for key, value in sorted(segment.items())]
    affine = np.array(masks.grid_matrix(grid))
    ijk = grid.GetExtent()
    affine[:3, 3] = (affine @ [ijk[0], ijk[2], ijk[4], 1])[:3]
    if len(layers) == 1:
        header = _header(layers[0].dtype, shape, affine, lines)
        yield from _write(path, header, layers[0])
    else:
        # The list axis comes first, so voxels of all layers stand together.
        stacked = np.stack(layers, axis=-1)
        header = _header(stacked.dtype, shape, affine, lines, layers=len(layers))
        yield from _write(path, header, stacked)


def volume_grid(volume_node: Any) -> Any:
    """A volume's grid as an empty `vtkOrientedImageData`."""
    import vtk

    grid = slicer.vtkOrientedImageData()
    grid.SetExtent(volume_node.GetImageData().GetExtent())
    matrix = vtk.vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(matrix)
    grid.SetImageToWorldMatrix(matrix)
    return grid


def read_segmentation(path: Path, name: str, volume_node: Any) -> Any:
    """Reads a result into a new segmentation node beside its volume; on failure nothing is left in the scene.

    Raises:
        RuntimeError: Slicer could not read the file.
    """
    if not _is_nrrd(path):
        raise RuntimeError("the result is not a segmentation file")
    scene = slicer.mrmlScene
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", scene.GenerateUniqueName(name))
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetScene(scene)
    storage.SetFileName(str(path))
    if not storage.ReadData(node):
        scene.RemoveNode(node)
        raise RuntimeError("the result could not be read")
    _place(node, volume_node)
    return node


def copy_segmentation(source: Any, name: str, volume_node: Any) -> Any:
    """A copy of a user's segmentation to review; the user's own stays untouched."""
    scene = slicer.mrmlScene
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", scene.GenerateUniqueName(name))
    node.GetSegmentation().DeepCopy(source.GetSegmentation())
    _place(node, volume_node or source.GetNodeReference(node.GetReferenceImageGeometryReferenceRole()))
    if source.GetTransformNodeID() and volume_node is None:
        node.SetAndObserveTransformNodeID(source.GetTransformNodeID())
    return node


def _is_nrrd(path: Path) -> bool:
    """Whether the file begins with a sound NRRD header; Slicer's reader ends the application where it does not."""
    with path.open("rb") as file:
        if not file.readline().startswith(b"NRRD000"):
            return False
        for line in file:
            if not line.strip():
                return True
            if not line.startswith(b"#") and b": " not in line and b":=" not in line:
                return False
    return False


def _place(node: Any, volume_node: Any) -> None:
    if volume_node is not None:
        node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
        node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    node.CreateDefaultDisplayNodes()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    if hierarchy is None or volume_node is None:
        return
    item, volume_item = hierarchy.GetItemByDataNode(node), hierarchy.GetItemByDataNode(volume_node)
    if item and volume_item:
        hierarchy.SetItemParent(item, hierarchy.GetItemParent(volume_item))


def write_context(context: dict[str, object], path: Path) -> None:
    """Writes the clinical context for `--context`."""
    path.write_text(json.dumps(context), encoding="utf-8")


def unique_names(segmentation_node: Any) -> dict[str, str]:
    """Segment id → name, made different where two segments share one."""
    used: set[str] = set()
    found = {}
    for sid, name in masks.segment_names(segmentation_node).items():
        candidate, number = name, 1
        while candidate in used:
            number += 1
            candidate = f"{name} ({number})"
        used.add(candidate)
        found[sid] = candidate
    return found


def _segment_fields(segmentation: Any, sid: str, name: str, layer: int) -> dict[str, str]:
    segment = segmentation.GetSegment(sid)
    fields = {
        "ID": sid,
        "Name": name.replace("\n", " "),
        "LabelValue": str(segment.GetLabelValue()),
        "Layer": str(layer),
        "Color": " ".join(f"{value:.6g}" for value in segment.GetColor()),
    }
    terminology = masks.terminology_of(segment)
    if terminology:
        fields["Tags"] = f"{masks.TERMINOLOGY_TAG}:{terminology}|"
    return fields


def _header(dtype: Any, shape: Any, affine: Any, fields: list[str] | None = None, layers: int = 0) -> bytes:
    import sys

    if dtype.name not in _NRRD_TYPES:
        raise ValueError(f"voxels of type {dtype.name} cannot be handed over")
    directions = " ".join("({})".format(",".join(repr(float(v)) for v in affine[:3, axis])) for axis in range(3))
    origin = ",".join(repr(float(v)) for v in affine[:3, 3])
    sizes, kinds = " ".join(str(n) for n in shape), "domain domain domain"
    if layers:
        directions, sizes, kinds = f"none {directions}", f"{layers} {sizes}", f"list {kinds}"
    lines = [
        "NRRD0004",
        f"type: {_NRRD_TYPES[dtype.name]}",
        f"dimension: {4 if layers else 3}",
        "space: right-anterior-superior",
        f"sizes: {sizes}",
        f"space directions: {directions}",
        f"kinds: {kinds}",
        f"endian: {sys.byteorder}",
        "encoding: raw",
        f"space origin: ({origin})",
        *(fields or []),
        "",
        "",
    ]
    return "\n".join(lines).encode("utf-8")


def _write(path: Path, header: bytes, array: Any) -> Iterator[float]:
    rows = max(1, PIECE_BYTES // max(1, array[0].nbytes))
    with path.open("wb") as file:
        file.write(header)
        for start in range(0, len(array), rows):
            file.write(array[start : start + rows].tobytes())
            yield min(1.0, (start + rows) / len(array))
