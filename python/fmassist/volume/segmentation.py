"""Segmentations: named segments on one grid, in one or more layers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.outside_text import printable

MAX_LAYERS = 100
"""Segments that do not overlap share a layer. Of so many that do, every two are compared, and say one thing."""
MAX_NAME = 200
"""Characters of a segment's name; DICOM's labels have at most 64."""


def segment_name(given: object, label: int) -> str:
    """A segment's name as it may be shown, without characters that act instead of being seen."""
    return printable(given or "", most=MAX_NAME, lines=True).strip() or f"label {label}"


@dataclass(frozen=True)
class Code:
    """One coded concept, as DICOM writes it: value, coding scheme (`"SCT"`), meaning."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True)
class Terminology:
    """What a segment stands for, in DICOM's terms (PS3.3 C.8.20.2)."""

    category: Code
    type: Code
    type_modifier: Code | None = None
    region: Code | None = None
    region_modifier: Code | None = None


@dataclass(frozen=True)
class Segment:
    """One named segment.

    Args:
        label: its value in its layer, at least 1.
        name: as the source gives it; shown to users, always escaped.
        layer: which array holds it.
        color_rgb: each 0–1.
        terminology: its coded meaning, where the source gives one.
        id: the source's own identifier, such as Slicer's segment id; empty where it has none.
        named_by: who gave the name: `"file"` (it stands in the file), `"file name"` (of one mask of a folder),
            `"label map"` (the caller's names), or `"value"` where nobody did and it is called `label N`.
    """

    label: int
    name: str
    layer: int = 0
    color_rgb: tuple[float, float, float] | None = None
    terminology: Terminology | None = None
    id: str = ""
    named_by: str = "file"


@dataclass(frozen=True, eq=False)
class Segmentation:
    """Segments on one grid.

    Args:
        layers: arrays `[i, j, k]` of unsigned integers, 0 for background; segments of different layers may overlap.
        geometry: their common grid.
        segments: every segment, unique in (layer, label). A label that occurs in a layer without a segment is
            found by the check, as a label unknown.
        listed: every name that the file lists as one of its classes, with voxels or without; None where it lists none.
        notes: what the reader settled on the way and a user should know, a sentence each; nothing of a patient.
    """

    layers: tuple[NDArray[np.unsignedinteger], ...] = field(repr=False)
    geometry: Geometry
    segments: tuple[Segment, ...]
    listed: frozenset[str] | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.layers:
            raise InputError("the segmentation has no layer")
        if len(self.layers) > MAX_LAYERS:
            raise InputError(
                f"the segmentation has {len(self.layers)} layers that overlap, and at most {MAX_LAYERS} are compared",
                "give fewer structures at once",
            )
        for layer in self.layers:
            if layer.shape != self.geometry.shape:
                raise InputError(f"a layer has {layer.shape} voxels on a grid of {self.geometry.shape}")
        keys = [(segment.layer, segment.label) for segment in self.segments]
        if len(set(keys)) != len(keys):
            raise InputError("two segments share one label in one layer", "give each segment its own label")

    def mask(self, segment: Segment) -> NDArray[np.bool_]:
        """Where `segment` is, as booleans `[i, j, k]`."""
        return np.asarray(self.layers[segment.layer] == segment.label)

    def segment(self, name: str) -> Segment:
        """The segment of that name.

        Raises:
            KeyError: there is none.
        """
        for candidate in self.segments:
            if candidate.name == name:
                return candidate
        raise KeyError(name)
