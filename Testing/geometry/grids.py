"""Grids for tests: any rotation, spacing, place and handedness, as Hypothesis strategies."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from fmassist.geometry import Geometry


@st.composite
def geometries(draw: st.DrawFn, *, smallest: int = 2) -> Geometry:
    """Rotated (or exactly axis-aligned), left- or right-handed grids with clinical spacings."""
    shape = tuple(draw(st.integers(smallest, 6)) for _ in range(3))
    spacing = np.array([draw(st.floats(0.3, 10.0)) for _ in range(3)])
    if draw(st.booleans()):
        directions = np.eye(3)[list(draw(st.permutations(range(3))))] * [draw(st.sampled_from((1, -1))) for _ in "ijk"]
    else:
        axis = np.array([draw(st.floats(-1, 1)) for _ in range(3)])
        axis = axis / n if (n := np.linalg.norm(axis)) > 0.1 else np.array([0.6, 0.0, 0.8])
        angle = draw(st.floats(-np.pi, np.pi))
        cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
        directions = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross  # Rodrigues
        directions = directions * (1, 1, draw(st.sampled_from((1, -1))))
    affine = np.eye(4)
    affine[:3, :3] = directions * spacing
    affine[:3, 3] = [draw(st.floats(-500, 500)) for _ in range(3)]
    return Geometry(shape, affine)
