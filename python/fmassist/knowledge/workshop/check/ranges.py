"""Reference ranges: possible, sourced, and not excluding each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from fmassist.knowledge.namespaces import DCTERMS, FMX
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.references import short
from fmassist.knowledge.workshop.sources import Sources


def check_ranges(sources: Sources) -> Iterator[Problem]:
    """Each range by itself, then all of one structure and quantity beside each other."""
    together: dict[tuple[str, str], list[tuple[float, float, str]]] = defaultdict(list)
    for iri in sources.subjects(FMX + "ReferenceRange"):
        file, line = sources.where(iri)
        structures, quantities = sources.texts(iri, FMX + "structure"), sources.texts(iri, FMX + "quantity")
        low, high = sources.number(iri, FMX + "low"), sources.number(iri, FMX + "high")
        if not structures or not quantities:
            yield Problem("ERROR", "range-incomplete", f"{short(iri)} has no structure or no quantity", file, line)
        if low is not None and high is not None and low >= high:
            yield Problem("ERROR", "range-empty", f"{short(iri)}: {low:g} is not below {high:g}", file, line)
        if any(value is not None and value < 0 for value in (low, high)) and "volume" in quantities:
            yield Problem("ERROR", "range-negative", f"{short(iri)} has a volume below zero", file, line)
        if not sources.texts(iri, DCTERMS + "source") and not sources.texts(iri, FMX + "estimated"):
            yield Problem("ERROR", "range-without-source", f"{short(iri)} has neither source nor estimate", file, line)
        for structure in structures:
            for quantity in quantities:
                together[structure, quantity].append((low or 0.0, float("inf") if high is None else high, iri))
    for (structure, quantity), ranges in sorted(together.items()):
        for number, (low, high, first) in enumerate(ranges):
            for other_low, other_high, second in ranges[number + 1 :]:
                if other_low > high or low > other_high:
                    file, line = sources.where(second)
                    text = f"{short(second)} excludes {short(first)}: no {quantity} of {short(structure)} meets both"
                    yield Problem("ERROR", "ranges-exclude", text, file, line)
