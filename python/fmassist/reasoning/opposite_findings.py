"""Findings about ribs that do not agree with those of the other side."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.findings import Finding, Measured
from fmassist.reasoning.opposite import Opposed, Skipped, opposed, skipped
from fmassist.terms import Kind, Severity

RULE = "https://w3id.org/fmassist/rule/"
SOURCES = ("Gray's Anatomy 41e, ch. 53 (twelve pairs of ribs)", "TotalSegmentator issue 309")


def beside_partners(anatomy: Anatomy, flagged: Collection[str]) -> Iterator[Finding]:
    """One for runs that fit the other side one number further on, and one for each number that one side skips.

    Args:
        flagged: names of segments that are told already.
    """
    told = set(flagged)
    runs = list(opposed(anatomy))
    names = {known.facts.name for run in runs for known in run.ribs}
    if runs and not names & told:
        yield _opposed(runs[0], names)
        told |= names
    for gap in skipped(anatomy):
        names = {gap.above.facts.name, gap.below.facts.name}
        if not names & told:
            yield _skipped(gap)
            told |= names


def _opposed(run: Opposed, names: set[str]) -> Finding:
    first, last = run.ribs[0].structure.label, run.ribs[-1].structure.label
    return Finding(
        id=f"ribs-beside-partners/{run.ribs[0].structure.key}+{run.ribs[-1].structure.key}",
        rule=RULE + "ribs-beside-partners",
        kind=Kind.IMPLAUSIBLE,
        severity=Severity.REVIEW,
        segments=tuple(sorted(names)),  # Which of the two sides is wrong, heights alone don't tell.
        message=(
            f"From the {first} to the {last}, each rib ends about {abs(run.off_mm):.0f} mm "
            f"{'above' if run.off_mm > 0 else 'below'} that of its number on the other side, and beside the one "
            f"{'after' if run.step > 0 else 'before'} it: the numbers of one side may be shifted by one."
        ),
        evidence=(
            Measured("height of the lower ends above those of the other side", round(run.off_mm, 1), "mm"),
            Measured("the same, were the numbers shifted by one", round(run.shifted_mm, 1), "mm"),
        ),
        location_ras_mm=run.ribs[len(run.ribs) // 2].facts.centroid_ras_mm,
        sources=SOURCES,
        counterfactual="Were the run numbered as on the other side, this would hold.",
    )


def _skipped(gap: Skipped) -> Finding:
    return Finding(
        id=f"rib-skipped/{gap.key}",
        rule=RULE + "rib-skipped",
        kind=Kind.NEEDS_CONFIRMATION,
        severity=Severity.REVIEW,
        segments=(gap.above.facts.name, gap.below.facts.name),
        message=(
            f"The {gap.label} is not labelled between the {gap.above.structure.label} and the "
            f"{gap.below.structure.label}, though the {gap.partner.structure.label} is: it was missed, or the ribs "
            "above or below it bear wrong numbers."
        ),
        evidence=(Measured("volume of its partner", round(gap.partner.facts.volume_ml, 1), "mL"),),
        location_ras_mm=gap.partner.facts.centroid_ras_mm,
        sources=SOURCES,
        counterfactual=f"Were the {gap.label} labelled, this would hold.",
    )
