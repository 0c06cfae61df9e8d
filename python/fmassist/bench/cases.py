"""The benchmark's anatomies: synthetic people, alone and with variants, in twelve fields of view."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from fmassist.phantom import Phantom, torso
from fmassist.phantom.fields import FIELDS
from fmassist.phantom.variants import VARIANTS

FIRST_SEED = 10_000
"""No test, demo or example uses seeds from here on."""

_EXCLUSIVE = (
    {"kidney_left_absent", "kidney_right_absent", "horseshoe_kidney", "crossed_fused_ectopia"},
    {"vertebra_L6", "vertebra_T13", "lumbar_4"},
    {"ribs_11", "ribs_13", "short_rib_12"},
    {"spleen_absent", "accessory_spleen"},
)
"""Variants of which a person has one at most."""


@dataclass(frozen=True)
class Anatomy:
    """One synthetic person and how much of her is in view."""

    seed: int
    sex: str
    age_years: int
    stature: float
    variants: frozenset[str]
    field_of_view: str

    @property
    def half(self) -> str:
        """`"tune"` or `"test"`, by a hash of the seed: thresholds and probabilities are learned on the first only."""
        return "tune" if zlib.crc32(str(self.seed).encode()) % 2 else "test"

    def make(self, spacing_mm: float = 3.0) -> Phantom:
        """The volume and its truth."""
        return torso(
            seed=self.seed,
            spacing_mm=(spacing_mm, spacing_mm, spacing_mm),
            sex=self.sex,
            age_years=self.age_years,
            stature=self.stature,
            variants=self.variants,
            field_of_view=self.field_of_view,
        )


def anatomies(count: int = 200) -> tuple[Anatomy, ...]:
    """The benchmark's people: a third without variants, every variant alone, and pairs of variants for the rest.

    Both sexes, 20 to 90 years, statures of 0.88 to 1.12. Fields of view go round, the whole torso every third time.
    """
    rng = np.random.default_rng(FIRST_SEED)
    pairs = [
        frozenset(p) for p in combinations(sorted(VARIANTS), 2) if not any(set(p) <= group for group in _EXCLUSIVE)
    ]
    rng.shuffle(pairs)
    plain = max(1, count // 3)
    wishes = [frozenset[str]()] * plain + [frozenset({v}) for v in sorted(VARIANTS)] + pairs
    partial = [name for name in FIELDS if name != "torso"]
    people = []
    for number, variants in enumerate(wishes[:count]):
        sex = "male" if "prostate_absent" in variants else ("female", "male")[number % 2]
        people.append(
            Anatomy(
                seed=FIRST_SEED + number,
                sex=sex,
                age_years=int(rng.integers(20, 91)),
                stature=round(float(rng.uniform(0.88, 1.12)), 3),
                variants=variants,
                field_of_view="torso" if number % 3 == 0 else partial[number % len(partial)],
            )
        )
    return tuple(people)
