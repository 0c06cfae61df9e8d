"""What `fmassist bench evidence` compares with: the best libraries put together, and the loop that is usually written.

Both give much less than the evidence does: no cavities, no distances, no hulls, no directions, no flat cuts, no body.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.bench.evidence_case import Case

Seconds = dict[str, float]


def composition(case: Case) -> Seconds:
    """SimpleITK's label statistics and cc3d, each on the memory that it takes without a copy."""
    import cc3d
    import SimpleITK as sitk

    labels, voxels = case.labels.T, case.volume.voxels.T
    spent: Seconds = {}
    clock = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        spent[name], clock = now - clock, now

    mask, image = sitk.GetImageFromArray(labels), sitk.GetImageFromArray(voxels)
    for one in (mask, image):
        one.SetSpacing(case.segmentation.geometry.spacing_mm)
    lap("arrays to SimpleITK")
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.ComputePerimeterOff()
    shape.Execute(mask)
    lap("SimpleITK LabelShapeStatistics")
    intensity = sitk.LabelIntensityStatisticsImageFilter()
    intensity.ComputePerimeterOff() if hasattr(intensity, "ComputePerimeterOff") else None
    intensity.Execute(mask, image)
    lap("SimpleITK LabelIntensityStatistics")
    pieces = cc3d.connected_components(labels, connectivity=26)
    lap("cc3d connected_components")
    cc3d.statistics(pieces)
    lap("cc3d statistics")
    cc3d.contacts(labels, connectivity=6, anisotropy=case.segmentation.geometry.spacing_mm, surface_area=True)
    lap("cc3d contacts")
    return spent


def loop_over(case: Case, values: list[int]) -> float:
    """Seconds of the usual loop over labels, with NumPy and SciPy, for these labels."""
    start = time.perf_counter()
    for value in values:
        _one_label(case.labels.T, case.volume.voxels.T, value)
    return time.perf_counter() - start


def _one_label(labels: NDArray[Any], image: NDArray[Any], value: int) -> dict[str, Any]:
    from scipy import ndimage

    mask = labels == value
    where = np.argwhere(mask)
    inside = image[mask]
    pieces, count = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    shell = ndimage.binary_dilation(mask) & ~mask
    return {
        "voxels": len(where),
        "centroid": where.mean(axis=0),
        "box": (where.min(axis=0), where.max(axis=0)),
        "axes": np.linalg.eigh(np.cov(where.T)),
        "components": np.bincount(pieces.ravel(), minlength=count + 1)[1:],
        "intensity": (inside.mean(), inside.std(), np.percentile(inside, [1, 5, 50, 95, 99])),
        "neighbours": np.unique(labels[shell], return_counts=True),
    }
