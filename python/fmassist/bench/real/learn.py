"""Learns from right labels how structures lie against each other, and what is there together: `relations.json`.

Run as `python -m fmassist.bench.real.learn SHARED_FOLDER [OUT]`. People of the test half are never read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fmassist.bench.real.people import Person, people
from fmassist.bench.real.spreads import FLUID, kind_of, with_priors
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.meaning import meanings_for
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.compared import BOUND, FEATURES, Compared, compared, together
from fmassist.reasoning.relations import Presence, Relations, Spread, relations_as_json

MOST_OTHERS = 24
"""Others kept of each structure: those seen together in most people, then those that lie nearest."""
OFTEN_REMOVED = frozenset({"gallbladder", "thyroid_gland", "urinary_bladder", "prostate_or_uterus"})
"""Not asked for where others are seen: taken out in one of ten adults, or empty and flat."""
LEAST_TOGETHER = 0.6
"""Presences below this tell nothing of an absence."""


@dataclass(frozen=True)
class Observed:
    """One person's relations, without what is known to be wrong; they are not kept."""

    person: str
    relations: Compared
    presences: dict[tuple[str, str], tuple[float, int]]
    kinds: dict[str, str] = field(default_factory=dict)
    """By structure's key the kind whose spread is expected of it."""


def observe(person: Person, knowledge: Knowledge) -> Observed:
    """Compare every structure of one person with every other one."""
    from fmassist.evidence.measure import measure

    segmentation, _, label_map = replace(person, image=None).read()
    evidence = measure(segmentation, None)
    meanings = meanings_for(segmentation, label_map, knowledge)
    wrong = {facts.key for facts in evidence.segments if facts.name in person.wrong}
    kept = {key: iri for key, iri in meanings.items() if key not in wrong}
    anatomy = Anatomy(evidence, knowledge, kept, frozenset(kept.values()))
    return Observed(
        person.person,
        compared(anatomy),
        {(a, b): (share, slabs) for a, b, share, slabs in together(anatomy)},
        {known.structure.key: kind_of(known.structure) for known in anatomy.known},
    )


def learn(observed: Iterable[Observed]) -> Relations:
    """Counts, means and spreads over people; nothing of a single one."""
    features: dict[str, dict[str, dict[str, Spread]]] = {}
    presences: dict[str, dict[str, Presence]] = {}
    everyone = list({o.person: o for o in observed}.values())
    kinds = {key: kind for one in everyone for key, kind in one.kinds.items()}
    for one in everyone:
        for key, others in one.relations.items():
            for other, values in others.items():
                if FLUID in (kinds.get(key), kinds.get(other)):
                    continue
                mine = features.setdefault(key, {}).setdefault(other, {})
                for name, value in values.items():
                    if name not in FEATURES or f"{name} {BOUND}" in values:
                        continue
                    mine[name] = mine.get(name, Spread(0, 0.0, 0.0)).with_one(value)
        for (key, other), (share, slabs) in one.presences.items():
            if slabs < 3:
                continue
            before = presences.setdefault(key, {}).get(other, Presence(0, 0.0, 1.0))
            count = before.people + 1
            mean = before.mean + (share - before.mean) / count
            presences[key][other] = Presence(count, mean, min(before.least, share))
    about = {
        "people": str(len(everyone)),
        "source": "right labels of the design half of bench real: TotalSegmentator's test and training data (CC BY 4.0,"
        " Apache-2.0), oppoCT, BTCV, CHAOS, SegTHOR, SpineWeb 11; counts, means and sums of squares alone",
        "unit": "mm; size: natural logarithm of the ratio of areas",
    }
    return Relations(_nearest(with_priors(features, kinds)), _telling(presences), about)


def _nearest(
    features: Mapping[str, Mapping[str, Mapping[str, Spread]]],
) -> dict[str, dict[str, dict[str, Spread]]]:
    found = {}
    for key, others in features.items():

        def rank(other: str, others: Mapping[str, Mapping[str, Spread]] = others) -> tuple[float, float]:
            spreads = others[other]
            most = max((s.people for s in spreads.values()), default=0)
            return -min(most, 4), sum(s.scale(is_size=n == "size") for n, s in spreads.items() if n != "size")

        chosen = sorted((o for o in others if others[o]), key=rank)[:MOST_OTHERS]
        found[key] = {other: dict(others[other]) for other in chosen}
    return found


def _telling(presences: Mapping[str, Mapping[str, Presence]]) -> dict[str, dict[str, Presence]]:
    found = {}
    for key, others in presences.items():
        mine = {o: p for o, p in others.items() if p.least >= LEAST_TOGETHER and p.people >= 2}
        if mine and key not in OFTEN_REMOVED:
            found[key] = mine
    return found


def main(arguments: list[str]) -> int:
    """Learn and write."""
    shared, out = Path(arguments[0]), Path(arguments[1])
    knowledge = load_knowledge()
    chosen = [p for p in people(shared) if p.good and p.half == "design"]
    learned = learn(observe(p, knowledge) for p in chosen)
    out.write_text(relations_as_json(learned), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
