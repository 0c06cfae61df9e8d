"""Voxels of segments: read as arrays, kept for undo, and digested for the signature.

Arrays here are VTK's, indexed [k, j, i]; a crop carries the index of its first voxel on the segmentation's own grid.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import slicer
import vtk

from FMAssistLib.idle import Steps, finish, slabs
from FMAssistLib.runs import Box, boxes_by_value, runs_of

TERMINOLOGY_TAG = "TerminologyEntry"


@dataclass(frozen=True)
class Crop:
    """One segment's voxels within the box that just holds them.

    Args:
        first: (i, j, k) of the box's lowest corner on the reference grid.
        mask: booleans [k, j, i]; of size 0 for an empty segment.
    """

    first: tuple[int, int, int]
    mask: Any

    @property
    def after(self) -> tuple[int, int, int]:
        """(i, j, k) one beyond the box's highest corner."""
        i, j, k = (start + size for start, size in zip(self.first, self.mask.shape[::-1], strict=True))
        return i, j, k


@dataclass(frozen=True)
class Layer:
    """One labelmap that several segments share.

    Args:
        image: `vtkOrientedImageData`.
        array: its voxels [k, j, i], not a copy; None where it has none.
        offset: (i, j, k) of its first voxel on the reference grid; a layer may start elsewhere after a reload.
        values: segment id → label value.
    """

    image: Any
    array: Any
    offset: tuple[int, int, int]
    values: dict[str, int]

    def box_of(self, crop: Crop) -> Box | None:
        """Where a crop lies in `array`; None where it reaches beyond it."""
        starts = [first - offset for first, offset in zip(crop.first, self.offset, strict=True)][::-1]
        sizes = crop.mask.shape
        if self.array is None or min(starts) < 0:
            return None
        if any(start + size > n for start, size, n in zip(starts, sizes, self.array.shape, strict=True)):
            return None
        k, j, i = (slice(start, start + size) for start, size in zip(starts, sizes, strict=True))
        return k, j, i


def empty_crop() -> Crop:
    """The crop of a segment without voxels."""
    import numpy as np

    return Crop((0, 0, 0), np.zeros((0, 0, 0), bool))


def cropped(crop: Crop) -> Crop:
    """The same voxels in the box that just holds them."""
    import numpy as np

    flat = [np.flatnonzero(crop.mask.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1))]
    if not len(flat[0]):
        return empty_crop()
    k, j, i = (slice(int(at[0]), int(at[-1]) + 1) for at in flat)
    first = (crop.first[0] + i.start, crop.first[1] + j.start, crop.first[2] + k.start)
    return Crop(first, np.ascontiguousarray(crop.mask[k, j, i]))


def representation() -> str:
    """Name of the binary labelmap representation."""
    return slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()


def segment_ids(segmentation_node: Any) -> list[str]:
    """Every segment's id, in the order shown."""
    segmentation = segmentation_node.GetSegmentation()
    return [segmentation.GetNthSegmentID(n) for n in range(segmentation.GetNumberOfSegments())]


def segment_names(segmentation_node: Any) -> dict[str, str]:
    """Every segment's name by its id."""
    segmentation = segmentation_node.GetSegmentation()
    return {sid: segmentation.GetSegment(sid).GetName() for sid in segment_ids(segmentation_node)}


def terminology_of(segment: Any) -> str:
    """The segment's terminology as stored, or `""`."""
    value = vtk.reference("")
    return str(value) if segment.GetTag(TERMINOLOGY_TAG, value) else ""


def reference_grid(segmentation_node: Any) -> Any:
    """The segmentation's grid as an empty `vtkOrientedImageData`: that of its volume, else of its labelmaps."""
    return grid_of(segmentation_node.GetSegmentation())


def grid_of(segmentation: Any) -> Any:
    """As `reference_grid`, of a `vtkSegmentation`."""
    grid = slicer.vtkOrientedImageData()
    geometry = segmentation.GetConversionParameter(
        slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    )
    if not geometry:
        # An empty list means every segment; in C++ it can be left out, in Python it cannot.
        geometry = segmentation.DetermineCommonLabelmapGeometry(
            slicer.vtkSegmentation.EXTENT_UNION_OF_SEGMENTS, vtk.vtkStringArray()
        )
    slicer.vtkSegmentationConverter.DeserializeImageGeometry(geometry, grid, False)
    return grid


