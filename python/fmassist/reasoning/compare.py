"""Several models on one image: where they differ, and which of them agrees with the ontology.

Labels of different models meet through their meaning: what counts is the structure that a label stands for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from fmassist.evidence.facts import Evidence
from fmassist.knowledge.constants import by_its_knowledge, constants
from fmassist.knowledge.meaning import Meanings
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.findings import CheckResult
from fmassist.volume import Segmentation

Shared = Mapping[tuple[str, str], int]
"""Voxels that one model gives one structure and the other model another, by the two structures."""


@dataclass(frozen=True)
class Opinion:
    """One model's result.

    Attributes:
        name: how the user tells the models apart.
        segmentation: on the same grid as the others'.
        vocabulary: structures that the model can label; empty where that is not known.
    """

    name: str
    segmentation: Segmentation
    meanings: Meanings
    result: CheckResult
    evidence: Evidence
    vocabulary: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Difference:
    """One structure on which models do not agree.

    Attributes:
        kind: `other side`, `other level`, `other name`, `other size`, `elsewhere` or `missing`.
        models: the two that differ.
        right: those of them whose version the ontology does not object to.
    """

    structure: str
    label: str
    kind: str
    models: tuple[str, str]
    message: str
    right: tuple[str, ...]
    location_ras_mm: tuple[float, float, float] | None


@dataclass(frozen=True)
class Comparison:
    """All that several models say of one image.

    Attributes:
        dice: structure to its mean Dice over all pairs of models that label it.
        labels: structure to its name.
        differences: worst first.
        flagged: model to the number of structures that a finding above `info` names.
    """

    models: tuple[str, ...]
    dice: Mapping[str, float]
    labels: Mapping[str, str]
    differences: tuple[Difference, ...]
    flagged: Mapping[str, int] = field(default_factory=dict)


@by_its_knowledge
def compare(opinions: Sequence[Opinion], knowledge: Knowledge) -> Comparison:
    """Compare two models or more.

    Raises:
        ValueError: the segmentations do not share one grid.
    """
    if len({opinion.segmentation.geometry.shape for opinion in opinions}) != 1:
        raise ValueError("the segmentations are on different grids")
    scores: dict[str, list[float]] = {}
    found: list[tuple[float, Difference]] = []
    for a, b in combinations(opinions, 2):
        pair = _Pair(a, b, knowledge)
        for iri in sorted(pair.sizes[0].keys() | pair.sizes[1].keys()):
            dice = pair.dice(iri, iri)
            if iri in pair.sizes[0] and iri in pair.sizes[1]:
                scores.setdefault(iri, []).append(dice)
            told = pair.difference(iri, dice)
            if told is not None:
                found.append((dice, told))
    found.sort(key=lambda item: (_RANK[item[1].kind], item[0], item[1].structure))
    structures = {iri for opinion in opinions for iri in opinion.meanings.values()}
    return Comparison(
        models=tuple(opinion.name for opinion in opinions),
        dice={iri: float(np.mean(values)) for iri, values in sorted(scores.items())},
        labels={iri: knowledge.labels.get(iri, iri) for iri in sorted(structures)},
        differences=tuple(difference for _, difference in found),
        flagged={o.name: sum(s.status == "flagged" for s in o.result.segments) for o in opinions},
    )


_RANK = {"other side": 0, "other level": 1, "other name": 2, "elsewhere": 3, "missing": 4, "other size": 5}


class _Pair:
    """Two models, their structures' sizes in voxels, and what these share."""

    def __init__(self, a: Opinion, b: Opinion, knowledge: Knowledge) -> None:
        self.models = (a, b)
        self._known = knowledge
        self.sizes = (_sizes(a), _sizes(b))
        self._shared = _shared(a, b)

    def dice(self, of_a: str, of_b: str) -> float:
        """Agreement of one model's structure with one of the other's."""
        total = self.sizes[0].get(of_a, 0) + self.sizes[1].get(of_b, 0)
        return 2.0 * self._shared.get((of_a, of_b), 0) / total if total else 0.0

    def difference(self, iri: str, dice: float) -> Difference | None:
        """What is to be told of one structure; None where the two agree."""
        given = constants().two_models
        a, b = self.models
        label = self._label(iri)
        if iri not in self.sizes[0] or iri not in self.sizes[1]:
            return self._missing(iri, label)
        if dice >= given.agree:
            ratio = self.sizes[0][iri] / self.sizes[1][iri]
            if 1 / given.size_ratio <= ratio <= given.size_ratio:
                return None
            volume = a.segmentation.geometry.voxel_volume_ml
            sizes = (
                f"{self.sizes[0][iri] * volume:.1f} mL in {a.name}, {self.sizes[1][iri] * volume:.1f} mL in {b.name}"
            )
            return self._told(iri, "other size", f"The {label} has {sizes}.")
        name = self._name_given(iri, by_a=True)
        if name is None or name == iri:
            text = f"{a.name} and {b.name} draw the {label} in different places (Dice {dice:.2f})."
            return self._told(iri, "elsewhere", text)
        text = f"What {a.name} calls {label}, {b.name} calls {self._label(name)}."
        return self._told(iri, self._kind(iri, name), text)

    def _missing(self, iri: str, label: str) -> Difference | None:
        by_a = iri in self.sizes[0]
        here, there = self.models if by_a else self.models[::-1]
        if there.vocabulary and iri not in there.vocabulary:
            return None  # the other model cannot label it at all
        text = f"{here.name} labels the {label}, {there.name} does not"
        name = self._name_given(iri, by_a=by_a)
        if name is not None:
            text += f" and calls the place {self._label(name)}"
        return self._told(iri, "missing", f"{text}.")

    def _name_given(self, iri: str, *, by_a: bool) -> str | None:
        """The other model's structure that fits this place best; None where nothing fits well."""
        scores = {
            other: self.dice(iri, other) if by_a else self.dice(other, iri) for other in self.sizes[1 if by_a else 0]
        }
        best = max(sorted(scores), key=lambda other: scores[other], default=None)
        return best if best is not None and scores[best] >= constants().two_models.overlap else None

    def _kind(self, iri: str, name: str) -> str:
        mine, theirs = self._known.structures[iri], self._known.structures[name]
        if mine.partner == name:
            return "other side"
        if mine.chain is not None and mine.chain == theirs.chain:
            return "other level"
        return "other name"

    def _told(self, iri: str, kind: str, text: str) -> Difference:
        right = tuple(opinion.name for opinion in self.models if not _objected(opinion, iri))
        names = (self.models[0].name, self.models[1].name)
        return Difference(iri, self._label(iri), kind, names, text, right, self._place(iri))

    def _place(self, iri: str) -> tuple[float, float, float] | None:
        for opinion in self.models:
            for key, meaning in opinion.meanings.items():
                if meaning == iri and (at := opinion.evidence.segment(key).centroid_ras_mm) is not None:
                    return at
        return None

    def _label(self, iri: str) -> str:
        return self._known.labels.get(iri, iri)


