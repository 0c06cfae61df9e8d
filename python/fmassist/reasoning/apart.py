"""Two structures that the ontology joins, and that lie apart in this image: what is known of the distance.

Near pairs are measured with everything that they share. Of pairs that lie apart a study keeps the distances alone, and
beyond some reach a lower bound; only those are stated here of which an axiom speaks, since a study has thousands.
"""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Quad

from fmassist.evidence.rdf import DERIVED, literal, pair_node, segment_node, term
from fmassist.reasoning.anatomy import Anatomy


def apart_quads(anatomy: Anatomy) -> Iterator[Quad]:
    """Both readings of each pair that an axiom joins and that was not measured as a near one.

    Boxes that lie apart share nothing, and neither lies within the other's outline, which its box holds.
    """
    for here, there in sorted(joined(anatomy)):
        if anatomy.evidence.is_near(here, there):
            continue
        distance, is_exact = anatomy.evidence.distance_mm(here, there)
        node = pair_node(here, there)
        yield Quad(node, term("from"), segment_node(here), DERIVED)
        yield Quad(node, term("to"), segment_node(there), DERIVED)
        yield Quad(node, term("distanceMm" if is_exact else "distanceAtLeastMm"), literal(distance), DERIVED)
        if is_exact or distance > 0:
            yield Quad(node, term("insideHullShare"), literal(0.0), DERIVED)


def joined(anatomy: Anatomy) -> set[tuple[str, str]]:
    """Keys of the segments that some relation of the ontology joins, in both readings."""
    present = {known.structure.iri: known.facts.key for known in anatomy.known}
    found: set[tuple[str, str]] = set()
    for iri, key in present.items():
        for other in anatomy.knowledge.related.get(iri, frozenset()) & present.keys():
            found.update(((key, present[other]), (present[other], key)))
    return found
