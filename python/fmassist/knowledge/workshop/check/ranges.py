"""Reference ranges: possible, sourced, one for each sex, and not excluding each other."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from fmassist.knowledge.namespaces import DCTERMS, FMX
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.check.references import short
from fmassist.knowledge.workshop.sources import Sources


def check_ranges(sources: Sources) -> Iterator[Problem]:
    """Each range by itself, then all of one structure and quantity beside each other."""
    together: dict[tuple[str, str], list[_Bounds]] = defaultdict(list)
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
                sex = next(iter(sources.texts(iri, FMX + "sex")), None)
                ends = (low or 0.0, float("inf") if high is None else high)
                together[structure, quantity].append(_Bounds(*ends, sex, iri))
    for (structure, quantity), ranges in sorted(together.items()):
        yield from _beside_each_other(sources, f"{quantity} of {short(structure)}", ranges)
        bound = next(iter(sources.texts(structure, FMX + "sex")), None)
        sexes = {known.sex for known in ranges}
        if None not in sexes and sexes != {bound}:
            file, line = sources.where(ranges[0].iri)
            text = f"{short(ranges[0].iri)}: where the sex is not known, no range of the {quantity} holds"
            yield Problem("WARN", "range-of-one-sex", text, file, line)


@dataclass(frozen=True)
class _Bounds:
    low: float
    high: float
    sex: str | None
    iri: str


def _beside_each_other(sources: Sources, about: str, ranges: list[_Bounds]) -> Iterator[Problem]:
    """Ranges of one structure and quantity: at most one for each sex, and none that excludes what another allows.

    A woman and a man may differ altogether; a range of one sex and that of both may not.
    """
    told = Counter(known.sex for known in ranges)
    for sex, count in told.items():
        if count > 1:
            last = [known.iri for known in ranges if known.sex == sex][-1]
            file, line = sources.where(last)
            of_sex = f", {sex}" if sex else ""
            text = f"{short(last)} is one of {count} ranges of the {about}{of_sex}; the stricter counts"
            yield Problem("WARN", "range-twice", text, file, line)
    for number, first in enumerate(ranges):
        for second in ranges[number + 1 :]:
            if None not in (first.sex, second.sex) and first.sex != second.sex:
                continue
            if second.low > first.high or first.low > second.high:
                file, line = sources.where(second.iri)
                text = f"{short(second.iri)} excludes {short(first.iri)}: no {about} meets both"
                yield Problem("ERROR", "ranges-exclude", text, file, line)
