"""Which of the images in a DICOM folder are the slices of the volume that is meant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from fmassist.errors import InputError
from fmassist.geometry import Geometry, lattice_map
from fmassist.volume.dicom_header import SliceHeader

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
"""Secondary Capture Image Storage, and with further numbers its multi-frame kinds (PS3.4 B.5)."""
_SCOUTS = {"LOCALIZER", "SCOUT", "TOPOGRAM", "SURVIEW"}
_FEW = 5
"""Images of another direction and size in one series, up to which they count as scouts (estimate: one to three)."""


def slices_only(images: list[SliceHeader]) -> tuple[list[SliceHeader], list[str]]:
    """The slices among a folder's images, and a sentence about those left out.

    A scout or a screenshot is no slice: it is told by its Image Type or SOP class, by its colours, or by lying nowhere
    in the patient. A copy of an instance that is there already is left out too.

    Raises:
        InputError: nothing but such images is there.
    """
    why: Counter[str] = Counter()
    kept: list[SliceHeader] = []
    seen: set[str] = set()
    in_colour = [header.samples != 1 for header in images]
    for header, is_colour in zip(images, in_colour, strict=True):
        reason = _not_a_slice(header, is_colour and not all(in_colour))
        if not reason and header.instance and header.instance in seen:
            reason = "copy of a slice that is there already"
        if reason:
            why[reason] += 1
            continue
        seen.add(header.instance)
        kept.append(header)
    if not kept:
        said = ", ".join(f"{count} {reason}" for reason, count in sorted(why.items()))
        raise InputError(
            f"the folder holds no slice of a volume, but {said}", "give the folder in which the slices lie"
        )
    kept, scouts = _without_odd_ones(kept)
    if scouts:
        why["scout (localizer)"] += scouts
    notes = [f"Left out of the DICOM folder: {count} × {reason}." for reason, count in sorted(why.items())]
    return kept, notes


def _not_a_slice(header: SliceHeader, is_colour: bool) -> str:
    if _SCOUTS & set(header.image_type):
        return "scout (localizer)"
    if header.kind == _SECONDARY_CAPTURE or header.kind.startswith(_SECONDARY_CAPTURE + "."):
        # A secondary capture that says where it lies, as old conversions do, is a slice.
        return "" if header.position_lps_mm and not is_colour else "secondary capture (a report or screenshot)"
    if is_colour:
        return "image in colour (a report or screenshot)"
    return ""


def _without_odd_ones(headers: list[SliceHeader]) -> tuple[list[SliceHeader], int]:
    """Within each series, a few images of another direction and size than the rest are scouts, whatever they say."""
    kept: list[SliceHeader] = []
    for group in _by_series(headers).values():
        forms: dict[tuple[float, ...], list[SliceHeader]] = {}
        for header in group:
            forms.setdefault(tuple(round(x, 2) for x in header.orientation), []).append(header)
        largest = max(forms.values(), key=len)
        odd = [header for header in group if not any(header is one for one in largest)]
        are_scouts = 0 < len(odd) <= _FEW and len(largest) > 2 * len(odd)
        kept += largest if are_scouts and all(_is_another_image(header, largest[0]) for header in odd) else group
    return kept, len(headers) - len(kept)


def _is_another_image(header: SliceHeader, of: SliceHeader) -> bool:
    """Whether a whole header is of another direction and another size: a damaged or wrong slice is not passed over."""
    is_whole = bool(
        header.orientation and header.position_lps_mm and header.spacing_mm and header.rows and header.columns
    )
    size = (header.rows, header.columns, *header.spacing_mm)
    return is_whole and header.orientation != of.orientation and size != (of.rows, of.columns, *of.spacing_mm)


def chosen_series(
    headers: list[SliceHeader], labels: Path | None, geometry_of: Callable[[list[SliceHeader]], Geometry]
) -> tuple[list[SliceHeader], list[str]]:
    """The slices of one series, and a sentence about the others.

    Args:
        headers: slices of one patient.
        labels: a segmentation of one of the series, or None.
        geometry_of: the grid of a series; raises InputError where it has none.

    Raises:
        InputError: several patients, or several series and none that the labels belong to.
    """
    if len({header.patient for header in headers}) > 1:
        raise InputError(
            f"the folder mixes {len({h.patient for h in headers})} patients in {len(headers)} slices",
            "put one series into a folder",
        )
    series = _by_series(headers)
    # Each file of many frames is a volume of its own.
    groups = [part for group in series.values() for part in _volumes(group)]
    if len(groups) == 1:
        return groups[0], []
    fitting = _belonging(groups, labels, geometry_of) if labels is not None else []
    if len(fitting) == 1:
        others = [group for group in groups if group is not fitting[0]]
        said = ", ".join(_said(group) for group in others)
        return fitting[0], [
            f"Of {len(groups)} series in the folder the one that the labels lie on was taken; not {said}."
        ]
    what = "several of them fit the labels" if fitting else "none was asked for"
    said = ", ".join(_said(group) for group in groups[:8])
    raise InputError(
        f"the folder mixes {len(groups)} series in {len(headers)} slices ({said}), and {what}",
        "put one series into a folder",
    )


def _belonging(
    groups: list[list[SliceHeader]], labels: Path, geometry_of: Callable[[list[SliceHeader]], Geometry]
) -> list[list[SliceHeader]]:
    """The groups that the labels refer to, or else those on whose voxels they lie."""
    from fmassist.volume.dicom_labels import series_referred_to
    from fmassist.volume.read_segmentation import read_segmentation

    named = series_referred_to(labels)
    referred = [group for group in groups if group[0].series in named]
    if len(referred) == 1:
        return referred
    candidates = referred or groups
    try:
        grid = read_segmentation(labels).geometry
    except InputError:
        return referred  # contours have no grid of their own, and a damaged file is told where it is read
    return [group for group in candidates if _lies_on(grid, group, geometry_of)]


def _lies_on(grid: Geometry, group: list[SliceHeader], geometry_of: Callable[[list[SliceHeader]], Geometry]) -> bool:
    try:
        target = geometry_of(group)
    except InputError:
        return False
    place = lattice_map(grid, target)
    if place is None:
        return False
    size = [grid.shape[axis] for axis in place.axes]
    return all(s >= 0 and s + n <= room for s, n, room in zip(place.start, size, target.shape, strict=True))


def _by_series(headers: Iterable[SliceHeader]) -> dict[str, list[SliceHeader]]:
    found: dict[str, list[SliceHeader]] = {}
    for header in headers:
        found.setdefault(header.study + header.series, []).append(header)
    return found


def _volumes(group: list[SliceHeader]) -> list[list[SliceHeader]]:
    many = [header for header in group if header.frames > 1]
    single = [header for header in group if header.frames <= 1]
    return [*([single] if single else []), *([header] for header in many)]


def _said(group: list[SliceHeader]) -> str:
    """A series in words that name nobody: its number, its kind, its size."""
    first = group[0]
    number = "" if first.series_number is None else f" {first.series_number}"
    kind = first.modality if first.modality.isalpha() and len(first.modality) <= 4 else "image"
    return f"series{number} ({kind}, {first.frames if first.frames > 1 else len(group)} slices)"