def grid_matrix(grid: Any) -> list[list[float]]:
    """4×4 affine of a grid, index to RAS mm."""
    matrix = vtk.vtkMatrix4x4()
    grid.GetImageToWorldMatrix(matrix)
    return [[matrix.GetElement(row, column) for column in range(4)] for row in range(4)]


def free_around(segmentation_node: Any, sid: str, crop: Crop) -> Any:
    """Where within a segment's crop no segment of its layer is, as booleans [k, j, i]."""
    import numpy as np

    layer = next(layer for layer in layers(segmentation_node) if sid in layer.values)
    box = layer.box_of(crop)
    return np.ones(crop.mask.shape, bool) if box is None else layer.array[box] == 0


def layers(segmentation_node: Any) -> list[Layer]:
    """The labelmaps of a segmentation, with the segments in each."""
    import numpy as np
    from vtk.util.numpy_support import vtk_to_numpy

    segmentation = segmentation_node.GetSegmentation()
    grid = np.linalg.inv(np.array(grid_matrix(reference_grid(segmentation_node))))
    found = []
    for number in range(segmentation.GetNumberOfLayers()):
        image = segmentation.GetLayerDataObject(number, representation())
        ids = segmentation.GetSegmentIDsForLayer(number, representation())
        values = {sid: segmentation.GetSegment(sid).GetLabelValue() for sid in ids}
        scalars = image.GetPointData().GetScalars() if image is not None else None
        if scalars is None or not scalars.GetNumberOfTuples():
            found.append(Layer(image, None, (0, 0, 0), values))
            continue
        array = vtk_to_numpy(scalars).reshape(tuple(reversed(image.GetDimensions())))
        extent = image.GetExtent()
        corner = np.array(grid_matrix(image)) @ [extent[0], extent[2], extent[4], 1]
        i, j, k = np.rint(grid @ corner)[:3].astype(int).tolist()
        found.append(Layer(image, array, (i, j, k), values))
    return found


def crops(segmentation_node: Any, wanted: Iterable[str] | None = None) -> Iterator[tuple[str, Crop]]:
    """Each segment's voxels, all at once.

    Args:
        segmentation_node: the segmentation.
        wanted: ids of segments; all by default.
    """
    return iter(finish(read_crops(segmentation_node, wanted)).items())


def read_crops(segmentation_node: Any, wanted: Iterable[str] | None = None) -> Steps[dict[str, Crop]]:
    """Each segment's voxels, in pieces; a layer is searched once for all of its segments."""
    chosen = None if wanted is None else set(wanted)
    found: dict[str, Crop] = {}
    for layer in layers(segmentation_node):
        values = {sid: value for sid, value in layer.values.items() if chosen is None or sid in chosen}
        if not values:
            continue
        if layer.array is None:
            found.update({sid: empty_crop() for sid in values})
            continue
        boxes = yield from _boxes(layer.array, set(values.values()))
        for sid, value in values.items():
            found[sid] = (yield from _crop(layer, boxes[value], value)) if value in boxes else empty_crop()
    return found


def _boxes(array: Any, values: set[int]) -> Steps[dict[int, Box]]:
    """The boxes of a few values: of all where they are many, one by one where they are few."""
    import numpy as np

    if len(values) > 6:
        runs = yield from runs_of(array)
        found = yield from boxes_by_value(runs)
        return {value: box for value, box in found.items() if value in values}
    ends: dict[int, list[list[int]]] = {}
    for slab in slabs(len(array), array[0].size):
        for value in values:
            flat = (array[slab] == value).any(axis=2)
            k = np.flatnonzero(flat.any(axis=1))
            if len(k):
                j = np.flatnonzero(flat.any(axis=0))
                i = np.flatnonzero((array[slab][k[0] : k[-1] + 1, j[0] : j[-1] + 1] == value).any(axis=(0, 1)))
                low, high = (int(k[0]) + slab.start, int(j[0]), int(i[0])), (int(k[-1]) + slab.start, j[-1], i[-1])
                ends.setdefault(value, []).append([*low, *map(int, high)])
            yield
    boxes = {}
    for value, parts in ends.items():
        low, high = np.min(parts, axis=0)[:3], np.max(parts, axis=0)[3:]
        k, j, i = (slice(int(a), int(b) + 1) for a, b in zip(low, high, strict=True))
        boxes[value] = (k, j, i)
    return boxes


