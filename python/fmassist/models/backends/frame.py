"""A volume as a network wants it (orientation, spacing, intensities), and its labels back on the volume's own grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry, Reorientation, reorientation
from fmassist.models.card import Card
from fmassist.volume import Volume

Array = NDArray[Any]
MAX_VOXELS = 2**31


@dataclass(frozen=True, eq=False)
class Frame:
    """How one volume was made ready.

    Args:
        image: float32 `[i, j, k]` for the network.
        geometry: of `image`.
        turned: from the volume's index order to the network's.
    """

    image: Array
    geometry: Geometry
    turned: Reorientation

    def back(self, labels: Array) -> Array:
        """Labels `[i, j, k]` on the network's grid, on the volume's own: the nearest one each, none invented."""
        own = self.turned.target
        if own.shape == self.geometry.shape:
            return np.ascontiguousarray(self.turned.undo(labels))
        at = [_nearest(n, m) for n, m in zip(own.shape, self.geometry.shape, strict=True)]
        return np.ascontiguousarray(self.turned.undo(labels[np.ix_(*at)]))


def make_frame(volume: Volume, card: Card) -> Frame:
    """The volume as the card's options ask for: `orientation`, `spacing_mm`, `window` or `normalise`.

    Raises:
        InputError: resampled it would be larger than any volume, or it holds values that are not finite.
    """
    options = card.options
    turned = reorientation(volume.geometry, options.get("orientation", "RAS"))
    image = np.asarray(turned.apply(volume.voxels), dtype=np.float32)
    if not np.isfinite(image).all():
        raise InputError("the volume holds values that are not finite", "repair it before a model sees it")
    spacing = options.get("spacing_mm")
    geometry = turned.target
    if spacing is not None:
        image, geometry = _resampled(image, geometry, tuple(map(float, spacing)))
    return Frame(np.ascontiguousarray(_scaled(image, options)), geometry, turned)


def _resampled(image: Array, geometry: Geometry, spacing: tuple[float, ...]) -> tuple[Array, Geometry]:
    """Linear between voxel centres; both grids cover one extent, as MONAI's Spacing does without align_corners."""
    from scipy import ndimage

    sizes = tuple(
        max(1, round(n * s / t)) for n, s, t in zip(geometry.shape, geometry.spacing_mm, spacing, strict=True)
    )
    if sizes == geometry.shape:
        return image, geometry
    if float(np.prod(np.array(sizes, dtype=float))) > MAX_VOXELS:
        raise InputError(f"at the model's spacing the volume has {sizes} voxels", "crop it")
    steps = np.array(geometry.shape) / np.array(sizes)
    first = (steps - 1) / 2
    out = ndimage.affine_transform(image, steps, first, output_shape=sizes, order=1, mode="nearest")
    to_own = np.eye(4)
    to_own[:3, :3] = np.diag(steps)
    to_own[:3, 3] = first
    i, j, k = sizes
    return out, Geometry((i, j, k), geometry.index_to_ras_mm @ to_own)


def _nearest(n: int, m: int) -> Array:
    """For each of n voxels, which of m that cover the same extent holds its centre."""
    return np.asarray(np.minimum(((np.arange(n) + 0.5) * (m / n)).astype(int), m - 1))


def _scaled(image: Array, options: dict[str, Any]) -> Array:
    if "window" in options:
        low, high = options["window"]
        if not high > low:
            raise InputError("the window of the model's description is empty")
        return np.asarray(np.clip((image - low) / (high - low), 0.0, 1.0))
    kind = options.get("normalise", "none")
    if kind == "zscore":
        spread = float(image.std())
        return (image - float(image.mean())) / (spread or 1.0)
    if kind == "maximum":
        return image / (float(image.max()) or 1.0)
    return image
