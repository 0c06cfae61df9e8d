"""From a segmentation in memory to its verdict: measure what the rules ask for, then check."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fmassist.evidence.facts import Evidence
from fmassist.knowledge.label_map import LabelMap
from fmassist.knowledge.meaning import Meanings, meanings_for
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import FMX
from fmassist.reasoning.check import check
from fmassist.reasoning.context import Context
from fmassist.reasoning.findings import CheckResult
from fmassist.volume import Segmentation, Volume

RELATIONS = ("adjacentTo", "continuousWith", "containedIn", "partOf")
"""Relations whose rules need a pair measured even where the two lie far apart."""


def check_study(
    segmentation: Segmentation,
    volume: Volume | None,
    *,
    label_map: LabelMap,
    knowledge: Knowledge,
    context: Context | None = None,
    confidence: Mapping[str, float] | None = None,
    unsure: Mapping[str, float] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[CheckResult, Evidence, Meanings]:
    """Measure and check one study.

    Args:
        segmentation: on the same grid as `volume` (see `fmassist.volume.align`).
        volume: the image, or None when only the labels are at hand.
        label_map: what the labels mean, and which structures its model can label at all.
        confidence: the model's own mean confidence by segment name, where it gives one.
        unsure: by segment name, the share of its voxels of which the model was not sure, where it tells.
        progress: called with a stage and the share done.
    """
    from fmassist.evidence.measure import measure

    meanings = meanings_for(segmentation, label_map, knowledge)
    evidence = measure(
        segmentation,
        volume,
        pairs_wanted=pairs_wanted(meanings, knowledge),
        chains=chains_wanted(meanings, knowledge),
        mirrored=partners(meanings, knowledge),
        confidence=confidence,
        unsure=unsure,
        progress=progress,
    )
    result = check(evidence, knowledge, meanings, context, vocabulary=vocabulary_of(label_map))
    return result, evidence, meanings


def vocabulary_of(label_map: LabelMap) -> frozenset[str]:
    """The structures that a model can label. A model that takes any name (no numbers) has no vocabulary of its own."""
    return frozenset(label_map.structures.values()) if label_map.names else frozenset()


def pairs_wanted(meanings: Meanings, knowledge: Knowledge) -> set[tuple[str, str]]:
    """Pairs of segments that some axiom of the ontology speaks about."""
    from pyoxigraph import NamedNode

    keys: dict[str, list[str]] = {}
    for key, iri in meanings.items():
        keys.setdefault(iri, []).append(key)
    wanted: set[tuple[str, str]] = set()
    for iri, mine in keys.items():
        for relation in RELATIONS:
            for quad in knowledge.store.quads_for_pattern(NamedNode(iri), NamedNode(FMX + relation), None):
                for other in keys.get(quad.object.value, ()):  # type: ignore[union-attr]
                    wanted.update((key, other) for key in mine if key != other)
    return wanted


def chains_wanted(meanings: Meanings, knowledge: Knowledge) -> list[tuple[str, list[tuple[str, int]]]]:
    """The numbered chains among the segments: name, and each segment's key with its number."""
    chains: dict[str, list[tuple[str, int]]] = {}
    for key, iri in meanings.items():
        structure = knowledge.structures[iri]
        if structure.chain is not None and structure.chain_index is not None:
            chains.setdefault(structure.chain, []).append((key, structure.chain_index))
    return [(name, sorted(members, key=lambda m: (m[1], m[0]))) for name, members in sorted(chains.items())]


def partners(meanings: Meanings, knowledge: Knowledge) -> list[tuple[str, str]]:
    """Each right segment with its left partner."""
    keys = {iri: key for key, iri in meanings.items()}
    return [
        (key, keys[partner])
        for key, iri in meanings.items()
        if knowledge.structures[iri].side == "right" and (partner := knowledge.structures[iri].partner) in keys
    ]
