"""Read one study from what the user gives: files, or images that are in memory already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.application.context import known_context
from fmassist.application.objects import segmentation_of, volume_of
from fmassist.application.types import Inputs, Options
from fmassist.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from fmassist.geometry import Geometry
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.reasoning.context import Context
    from fmassist.volume import Segmentation, Volume

DEFAULT_LABEL_MAP = "totalsegmentator:total"
OWN = "own:"
"""Begins the name under which results tell of a label map that the user gave as a file."""


def read_inputs(
    labels: Any,
    image: Any,
    options: Options,
    *,
    label_map: str | LabelMap | None = None,
    context: Path | str | Mapping[str, object] | Context | None = None,
    modality: str | None = None,
    affine: ArrayLike | None = None,
) -> Inputs:
    """Read the labels and the image, put the labels on the image's grid, and join what is known of the patient.

    Args:
        labels: see `read_labels`.
        image: see `read_image`; None where there is none.
        options: whose knowledge the context may name.
        label_map: name, file, or the map itself; None for TotalSegmentator's.
        context: a JSON file, its entries, or None.
        modality: `"CT"` or `"MR"`, where the image does not say it itself.
        affine: of plain arrays, see `read_image`.

    Raises:
        InputError: something given cannot be read, or does not fit together.
    """
    from fmassist.volume import labels_on_image

    known_labels = label_map_of(label_map)
    options.progress("Reading", 0.0)
    volume = None if image is None else read_image(image, modality=modality, affine=affine, labels=labels)
    options.progress("Reading", 0.5)
    segmentation = read_labels(labels, known_labels, affine=affine, grid=None if volume is None else volume.geometry)
    if volume is not None:
        segmentation = labels_on_image(segmentation, volume)
    options.progress("Reading", 1.0)
    return Inputs(segmentation, volume, known_labels, known_context(context, volume, options.knowledge))


def read_image(
    image: Any, *, modality: str | None = None, affine: ArrayLike | None = None, labels: Any = None
) -> Volume:
    """An image, checked.

    Args:
        image: a path, or an object that `fmassist.application.objects` knows.
        modality: `"CT"` or `"MR"`, where the image does not say it itself.
        affine: 4×4, index (i, j, k) to RAS millimetres, for a plain array `[i, j, k]`.
        labels: its segmentation; where that is a path, it tells which of several series in a folder is meant.

    Raises:
        InputError: it cannot be read, or is no image.
    """
    from fmassist.volume import read_volume

    if isinstance(image, str | Path):
        of = Path(labels) if isinstance(labels, str | Path) else None
        return read_volume(image, modality=modality, labels=of)
    return volume_of(image, modality=modality, affine=affine)


def read_labels(
    labels: Any, label_map: LabelMap, *, affine: ArrayLike | None = None, grid: Geometry | None = None
) -> Segmentation:
    """A segmentation, checked.

    Args:
        labels: a path, or an object that `fmassist.application.objects` knows.
        label_map: gives labels their names where the segmentation has none of its own.
        affine: as in `read_image`.
        grid: the image's, onto which contours are drawn.

    Raises:
        InputError: it cannot be read, or holds no labels.
    """
    from fmassist.volume import read_segmentation

    if isinstance(labels, str | Path):
        return read_segmentation(labels, names=label_map.names, grid=grid)
    return segmentation_of(labels, label_map.names, affine=affine)


def label_map_of(given: str | Path | LabelMap | None) -> LabelMap:
    """A label map by name or file, or as it is.

    One's own file is called by its content in every result: its name may hold a patient's or a hospital's.

    Raises:
        InputError: there is no such map.
    """
    from fmassist.knowledge.label_map import SHIPPED, LabelMap, load_label_map

    if isinstance(given, LabelMap):
        return given
    name = str(given or DEFAULT_LABEL_MAP)
    if name in SHIPPED:
        return load_label_map(name)
    if name.startswith(OWN):
        raise InputError("the labels were named by a label map of one's own", "give that file again: --label-map FILE")
    found = load_label_map(name)
    return replace(found, id=OWN + sha256(Path(name).read_bytes()).hexdigest()[:12])
