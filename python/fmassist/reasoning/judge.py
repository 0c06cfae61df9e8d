"""One pass of all rules over one study, without looking for causes: what fails, under this reading of the labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from pyoxigraph import Quad

from fmassist.knowledge.constants import in_force
from fmassist.knowledge.namespaces import short
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.context import Context
from fmassist.reasoning.derive import derived_quads
from fmassist.reasoning.evaluate import Reading, Row, Study
from fmassist.terms import Kind, Outcome


@dataclass(frozen=True)
class Judgement:
    """Every ground rule's outcome, with the anatomy that it was judged on."""

    anatomy: Anatomy
    rows: tuple[Row, ...]
    reading: Reading | None = None
    """The same before the context excused any, to build another reading on."""

    def failures(self) -> dict[str, Row]:
        """Failed ground rules by their identity (`identity`)."""
        return self._failures

    @cached_property
    def _failures(self) -> dict[str, Row]:
        return {identity(row, self.anatomy): row for row in self.rows if row.outcome is Outcome.FAILED}


def judge(
    anatomy: Anatomy,
    context: Context,
    *,
    study: Study | None = None,
    patterns: frozenset[str] | None = None,
    derived: Iterable[Quad] | None = None,
    base: Judgement | None = None,
) -> Judgement:
    """Run every rule; a failure that the context explains becomes not applicable, with the reason.

    Args:
        anatomy: the study under one reading.
        context: what is known of the patient.
        study: an open study of the same evidence, to save putting it into the store again.
        patterns: IRIs of the patterns to run; None for all.
        derived: what `derived_quads` gives for this reading, where somebody has it already.
        base: another reading of the same evidence by all patterns; only what differs from it is asked anew.
    """
    if study is None or study.evidence is not anatomy.evidence:
        reading = Study(anatomy.knowledge, anatomy.evidence) if study is None else study.seen_as(anatomy.evidence)
        with reading as other:
            return judge(anatomy, context, study=other, patterns=patterns, derived=derived)
    with in_force(anatomy.knowledge.constants):
        facts = derived_quads(anatomy, context) if derived is None else derived
        known = base.reading if base is not None and base.anatomy.evidence is anatomy.evidence else None
        answer = study.evaluate(facts, context, patterns=patterns, base=known)
    return Judgement(anatomy, tuple(_excuse(row, anatomy, context) for row in answer.rows), answer)


def identity(row: Row, anatomy: Anatomy) -> str:
    """A stable name of a ground rule, such as `pair-order/kidney_right+kidney_left`.

    Where several segments are of one structure its name alone would be no name: the segment's key stands behind it.
    """
    names = [short(iri) for iri in structures_of(row, anatomy)]
    for n, key in enumerate(row.segments):
        if anatomy.meanings.get(key) in anatomy.doubled:
            names[n] += f"@{key}"
    return f"{short(row.rule.iri)}/{'+'.join(names)}"


def structures_of(row: Row, anatomy: Anatomy) -> tuple[str, ...]:
    """IRIs of the structures that a ground rule speaks about."""
    if not row.segments and "structure" in row.values:
        return (str(row.values["structure"]),)
    return tuple(anatomy.meanings.get(key, key) for key in row.segments)


def excuses(row: Row, anatomy: Anatomy) -> tuple[str, ...]:
    """IRIs of the variants that would explain this row, in the order of the rule."""
    found = []
    for iri in row.rule.excused_by:
        variant = anatomy.knowledge.variants.get(iri)
        if variant is None:
            continue
        concerned = structures_of(row, anatomy)
        if not variant.affects or any(_is_a(anatomy, structure, variant.affects) for structure in concerned):
            found.append(iri)
    return tuple(found)


def _excuse(row: Row, anatomy: Anatomy, context: Context) -> Row:
    if row.outcome is not Outcome.FAILED or not context.history:
        return row
    known = [iri for iri in excuses(row, anatomy) if iri in context.history]
    if not known and row.rule.kind is not Kind.CONTRADICTORY:
        # What was removed explains what is missing, displaced or misshapen of it, but never what is there against it.
        concerned = structures_of(row, anatomy)
        known = [
            iri
            for iri in context.history
            if (variant := anatomy.knowledge.variants.get(iri)) is not None
            and variant.affects
            and any(_is_a(anatomy, structure, variant.affects) for structure in concerned)
        ]
    if not known:
        return row
    label = anatomy.knowledge.variants[known[0]].label
    return replace(row, outcome=Outcome.NOT_APPLICABLE, reason=f"excused: {label}", is_gross=False)


def _is_a(anatomy: Anatomy, structure: str, classes: tuple[str, ...]) -> bool:
    entry = anatomy.knowledge.structures.get(structure)
    return structure in classes or (entry is not None and bool(entry.groups & set(classes)))
