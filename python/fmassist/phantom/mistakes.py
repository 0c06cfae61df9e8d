"""A torso's labels with two mistakes made on purpose, for trying the check out without a model."""

from __future__ import annotations

import colorsys
from dataclasses import replace

import numpy as np

from fmassist.phantom.labels import LABELS
from fmassist.phantom.torso import Phantom
from fmassist.volume import Segmentation

STRAY_PIECE_MM = ((-48.0, -24.0), (0.0, 24.0), (42.0, 60.0))
"""Where the piece of spleen lies, along x, y and z from the centre of the urinary bladder: 10 mL among the bowel."""


def with_two_mistakes(person: Phantom) -> Segmentation:
    """The true labels, but the kidneys' names are exchanged and a piece of spleen lies in the pelvis.

    Neighbouring labels get hues far apart, so that an exchange is seen in the views.

    Args:
        person: a whole torso; where kidneys or bladder are outside the field of view, that mistake is left out.
    """
    labels = person.segmentation.layers[0].copy()
    left, right = (labels == LABELS[name] for name in ("kidney_left", "kidney_right"))
    labels[left], labels[right] = LABELS["kidney_right"], LABELS["kidney_left"]
    bladder = np.argwhere(labels == LABELS["urinary_bladder"])
    if len(bladder):
        geometry = person.segmentation.geometry
        centre = geometry.to_ras_mm(bladder.mean(axis=0))
        corners = [[centre[n] + STRAY_PIECE_MM[n][end] for n in range(3)] for end in range(2)]
        low, high = (geometry.to_index(corner).round().astype(int) for corner in corners)
        labels[tuple(slice(max(a, 0), max(b, 0)) for a, b in zip(low, high, strict=True))] = LABELS["spleen"]
    segments = tuple(
        replace(segment, color_rgb=colorsys.hsv_to_rgb(0.618 * segment.label % 1, 0.55, 0.95))
        for segment in person.segmentation.segments
    )
    return Segmentation((labels,), person.segmentation.geometry, segments)
