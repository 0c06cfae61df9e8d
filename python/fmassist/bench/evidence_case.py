"""The studies that `fmassist bench evidence` measures: one label map with its image, on grids of any size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.geometry import Geometry
from fmassist.volume import Segment, Segmentation, Volume, labels_on_image, read_segmentation, read_volume

SHAPE = (512, 424, 470)
"""Right–left, front–back, head–foot: what the abdomen has when its 3 mm become 0.71 mm."""


@dataclass(frozen=True)
class Case:
    """A label map and its image on one grid, in the memory order that files have (first axis fastest)."""

    name: str
    segmentation: Segmentation
    volume: Volume

    @property
    def labels(self) -> NDArray[Any]:
        """The only layer, `[i, j, k]`."""
        return self.segmentation.layers[0]

    @property
    def count(self) -> int:
        """Number of labels."""
        return len(self.segmentation.segments)

    @property
    def mega_bytes(self) -> float:
        """Labels and image together, in MB (10⁶ bytes)."""
        return (self.labels.nbytes + self.volume.voxels.nbytes) / 1e6

    @property
    def title(self) -> str:
        """Name, size and number of labels in words."""
        size = "×".join(map(str, self.labels.shape))
        return f"{self.name}, {size}, {self.count} labels"


def load(data: Path | None) -> Case:
    """`ct_abdomen` with TotalSegmentator's labels as they lie in `data`; the synthetic torso without it."""
    if data is None:
        from fmassist.phantom import torso

        person = torso(seed=1, field_of_view="abdomen")
        return Case("synthetic torso", _present(person.segmentation), person.volume)
    folder = data / "ct_abdomen"
    if not folder.is_dir() and (data / "data" / "ct_abdomen").is_dir():
        folder = data / "data" / "ct_abdomen"
    volume = read_volume(folder / "ct.nii.gz", modality="CT")
    labels = labels_on_image(read_segmentation(folder / "totalsegmentator.nii.gz"), volume)
    return Case("ct_abdomen", _present(labels), volume)


def resampled(case: Case, shape: tuple[int, int, int]) -> Case:
    """The same study on another grid: labels by the nearest voxel, the image linearly, in 16-bit integers."""
    import SimpleITK as sitk

    old = case.segmentation.geometry
    scale = np.array(old.shape) / np.array(shape)
    affine = old.index_to_ras_mm.copy()
    affine[:3, 3] += affine[:3, :3] @ ((scale - 1) / 2)
    affine[:3, :3] = affine[:3, :3] * scale
    geometry = Geometry(shape, affine)

    def on_grid(array: NDArray[Any], how: int, pixel: int) -> NDArray[Any]:
        image = sitk.GetImageFromArray(array.T)
        image = sitk.Resample(
            image,
            [int(n) for n in shape],
            sitk.Transform(),
            how,
            [float(v) for v in (scale - 1) / 2],
            [float(v) for v in scale],
            image.GetDirection(),
            float(array.min()),
            pixel,
            True,  # the nearest voxel beyond the outermost centres, not a padding value
        )
        return np.asarray(sitk.GetArrayFromImage(image)).T

    labels = on_grid(case.labels, sitk.sitkNearestNeighbor, sitk.sitkUInt8)
    voxels = on_grid(case.volume.voxels, sitk.sitkLinear, sitk.sitkInt16)
    segments = _present(Segmentation((labels,), geometry, case.segmentation.segments))
    return Case(case.name, segments, replace(case.volume, voxels=voxels, geometry=geometry))


def relabelled(case: Case, count: int) -> Case:
    """The same labelled voxels under about `count` labels.

    For fewer, neighbours in the model's own order become one; for more, structures are cut at evenly spaced heights,
    each into as many parts as the whole needs.
    """
    values = sorted(segment.label for segment in case.segmentation.segments)
    heights = case.labels.shape[2]
    parts = np.full(len(values), count // len(values))
    parts[: count % len(values)] += 1
    table = np.zeros((heights, int(case.labels.max()) + 1), dtype=np.uint16)
    if count < len(values):
        for n, value in enumerate(values):
            table[:, value] = 1 + n * count // len(values)
    else:
        first = 1
        for value, pieces in zip(values, parts.tolist(), strict=True):
            slices = np.flatnonzero((case.labels == value).any(axis=(0, 1)))
            height = (np.arange(heights) - slices[0]).clip(0, slices[-1] - slices[0])
            table[:, value] = first + height * pieces // (slices[-1] - slices[0] + 1)
            first += pieces
    small = table.astype(np.uint8) if table.max() < 256 else table
    labels = np.empty(case.labels.shape, dtype=small.dtype, order="F")
    for k in range(heights):
        labels[:, :, k] = small[k][case.labels[:, :, k]]
    named = tuple(Segment(int(v), f"part {v}") for v in np.unique(labels) if v)
    return Case(case.name, Segmentation((labels,), case.segmentation.geometry, named), case.volume)


def _present(segmentation: Segmentation) -> Segmentation:
    """Without the segments that have no voxel."""
    seen = set(np.unique(segmentation.layers[0]).tolist())
    named = tuple(segment for segment in segmentation.segments if segment.label in seen and segment.layer == 0)
    return replace(segmentation, segments=named)
