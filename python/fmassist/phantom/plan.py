"""One person's body plan: proportions, volumes and positions, drawn from a seed.

The plan's frame has its origin at the third lumbar vertebra, +x right, +y anterior, +z superior, in millimetres of a
man of 1.74 m. Positions were chosen by eye against textbooks and CT; volumes come from the sources named beside them.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import InputError
from fmassist.phantom.shapes import Vector

# Mean and standard deviation in mL, women and men, and the limits that no draw leaves. ICRP 89 gives masses (g), taken
# as mL; the spread is that of the series named, or 12 % (an estimate) where no series is at hand.
ORGANS_ML: dict[str, tuple[float, float, float, float, float]] = {
    "liver": (1330, 1560, 0.11, 900, 1680),  # Kim, 2,989 donors: central 95 % 824.5–1,700
    "spleen": (165, 205, 0.18, 95, 310),  # the same: 81.1–322
    "kidney_right": (138, 172, 0.11, 104, 200),  # J Clin Med 2024;13:769
    "kidney_left": (144, 178, 0.11, 108, 205),
    "gallbladder": (38, 42, 0.25, 18, 65),  # fasting; ICRP 89 with content 56/68
    "stomach": (330, 370, 0.15, 220, 520),  # ICRP 89 with content 370/400
    "pancreas": (72, 82, 0.15, 50, 118),  # 10.1002/ca.20543: 72.4 ± 25.8
    "duodenum": (62, 70, 0.12, 45, 95),  # estimate
    "heart": (560, 700, 0.10, 420, 860),  # ICRP 89 with blood 620/840, without the great vessels
    "urinary_bladder": (190, 220, 0.30, 90, 400),  # estimate: moderately filled
    "prostate": (28, 28, 0.20, 18, 45),  # estimate for a middle-aged man
    "thyroid_gland": (15, 18, 0.15, 9, 26),  # ICRP 89: lobes 8.5/10 each
    "adrenal_gland_right": (4.4, 4.8, 0.12, 3.2, 6.5),  # Wang 2012: about 5 mL
    "adrenal_gland_left": (4.8, 5.2, 0.12, 3.4, 7.0),
    "atrial_appendage_left": (9, 10, 0.15, 6, 14),  # estimate
}

LUNG_SHARES: dict[str, tuple[float, float]] = {
    # Share of both lungs, supine (PMC7490509, table 3).
    "lung_upper_lobe_right": (0.179, 0.012),
    "lung_middle_lobe_right": (0.093, 0.008),
    "lung_lower_lobe_right": (0.265, 0.013),
    "lung_upper_lobe_left": (0.231, 0.011),
    "lung_lower_lobe_left": (0.232, 0.012),
}


def stream(seed: int, topic: str) -> np.random.Generator:
    """Random numbers of one topic, so that a new topic doesn't change any other."""
    return np.random.default_rng([seed, zlib.crc32(topic.encode())])


