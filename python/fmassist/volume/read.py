"""Reading one volume, from a file or from a folder of DICOM slices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.volume.hounsfield import cannot_be_hounsfield, looks_like_hounsfield
from fmassist.volume.raster import Raster
from fmassist.volume.reading import FORMATS, is_dicom, quiet, read_raster, reading
from fmassist.volume.volume import Volume

MODALITIES = ("CT", "MR")


def read_volume(
    path: Path | str, *, modality: str | None = None, labels: Path | None = None, believe_values: bool = False
) -> Volume:
    """Read an image, with its geometry and its values checked.

    The modality is what DICOM or the caller says. A file that says nothing becomes `"CT"` only where its values can
    be nothing but Hounsfield units (`fmassist.volume.hounsfield`), and `"unknown"` otherwise;
    `context["modality_from"]` tells which (`"dicom"`, `"caller"` or `"values"`).

    Args:
        path: a `.nii`, `.nii.gz`, `.hdr` with `.img`, `.nrrd`, `.nhdr`, `.mha`, `.mhd` or `.mgz` file, or a folder with
            DICOM slices. Scouts, dose reports and secondary captures in it are left out, and `notes` says so.
        modality: `"CT"` or `"MR"`, where the caller knows.
        labels: a segmentation of it, which says which of several series in a folder is meant: the one it refers to, or
            the one on whose voxels it lies.
        believe_values: where labels lie on it already, an image that is called an MR and holds Hounsfield units is
            read as the CT that it is, and `context["modality_called"]` says what it was called: that tells that the
            labels are another image's. Elsewhere it is refused.

    Raises:
        InputError: one line about what is wrong with the file; it holds neither the path nor anything from a header
            that could name a patient.
    """
    path = Path(path)
    require_modality(modality)
    context: dict[str, str | float] = {}
    said = "unknown"
    notes: tuple[str, ...] = ()
    with reading("volume"):
        if path.is_dir():
            from fmassist.volume.dicom_series import read_dicom_series

            with quiet():
                raster, said, context, notes = read_dicom_series(path, labels)
        elif path.is_file() and is_dicom(path):
            from fmassist.volume.dicom_frames import read_frames

            with quiet():
                raster, said, context = read_frames(path)
        elif path.exists() and not path.is_file():
            raise InputError("it is neither a file nor a folder", f"give a DICOM folder or one of {FORMATS}")
        else:
            raster = read_raster(path)
        return volume_from(
            raster, said=said, given=modality, context=context, notes=notes, believe_values=believe_values
        )


def volume_from(
    raster: Raster,
    *,
    said: str = "unknown",
    given: str | None = None,
    context: dict[str, str | float] | None = None,
    notes: tuple[str, ...] = (),
    believe_values: bool = False,
) -> Volume:
    """An image out of voxels, whether these were read from a file or were in memory.

    Args:
        raster: the voxels on their grid.
        said: what the file's header says of the modality.
        given: what the caller says of it.
        context: what else the header says.
        notes: what its reader settled on the way.
        believe_values: as `read_volume`.

    Raises:
        InputError: as `read_volume`.
    """
    require_modality(given)
    voxels = _checked_voxels(raster)
    known = dict(context or {})
    if believe_values and given == "MR" and said == "unknown" and looks_like_hounsfield(voxels):
        known["modality_called"], given = given, None
    modality, source = _modality(voxels, said, given)
    known |= {"modality_from": source} if source else {}
    return Volume(voxels=voxels, geometry=raster.geometry, modality=modality, context=known, notes=notes)


def require_modality(modality: str | None) -> None:
    """Raises `InputError` where it is neither None nor one of `MODALITIES`; the line does not repeat it."""
    if modality is not None and modality not in MODALITIES:
        raise InputError("the modality is not one that can be checked", f"give one of {', '.join(MODALITIES)}")


def _checked_voxels(raster: Raster) -> NDArray[Any]:
    voxels = raster.voxels
    if voxels.ndim == 4:
        raise InputError(
            f"it holds {voxels.shape[0]} values for each voxel (a time series or vectors)", "give one 3D scalar volume"
        )
    if min(voxels.shape) < 2:
        raise InputError("it has a single slice", "give a volume of several slices")
    voxels = _narrowed(voxels)
    low, high = voxels.min(), voxels.max()  # NaN and infinities show in these
    if not (np.isfinite(low) and np.isfinite(high)):
        bad = int(voxels.size - np.count_nonzero(np.isfinite(voxels)))
        raise InputError(f"{bad:,} of its voxels are NaN or infinite", "replace them by the background's value")
    if low == high:
        raise InputError(f"every voxel has the value {low:g}, so there is no image in it", "export it anew")
    return voxels


def _narrowed(voxels: NDArray[Any]) -> NDArray[Any]:
    """At most four bytes a voxel: float32 holds every integer to 16.7 million, far beyond any image value."""
    if voxels.dtype.kind in "iu" and (voxels.dtype.itemsize == 8 or voxels.dtype == np.uint32):
        limits = np.iinfo(np.int32)
        if voxels.min() >= limits.min and voxels.max() <= limits.max:
            return voxels.astype(np.int32)
        return voxels.astype(np.float32)
    if voxels.dtype == np.float64:
        with np.errstate(over="ignore"):
            return voxels.astype(np.float32)
    return voxels


def _modality(voxels: NDArray[Any], said: str, given: str | None) -> tuple[str, str]:
    """The modality and who says so, the file before the caller before the values."""
    if given and said != "unknown" and given != said:
        raise InputError(f"it was given as {given} and its DICOM headers say {said}", "leave the modality out")
    modality, source = (said, "dicom") if said != "unknown" else (given or "unknown", "caller" if given else "")
    if modality == "CT" and cannot_be_hounsfield(voxels):
        raise InputError(
            "it is called a CT and no voxel is below 0 HU, so it is not in Hounsfield units (no rescale?) or not a CT",
            "export it in HU, or name its modality",
        )
    if modality == "MR" and looks_like_hounsfield(voxels):
        raise InputError(
            "it is called an MR and its values are Hounsfield units, so it is a CT",
            "name its modality, or leave it out",
        )
    if modality == "unknown" and looks_like_hounsfield(voxels):
        return "CT", "values"
    return modality, source
