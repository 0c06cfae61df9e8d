"""The voxels have another size than the header says: the whole study, or one axis, is some times too small or large."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from fmassist.reasoning.hypotheses.scene import Hypothesis, Scene
from fmassist.reasoning.transform import scaled

LEAST_ALONG, LEAST_WHOLE, LEAST_EACH = 3, 6, 8
"""Extents along an axis before it counts; over all such axes before the whole is judged; and along each before one of
them is (estimates: with four, the scale of 35 people's chests spread by a factor of 1.6)."""
SPREAD = 0.17
"""Standard deviation of the logarithm of a person's size over the typical one (estimate: 0.73 to 1.25 in 20 people with
ten labels or more; women and men, labels of different makers)."""
AXIS_SPREAD = 0.25
"""The same of one axis over the other two (estimate: 0.7 to 1.5 in the same people; obesity makes bodies deeper)."""
FAR = 2.2
"""Standard deviations from which another voxel size is considered (estimate: one study in 40)."""
MOST_WORTH = 12.0
"""Nats that the sizes together speak for it at most (estimate)."""
TURNED = 0.5
"""Nats per label by which another reading of the grid fits better, so that sizes along axes mean nothing (estimate)."""
CHILD_YEARS = 16
"""Below this age a person is smaller than the typical adult."""


def scales(scene: Scene) -> Iterator[Hypothesis]:
    """All axes too long or short by one factor, or one of them alone."""
    registration = scene.registration
    age = scene.context.age_years
    if registration is None or (age is not None and age < CHILD_YEARS):
        return
    if max(found.registration.mean_fit for found in scene.lying) > registration.mean_fit + TURNED:
        return  # lying another way, its lengths are those of other axes
    logs = np.log(registration.scale)
    told = [axis for axis in range(3) if registration.extents[axis] >= LEAST_ALONG]
    every = sum(registration.extents[axis] for axis in told)
    if every < LEAST_WHOLE:
        return
    whole, spread = float(np.mean(logs[told])), SPREAD * math.sqrt(1 + LEAST_WHOLE / every)
    if abs(whole) >= FAR * spread:
        factor = _plain(math.exp(whole))
        yield _scale(scene, (factor, factor, factor), whole / spread, "the whole study is")
    sure = [axis for axis in range(3) if registration.extents[axis] >= LEAST_EACH]
    for axis, name in enumerate(("from right to left", "from front to back", "from head to foot")):
        others = [a for a in sure if a != axis]
        if axis in sure and len(others) == 2:
            off = float(logs[axis] - np.mean(logs[others]))
            if abs(off) >= FAR * AXIS_SPREAD and abs(np.mean(logs[others])) < FAR * spread:
                factors = [1.0, 1.0, 1.0]
                factors[axis] = _plain(math.exp(off))
                yield _scale(scene, (factors[0], factors[1], factors[2]), off / AXIS_SPREAD, f"{name} the study is")


def _scale(scene: Scene, factors: tuple[float, float, float], deviations: float, what: str) -> Hypothesis:
    factor = max(factors, key=lambda f: abs(math.log(f)))
    way = "large" if factor > 1 else "small"
    times = factor if factor > 1 else 1 / factor
    label = f"{what} about {times:.2g} times too {way}: the voxel size in its header is wrong"
    undone = (1 / factors[0], 1 / factors[1], 1 / factors[2])
    return Hypothesis(
        "wrong_spacing",
        label,
        (),
        scaled(scene.anatomy, undone),
        scene.context,
        explains_facets=scene.declared("wrong_spacing"),
        is_global=True,
        extra_cost=-min(deviations**2 / 2, MOST_WORTH),
        tempered=True,
    )


def _plain(factor: float) -> float:
    """A factor of two or a half, or a tenth, where it is near: headers err by these."""
    plain = [0.1, 0.5, 2.0, 10.0]
    near = min(plain, key=lambda p: abs(math.log(factor / p)))
    return near if abs(math.log(factor / near)) < AXIS_SPREAD else factor
