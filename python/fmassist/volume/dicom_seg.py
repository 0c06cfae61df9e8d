"""DICOM Segmentation objects (PS3.3 A.51), through highdicom.

highdicom puts frames in their place by their own positions, so frames that were left out, gaps and mirrored rows or
columns come out right.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import geometry_from_lps
from fmassist.volume.bounded_file import BoundedFile
from fmassist.volume.dicom_deflate import require_room_to_open
from fmassist.volume.patient_words import name_without, patient_words
from fmassist.volume.raster import require_room, require_sane_grid
from fmassist.volume.segmentation import Code, Segment, Segmentation, Terminology


def read_dicom_seg(file: Path) -> Segmentation:
    """The segments of a DICOM SEG; those that overlap are put into layers of their own.

    Fractional segments are taken where every value is 0 or the maximum, which some programs write for plain masks.
    Real probabilities are refused: where to cut them is a decision, and it changes every measurement.

    Args:
        file: where it is.

    Raises:
        InputError: the file is no sound SEG, or its frames do not make a regular volume.
        OSError: the file cannot be read.
    """
    import highdicom as hd

    require_room_to_open(file)
    try:
        with BoundedFile(file) as opened:
            return _segmentation(hd.seg.segread(opened))
    except (InputError, OSError, MemoryError):
        raise
    except Exception:
        # pydicom and highdicom raise what their parts raise, with header values in the text: none is passed on.
        raise InputError("it is not a sound DICOM SEG", "give a DICOM SEG, or a label map") from None


def _segmentation(seg: Any) -> Segmentation:
    placing = seg.get_volume_geometry()
    kind = str(seg.segmentation_type.value)
    if placing is None:
        raise InputError("its frames do not lie on a regular grid", "export it on the volume's own slices")
    slices, rows, columns = (int(n) for n in placing.spatial_shape)
    # Its frames are opened at once, and there may be more of them than the volume has slices.
    frames = int(seg.get("NumberOfFrames", 1))
    require_room((columns, rows, max(slices, frames)), 4)
    # highdicom indexes [slice, row, column] in LPS.
    lps = placing.affine[:, [2, 1, 0, 3]]
    geometry = require_sane_grid(geometry_from_lps((columns, rows, slices), lps))
    numbers = [int(n) for n in seg.segment_numbers if int(n) > 0]
    if not numbers:
        raise InputError("it describes no segment", "export it anew")
    if max(numbers) > 65535 or len(set(numbers)) != len(numbers):
        raise InputError("its segments are not numbered one by one", "export it anew")
    wanted = _voxels_by_segment(seg, numbers, kind)
    is_fractional = kind == "FRACTIONAL"
    dtype: type[np.unsignedinteger] = np.uint8 if max(numbers) <= 255 else np.uint16
    single = None if is_fractional else _single_layer(seg, dtype)
    layers: list[NDArray[Any]] = [] if single is None else [single]
    segments = []
    for number in numbers:
        layer = 0
        if single is None:
            mask = _mask(seg, number)
            layer = _first_free(layers, mask, dtype)
            layers[layer][mask] = number
            kept = int(np.count_nonzero(mask))
        else:
            kept = int(np.count_nonzero(single == number))
        if kept != wanted[number]:
            raise InputError(
                f"{wanted[number]:,} voxels of one of its segments are stored and {kept:,} have a place of their own "
                "(a frame twice?)",
                "export it anew",
            )
        segments.append(_segment(seg, number, layer))
    listed = frozenset(segment.name for segment in segments)
    return Segmentation(tuple(layers), geometry, tuple(segments), listed=listed)


def _voxels_by_segment(seg: Any, numbers: list[int], kind: str) -> dict[int, int]:
    """How many voxels each segment's frames hold, so that none is lost on the way into the volume.

    Raises:
        InputError: a frame names a segment that is not described, or none.
    """
    pixels = np.asarray(seg.pixel_array)
    pixels = pixels[None] if pixels.ndim == 2 else pixels
    found = dict.fromkeys(numbers, 0)
    undescribed = InputError("one of its frames names a segment that it does not describe", "export it anew")
    if kind == "LABELMAP":
        for value, count in zip(*np.unique(pixels, return_counts=True), strict=True):
            if int(value) and int(value) not in found:
                raise undescribed
            if int(value):
                found[int(value)] = int(count)
        return found
    functional = seg.PerFrameFunctionalGroupsSequence
    if len(functional) != len(pixels):
        raise InputError("it does not say of each frame what it shows", "export it anew")
    shared = seg.get("SharedFunctionalGroupsSequence") or [{}]
    for groups, frame in zip(functional, pixels, strict=True):
        named = groups.get("SegmentIdentificationSequence") or shared[0].get("SegmentIdentificationSequence")
        number = int(named[0].ReferencedSegmentNumber) if named else 0
        if number not in found:
            raise undescribed
        found[number] += int(np.count_nonzero(frame))
    return found


def _single_layer(seg: Any, dtype: type[np.unsignedinteger]) -> NDArray[Any] | None:
    """All segments as one label map, in one pass over the frames; None where they overlap."""
    try:
        volume = seg.get_volume(combine_segments=True, dtype=dtype)
    except MemoryError:
        raise
    except Exception:  # highdicom's way to say that segments overlap; real damage shows again in the slow way
        return None
    layer: NDArray[Any] = np.asarray(volume.array).transpose(2, 1, 0)
    return layer


def _mask(seg: Any, number: int) -> NDArray[np.bool_]:
    try:
        volume = seg.get_volume(segment_numbers=[number], rescale_fractional=True)
        values = np.asarray(volume.array)[..., 0]
    except MemoryError:
        raise
    except Exception:
        raise InputError("its frames cannot be decoded", "export it anew") from None
    if values.dtype.kind == "f" and not np.isin(values, (0, 1)).all():
        raise InputError(
            "it is fractional (probabilities or occupancy), and where to cut is not for a program to decide",
            "threshold it and export it as binary",
        )
    mask: NDArray[np.bool_] = np.asarray(values != 0).transpose(2, 1, 0)
    return mask


def _first_free(layers: list[NDArray[Any]], mask: NDArray[np.bool_], dtype: type[np.unsignedinteger]) -> int:
    for number, layer in enumerate(layers):
        if not layer[mask].any():
            return number
    layers.append(np.zeros(mask.shape, dtype=dtype, order="F"))
    return len(layers) - 1


def _segment(seg: Any, number: int, layer: int) -> Segment:
    description = seg.get_segment_description(number)
    category = _code(description, "SegmentedPropertyCategoryCodeSequence")
    type_ = _code(description, "SegmentedPropertyTypeCodeSequence")
    terminology = None
    if category and type_:
        kind = description.SegmentedPropertyTypeCodeSequence[0]
        region = description.get("AnatomicRegionSequence") or [None]
        terminology = Terminology(
            category=category,
            type=type_,
            type_modifier=_code(kind, "SegmentedPropertyTypeModifierCodeSequence"),
            region=_code(description, "AnatomicRegionSequence"),
            region_modifier=_code(region[0], "AnatomicRegionModifierSequence"),
        )
    return Segment(
        label=number,
        name=name_without(description.get("SegmentLabel"), number, patient_words(seg)),
        layer=layer,
        color_rgb=_color(description),
        terminology=terminology,
    )


def _code(item: Any, name: str) -> Code | None:
    sequence = item.get(name) if item is not None else None
    if not sequence:
        return None
    first = sequence[0]
    return Code(
        value=str(first.get("CodeValue") or first.get("LongCodeValue") or ""),
        scheme=str(first.get("CodingSchemeDesignator") or ""),
        meaning=str(first.get("CodeMeaning") or ""),
    )


def _color(description: Any) -> tuple[float, float, float] | None:
    """RecommendedDisplayCIELabValue (PS3.3 C.10.7.1.1) as sRGB."""
    stored = description.get("RecommendedDisplayCIELabValue")
    if stored is None or len(stored) != 3:
        return None
    lightness, a, b = stored[0] / 65535 * 100, stored[1] / 65535 * 255 - 128, stored[2] / 65535 * 255 - 128
    fy = (lightness + 16) / 116
    f = np.array([fy + a / 500, fy, fy - b / 200])
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * (0.9505, 1.0, 1.089)  # D65
    linear = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]) @ xyz
    linear = np.clip(linear, 0, 1)
    r, g, blue = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return float(r), float(g), float(blue)
