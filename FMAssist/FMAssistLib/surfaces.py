"""Surfaces for the 3D view: made in a process of their own, since that of one large organ takes Slicer a second.

Slicer drops the surfaces of all segments when the voxels of one change, and would make all of them anew in one go;
`kept` and `restore` bridge that, so that only those of the segments changed are made again.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import slicer
import vtk
from slicer.i18n import tr as _

from FMAssistLib import masks, process
from FMAssistLib.idle import Idle, Steps, finish

PIECE_BYTES = 4 * 1024 * 1024
"""Read in one go: some milliseconds."""


def representation() -> str:
    """Name of the closed-surface representation."""
    return slicer.vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()


def shown(segmentation_node: Any) -> bool:
    """Whether any segment has a surface."""
    return bool(kept(segmentation_node))


def kept(segmentation_node: Any) -> dict[str, Any]:
    """The surfaces that there are, by segment id."""
    segmentation = segmentation_node.GetSegmentation()
    ids = masks.segment_ids(segmentation_node)
    found = {sid: segmentation.GetSegment(sid).GetRepresentation(representation()) for sid in ids}
    return {sid: surface for sid, surface in found.items() if surface is not None}


def restore(segmentation_node: Any, surfaces: dict[str, Any]) -> None:
    """Gives surfaces back after a change, and an empty one to each segment without; nothing where there were none.

    A segmentation whose segments have surfaces in part would be completed by Slicer's 3D view, in one go.
    """
    if not surfaces:
        return
    segmentation = segmentation_node.GetSegmentation()
    for sid in masks.segment_ids(segmentation_node):
        segment = segmentation.GetSegment(sid)
        if segment.GetRepresentation(representation()) is None:
            segment.AddRepresentation(representation(), surfaces.get(sid) or vtk.vtkPolyData())


def showing(segmentation_node: Any, surfaces: dict[str, Any]) -> Steps[None]:
    """Shows surfaces in the 3D view, one after the other, in place of those that were there; others stay."""
    segmentation = segmentation_node.GetSegmentation()
    modify = segmentation_node.StartModify()
    try:
        # Told of the first one alone, the 3D view would have Slicer make all the others.
        restore(segmentation_node, kept(segmentation_node) or dict.fromkeys(surfaces))
    finally:
        segmentation_node.EndModify(modify)
    yield
    display = segmentation_node.GetDisplayNode()
    if display is not None:
        display.SetPreferredDisplayRepresentationName3D(representation())
        display.SetVisibility3D(True)
    yield
    for sid, surface in surfaces.items():
        segment = segmentation.GetSegment(sid)
        if segment is not None:
            segment.AddRepresentation(representation(), surface)
        yield


def drop(segmentation_node: Any) -> None:
    """Takes all surfaces out of the 3D view."""
    segmentation_node.RemoveClosedSurfaceRepresentation()


def make_now(segmentation_node: Any, ids: Iterable[str]) -> None:
    """Makes the surfaces of some segments anew, at once and by Slicer itself: for scripts."""
    if not shown(segmentation_node):
        return
    made = {sid: _surface(segmentation_node, crop) for sid, crop in masks.crops(segmentation_node, ids)}
    finish(showing(segmentation_node, made))


class Maker:
    """Makes the surfaces of some segments in a process of its own.

    Args:
        segmentation_node: the segmentation; read now, shown when all is done.
        ids: of the segments.
        done: called at the end, with what went wrong or `""`.
        told: called with the share done.
    """

    def __init__(
        self,
        segmentation_node: Any,
        ids: Iterable[str],
        done: Callable[[str], None],
        told: Callable[[float], None] = lambda _share: None,
    ) -> None:
        self._node, self._ids, self._done = segmentation_node, list(ids), done
        self._folder = Path(tempfile.mkdtemp(prefix="FMAssist-", dir=getattr(slicer.app, "temporaryPath", None)))
        self._files: dict[str, Path] = {}
        self._idle = Idle()
        script = Path(__file__).resolve().parent.parent / "Scripts" / "fmassist_surfaces.py"
        command = process.isolated_command(script, [str(self._folder)])
        self._process = process.WorkerProcess(command, lambda progress: told(progress.fraction or 0.0), self._ended)

    def start(self) -> None:
        """Starts and returns at once."""
        self._idle.run(self._handing_over(), lambda _nothing: self._process.start(), self._failed)

    def close(self) -> None:
        """Ends it, without telling anybody."""
        self._done = lambda _message: None
        self._process.close()
        self._idle.cancel()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _handing_over(self) -> Steps[None]:
        segments = []
        crops = yield from masks.read_crops(self._node, self._ids)
        for number, (sid, crop) in enumerate(crops.items()):
            if not crop.mask.size:
                continue
            path = self._folder / f"{number}.bits"
            path.write_bytes((yield from masks.bits_of(crop.mask)))
            self._files[sid] = path
            segments.append({"file": path.name, "shape": list(crop.mask.shape), "first": list(crop.first)})
            yield
        matrix = masks.grid_matrix(masks.reference_grid(self._node))
        wanted = {"matrix": matrix, "segments": segments}
        (self._folder / "segments.json").write_text(json.dumps(wanted), encoding="utf-8")

    def _ended(self, outcome: process.Outcome) -> None:
        if not outcome.has_result:
            self._end(process.explain(outcome))
            return
        self._idle.run(self._loading(), lambda _nothing: self._end(""), self._failed)

    def _loading(self) -> Steps[None]:
        found = {}
        for sid in self._ids:
            found[sid] = (yield from _read(self._files[sid])) if sid in self._files else vtk.vtkPolyData()
            yield
        yield from showing(self._node, found)

    def _failed(self, error: Exception) -> None:
        self._end(str(error))

    def _end(self, message: str) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._done(message)


def _read(path: Path) -> Steps[Any]:
    """The surface that `fmassist_surfaces.py` wrote beside a file, in pieces; VTK's own reader would take one go."""
    surface = vtk.vtkPolyData()
    coordinates = yield from _array(path.with_suffix(".points"), vtk.vtkFloatArray())
    if not coordinates.GetNumberOfTuples():
        return surface
    normals = yield from _array(path.with_suffix(".normals"), vtk.vtkFloatArray())
    corners = yield from _array(path.with_suffix(".triangles"), vtk.vtkTypeInt32Array(), 1)
    points = vtk.vtkPoints()
    points.SetData(coordinates)
    surface.SetPoints(points)
    normals.SetName("Normals")
    surface.GetPointData().SetNormals(normals)
    triangles = vtk.vtkCellArray()
    triangles.SetData(3, corners)
    yield
    surface.SetPolys(triangles)
    return surface


