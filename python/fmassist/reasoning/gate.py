"""The gate before a repair is kept: what it would make worse, told in a sentence, or nothing.

It compares the study before and after label by label, from what was measured again: a repair that lowers the number
of findings and harms one organ does not pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fmassist.evidence.facts import Evidence
from fmassist.knowledge.constants import by_its_knowledge, constants
from fmassist.knowledge.meaning import Meanings
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.body import observed, register, typical_body
from fmassist.reasoning.findings import CheckResult, Finding
from fmassist.terms import Outcome, Severity


@dataclass(frozen=True)
class Side:
    """A study before, or after, a repair."""

    evidence: Evidence
    meanings: Meanings
    result: CheckResult

    @property
    def loud(self) -> list[Finding]:
        """Its findings that ask for something."""
        return [finding for finding in self.result.findings if finding.severity is not Severity.INFO]


@by_its_knowledge
def harm(before: Side, after: Side, knowledge: Knowledge, renamed: frozenset[str], dropped: frozenset[str]) -> str:
    """What a repair makes worse, in a sentence; empty where it harms nothing that can be measured.

    Args:
        renamed: keys of segments whose voxels got another label, as a whole or in part.
        dropped: keys of segments that were left out as a whole, as the record demands.
    """
    return next(_harms(before, after, knowledge, renamed, dropped), "")


def _harms(
    before: Side, after: Side, knowledge: Knowledge, renamed: frozenset[str], dropped: frozenset[str]
) -> Iterator[str]:
    yield from _new_findings(before, after)
    yield from _losses(before, after, knowledge, renamed, dropped)
    yield from _broken_rules(before, after)
    yield from _worse_fits(before, after, knowledge)


def _new_findings(before: Side, after: Side) -> Iterator[str]:
    was = {(f.rule, frozenset(f.segments)) for f in before.loud}
    new = [f for f in after.loud if (f.rule, frozenset(f.segments)) not in was]
    if len(after.loud) > len(before.loud) or any(f.severity is Severity.BLOCK for f in new):
        told = new[0] if new else after.result.findings[0]
        yield f"it would bring a new finding: {told.message}"


def _losses(
    before: Side, after: Side, knowledge: Knowledge, renamed: frozenset[str], dropped: frozenset[str]
) -> Iterator[str]:
    """Structures that lose a good part of themselves to nothing, not to another label."""
    given = constants().gate
    left = _volumes(after)
    for facts in before.evidence.segments:
        iri = before.meanings.get(facts.key)
        if iri is None or facts.key in renamed | dropped or facts.volume_ml < given.least_ml:
            continue
        lost = 1 - left.get(iri, 0.0) / facts.volume_ml
        if lost > given.most_lost:
            yield f"it would take away {100 * lost:.0f} % of the {knowledge.labels.get(iri, facts.name)}"


def _broken_rules(before: Side, after: Side) -> Iterator[str]:
    """Structures that fail more rules than before, whether or not a finding leads with it."""
    was, now = _failures(before), _failures(after)
    for name in sorted(now):
        if now[name] > was.get(name, 0):
            yield f"{name} would fail {now[name]} rules in place of {was.get(name, 0)}"


def _failures(side: Side) -> Counter[str]:
    return Counter(
        name for row in side.result.outcomes if row.outcome is Outcome.FAILED for name in dict.fromkeys(row.segments)
    )


def _volumes(side: Side) -> dict[str, float]:
    found: dict[str, float] = {}
    for facts in side.evidence.segments:
        iri = side.meanings.get(facts.key)
        if iri is not None:
            found[iri] = found.get(iri, 0.0) + facts.volume_ml
    return found


def _worse_fits(before: Side, after: Side, knowledge: Knowledge) -> Iterator[str]:
    """Structures that lie, or are as large, less as in a typical body: both held against the same one."""
    low, high = before.evidence.scan.field_of_view_box_ras_mm
    labels = observed([f for f in before.evidence.segments if f.key in before.meanings])
    iris = [before.meanings[key] for key in labels.keys]
    lying = register(typical_body(), labels, iris, (np.array(low), np.array(high)))
    if lying is None:
        return
    was = {before.meanings[key]: fit for key, fit in lying.fits.items()}
    here = [f for f in after.evidence.segments if f.voxel_count and after.meanings.get(f.key, "") in lying.body]
    if not here:
        return
    mine = observed(here)
    names = [after.meanings[key] for key in mine.keys]
    for iri, fit in zip(names, lying.fit(mine, names).tolist(), strict=True):
        if iri in was and fit < was[iri] - constants().gate.worse_by:
            yield f"the {knowledge.labels.get(iri, iri)} would fit its place and size worse than before"