def _sizes(opinion: Opinion) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, iri in opinion.meanings.items():
        count = opinion.evidence.segment(key).voxel_count
        if count:
            found[iri] = found.get(iri, 0) + count
    return found


def _shared(a: Opinion, b: Opinion) -> Shared:
    """From one pass over both label maps, however many labels they have."""
    found: dict[tuple[str, str], int] = {}
    for m, mine in enumerate(a.segmentation.layers):
        for n, theirs in enumerate(b.segmentation.layers):
            width = int(theirs.max()) + 1
            both = (mine > 0) & (theirs > 0)
            codes, counts = np.unique(mine[both].astype(np.int64) * width + theirs[both], return_counts=True)
            for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
                one = a.meanings.get(f"{m}:{code // width}")
                other = b.meanings.get(f"{n}:{code % width}")
                if one is not None and other is not None:
                    found[one, other] = found.get((one, other), 0) + count
    return found


def _objected(opinion: Opinion, iri: str) -> bool:
    """Whether a finding above `info` names the structure, or says that it is missing."""
    if any(s.structure == iri and s.status == "flagged" for s in opinion.result.segments):
        return True
    short = iri.rsplit("/", 1)[-1]
    return any(f.severity != "info" and not f.segments and f.id.endswith(f"/{short}") for f in opinion.result.findings)