def _array(path: Path, array: Any, components: int = 3) -> Steps[Any]:
    """Fills a VTK array of four-byte values from a file.

    Raises:
        RuntimeError: the file is cut off.
    """
    import numpy as np
    from vtk.util.numpy_support import vtk_to_numpy

    size = path.stat().st_size
    array.SetNumberOfComponents(components)
    array.SetNumberOfTuples(size // (4 * components))
    if not size:
        return array
    target = memoryview(vtk_to_numpy(array).reshape(-1).view(np.uint8))
    with path.open("rb") as file:
        for start in range(0, size, PIECE_BYTES):
            part = target[start : start + PIECE_BYTES]
            if file.readinto(part) != len(part):
                raise RuntimeError(_("a surface is cut off"))
            yield
    return array


def _surface(segmentation_node: Any, crop: masks.Crop) -> Any:
    """A segment's surface as Slicer makes it, out of its own box instead of the whole scan."""
    import numpy as np
    from vtk.util.numpy_support import numpy_to_vtk

    if not crop.mask.size:
        return vtk.vtkPolyData()
    image = slicer.vtkOrientedImageData()
    image.ShallowCopy(masks.reference_grid(segmentation_node))
    padded = np.pad(crop.mask, 1).astype(np.uint8)
    nk, nj, ni = padded.shape
    i, j, k = (n - 1 for n in crop.first)
    image.SetExtent(i, i + ni - 1, j, j + nj - 1, k, k + nk - 1)
    image.GetPointData().SetScalars(numpy_to_vtk(padded.ravel(), deep=True, array_type=vtk.VTK_UNSIGNED_CHAR))
    alone = slicer.vtkSegmentation()
    alone.CopyConversionParameters(segmentation_node.GetSegmentation())
    alone.SetSourceRepresentationName(masks.representation())
    segment = slicer.vtkSegment()
    segment.AddRepresentation(masks.representation(), image)
    segment.SetLabelValue(1)
    alone.AddSegment(segment, "alone")
    alone.CreateRepresentation(representation())
    return alone.GetSegment("alone").GetRepresentation(representation()) or vtk.vtkPolyData()
