"""Results and copies on their way into the scene, in pieces.

Slicer's own reader takes a file in one go, which holds up the window for seconds on a large scan. A segmentation is
built beside the scene and enters it when it is whole, so that a run which is cancelled leaves no half node.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import slicer

from FMAssistLib import frames, masks
from FMAssistLib.idle import Steps, finish, slabs

CHUNK_BYTES = 256 * 1024
"""Of a compressed file, read in one go; a label map unpacks to a hundred times as much."""
UNPACKED_BYTES = 4 * 1024 * 1024
MAX_HEADER_BYTES = 4 * 1024 * 1024
_TYPES = {
    "uint8": "u1",
    "uint8_t": "u1",
    "uint16_t": "u2",
    "int16_t": "i2",
    "int8_t": "i1",
    "int32_t": "i4",
    "uint32_t": "u4",
    "unsigned char": "u1",
    "uchar": "u1",
    "int8": "i1",
    "uint16": "u2",
    "unsigned short": "u2",
    "ushort": "u2",
    "int16": "i2",
    "short": "i2",
    "uint32": "u4",
    "int32": "i4",
    "float": "f4",
    "double": "f8",
}


@dataclass(frozen=True)
class Header:
    """What an NRRD file says before its voxels.

    Args:
        fields: such as `"sizes"`.
        pairs: key/value pairs, such as those about segments.
        start: where the voxels begin, in bytes.
    """

    fields: dict[str, str]
    pairs: dict[str, str]
    start: int


def read_header(path: Path) -> Header:
    """The header of an NRRD file.

    Raises:
        RuntimeError: it is none.
    """
    fields, pairs, read = {}, {}, 0
    with path.open("rb") as file:
        first = file.readline(100)
        read = len(first)
        if not first.startswith(b"NRRD000"):
            raise RuntimeError("the result is not a segmentation file")
        while read < MAX_HEADER_BYTES:
            raw = file.readline(MAX_HEADER_BYTES)
            read += len(raw)
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            if not line:
                break
            if line.startswith("#"):
                continue
            key, mark, value = line.partition(":=")
            if mark:
                pairs[key] = value.replace("\\n", "\n").replace("\\\\", "\\")
                continue
            key, mark, value = line.partition(": ")
            if not mark:
                raise RuntimeError("the result is not a segmentation file")
            fields[key.strip().lower()] = value.strip()
    return Header(fields, pairs, read)


def read_array(path: Path, header: Header) -> Steps[Any]:
    """The voxels of an NRRD file written by FMAssist: [k, j, i], or [k, j, i, layer].

    Raises:
        RuntimeError: the file is cut off or of another kind.
    """
    import numpy as np

    sizes = [int(n) for n in header.fields.get("sizes", "").split()]
    kind = _TYPES.get(header.fields.get("type", "").lower())
    encoding = header.fields.get("encoding", "").lower()
    if not sizes or kind is None or encoding not in ("raw", "gzip", "gz"):
        raise RuntimeError("the result is of a kind that cannot be read")
    order = ">" if header.fields.get("endian", "little").lower() == "big" else "<"
    array = np.empty(sizes[::-1], np.dtype(order + kind))
    target = memoryview(array.reshape(-1).view(np.uint8))
    filled = 0
    unpacker = zlib.decompressobj(31) if encoding != "raw" else None
    with path.open("rb") as file:
        file.seek(header.start)
        while filled < len(target):
            data = file.read(CHUNK_BYTES if unpacker is not None else UNPACKED_BYTES)
            if not data:
                break
            while data:
                part = unpacker.decompress(data, UNPACKED_BYTES) if unpacker is not None else data
                data = unpacker.unconsumed_tail if unpacker is not None else b""
                part = part[: len(target) - filled]
                target[filled : filled + len(part)] = part
                filled += len(part)
                yield
    if filled < len(target):
        raise RuntimeError("the result is cut off")
    return array


def matrix_of(header: Header) -> Any:
    """4×4 affine, index to RAS mm.

    Raises:
        RuntimeError: the file says none.
    """
    import numpy as np

    vectors = [
        [float(part) for part in text.split(",")]
        for text in re.findall(r"\(([^)]*)\)", header.fields.get("space directions", ""))
    ]
    origin = re.findall(r"\(([^)]*)\)", header.fields.get("space origin", ""))
    if len(vectors) != 3 or len(origin) != 1:
        raise RuntimeError("the result says not where it lies")
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(vectors).T
    matrix[:3, 3] = [float(part) for part in origin[0].split(",")]
    if header.fields.get("space", "").lower() in ("left-posterior-superior", "lps"):
        matrix = np.diag([-1.0, -1.0, 1.0, 1.0]) @ matrix
    return matrix


def read_volume(path: Path, name: str) -> Steps[Any]:
    """Reads a volume written by FMAssist into a new scalar volume node."""
    header = read_header(path)
    array = yield from read_array(path, header)
    image = yield from _image(array, matrix_of(header))
    plain = slicer.vtkMRMLScalarVolumeNode()
    plain.SetName(slicer.mrmlScene.GenerateUniqueName(name))
    matrix = _vtk_matrix(matrix_of(header))
    plain.SetIJKToRASMatrix(matrix)
    image.SetOrigin(0, 0, 0)
    image.SetSpacing(1, 1, 1)
    image.SetDirectionMatrix(1, 0, 0, 0, 1, 0, 0, 0, 1)
    plain.SetAndObserveImageData(image)
    node = slicer.mrmlScene.AddNode(plain)
    node.CreateDefaultDisplayNodes()
    return node


def read_segmentation(path: Path, name: str, volume_node: Any) -> Any:
    """Reads a result into a new segmentation node beside its volume, at once.

    Raises:
        RuntimeError: the file cannot be read; nothing is left in the scene.
    """
    return _seen(finish(read_segmentation_steps(path, name, volume_node)))


def read_segmentation_steps(path: Path, name: str, volume_node: Any) -> Steps[Any]:
    """As `read_segmentation`, in pieces; the node is not shown yet, since nobody has judged it."""
    header = read_header(path)
    array = yield from read_array(path, header)
    layers = [array] if array.ndim == 3 else [array[..., number] for number in range(array.shape[3])]
    images = []
    for layer in layers:
        image = yield from _image(layer, matrix_of(header))
        images.append(image)
    segmentation = _new_segmentation()
    pairs = header.pairs
    numbers = sorted({int(found[1]) for key in pairs if (found := re.fullmatch(r"Segment(\d+)_\w+", key))})
    for number in numbers:
        own = {key.split("_", 1)[1]: value for key, value in pairs.items() if key.startswith(f"Segment{number}_")}
        layer = int(own.get("Layer", 0))
        if layer >= len(images):
            raise RuntimeError("the result is not a segmentation file")
        segment = slicer.vtkSegment()
        segment.SetName(own.get("Name", own.get("ID", "")))
        with contextlib.suppress(ValueError):
            segment.SetColor(*[float(part) for part in own.get("Color", "").split()][:3] or [0.5, 0.5, 0.5])
        segment.SetNameAutoGenerated(own.get("NameAutoGenerated") == "1")
        segment.SetColorAutoGenerated(own.get("ColorAutoGenerated") == "1")
        for tag in own.get("Tags", "").split("|"):
            key, mark, value = tag.partition(":")
            # The gate says how far a segment is; a file does not.
            if mark and key != slicer.vtkSlicerSegmentationsModuleLogic.GetStatusTagName():
                segment.SetTag(key, value)
        segment.AddRepresentation(masks.representation(), images[layer])
        segment.SetLabelValue(int(own.get("LabelValue", 1)))
        segmentation.AddSegment(segment, own.get("ID", f"Segment_{number + 1}"))
        yield
    return _enter(segmentation, name, volume_node)


def copy_segmentation(source: Any, name: str, volume_node: Any, names: Mapping[str, str] | None = None) -> Any:
    """A copy of a user's segmentation to review, at once; the user's own stays untouched."""
    return _seen(finish(copy_steps(source, name, volume_node, names)))


def copy_steps(source: Any, name: str, volume_node: Any, names: Mapping[str, str] | None = None) -> Steps[Any]:
    """As `copy_segmentation`, in pieces; the node is not shown yet.

    Args:
        source: a `vtkMRMLSegmentationNode`.
        name: of the new node.
        volume_node: that it lies under, or None.
        names: segment id → anything; the segments to copy. All by default.
    """
    from vtk.util.numpy_support import vtk_to_numpy

    original = yield from with_labelmaps(source, volume_node)
    segmentation = _new_segmentation()
    segmentation.CopyConversionParameters(original)
    copies: dict[str, Any] = {}
    for number in range(original.GetNumberOfSegments()):
        sid = original.GetNthSegmentID(number)
        if names is not None and sid not in names:
            continue
        theirs = original.GetSegment(sid)
        image = theirs.GetRepresentation(masks.representation())
        key = image.GetAddressAsString("") if image is not None else ""
        if key not in copies:
            scalars = image.GetPointData().GetScalars() if image is not None else None
            if scalars is None or not scalars.GetNumberOfTuples():
                copies[key] = slicer.vtkOrientedImageData()
            else:
                array = vtk_to_numpy(scalars).reshape(tuple(reversed(image.GetDimensions())))
                copies[key] = yield from _like(image, array)
        segment = slicer.vtkSegment()
        segment.DeepCopyMetadata(theirs)
        segment.AddRepresentation(masks.representation(), copies[key])
        segment.SetLabelValue(theirs.GetLabelValue())
        segmentation.AddSegment(segment, sid)
        yield
    reference = volume_node or source.GetNodeReference(source.GetReferenceImageGeometryReferenceRole())
    node = _enter(segmentation, name, reference)
    if volume_node is None:
        node.SetAndObserveTransformNodeID(source.GetTransformNodeID())
    return node


def with_labelmaps(source: Any, volume_node: Any) -> Steps[Any]:
    """A segmentation whose segments are labelmaps in the scan's frame: the node's own, or a passing copy.

    The user's node is not changed, not even by a representation more. Where scan and segmentation lie under different
    transforms, the copy is moved to where the scan's own frame sees it.
    """
    theirs = source.GetSegmentation()
    transform = frames.between(source, volume_node) if volume_node is not None else None
    if transform is not None and theirs.GetNumberOfSegments():
        theirs = frames.moved(theirs, transform)
        yield
    if theirs.ContainsRepresentation(masks.representation()) or not theirs.GetNumberOfSegments():
        return theirs
    made = slicer.vtkSegmentation()
    made.SetSourceRepresentationName(theirs.GetSourceRepresentationName())
    made.CopyConversionParameters(theirs)
    if volume_node is not None:
        geometry = slicer.vtkSegmentationConverter.SerializeImageGeometry(volume_grid(volume_node))
        made.SetConversionParameter(slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName(), geometry)
    for number in range(theirs.GetNumberOfSegments()):
        sid = theirs.GetNthSegmentID(number)
        made.CopySegmentFromSegmentation(theirs, sid)
        yield
    made.CreateRepresentation(masks.representation())
    made.SetSourceRepresentationName(masks.representation())
    yield
    return made


def volume_grid(volume_node: Any) -> Any:
    """A volume's grid as an empty `vtkOrientedImageData`."""
    import vtk

    grid = slicer.vtkOrientedImageData()
    grid.SetExtent(volume_node.GetImageData().GetExtent())
    matrix = vtk.vtkMatrix4x4()
    volume_node.GetIJKToRASMatrix(matrix)
    grid.SetImageToWorldMatrix(matrix)
    return grid


