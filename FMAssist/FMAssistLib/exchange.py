"""Volumes and segmentations on their way to the worker, in pieces that never hold up the window.

Writing goes through generators: each step writes at most `PIECE_BYTES`, and whoever drives them lets Qt's events
through in between; they yield the share that is done. Files hold no patient's name: they are called after what they
are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import slicer

from FMAssistLib import masks
from FMAssistLib.idle import Steps, slabs
from FMAssistLib.reading import volume_grid, with_labelmaps

PIECE_BYTES = 4 * 1024 * 1024
"""Written in one go: some milliseconds on an ordinary disk."""

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
    with path.open("wb") as file:
        file.write(_header(array.dtype, array.shape[::-1], affine))
        rows = max(1, PIECE_BYTES // max(1, array[0].nbytes))
        for start in range(0, len(array), rows):
            file.write(array[start : start + rows].tobytes())
            yield min(1.0, (start + rows) / len(array))


def write_segmentation(segmentation_node: Any, volume_node: Any, path: Path, names: dict[str, str]) -> Steps[None]:
    """Writes segments as `.seg.nrrd` on the volume's grid, or on their own where there is no volume.

    Args:
        segmentation_node: read, never changed.
        volume_node: gives the grid, or None.
        path: to write.
        names: segment id → name to write, each only once; segments missing here are left out.

    Raises:
        ValueError: none of the segments has voxels.
    """
    import numpy as np

    segmentation = yield from with_labelmaps(segmentation_node, volume_node)
    grid = volume_grid(volume_node) if volume_node is not None else masks.grid_of(segmentation)
    used, fields = [], []
    for number in range(segmentation.GetNumberOfLayers()):
        ids = [sid for sid in segmentation.GetSegmentIDsForLayer(number, masks.representation()) if sid in names]
        image = segmentation.GetLayerDataObject(number, masks.representation())
        if not ids or image is None or image.GetPointData().GetScalars() is None:
            continue
        fields += [_segment_fields(segmentation, sid, names[sid], len(used)) for sid in ids]
        used.append((image, [segmentation.GetSegment(sid).GetLabelValue() for sid in ids]))
        yield
    if not used:
        raise ValueError("the segmentation has no segment")
    first, last = _corners(grid)
    shape = tuple(b - a + 1 for a, b in zip(first, last, strict=True))
    lines = []
    for number, segment in enumerate(fields):
        segment["Extent"] = f"0 {shape[0] - 1} 0 {shape[1] - 1} 0 {shape[2] - 1}"
        lines += [f"Segment{number}_{key}:={value}" for key, value in sorted(segment.items())]
    affine = np.array(masks.grid_matrix(grid))
    affine[:3, 3] = (affine @ [*first, 1])[:3]
    dtype = np.dtype(np.uint8 if max(max(wanted) for _image, wanted in used) < 256 else np.uint16)
    with path.open("wb") as file:
        file.write(_header(dtype, shape, affine, lines, layers=len(used) if len(used) > 1 else 0))
        for slab in slabs(shape[2], shape[0] * shape[1] * len(used)):
            parts = []
            for image, wanted in used:
                part = _on_grid(image, grid, (first[2] + slab.start, first[2] + slab.stop - 1))
                yield
                kept = np.zeros(max(int(part.max()), *wanted) + 1, dtype)
                kept[wanted] = wanted
                parts.append(kept[part])
                yield
            # The list axis comes first in the file, so voxels of all layers stand together.
            file.write((parts[0] if len(parts) == 1 else np.stack(parts, axis=-1)).tobytes())
            yield


def _on_grid(image: Any, grid: Any, k_range: tuple[int, int]) -> Any:
    """Some slices of a labelmap on a grid [k, j, i]; taken over as they are where the lattices agree."""
    import numpy as np
    from vtk.util.numpy_support import vtk_to_numpy

    first, last = _corners(grid)
    theirs, after = _corners(image)
    same = np.allclose(masks.grid_matrix(image), masks.grid_matrix(grid), atol=1e-6)
    if same and all(a <= b and c >= d for a, b, c, d in zip(theirs, first, after, last, strict=True)):
        array = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(tuple(reversed(image.GetDimensions())))
        k, j, i = (
            slice(low - start, high - start + 1)
            for low, high, start in zip(
                (k_range[0], first[1], first[0]), (k_range[1], last[1], last[0]), theirs[::-1], strict=True
            )
        )
        return array[k, j, i]
    part = slicer.vtkOrientedImageData()
    part.ShallowCopy(grid)
    part.SetExtent(first[0], last[0], first[1], last[1], *k_range)
    resampled = slicer.vtkOrientedImageData()
    resample = slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage
    resample(image, part, resampled, False, False)
    return vtk_to_numpy(resampled.GetPointData().GetScalars()).reshape(tuple(reversed(resampled.GetDimensions())))


def _corners(image: Any) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    extent = image.GetExtent()
    return (extent[0], extent[2], extent[4]), (extent[1], extent[3], extent[5])


def study_into(
    folder: Path,
    segmentation_node: Any,
    volume_node: Any,
    names: dict[str, str],
    context: dict[str, object] | None = None,
    modality: str = "",
) -> Steps[list[str]]:
    """Writes a study for the worker, in pieces; returns the options that name its files.

    Args:
        folder: to write into.
        segmentation_node: as `write_segmentation` takes it, with `names`.
        volume_node: its scan, or None.
        names: segment id → name to write.
        context: clinical context, or None to tell nothing.
        modality: `"CT"` or `"MR"`; anything else leaves it to the image.
    """
    labels, volume = folder / "labels.seg.nrrd", folder / "volume.nrrd"
    yield from write_segmentation(segmentation_node, volume_node, labels, names)
    arguments = ["--labels", str(labels)]
    if context is not None:
        write_context(context, folder / "context.json")
        arguments += ["--context", str(folder / "context.json")]
    if volume_node is not None:
        for _share in write_volume(volume_node, volume):
            yield
        arguments += ["--image", str(volume)]
        if modality in ("CT", "MR"):
            arguments += ["--modality", modality]
    return arguments


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
