"""Makes closed surfaces out of segments, in a process of its own, for the 3D view of 3D Slicer.

    PythonSlicer fmassist_surfaces.py FOLDER

FOLDER/segments.json says of each segment: `file` (its voxels, one bit each), `shape` [k, j, i], `first` (i, j, k); and
`matrix`, index to RAS mm. Beside each come, of the same name, `.points` and `.normals` (x, y, z as 32-bit floats) and
`.triangles` (three 32-bit point numbers each), in the machine's own byte order: bare arrays, so that the window can
take them over a piece at a time. The surface is Slicer's own with its standard
smoothing (vtkBinaryLabelmapToClosedSurfaceConversionRule.cxx: flying edges, windowed sinc with a smoothing factor of
0.5, normals). Progress comes as one JSON object a line; the process ends when its standard input closes.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

SMOOTHING = 0.5
"""Slicer's standard smoothing factor; 0 is none and 1 very strong."""


def end_with_parent() -> None:
    """Ends this process at once when whoever started it is gone."""

    def watch() -> None:
        try:
            while os.read(0, 1):
                pass
        except OSError:
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def surface(voxels: Any, first: list[int], matrix: list[list[float]]) -> Any:
    """The closed surface of a mask, in RAS mm.

    Args:
        voxels: booleans [k, j, i], with nothing at the rim.
        first: (i, j, k) of the first voxel.
        matrix: 4×4, index to RAS mm.
    """
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = vtk.vtkImageData()
    image.SetDimensions(*voxels.shape[::-1])
    image.SetOrigin(*first)
    image.GetPointData().SetScalars(numpy_to_vtk(voxels.view("uint8").ravel(), deep=True))
    contour = vtk.vtkDiscreteFlyingEdges3D()
    contour.SetInputData(image)
    contour.SetValue(0, 1)
    contour.ComputeScalarsOff()
    contour.ComputeNormalsOff()
    smooth = vtk.vtkWindowedSincPolyDataFilter()
    smooth.SetInputConnection(contour.GetOutputPort())
    smooth.SetNumberOfIterations(20 + int(SMOOTHING * 40))
    smooth.SetPassBand(pow(10.0, -4.0 * SMOOTHING))
    smooth.BoundarySmoothingOff()
    smooth.FeatureEdgeSmoothingOff()
    smooth.NonManifoldSmoothingOn()
    smooth.NormalizeCoordinatesOn()
    to_ras = vtk.vtkTransform()
    to_ras.SetMatrix([value for row in matrix for value in row])
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetTransform(to_ras)
    moved.SetInputConnection(smooth.GetOutputPort())
    normals = vtk.vtkPolyDataNormals()
    normals.SetInputConnection(moved.GetOutputPort())
    normals.ConsistencyOn()
    normals.SplittingOff()
    normals.AutoOrientNormalsOn()
    normals.Update()
    return normals.GetOutput()


def write(made: Any, path: Path) -> None:
    """Writes a surface of triangles as bare arrays beside `path`."""
    import numpy as np
    from vtk.util.numpy_support import vtk_to_numpy

    arrays = {".points": (np.zeros(0), np.float32), ".normals": (np.zeros(0), np.float32)}
    arrays[".triangles"] = (np.zeros(0), np.int32)
    if made.GetNumberOfPoints():
        arrays[".points"] = (vtk_to_numpy(made.GetPoints().GetData()), np.float32)
        arrays[".normals"] = (vtk_to_numpy(made.GetPointData().GetNormals()), np.float32)
        arrays[".triangles"] = (vtk_to_numpy(made.GetPolys().GetConnectivityArray()), np.int32)
    for suffix, (array, kind) in arrays.items():
        array.astype(kind).tofile(path.with_suffix(suffix))


def main(folder: Path) -> int:
    """Makes every surface that FOLDER asks for."""
    import numpy as np

    wanted = json.loads((folder / "segments.json").read_text(encoding="utf-8"))
    for number, segment in enumerate(wanted["segments"]):
        path = folder / segment["file"]
        shape = segment["shape"]
        bits = np.frombuffer(path.read_bytes(), np.uint8)
        mask = np.unpackbits(bits, count=int(np.prod(shape))).reshape(shape).astype(bool)
        made = surface(np.pad(mask, 1), [n - 1 for n in segment["first"]], wanted["matrix"])
        write(made, path)
        share = (number + 1) / len(wanted["segments"])
        sys.stdout.write(json.dumps({"stage": "surfaces", "fraction": share}) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    end_with_parent()
    sys.exit(main(Path(sys.argv[1])))