@dataclass(frozen=True)
class Warp:
    """From the torso's frame in true millimetres to the body plan: size, proportions, a slight scoliosis."""

    scale: float
    width: tuple[float, ...]
    """Relative widths at the `LEVELS`."""
    depth: tuple[float, ...]
    sway_mm: tuple[float, ...]
    """Sideways course of the midline at the `LEVELS`."""
    heights: tuple[float, ...]
    """Heights of the `LEVELS` in this person, before scaling."""
    phases: NDArray[np.float64]
    mirrored: bool = False

    LEVELS = (-300.0, -120.0, 0.0, 120.0, 240.0, 360.0, 520.0)

    def z(self, z_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Height in the plan."""
        return np.asarray(np.interp(z_mm / self.scale, self.heights, self.LEVELS))

    def x(self, x_mm: NDArray[np.float64], z_plan: NDArray[np.float64]) -> NDArray[np.float64]:
        """Position across, in the plan; mirrored for situs inversus."""
        sway = np.interp(z_plan, self.LEVELS, self.sway_mm)
        x = (x_mm / self.scale - sway) / np.interp(z_plan, self.LEVELS, self.width)
        return np.asarray(-x if self.mirrored else x)

    def y(self, y_mm: NDArray[np.float64], z_plan: NDArray[np.float64]) -> NDArray[np.float64]:
        """Position front to back, in the plan."""
        return np.asarray(y_mm / self.scale / np.interp(z_plan, self.LEVELS, self.depth))


@dataclass(frozen=True)
class Plan:
    """Everything that makes this person.

    Raises:
        InputError: not an adult, an unknown sex, or a stature outside 0.8–1.2 of the mean of the sex.
    """

    seed: int
    sex: str
    age_years: float
    stature: float
    variants: frozenset[str]

    def __post_init__(self) -> None:
        if self.sex not in ("female", "male"):
            raise InputError(f"the phantom's sex is {self.sex!r}", "give 'female' or 'male'")
        if not 18 <= self.age_years <= 100:
            raise InputError(f"the phantom's age is {self.age_years}", "the torso is adult: give 18 to 100 years")
        if not 0.8 <= self.stature <= 1.2:
            raise InputError(f"the phantom's stature is {self.stature}", "give 0.8 to 1.2 of the mean of the sex")

    @property
    def female(self) -> bool:
        """Whether this person is a woman."""
        return self.sex == "female"

    @cached_property
    def scale(self) -> float:
        """Size against the plan; women are 7 % smaller (1.62 m against 1.74 m)."""
        return self.stature * (0.93 if self.female else 1.0)

    @cached_property
    def fat_mm(self) -> float:
        """Thickness of the subcutaneous fat at the abdomen."""
        return float(stream(self.seed, "fat").uniform(10, 26) + (4 if self.female else 0))

    @cached_property
    def warp(self) -> Warp:
        """Proportions of this person."""
        rng = stream(self.seed, "warp")
        pelvis = 1.05 if self.female else 1.0
        width = rng.normal(1.0, 0.025) * np.array([pelvis, pelvis, 1, 1, 1, 1, 1]) * rng.normal(1.0, 0.012, 7)
        depth = rng.normal(1.0, 0.03) * rng.normal(1.0, 0.012, 7)
        segments = np.diff(Warp.LEVELS) * rng.normal(1.0, 0.02, 6)
        heights = np.concatenate([[0.0], np.cumsum(segments)])
        heights -= np.interp(0.0, Warp.LEVELS, heights)
        return Warp(
            scale=self.scale,
            width=tuple(width),
            depth=tuple(depth),
            sway_mm=tuple(rng.normal(0.0, 1.5, 7)),
            heights=tuple(heights),
            phases=rng.uniform(0, 2 * np.pi, (3, 3)),
            mirrored="situs_inversus" in self.variants,
        )

    def volume_ml(self, organ: str) -> float:
        """This person's volume of an organ, in true millilitres."""
        women, men, spread, low, high = ORGANS_ML[organ]
        mean = (women if self.female else men) * self.stature**2
        return float(np.clip(mean * np.exp(stream(self.seed, organ).normal(0.0, spread)), low, high))

    def lung_shares(self) -> dict[str, float]:
        """Share of each lobe in its own lung, within 1.5 standard deviations of the mean."""
        rng = stream(self.seed, "lobes")
        drawn = {name: mean + sd * float(np.clip(rng.normal(), -1.5, 1.5)) for name, (mean, sd) in LUNG_SHARES.items()}
        totals = {side: sum(v for n, v in drawn.items() if n.endswith(side)) for side in ("left", "right")}
        return {name: value / totals[name.rsplit("_", 1)[1]] for name, value in drawn.items()}

    def shift(self, organ: str, sd_mm: float = 3.0) -> NDArray[np.float64]:
        """How far an organ lies from its usual place, within two standard deviations."""
        return np.asarray(np.clip(stream(self.seed, organ + " place").normal(0, sd_mm, 3), -2 * sd_mm, 2 * sd_mm))

    def place(self, organ: str, point: Vector, sd_mm: float = 3.0) -> Vector:
        """A point of an organ in this person."""
        x, y, z = np.asarray(point) + self.shift(organ, sd_mm)
        return float(x), float(y), float(z)

    def factor(self, topic: str, sd: float) -> float:
        """A factor around 1, within two standard deviations."""
        return float(np.clip(stream(self.seed, topic + " factor").normal(1.0, sd), 1 - 2 * sd, 1 + 2 * sd))
