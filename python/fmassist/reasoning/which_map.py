"""Which label map a file of numbers was written with: by its numbers, and by where, how large and of what tissue they
are.

Each shipped map that has most of the numbers is tried. Under each, what the ontology says of the structures is held
against the labels (`map_fit`). Where nothing fits as the labels lie, they are also tried as if the study lay another
way than its header says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import log
from typing import TYPE_CHECKING, cast

from fmassist.evidence.facts import Evidence
from fmassist.knowledge.constants import by_its_knowledge, constants
from fmassist.knowledge.label_map import CATALOGUE, LabelMap, load_label_map
from fmassist.reasoning.label_facts import LabelFacts, facts_of_evidence, facts_of_labels, turned_facts
from fmassist.reasoning.map_fit import Fit, fit_of
from fmassist.reasoning.transform import TURNS

if TYPE_CHECKING:
    from fmassist.evidence.facts import AsRead
    from fmassist.knowledge.model import Knowledge
    from fmassist.volume import Segmentation, Volume


@by_its_knowledge
def choose_map(segmentation: Segmentation | AsRead, volume: Volume | Evidence | None, knowledge: Knowledge) -> LabelMap:
    """The shipped map that a file of numbers fits best, with what speaks for it, or a map of nothing with a question.

    Args:
        segmentation: labels without names of their own; where all have names, no map is needed.
        volume: its image, or None; of what was measured before and is no longer at hand, its evidence.
        knowledge: what the structures are like.
    """
    unnamed = [segment for segment in segmentation.segments if segment.named_by == "value"]
    if not unnamed:
        return LabelMap("names in the file", {}, {})
    if len(unnamed) < constants().which_map.few:
        return _nothing(
            f"The file holds the single label {unnamed[0].label} and no name, and nothing can tell what it is: say "
            f"it with "
            "--label-map (a name, or a table of value and name)."
        )
    facts = _facts(segmentation, volume)
    modality = _modality(volume)
    fits = _ranked(facts, modality, knowledge)
    values = _values(unnamed)
    good = [
        fit
        for fit in fits
        if fit.held >= constants().which_map.fits
        and fit.meant >= constants().which_map.meant
        and (fit.tests >= 2 or fit.label_map.names.keys() == values)
    ]
    lying = "" if good else " if the study lies another way than its header says"
    good = good or _fit_turned(facts, modality, knowledge)
    if not good:
        near = f"; the nearest is {fits[0].label_map.id}, of which {fits[0].held:.0%} fits" if fits else ""
        return _nothing(
            f"None of the shipped label maps fits these {len(unnamed)} labels{near}: say with --label-map which "
            f"label map they "
            "were written with (fmassist labels FILE shows what each would mean)."
        )
    return _best_of(good, values, lying)


def _best_of(good: Sequence[Fit], values: set[int], lying: str) -> LabelMap:
    """The first of the maps that fit, or a question where others fit about as well.

    Args:
        good: best first.
        values: of the labels.
        lying: under which condition they fit, as words; empty where under none.
    """
    best = good[0]
    rivals = [fit for fit in good[1:] if not _is_version(fit.label_map, best.label_map, values)]
    margin = best.score - rivals[0].score if rivals else float("inf")
    if margin < constants().which_map.margin:
        close = [fit.label_map.id for fit in rivals if best.score - fit.score < constants().which_map.margin]
        both = ", ".join([best.label_map.id, *close][:4])
        return _nothing(
            f"Several label maps fit these {len(values)} labels about as well ({both}): say with --label-map which "
            f"one they "
            "were written with."
        )
    odds = (
        "no other map fits"
        if margin == float("inf")
        else f"ahead of {rivals[0].label_map.id} by e^{min(margin, 99):.0f} to 1"
    )
    note = (
        f"The labels were read with the label map {best.label_map.id}, chosen by their numbers, sizes and places "
        f"({best.held:.0%} of {best.tests} tests hold{lying}; {odds}). --label-map says another one."
    )
    versions = [
        fit.label_map.id
        for fit in good[1:]
        if fit not in rivals
        and best.score - fit.score < constants().which_map.margin
        and _differing(best.label_map, fit.label_map, values)
    ]
    if versions:
        note += f" {', '.join(versions[:3])} would read a few of them otherwise."
    return replace(best.label_map, notes=(note,))


@by_its_knowledge
def doubt(
    label_map: LabelMap, segmentation: Segmentation | AsRead, volume: Volume | Evidence | None, knowledge: Knowledge
) -> LabelMap:
    """`label_map`, with a question where the labels speak against it and for another one, or against all."""
    by_value = [segment for segment in segmentation.segments if segment.named_by == "label map"]
    if len(by_value) < 3 or label_map.question:
        return label_map
    facts = _facts(segmentation, volume)
    mine = fit_of(label_map, facts, knowledge, 0.0)
    fits_itself = (
        mine.tests >= constants().which_map.enough_tests
        and mine.held >= constants().which_map.doubted
        and mine.named >= constants().which_map.most_known
    )
    if not fits_itself and _fits_turned(label_map, facts, knowledge):
        return label_map  # the study lies another way, which the check tells
    others = [
        fit
        for fit in ranked(segmentation, volume, knowledge)
        if _differing(label_map, fit.label_map, _values(by_value)) and fit.held >= constants().which_map.fits
    ]
    better = [
        fit
        for fit in others
        if (
            not fits_itself
            and fit.score > mine.score + constants().which_map.margin
            and (1 - fit.held) < (1 - mine.held) / 2
            and mine.tests >= constants().which_map.enough_tests
        )
        # Of a map that little or nothing speaks for, another one that much speaks for is likelier to be the right one.
        or (
            fit.score > mine.score + constants().which_map.far_better
            and fit.held >= 0.9
            and fit.tests >= constants().which_map.far_better
        )
    ]
    failed = round((1 - mine.held) * mine.tests)
    if better:
        said = (
            f"The labels do not fit the label map {label_map.id}: {failed} of {mine.tests} tests of size, side, "
            f"place and order "
            f"fail, but only {round((1 - better[0].held) * better[0].tests)} of {better[0].tests} under "
            f"{better[0].label_map.id}. "
            "Was another label map meant?"
        )
    elif (
        mine.named < constants().which_map.most_known
        and label_map.id in CATALOGUE
        and len(facts) >= constants().which_map.enough_tests
    ):
        said = (
            f"The label map {label_map.id} names only {mine.named:.0%} of these {len(facts)} labels. "
            "Was another label map meant?"
        )
    elif mine.held < constants().which_map.fits - 0.13 and mine.tests >= constants().which_map.enough_tests:
        said = (
            f"The labels do not fit the label map {label_map.id}: {failed} of {mine.tests} tests of size, side, "
            f"place and order "
            "fail. Was another label map meant?"
        )
    else:
        return label_map
    return replace(label_map, question=said)


def _fits_turned(label_map: LabelMap, facts: Mapping[int, LabelFacts], knowledge: Knowledge) -> bool:
    turned = (fit_of(label_map, turned_facts(facts, turn), knowledge, 0.0) for turn in TURNS[1:])
    return any(
        fit.held >= constants().which_map.turned_fits
        and fit.tests >= constants().which_map.turned_tests
        and fit.meant >= constants().which_map.meant
        for fit in turned
    )


@by_its_knowledge
def ranked(segmentation: Segmentation | AsRead, volume: Volume | Evidence | None, knowledge: Knowledge) -> list[Fit]:
    """Every shipped map that names most of the labels, the best one first."""
    return _ranked(_facts(segmentation, volume), _modality(volume), knowledge)


def _ranked(facts: Mapping[int, LabelFacts], modality: str, knowledge: Knowledge) -> list[Fit]:
    found = []
    for identity, one in CATALOGUE.items():
        label_map = load_label_map(identity)
        if not label_map.names or sum(
            label in label_map.names for label in facts
        ) < constants().which_map.most_known * len(facts):
            continue
        before = -1.0 * (one.rank - 1) - (2.0 if modality in ("CT", "MR") and modality not in one.modality else 0.0)
        before -= _absent(label_map, facts)
        found.append(fit_of(label_map, facts, knowledge, before))
    return sorted(found, key=lambda fit: (-fit.score, fit.label_map.id))


def _fit_turned(facts: Mapping[int, LabelFacts], modality: str, knowledge: Knowledge) -> list[Fit]:
    """The maps that fit where the study lies another way, each as it fits best."""
    found: dict[str, Fit] = {}
    for turn in TURNS[1:]:
        for fit in _ranked(turned_facts(facts, turn), modality, knowledge):
            if (
                fit.held >= constants().which_map.turned_fits
                and fit.tests >= constants().which_map.turned_tests
                and fit.meant >= constants().which_map.meant
            ):
                before = found.get(fit.label_map.id)
                found[fit.label_map.id] = fit if before is None or fit.score > before.score else before
    return sorted(found.values(), key=lambda fit: (-fit.score, fit.label_map.id))


def _modality(volume: Volume | Evidence | None) -> str:
    seen = volume.scan if isinstance(volume, Evidence) else volume
    return seen.modality if seen is not None else "unknown"


def _facts(segmentation: Segmentation | AsRead, volume: Volume | Evidence | None) -> dict[int, LabelFacts]:
    if isinstance(volume, Evidence):
        return facts_of_evidence(volume)
    return facts_of_labels(cast("Segmentation", segmentation), volume)


def _absent(label_map: LabelMap, facts: Mapping[int, LabelFacts]) -> float:
    """What speaks against a map of which much is absent: a file of few labels is likelier of a map of few."""
    absent = sum(value not in facts for value in label_map.names)
    return 0.5 * log(1 + absent / max(len(facts), 1))


def _values(segments: object) -> set[int]:
    return {segment.label for segment in segments}  # type: ignore[attr-defined]


def _is_version(one: LabelMap, of: LabelMap, values: set[int]) -> bool:
    """Whether a map is another version of a commoner one: of one tool, or the same in most that is there."""
    share = _differing(one, of, values) / len(values)
    of_one_tool = one.id.split(":")[0] == of.id.split(":")[0]
    rarer = CATALOGUE[one.id].rank > CATALOGUE[of.id].rank
    return share <= constants().which_map.alike or (of_one_tool and rarer and share <= 2 * constants().which_map.alike)


def _differing(one: LabelMap, other: LabelMap, values: set[int]) -> int:
    """How many of these labels two maps read as different structures."""
    return sum(
        one.structures.get(one.names.get(value, "")) != other.structures.get(other.names.get(value, ""))
        for value in values
    )


def _nothing(question: str) -> LabelMap:
    return LabelMap("none", {}, {}, question=question)
