"""For each finding, the slice through its place with the segments concerned."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fmassist.report.drawing import draw
from fmassist.report.views import AXIAL, CORONAL, SAGITTAL, Plane, Point, View, plane_through
from fmassist.volume import Segment, Segmentation, Volume

MOST_PICTURES = 12
"""More than this many a clinician does not look through, and each costs some 30 ms."""
MOST_COLOURED = 4
ACCENTS = ("#ff6b4a", "#2fc4e0", "#b58cff", "#a4d65e")
"""Of the segments concerned, in order: apart in hue and in lightness, for colour-blind eyes as well."""
BONES = ("spine-", "rib-", "ribs-", "vertebra-")
ALONG_THE_BODY = (*BONES, "level", "direction-superior", "direction-inferior")
"""Rules about order or height along the body, by the beginning of their names."""


@dataclass(frozen=True)
class Picture:
    """One picture with what its caption says."""

    data_uri: str
    width: int
    height: int
    view: str
    place: str
    legend: tuple[tuple[str, str], ...]
    """Colour and segment name."""
    alt: str


def pictures_for(
    document: Mapping[str, Any], segmentation: Segmentation, volume: Volume | None, *, most: int = MOST_PICTURES
) -> dict[str, Picture]:
    """Pictures by finding id, of the worst `most` findings that have a place.

    Args:
        document: content of `findings.json`; its findings come worst first.
        segmentation: what was checked, on the same grid as `volume`.
        volume: the image, or None to show labels alone.
    """
    medians = {s["name"]: s["measurements"].get("intensity_median", {}).get("value") for s in document["segments"]}
    found: dict[str, Picture] = {}
    for finding in document["findings"]:
        if len(found) >= most:
            break
        place = finding["location_ras_mm"]
        if place is None or finding["severity"] == "info":
            continue
        picture = _picture(finding, place, segmentation, volume, medians)
        if picture is not None:
            found[finding["id"]] = picture
    return found


def _picture(
    finding: Mapping[str, Any],
    place: Point,
    segmentation: Segmentation,
    volume: Volume | None,
    medians: Mapping[str, float | None],
) -> Picture | None:
    by_name = {segment.name: segment for segment in segmentation.segments}
    concerned = [by_name[name] for name in finding["segments"] if name in by_name][:MOST_COLOURED]
    plane = _best_plane(_views(finding), place, concerned, segmentation)
    colours = dict(zip(((s.layer, s.label) for s in concerned), ACCENTS, strict=False))
    median = next((medians[s.name] for s in concerned if medians.get(s.name) is not None), None)
    image = draw(
        plane, segmentation, volume, colours, place=place, median=median, is_bone=_rule(finding).startswith(BONES)
    )
    legend = tuple((colour, s.name) for s, colour in zip(concerned, ACCENTS, strict=False))
    view, said = plane.view, _said(plane)
    names = ", ".join(s.name for s in concerned) or "the place concerned"
    return Picture(
        data_uri=_data_uri(image),
        width=image.width,
        height=image.height,
        view=view.name,
        place=said,
        legend=legend,
        alt=f"{view.name.capitalize()} slice at {said} showing {names}",
    )


def _views(finding: Mapping[str, Any]) -> tuple[View, ...]:
    """The views that can show this finding, the customary one first."""
    rule = _rule(finding)
    if not rule.startswith(ALONG_THE_BODY):
        return AXIAL, CORONAL
    # Vertebrae are counted on a sagittal slice, where the column's curves don't leave the plane.
    return (SAGITTAL, CORONAL) if rule.startswith(("spine-", "vertebra-")) else (CORONAL, SAGITTAL)


def _rule(finding: Mapping[str, Any]) -> str:
    return str(finding["rule"]).rsplit("/", 1)[-1]


def _best_plane(views: Sequence[View], place: Point, concerned: Sequence[Segment], segmentation: Segmentation) -> Plane:
    """The first view whose plane through the place meets every segment concerned, else the one that meets most."""
    planes = [plane_through(segmentation.geometry, view, place[view.through]) for view in views]
    return max(planes, key=lambda plane: _met(plane, concerned, segmentation))


def _met(plane: Plane, concerned: Sequence[Segment], segmentation: Segmentation) -> int:
    layers = {s.layer: plane.sample(segmentation.layers[s.layer]) for s in concerned}
    return sum(bool(np.any(layers[s.layer] == s.label)) for s in concerned)


def _said(plane: Plane) -> str:
    letter = ("R", "A", "S")[plane.view.through]
    at = round(plane.at_mm)
    return f"{letter} {at if at >= 0 else f'−{-at}'} mm"


def _data_uri(image: Any) -> str:
    """A JPEG without colour subsampling, which would smear the thin outlines; no metadata goes with it."""
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=88, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode("ascii")
