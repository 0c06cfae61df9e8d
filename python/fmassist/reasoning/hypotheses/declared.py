"""Causes that the knowledge describes in full: which failures they explain, about what, and in which words.

A curator adds such a cause, for a pattern of the site's own, without a line of Python.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmassist.knowledge.constants import constants
from fmassist.knowledge.model import CauseDefinition
from fmassist.reasoning.evaluate import Row
from fmassist.reasoning.hypotheses.scene import CAUSE, Hypothesis, Scene, facets_of
from fmassist.reasoning.judge import structures_of
from fmassist.reasoning.wording import sentence


def about_study(scene: Scene) -> Iterator[Hypothesis]:
    """Declared causes of the whole study."""
    for definition in _declared(scene, "study"):
        if any(facets_of(row) & definition.explains for row in scene.failed):
            yield Hypothesis(
                definition.iri.removeprefix(CAUSE),
                definition.sentence or definition.label,
                (),
                explains_facets=definition.explains,
                is_global=True,
            )


def about_structures(scene: Scene) -> Iterator[Hypothesis]:
    """Declared causes of one segment, of two, or of a structure that is not there."""
    for definition in _declared(scene, "segment", "pair", "structure"):
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in scene.showing(definition.explains):
            groups.setdefault(_subject(scene, row, definition), []).append(row)
        for subject, rows in sorted(groups.items()):
            if subject:
                yield _hypothesis(scene, definition, subject, rows)


def _declared(scene: Scene, *about: str) -> list[CauseDefinition]:
    causes = scene.anatomy.knowledge.causes
    return [
        definition
        for _, definition in sorted(causes.items())
        if definition.about in about and definition.explains and not definition.tested_by
    ]


def _subject(scene: Scene, row: Row, definition: CauseDefinition) -> tuple[str, ...]:
    if definition.about == "structure":
        return structures_of(row, scene.anatomy)[:1] if not row.segments else ()
    return row.segments if definition.about == "pair" else row.segments[:1]


def _hypothesis(scene: Scene, definition: CauseDefinition, subject: tuple[str, ...], rows: list[Row]) -> Hypothesis:
    labels = scene.anatomy.knowledge.labels
    is_absent = definition.about == "structure"
    names = [labels.get(s, s) if is_absent else scene.name(s) for s in subject]
    words = dict(zip("ab", names, strict=False))
    gross = not definition.is_error and any(row.is_gross for row in rows)
    return Hypothesis(
        definition.iri.removeprefix(CAUSE),
        sentence(definition.sentence or definition.label, {}, words),
        () if is_absent else subject,
        explains_facets=definition.explains,
        structures=subject if is_absent else (),
        extra_cost=constants().declared.gross_cost if gross else 0.0,
    )
