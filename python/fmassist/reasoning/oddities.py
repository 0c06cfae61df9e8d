"""Findings of graded evidence: structures that lie or are sized otherwise than in people, and structures left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from fmassist.evidence.facts import Point
from fmassist.knowledge.constants import constants
from fmassist.knowledge.model import Structure
from fmassist.knowledge.namespaces import ST
from fmassist.reasoning.anatomy import Anatomy, Known
from fmassist.reasoning.compared import Compared, Seen, seen
from fmassist.reasoning.context import Context
from fmassist.reasoning.findings import Finding, Measured
from fmassist.reasoning.grading import Grade, Mismatch, Oddity, Shift, mismatches, shifts
from fmassist.reasoning.opposite_findings import beside_partners
from fmassist.reasoning.relations import Presence, relations
from fmassist.terms import Kind, Severity

RULE = "https://w3id.org/fmassist/rule/"
SOURCE = "calibration/relations.json (n, mean and spread of each relation; docs/real.md)"


def odd_findings(
    anatomy: Anatomy,
    study: Compared,
    found: dict[str, Grade],
    flagged: Collection[str],
    *,
    enough: float | None = None,
) -> Iterator[Finding]:
    """One for each odd structure that no rule has named yet; one for the study where many are odd.

    Args:
        study: every structure against every other one.
        found: the grades of all structures.
        flagged: names of segments that findings above `info` concern.
        enough: evidence from which a structure is told; None for the usual.
    """
    enough = constants().oddities.enough if enough is None else enough
    by_key = {known.structure.key: known for known in anatomy.by_structure.values()}
    few = max(enough, constants().oddities.enough_of_few)
    odd = sorted(
        (
            g
            for g in found.values()
            if _matters(g) and g.evidence >= (few if _compared_with(g) < constants().oddities.few_others else enough)
        ),
        key=lambda g: -g.evidence,
    )
    if len(odd) > constants().oddities.most_single and len(odd) > constants().oddities.share_of_study * len(found):
        names = [by_key[g.key].structure.label for g in odd[:3]]
        yield Finding(
            id="many-odd",
            rule=RULE + "many-odd",
            kind=Kind.IMPLAUSIBLE,
            severity=Severity.REVIEW,
            segments=(),
            message=(
                f"{len(odd)} of {len(found)} structures lie or are sized otherwise than in people, the "
                f"{', the '.join(names)} first: labels, names or the grid may be wrong as a whole."
            ),
            evidence=(Measured("structures that are odd", len(odd), high=constants().oddities.most_single),),
            location_ras_mm=by_key[odd[0].key].facts.centroid_ras_mm,
            sources=(SOURCE,),
        )
        return
    told = set(flagged)
    for finding in beside_partners(anatomy, told):
        yield finding
        told |= set(finding.segments)
    for shift in shifts(anatomy, found):
        links = [by_key[key] for key in shift.keys]
        if not told & {known.facts.name for known in links}:
            yield _shifted(links, shift)
            told |= {known.facts.name for known in links}
    for mismatch in mismatches(anatomy, study):
        both = by_key[mismatch.one], by_key[mismatch.other]
        if not told & {known.facts.name for known in both}:
            yield _mismatched(*both, mismatch)
            told |= {known.facts.name for known in both}
    for grade in odd:
        known = by_key[grade.key]
        if known.facts.name not in told:
            yield _odd(known, grade)


def _is_loose(structure: Structure) -> bool:
    """Bowel, stomach, gallbladder: they lie otherwise in each person."""
    return any(group.endswith(("#HollowOrgan", "#ScatteredStructure")) for group in structure.groups)


def _matters(grade: Grade) -> bool:
    """Whether something of it is off by what a person would see, however little other people differ there."""
    return any(
        not 1 / constants().oddities.least_factor < o.off < constants().oddities.least_factor
        if o.feature == "size"
        else abs(o.off) >= constants().oddities.least_off_mm
        for o in grade.oddities
        if o.evidence > 0
    )


def _compared_with(grade: Grade) -> int:
    """With how many others, by the feature that is oddest."""
    return len(max(grade.oddities, key=lambda o: o.evidence).others)


def _mismatched(one: Known, other: Known, mismatch: Mismatch) -> Finding:
    asked = constants().grading.mismatch
    if mismatch.feature == "size":
        said = (
            f"Where both are seen, the {one.structure.label} is {mismatch.value:.2f} times as large in section as the "
            f"{other.structure.label}, and in people {mismatch.expected:.2f} times: one of them lacks a part, or "
            "has one too many."
        )
        measured = Measured(
            "area of the sections over the partner's",
            round(mismatch.value, 2),
            "times",
            expected=f"about {mismatch.expected:.2f}",
        )
    else:
        way = "in front of" if mismatch.value > 0 else "behind"
        said = (
            f"The middle of the {one.structure.label} lies {abs(mismatch.value):.0f} mm {way} that of the "
            f"{other.structure.label} at the same height, and in people {abs(mismatch.expected):.0f} mm "
            f"{'in front of' if mismatch.expected > 0 else 'behind'} it: their numbers may be wrong."
        )
        measured = Measured(
            "how far it lies in front at the same height",
            round(mismatch.value, 1),
            "mm",
            expected=f"about {mismatch.expected:.0f} mm",
        )
    return Finding(
        id=f"unlike-its-fellow/{one.structure.key}+{other.structure.key}",
        rule=RULE + "unlike-its-fellow",
        kind=Kind.IMPLAUSIBLE,
        severity=Severity.REVIEW,
        segments=(one.facts.name, other.facts.name),
        message=said,
        evidence=(measured,),
        location_ras_mm=one.facts.centroid_ras_mm,
        sources=(SOURCE, f"{mismatch.people} people"),
        rationale=f"{abs(mismatch.surprise):.1f} standard deviations as of a normal; {asked:g} are asked for.",
    )


def _shifted(links: list[Known], shift: Shift) -> Finding:
    way = "higher" if shift.off > 0 else "lower"
    middle = links[len(links) // 2]
    return Finding(
        id=f"chain-shifted/{shift.chain}",
        rule=RULE + "chain-shifted",
        kind=Kind.IMPLAUSIBLE,
        severity=Severity.REVIEW,
        segments=tuple(known.facts.name for known in links),
        message=(
            f"The {middle.structure.label} and {len(links) - 1} others of its chain lie about {abs(shift.off):.0f} mm "
            f"{way} than the organs and bones beside them say: their numbers may be shifted."
        ),
        evidence=(
            Measured(
                f"{way} than expected, median of {len(links)} links", round(shift.off, 1), "mm", expected="about 0"
            ),
        ),
        location_ras_mm=middle.facts.centroid_ras_mm,
        sources=(SOURCE,),
    )


def _odd(known: Known, grade: Grade) -> Finding:
    asked = constants().oddities.enough
    worst = sorted((o for o in grade.oddities if o.evidence > 0), key=lambda o: -o.evidence)[:3]
    others = max(len(o.others) for o in worst)
    people = min(o.people[0] for o in worst), max(o.people[1] for o in worst)
    return Finding(
        id=f"odd-among-others/{known.structure.key}",
        rule=RULE + "odd-among-others",
        kind=Kind.IMPLAUSIBLE,
        severity=Severity.REVIEW,
        segments=(known.facts.name,),
        message=(
            f"The {known.structure.label} is {'; '.join(_said(o) for o in worst)}, seen from {others} other structures "
            f"as they lie in people: it may be misplaced, in part, or another structure."
        ),
        evidence=tuple(_measured(o) for o in worst),
        location_ras_mm=known.facts.centroid_ras_mm,
        sources=(SOURCE, f"{people[0]} to {people[1]} people for each relation"),
        rationale=f"Log likelihood ratio {grade.evidence:.1f} of wrong against right; {asked:g} is asked for.",
    )


_WAYS = {
    "right": ("further right", "further left"),
    "anterior": ("further forward", "further back"),
    "top": ("higher at its upper end", "lower at its upper end"),
    "bottom": ("higher at its lower end", "lower at its lower end"),
}


def _said(oddity: Oddity) -> str:
    if oddity.feature == "size":
        return f"{oddity.off:.1f} times as large in section as expected"
    return f"{abs(oddity.off):.0f} mm {_WAYS[oddity.feature][0 if oddity.off > 0 else 1]} than expected"


def _measured(oddity: Oddity) -> Measured:
    if oddity.feature == "size":
        return Measured("area of its sections over the expected one", round(oddity.off, 2), "times", expected="about 1")
    reach = abs(oddity.off / oddity.surprise) if oddity.surprise else 0.0
    return Measured(
        f"{_WAYS[oddity.feature][0]} than expected", round(oddity.off, 1), "mm", expected=f"0 ± {reach:.0f} mm (1 SD)"
    )


def absent_findings(anatomy: Anatomy, context: Context, told: Collection[str]) -> Iterator[Finding]:
    """Structures that the model can label, that are not labelled, and that in people are there where others are seen.

    Args:
        told: IRIs of structures whose absence a rule has told already.
    """
    everyone = seen(anatomy)
    for iri in sorted(anatomy.vocabulary):
        structure = anatomy.knowledge.structures.get(iri)
        if structure is None or iri in anatomy.by_structure or iri in told or not _always_there(anatomy, iri):
            continue
        if _shown_by_part(anatomy, iri):
            continue
        if _removed(anatomy, context, iri):
            continue
        witnesses = _witnesses(anatomy, structure, everyone)
        if len(witnesses) < constants().oddities.least_witnesses:
            continue
        millimetres, other, presence, place = max(witnesses, key=lambda w: w[0])
        names = ", ".join(f"the {w[1].known.structure.label}" for w in sorted(witnesses, key=lambda w: -w[0])[:3])
        yield Finding(
            id=f"absent-among-others/{structure.key}",
            rule=RULE + "absent-among-others",
            kind=Kind.NEEDS_CONFIRMATION,
            severity=Severity.REVIEW,
            segments=(),
            message=(
                f"The {structure.label} is not labelled, though in people it is there where {names} are: about "
                f"{millimetres:.0f} mm of its height are in view."
            ),
            evidence=(
                Measured(
                    f"share of the {other.known.structure.label}'s height in which it is there in people",
                    round(presence.mean * 100),
                    "%",
                    expected=f"{presence.people} people, {presence.least * 100:.0f} % in the least of them",
                ),
            ),
            location_ras_mm=place,
            sources=(SOURCE,),
            counterfactual=f"Were the {structure.label} labelled, or known to be absent, this would hold.",
        )


def _witnesses(
    anatomy: Anatomy, structure: Structure, everyone: dict[str, Seen]
) -> list[tuple[float, Seen, Presence, Point]]:
    """Others that ask for it: how many mm of it they show, and where it would be."""
    found, key = [], structure.key
    low, high = anatomy.evidence.scan.field_of_view_box_ras_mm
    for name, presence in relations().presences.get(key, {}).items():
        other = everyone.get(name)
        if other is None or presence.people < 2 or len(other.slabs) < 3:
            continue
        if presence.least < (
            constants().oddities.sure_of_part
            if other.cut & {"superior", "inferior"}
            else constants().oddities.sure_share
        ):
            continue
        heights = sorted(s[0] for s in other.slabs.values())
        shown = (heights[-1] - heights[0]) * presence.least
        features = relations().features.get(key, {}).get(name, {})
        least = constants().oddities.least_in_view_mm + (constants().oddities.loose_mm if _is_loose(structure) else 0.0)
        if shown < least or "right" not in features or "anterior" not in features or other.is_cut_beside:
            continue
        middle = [sum(s[at] for s in other.slabs.values()) / len(other.slabs) for at in range(4)]
        right, front = middle[2] + features["right"].mean, middle[3] + features["anterior"].mean
        margin = [features[n].scale(is_size=False) for n in ("right", "anterior")]
        if low[0] + margin[0] < right < high[0] - margin[0] and low[1] + margin[1] < front < high[1] - margin[1]:
            found.append((shown, other, presence, (right, front, middle[0])))
    return found


def _always_there(anatomy: Anatomy, iri: str) -> bool:
    """Not a lesion, nor a number in a chain: the chain's own rules ask for it."""
    structure = anatomy.knowledge.structures[iri]
    if structure.sex is not None or any(group.endswith("#PathologicalStructure") for group in structure.groups):
        return False
    return structure.chain is None or iri == ST + "sacrum"


def _shown_by_part(anatomy: Anatomy, iri: str) -> bool:
    """Whether a part stands for it: one that in people is labelled beside it does not."""
    beside = relations().presences.get(anatomy.knowledge.structures[iri].key, {})
    return any(
        (iri in known.structure.part_of and known.structure.key not in beside) or iri in known.structure.groups
        for known in anatomy.known
    )


def _removed(anatomy: Anatomy, context: Context, iri: str) -> bool:
    groups = anatomy.knowledge.structures[iri].groups | {iri}
    variants = (anatomy.knowledge.variants.get(event) for event in context.history)
    return any(v is not None and bool(set(v.affects) & groups) for v in variants)
