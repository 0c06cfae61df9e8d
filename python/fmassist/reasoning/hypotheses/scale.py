"""The voxels have another size than the header says: the whole study, or one axis, is some times too small or large."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from fmassist.knowledge.constants import constants
from fmassist.reasoning.hypotheses.scene import Hypothesis, Scene
from fmassist.reasoning.transform import scaled

LEAST_ALONG, LEAST_WHOLE, LEAST_EACH = 3, 6, 8
"""Extents along an axis before it counts; over all such axes before the whole is judged; and along each before one of
them is (estimates: with four, the scale of 35 people's chests spread by a factor of 1.6)."""


def scales(scene: Scene) -> Iterator[Hypothesis]:
    """All axes too long or short by one factor, or one of them alone."""
    given = constants().scale
    registration = scene.registration
    age = scene.context.age_years
    if registration is None or (age is not None and age < given.child_years):
        return
    if max(found.registration.mean_fit for found in scene.lying) > registration.mean_fit + given.turned:
        return  # lying another way, its lengths are those of other axes
    logs = np.log(registration.scale)
    told = [axis for axis in range(3) if registration.extents[axis] >= LEAST_ALONG]
    every = sum(registration.extents[axis] for axis in told)
    if every < LEAST_WHOLE:
        return
    whole, spread = float(np.mean(logs[told])), given.spread * math.sqrt(1 + LEAST_WHOLE / every)
    if abs(whole) >= given.far * spread:
        factor = _plain(math.exp(whole))
        yield _scale(scene, (factor, factor, factor), whole / spread, "the whole study is")
    sure = [axis for axis in range(3) if registration.extents[axis] >= LEAST_EACH]
    for axis, name in enumerate(("from right to left", "from front to back", "from head to foot")):
        others = [a for a in sure if a != axis]
        if axis in sure and len(others) == 2:
            off = float(logs[axis] - np.mean(logs[others]))
            if abs(off) >= given.far * given.axis_spread and abs(np.mean(logs[others])) < given.far * spread:
                factors = [1.0, 1.0, 1.0]
                factors[axis] = _plain(math.exp(off))
                yield _scale(
                    scene,
                    (factors[0], factors[1], factors[2]),
                    off / given.axis_spread,
                    f"{name} the study is",
                )


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
        extra_cost=-min(deviations**2 / 2, constants().scale.most_worth),
        tempered=True,
    )


def _plain(factor: float) -> float:
    """A factor of two or a half, or a tenth, where it is near: headers err by these."""
    plain = [0.1, 0.5, 2.0, 10.0]
    near = min(plain, key=lambda p: abs(math.log(factor / p)))
    return near if abs(math.log(factor / near)) < constants().scale.axis_spread else factor
