"""What a model's labels stand for: its card's label map, its own labels, or what its prompts are called."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.knowledge.model import Knowledge
    from fmassist.models.card import Card
    from fmassist.volume import Segmentation

USUAL = "totalsegmentator:total"
"""Whose names of structures are understood where a model has none of its own."""


def label_map_of(card: Card, place: Path | None, given: str | None, knowledge: Knowledge) -> LabelMap:
    """The label map of a model.

    Args:
        card: of the model.
        place: its folder or file.
        given: `--label-map`, which goes before what the card says.
        knowledge: whose structures the card may name.

    Raises:
        InputError: the card names a map or a structure that is not there.
    """
    from fmassist.knowledge.label_map import SHIPPED, LabelMap, load_label_map
    from fmassist.knowledge.namespaces import ST

    usual = load_label_map(given or USUAL)
    if card.backend == "labels":
        return usual
    if card.takes_prompts:
        # It labels what it is asked for: it has no vocabulary of its own that could lack something.
        return LabelMap(card.id, {}, usual.structures)
    if given is not None:
        return usual
    if card.id in SHIPPED:  # a task of TotalSegmentator that has a map
        return load_label_map(card.id)
    if card.id.startswith("totalsegmentator:"):
        both = {**load_label_map("totalsegmentator:total_mr").structures, **usual.structures}
        return LabelMap(card.id, {}, both)
    if card.label_map is not None:
        return load_label_map(card.label_map if card.label_map in SHIPPED else str(_own_map(card.label_map, place)))
    names = {label.value: label.name for label in card.labels}
    structures = {label.name: ST + label.structure for label in card.labels if label.structure}
    for label in card.labels:
        if label.structure and ST + label.structure not in knowledge.structures:
            raise InputError(
                f"the description of {card.title} names a structure that FMAssist does not know ({label.structure})",
                "see Resources/ontology for their names, or leave it out",
            )
    known = {name: iri for name, iri in usual.structures.items() if name in names.values()}
    return LabelMap(card.id, names, {**known, **structures})


def require_same_labels(segmentation: Segmentation, label_map: LabelMap, model: str) -> None:
    """Refuse a model whose labels are called otherwise than its label map says: one of the two is the wrong one.

    Raises:
        InputError: a label bears another name.
    """
    names: Mapping[int, str] = label_map.names
    for segment in segmentation.segments:
        expected = names.get(segment.label)
        if expected is not None and _plain(expected) != _plain(segment.name):
            raise InputError(
                f"{model} calls its label {segment.label} {segment.name[:60]}, and its label map {expected}",
                "the map belongs to another model or version: give the right one by --label-map",
            )


def _own_map(name: str, place: Path | None) -> Path:
    folder = place if place is None or place.is_dir() else place.parent
    path = folder / name if folder is not None else None
    if path is None or Path(name).name != name or not path.is_file():
        raise InputError("the model's label map is neither shipped nor in its folder", "see docs/models.md")
    return path


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())
