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
    from fmassist.knowledge.model import Knowledge
    from fmassist.reasoning.context import Context
    from fmassist.volume import Segmentation, Volume

DEFAULT_LABEL_MAP = "auto"
NO_MAP = "none"
"""Where no map could be chosen: findings say so, and a later check chooses anew."""
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
        label_map: name, file, or the map itself; None or "auto" for what the file says, else for what fits best.
        context: a JSON file, its entries, or None.
        modality: `"CT"` or `"MR"`, where the image does not say it itself.
        affine: of plain arrays, see `read_image`.

    Raises:
        InputError: something given cannot be read, or does not fit together.
    """
    from fmassist.volume import labels_on_image

    known_labels = label_map_of(label_map, options.knowledge)
    options.progress("Reading", 0.0)
    volume = None if image is None else read_image(image, modality=modality, affine=affine, labels=labels)
    options.progress("Reading", 0.5)
    segmentation = read_labels(labels, known_labels, affine=affine, grid=None if volume is None else volume.geometry)
    if volume is not None:
        segmentation = labels_on_image(segmentation, volume)
    segmentation, known_labels = with_map(segmentation, known_labels, volume, options.knowledge)
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
        return read_volume(image, modality=modality, labels=of, believe_values=labels is not None)
    return volume_of(image, modality=modality, affine=affine, believe_values=labels is not None)


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


def label_map_of(given: str | Path | LabelMap | None, knowledge: Knowledge | None = None) -> LabelMap:
    """A label map by name or file, or as it is; for none, or `auto`, one that names nothing until labels are read.

    One's own file is called by its content in every result: its name may hold a patient's or a hospital's.

    Raises:
        InputError: there is no such map.
    """
    from fmassist.knowledge.label_map import AUTO, SHIPPED, LabelMap, load_label_map

    if isinstance(given, LabelMap):
        return given
    if given is None or str(given) in (AUTO, NO_MAP):
        return LabelMap(AUTO, {}, {})
    if str(given) in SHIPPED:
        return load_label_map(str(given))
    if str(given).startswith(OWN):
        raise InputError("the labels were named by a label map of one's own", "give that file again: --label-map FILE")
    found = load_label_map(str(given), knowledge)
    return replace(found, id=OWN + sha256(Path(given).read_bytes()).hexdigest()[:12])


def with_map(
    segmentation: Segmentation, label_map: LabelMap, volume: Volume | None, knowledge: Knowledge
) -> tuple[Segmentation, LabelMap]:
    """The segmentation with names for its values, and the map that they are of, chosen where none was given."""
    from fmassist.knowledge.label_map import AUTO
    from fmassist.reasoning.which_map import choose_map, doubt

    notes = (*segmentation.notes, *(volume.notes if volume is not None else ()))
    segmentation = replace(segmentation, notes=notes)
    chosen = label_map if label_map.id != AUTO else choose_map(segmentation, volume, knowledge)
    named = tuple(
        replace(one, name=chosen.names[one.label], named_by="label map")
        if one.named_by == "value" and one.label in chosen.names
        else one
        for one in segmentation.segments
    )
    segmentation = replace(segmentation, segments=named)
    return segmentation, chosen if label_map.id == AUTO else doubt(label_map, segmentation, volume, knowledge)