def _crop(layer: Layer, box: Box, value: int) -> Steps[Crop]:
    import numpy as np

    inside = layer.array[box]
    mask = np.empty(inside.shape, bool)
    for slab in slabs(len(mask), mask[0].size):
        np.equal(inside[slab], value, out=mask[slab])
        yield
    i, j, k = (offset + side.start for offset, side in zip(layer.offset, reversed(box), strict=True))
    return Crop((i, j, k), mask)


def full_mask(segmentation_node: Any, crop: Crop) -> Any:
    """A crop laid into an array of the whole reference grid, booleans [k, j, i]."""
    import numpy as np

    extent = reference_grid(segmentation_node).GetExtent()
    mask = np.zeros([extent[5] - extent[4] + 1, extent[3] - extent[2] + 1, extent[1] - extent[0] + 1], bool)
    if crop.mask.size:
        box = Layer(None, mask, (extent[0], extent[2], extent[4]), {}).box_of(crop)
        if box is None:
            raise ValueError("a segment reaches beyond the grid of its volume")
        mask[box] = crop.mask
    return mask


def pack(crop: Crop) -> dict[str, Any]:
    """A crop as small JSON values, for undo after the scene was saved and opened again."""
    return finish(pack_steps(crop))


def pack_steps(crop: Crop) -> Steps[dict[str, Any]]:
    """As `pack`, in pieces."""
    bits = yield from bits_of(crop.mask)
    packer, parts = zlib.compressobj(1), []
    for start in range(0, len(bits), PIECE_BYTES):
        parts.append(packer.compress(bits[start : start + PIECE_BYTES]))
        yield
    packed = b"".join([*parts, packer.flush()])
    yield
    return {
        "first": list(crop.first),
        "shape": list(crop.mask.shape),
        "bits": base64.b64encode(packed).decode("ascii"),
    }


PIECE_BYTES = 500_000
"""Of packed bits, compressed in one go."""


def unpack(value: dict[str, Any]) -> Crop:
    """The crop that `pack` wrote."""
    import numpy as np

    shape = tuple(int(n) for n in value["shape"])
    count = int(np.prod(shape))
    bits = np.frombuffer(zlib.decompress(base64.b64decode(value["bits"])), np.uint8)
    mask = np.unpackbits(bits, count=count).astype(bool).reshape(shape)
    i, j, k = (int(n) for n in value["first"])
    return Crop((i, j, k), mask)


def bits_of(mask: Any) -> Steps[bytes]:
    """`numpy.packbits` of a mask, in pieces whose ends fall between two bytes."""
    import numpy as np

    flat = mask.reshape(-1)
    step = 8 * 1024 * 1024
    parts = []
    for start in range(0, max(flat.size, 1), step):
        parts.append(np.packbits(flat[start : start + step]).tobytes())
        yield
    return b"".join(parts)


def segment_digests(segmentation_node: Any, wanted: Iterable[str] | None = None) -> dict[str, str]:
    """Digest of each segment's content, by segment id."""
    return finish(digest_steps(segmentation_node, wanted))


def digest_steps(segmentation_node: Any, wanted: Iterable[str] | None = None) -> Steps[dict[str, str]]:
    """As `segment_digests`, in pieces."""
    from fmassist.review import SegmentContent

    segmentation = segmentation_node.GetSegmentation()
    chosen = None if wanted is None else set(wanted)
    found: dict[str, str] = {}
    for layer in layers(segmentation_node):
        values = {sid: value for sid, value in layer.values.items() if chosen is None or sid in chosen}
        boxes = (yield from _boxes(layer.array, set(values.values()))) if values and layer.array is not None else {}
        for sid, value in values.items():
            # One after the other, so that no more than one segment is held as an array of its own.
            crop = (yield from _crop(layer, boxes[value], value)) if value in boxes else empty_crop()
            segment = segmentation.GetSegment(sid)
            nk, nj, ni = crop.mask.shape
            bits = yield from bits_of(crop.mask)
            content = SegmentContent(segment.GetName(), terminology_of(segment), crop.first, (ni, nj, nk), bits)
            found[sid] = content.digest()
            yield
    return found


def whole_digest(segmentation_node: Any) -> str:
    """Digest of the whole segmentation, as it is signed."""
    return finish(whole_digest_steps(segmentation_node))


def whole_digest_steps(segmentation_node: Any) -> Steps[str]:
    """As `whole_digest`, in pieces."""
    from fmassist.review import segmentation_digest

    digests = yield from digest_steps(segmentation_node)
    return segmentation_digest(digests, grid_matrix(reference_grid(segmentation_node)))
