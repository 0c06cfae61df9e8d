"""Structures left out though the typical body, laid over all that is labelled, has a good part of them in view.

This tells of those that are often not labelled, too: where all others are, the one that is not is missed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from fmassist.evidence.facts import Point
from fmassist.knowledge.model import Structure
from fmassist.knowledge.namespaces import FMX, ST
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.asked import group_of
from fmassist.reasoning.body import Registration
from fmassist.reasoning.context import Context
from fmassist.reasoning.findings import Finding, Measured
from fmassist.terms import Kind, Severity

RULE = "https://w3id.org/fmassist/rule/absent-on-body"
MOVED_MM = 25.0
"""The field of view is moved so far each way, and the least that it then shows counts (estimate: nearly twice
`body.fit.PLACE_MM`, by which places are off)."""
LEAST_SHARE = 0.3
LEAST_ML = 8.0
"""Of a structure that is asked for, in view wherever the body lies exactly. In 121 studies of 9 people with right
labels, crops and resamplings of them, none is asked for in vain with these (the typical body is of no real person)."""
FITS = -5.5
"""Nats per label under which the body does not lie on the study, and nothing is asked for (estimate: of 63 people's
labels as published the worst has −5.2)."""
COMPLETE = 0.7
LEAST_EXPECTED = 5
"""Of what is in view so much has to be labelled, of at least so many, before one that is not is missed (estimates: as
`asked.MOST`)."""
OFTEN_ABSENT = frozenset(
    ST + name for name in ("gallbladder", "thyroid_gland", "urinary_bladder", "prostate", "prostate_or_uterus", "skull")
) | frozenset(ST + f"{name}_{side}" for name in ("humerus", "atrial_appendage") for side in ("left", "right"))
"""Taken out or empty in one adult of ten, or out of the way: arms are raised in most CT, and heads bent."""
PATHOLOGICAL = FMX + "PathologicalStructure"


@dataclass(frozen=True)
class Expected:
    """One structure that a study has to show.

    Args:
        share: of its volume that is in view at least.
        volume_ml: the same in mL.
        at: its middle, RAS mm.
    """

    structure: Structure
    share: float
    volume_ml: float
    at: Point


def expected_in_view(anatomy: Anatomy, lying: Registration) -> list[Expected]:
    """Structures of the vocabulary of which a good part is in view, however exactly the body lies on the study."""
    structures = anatomy.knowledge.structures
    iris = sorted(iri for iri in anatomy.vocabulary if iri in lying.body and _is_asked_for(structures[iri]))
    if not iris:
        return []
    steps = [np.zeros(3), *(sign * MOVED_MM * np.eye(3)[axis] for axis in range(3) for sign in (1, -1))]
    low, high = ((corner - lying.offset) / lying.scale for corner in lying.view)
    shown = [lying.body.in_view(iris, low + step / lying.scale, high + step / lying.scale) for step in steps]
    share, volume = np.min([s.share for s in shown], axis=0), np.min([s.volume_ml for s in shown], axis=0)
    middle = lying.scale * shown[0].middle + lying.offset
    return [
        Expected(structures[iri], float(s), float(v), (float(m[0]), float(m[1]), float(m[2])))
        for iri, s, v, m in zip(iris, share, volume, middle, strict=True)
        if s >= LEAST_SHARE and v >= LEAST_ML
    ]


def _is_asked_for(structure: Structure) -> bool:
    """Not what depends on the sex, nor a link of a chain, which the chain's own rules ask for."""
    if (
        structure.sex is not None
        or structure.iri in OFTEN_ABSENT
        or (structure.groups & {FMX + "PathologicalStructure"})
    ):
        return False
    return structure.chain is None or structure.iri == ST + "sacrum"


def absent_on_body(
    anatomy: Anatomy, context: Context, lying: Registration | None, told: Collection[str]
) -> Iterator[Finding]:
    """A finding for each structure that is in view, and has no label, where most of the others have one.

    Args:
        lying: how the typical body lies on the study; None where that is not known.
        told: IRIs of structures whose absence is told already.
    """
    if lying is None or lying.mean_fit < FITS:
        return
    expected = expected_in_view(anatomy, lying)
    missing = [e for e in expected if not _is_there(anatomy, e.structure.iri)]
    if len(expected) < LEAST_EXPECTED or len(expected) - len(missing) < COMPLETE * len(expected):
        return
    for one in missing:
        if one.structure.iri in told or not _is_of_an_asked_group(anatomy, one, expected):
            continue
        if not _removed(anatomy, context, one.structure):
            yield _finding(one, len(expected) - len(missing), len(expected))


def _is_of_an_asked_group(anatomy: Anatomy, one: Expected, expected: list[Expected]) -> bool:
    """Whether others of its group are labelled: somebody who asked for muscles alone left no bone out."""
    group = group_of(one.structure)
    others = [e for e in expected if e is not one and group_of(e.structure) == group]
    if others:
        return sum(_is_there(anatomy, e.structure.iri) for e in others) >= COMPLETE * len(others)
    return sum(group_of(known.structure) == group for known in anatomy.known) > 1


def _is_there(anatomy: Anatomy, iri: str) -> bool:
    """Whether it is labelled, or a part of it is."""
    if iri in anatomy.by_structure:
        return True
    return any(iri in known.structure.part_of or iri in known.structure.groups for known in anatomy.known)


def _removed(anatomy: Anatomy, context: Context, structure: Structure) -> bool:
    variants = (anatomy.knowledge.variants.get(event) for event in context.history)
    return any(v is not None and bool(set(v.affects) & (structure.groups | {structure.iri})) for v in variants)


def _finding(one: Expected, there: int, expected: int) -> Finding:
    label = one.structure.label
    return Finding(
        id=f"absent-on-body/{one.structure.key}",
        rule=RULE,
        kind=Kind.NEEDS_CONFIRMATION,
        severity=Severity.REVIEW,
        segments=(),
        message=(
            f"The {label} is not labelled, though the field of view shows at least {100 * one.share:.0f} % of where it "
            f"lies in an adult; {there} of {expected} structures that it shows as well are labelled."
        ),
        evidence=(Measured(f"share of the {label} in view", round(100 * one.share), "%", expected="labelled"),),
        location_ras_mm=one.at,
        sources=("body/typical_body.json, laid over all labels",),
        counterfactual=f"Were the {label} labelled, or known to be absent, this would hold.",
    )
