"""Stored DICOM values as real ones.

pydicom decodes what it has a plugin for (uncompressed, RLE, and JPEG 2000 through Pillow); for the rest, such as JPEG
Lossless and JPEG-LS, the GDCM inside SimpleITK is asked, which is loaded only then.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.volume.bounded_file import BoundedFile


def decode_slices(files: Sequence[Path], shape: tuple[int, int, int]) -> NDArray[Any]:
    """Rescaled voxels `[column, row, slice]` of the files, in their order.

    Returns:
        int16 where every value is whole and fits, float32 otherwise.

    Raises:
        InputError: a file's pixels cannot be decoded or are not of the size its header says.
    """
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        slices = list(pool.map(lambda path: _real_values(path, shape[:2]), files))
    whole = all(np.issubdtype(s.dtype, np.integer) for s in slices)
    voxels = np.empty(shape, dtype=np.int16 if whole else np.float32, order="F")
    for k, values in enumerate(slices):
        voxels[:, :, k] = values.T
    return voxels


def _real_values(path: Path, size: tuple[int, int]) -> NDArray[Any]:
    try:
        values = _decoded(path)
    except Exception:
        # Decoders raise what they like, with file names and values in the text; none of it is passed on.
        raise InputError("the pixels of a DICOM slice cannot be decoded", "copy or export it again") from None
    if values.shape != size[::-1]:
        raise InputError("the pixels of a DICOM slice are not of the size its header says", "export it again")
    return values


def _decoded(path: Path) -> NDArray[Any]:
    import pydicom
    from pydicom.pixels import get_decoder
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    with BoundedFile(path) as opened:
        dataset = pydicom.dcmread(opened, force=True)
    if "TransferSyntaxUID" not in dataset.file_meta:
        # Without a preamble the encoding is what pydicom found by looking (PS3.10 7.1 wants it said).
        is_implicit, is_little = dataset.original_encoding
        plain = ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else plain
    syntax = dataset.file_meta.TransferSyntaxUID
    if syntax.is_encapsulated and not get_decoder(syntax).is_available:
        return _narrowed(_decoded_by_gdcm(path))
    stored: NDArray[Any] = dataset.pixel_array
    slope, intercept = _number(dataset, "RescaleSlope", 1.0), _number(dataset, "RescaleIntercept", 0.0)
    if slope.is_integer() and intercept.is_integer():
        return _narrowed(stored.astype(np.int64) * int(slope) + int(intercept))
    return (stored.astype(np.float64) * slope + intercept).astype(np.float32)


def _number(dataset: Any, tag: str, default: float) -> float:
    value = dataset.get(tag)
    return default if value is None else float(value)


def _decoded_by_gdcm(path: Path) -> NDArray[Any]:
    """GDCM rescales by itself."""
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    return cast("NDArray[Any]", sitk.GetArrayFromImage(sitk.ReadImage(str(path))).squeeze())


def _narrowed(values: NDArray[Any]) -> NDArray[Any]:
    limits = np.iinfo(np.int16)
    if np.issubdtype(values.dtype, np.integer) and values.min() >= limits.min and values.max() <= limits.max:
        return values.astype(np.int16)
    return values.astype(np.float32)
