"""What the bench of the models concludes from what it measures."""

from __future__ import annotations

import pytest

from fmassist.bench.models_alone import CLASSES, Run
from fmassist.bench.models_sliding import GOAL, law


def test_the_law_of_memory_is_found_from_small_volumes() -> None:
    """Float32 for each class and voxel, and what the libraries take: 74 GB at 512×512×600, as the project knows it."""
    shapes = ((96, 96, 96), (168, 96, 168), (240, 168, 168))
    runs = [Run(shape, 0.4 + 4e-9 * CLASSES * shape[0] * shape[1] * shape[2], 0.4, 1.0) for shape in shapes]
    slope, base = law(runs)
    assert base == pytest.approx(0.4)
    assert slope * GOAL[0] * GOAL[1] * GOAL[2] == pytest.approx(74.2, abs=0.1)