def _new_segmentation() -> Any:
    segmentation = slicer.vtkSegmentation()
    segmentation.SetSourceRepresentationName(masks.representation())
    return segmentation


def _vtk_matrix(matrix: Any) -> Any:
    import vtk

    made = vtk.vtkMatrix4x4()
    for row in range(4):
        for column in range(4):
            made.SetElement(row, column, float(matrix[row, column]))
    return made


def _image(array: Any, matrix: Any) -> Steps[Any]:
    """A `vtkOrientedImageData` of its own out of an array [k, j, i]."""
    like = slicer.vtkOrientedImageData()
    like.SetExtent(0, array.shape[2] - 1, 0, array.shape[1] - 1, 0, array.shape[0] - 1)
    like.SetImageToWorldMatrix(_vtk_matrix(matrix))
    return (yield from _like(like, array))


def _like(image: Any, array: Any) -> Steps[Any]:
    from vtk.util.numpy_support import get_vtk_array_type, vtk_to_numpy

    made = slicer.vtkOrientedImageData()
    made.SetExtent(image.GetExtent())
    made.CopyDirections(image)
    made.SetOrigin(image.GetOrigin())
    made.SetSpacing(image.GetSpacing())
    made.AllocateScalars(get_vtk_array_type(array.dtype.newbyteorder("=")), 1)
    target = vtk_to_numpy(made.GetPointData().GetScalars()).reshape(array.shape)
    for slab in slabs(len(array), array[0].size):
        target[slab] = array[slab]
        yield
    return made


def _enter(segmentation: Any, name: str, volume_node: Any) -> Any:
    """Puts a segmentation that is whole into the scene, beside its volume, and shows nothing of it yet."""
    scene = slicer.mrmlScene
    plain = slicer.vtkMRMLSegmentationNode()
    plain.SetName(scene.GenerateUniqueName(name))
    plain.SetAndObserveSegmentation(segmentation)
    node = scene.AddNode(plain)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetVisibility(False)
    if volume_node is not None:
        # First the transform: the grid is taken over as the segmentation sees it, from under its own transforms.
        node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
        node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    if hierarchy is not None and volume_node is not None:
        item, volume_item = hierarchy.GetItemByDataNode(node), hierarchy.GetItemByDataNode(volume_node)
        if item and volume_item:
            hierarchy.SetItemParent(item, hierarchy.GetItemParent(volume_item))
    return node


def _seen(node: Any) -> Any:
    node.GetDisplayNode().SetVisibility(True)
    return node
