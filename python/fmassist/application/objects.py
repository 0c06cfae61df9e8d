"""Images that are in memory already: numpy, SimpleITK, nibabel, MONAI, TorchIO, VTK and Slicer.

Each kind is told by the name of its class, so that no library is imported for an object that is not its own. Every
object becomes a `Raster` on a grid in RAS millimetres, and passes the same checks as one that was read from a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fmassist.application.slicer_objects import oriented_image_raster, slicer_segmentation
from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.geometry.lps import geometry_from_lps
from fmassist.volume.raster import Raster
from fmassist.volume.segmentation import Segmentation
from fmassist.volume.volume import Volume

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

KNOWN = "a path, SimpleITK, nibabel, MONAI MetaTensor, TorchIO, VTK, or a numpy array with its affine"


def volume_of(
    image: Any, *, modality: str | None = None, affine: ArrayLike | None = None, believe_values: bool = False
) -> Volume:
    """An image in memory, checked as one from a file would be.

    Args:
        image: a SimpleITK or nibabel image, a MONAI MetaTensor `[1, i, j, k]`, a TorchIO image, a
            vtkOrientedImageData, a `Volume`, an array `[i, j, k]` beside `affine`, or a pair (array, affine).
        modality: `"CT"` or `"MR"`, where the caller knows.
        affine: 4×4, index (i, j, k) to RAS millimetres.
        believe_values: see `fmassist.volume.read.read_volume`.

    Raises:
        InputError: it is none of these, or is no image.
    """
    from fmassist.volume.read import volume_from
    from fmassist.volume.reading import reading

    if isinstance(image, Volume):
        return image
    with reading("volume"):
        return volume_from(raster_of(image, affine), given=modality, believe_values=believe_values)


def segmentation_of(labels: Any, names: Mapping[int, str], *, affine: ArrayLike | None = None) -> Segmentation:
    """A segmentation in memory, checked as one from a file would be.

    Args:
        labels: as `volume_of` takes them, a vtkSegmentation, or a `Segmentation`.
        names: by label, where the object has none of its own.
        affine: as in `volume_of`.

    Raises:
        InputError: it is none of these, or holds no labels.
    """
    from fmassist.volume.read_segmentation import segmentation_from
    from fmassist.volume.reading import reading

    if isinstance(labels, Segmentation):
        return _with_writable_names(labels)
    with reading("labels"):
        if is_a(labels, "vtkSegmentation"):
            return _with_writable_names(slicer_segmentation(labels))
        return segmentation_from(raster_of(labels, affine), names)


def _with_writable_names(segmentation: Segmentation) -> Segmentation:
    """Names with half a character in them, which no file can hold, get a stand-in for it."""
    whole = [segment.name.encode("utf-8", "replace").decode("utf-8") for segment in segmentation.segments]
    if all(segment.name == name for segment, name in zip(segmentation.segments, whole, strict=True)):
        return segmentation
    segments = (replace(segment, name=name) for segment, name in zip(segmentation.segments, whole, strict=True))
    return replace(segmentation, segments=tuple(segments))


def is_a(thing: Any, *names: str) -> bool:
    """Whether an object is of a class of one of these names, or of one derived from it."""
    return any(kind.__name__ in names for kind in type(thing).__mro__)


def raster_of(thing: Any, affine: ArrayLike | None = None) -> Raster:
    """Any object that is known, as voxels `[i, j, k]` on their grid.

    Raises:
        InputError: it is not known, or says nothing of where it lies.
    """
    if isinstance(thing, tuple) and len(thing) == 2:
        thing, affine = thing
    if type(thing).__module__.startswith("SimpleITK"):
        return _of_simpleitk(thing)
    for names, convert in _KINDS:
        if is_a(thing, *names):
            return convert(thing)
    if is_a(thing, "ndarray", "Tensor", "memmap"):
        if affine is None:
            raise InputError(
                "an array alone does not say where it lies", "give its affine too: affine=…, index to RAS millimetres"
            )
        voxels = _one_channel(_array(thing))
        return Raster(voxels, Geometry(_shape(voxels), np.asarray(affine, dtype=np.float64)))
    raise InputError(f"an object of the class {type(thing).__name__!r} is no image that is known", f"give {KNOWN}")


def _array(thing: Any) -> NDArray[Any]:
    if is_a(thing, "Tensor"):
        thing = thing.detach().cpu().numpy()
    voxels = np.asarray(thing)
    if voxels.dtype == np.bool_:
        voxels = voxels.astype(np.uint8)
    if voxels.dtype == np.float16:
        voxels = voxels.astype(np.float32)
    if voxels.dtype.kind not in "iuf":
        raise InputError("its voxels are no plain numbers", "give whole or real numbers")
    return voxels


def _one_channel(voxels: NDArray[Any]) -> NDArray[Any]:
    """`[i, j, k]` of an array that may have a channel in front; several channels stay, and are refused by name."""
    return voxels[0] if voxels.ndim == 4 and voxels.shape[0] == 1 else voxels


def _shape(voxels: NDArray[Any]) -> tuple[int, int, int]:
    if voxels.ndim not in (3, 4):
        raise InputError(f"it has {voxels.ndim} dimensions", "give one 3D volume")
    i, j, k = voxels.shape[-3:]
    return i, j, k


def _of_simpleitk(image: Any) -> Raster:
    import SimpleITK

    if image.GetDimension() != 3:
        raise InputError(f"it has {image.GetDimension()} dimensions", "give one 3D volume")
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    stored = SimpleITK.GetArrayFromImage(image)  # [k, j, i] or [k, j, i, component]
    several = image.GetNumberOfComponentsPerPixel() > 1
    voxels = np.transpose(stored, (3, 2, 1, 0)) if several else np.transpose(stored)
    fields = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    return Raster(voxels, geometry_from_lps(image.GetSize(), affine), fields)


def _of_nibabel(image: Any) -> Raster:
    if image.affine is None:
        raise InputError("it does not say where it lies", "give an image with an affine")
    voxels = _array(np.asanyarray(image.dataobj))
    while voxels.ndim > 3 and voxels.shape[-1] == 1:
        voxels = voxels[..., 0]
    if voxels.ndim == 4:
        voxels = np.moveaxis(voxels, -1, 0)
    return Raster(voxels, Geometry(_shape(voxels), np.asarray(image.affine, dtype=np.float64)))


def _of_monai(image: Any) -> Raster:
    voxels = _one_channel(_array(image.as_tensor()))
    affine = np.asarray(image.affine.detach().cpu(), dtype=np.float64)
    space = str(getattr(image.meta.get("space", "RAS"), "value", image.meta.get("space", "RAS")))
    if space == "LPS":
        return Raster(voxels, geometry_from_lps(_shape(voxels), affine))
    return Raster(voxels, Geometry(_shape(voxels), affine))


def _of_torchio(image: Any) -> Raster:
    voxels = _one_channel(_array(image.data))
    affine = getattr(image.affine, "data", image.affine)  # TorchIO 2 wraps it
    return Raster(voxels, Geometry(_shape(voxels), _array(affine).astype(np.float64)))


_KINDS: tuple[tuple[tuple[str, ...], Callable[[Any], Raster]], ...] = (
    (("MetaTensor",), _of_monai),
    (("SpatialImage",), _of_nibabel),
    (("ScalarImage", "LabelMap"), _of_torchio),
    (("vtkOrientedImageData",), oriented_image_raster),
)
