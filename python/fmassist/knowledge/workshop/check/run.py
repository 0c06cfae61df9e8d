"""All checks, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fmassist.knowledge.workshop.check.labels import check_label_maps
from fmassist.knowledge.workshop.check.ontology import check_ontology
from fmassist.knowledge.workshop.check.owl import check_profile
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.queries import check_queries
from fmassist.knowledge.workshop.check.ranges import check_ranges
from fmassist.knowledge.workshop.check.reasoner import check_with_reasoner
from fmassist.knowledge.workshop.check.references import check_references
from fmassist.knowledge.workshop.check.rules import check_rules
from fmassist.knowledge.workshop.check.shapes import check_shapes
from fmassist.knowledge.workshop.sources import Sources

CHECKS: tuple[Callable[[Sources], Iterator[Problem]], ...] = (
    check_references,
    check_profile,
    check_ontology,
    check_queries,
    check_rules,
    check_ranges,
    check_label_maps,
)


def check_sources(sources: Sources, *, reason: bool = False, shapes: bool = True) -> list[Problem]:
    """Every problem, errors first.

    A file that is no Turtle is reported alone: what else there is to say of the knowledge would follow from its lack.

    Args:
        sources: the files.
        reason: ask HermiT too, where Java is present.
        shapes: check the forms too, where pySHACL is installed.
    """
    broken = [
        Problem("ERROR", "syntax", source.error[0], source.name, source.error[1])
        for source in sources.files
        if source.error is not None
    ]
    if broken:
        return sorted(broken, key=Problem.order)
    found = [problem for check in CHECKS for problem in check(sources)]
    if shapes:
        found.extend(check_shapes(sources))
    found.extend(check_with_reasoner(sources, wanted=reason))
    return sorted(set(found), key=Problem.order)
