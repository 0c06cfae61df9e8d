"""Label maps: which structure each label of each model stands for.

SSSOM (https://mapping-commons.github.io/sssom/), one file a model and task under `Resources/label_maps/`, keyed by
label: published tables contradict themselves on codes (see `docs/curators.md`), so codes are never a key.
"""

from __future__ import annotations

import csv
import difflib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fmassist.errors import InputError
from fmassist.knowledge.namespaces import ST
from fmassist.resources import resource

if TYPE_CHECKING:
    from fmassist.knowledge.model import Knowledge

INDEX = "index.tsv"
"""Names the shipped maps: id, file, tool, modality, and how common such files are (1 the most)."""


@dataclass(frozen=True)
class Shipped:
    """One shipped map, as the index says.

    Args:
        id: such as `totalsegmentator:total`.
        file: its file's name without the ending.
        title: tool and task.
        modality: `"CT"`, `"MR"` or both.
        rank: 1 for the commonest kind of file to 3 for the rarest; weighs where several maps fit about as well.
    """

    id: str
    file: str
    title: str
    modality: str
    rank: int


def _shipped() -> dict[str, Shipped]:
    text = resource("label_maps", INDEX).read_text(encoding="utf-8")
    rows = csv.DictReader((line for line in text.splitlines() if not line.startswith("#")), delimiter="\t")
    return {r["id"]: Shipped(r["id"], r["file"], r["title"], r["modality"], int(r["rank"])) for r in rows}


CATALOGUE = _shipped()
SHIPPED = {identity: one.file for identity, one in CATALOGUE.items()}
AUTO = "auto"
"""What the file says itself, else the shipped map that its labels fit best."""
OWN_MAP = "own label map "
"""How a result names a label map that is not shipped, with the beginning of its SHA-256."""
MAX_BYTES = 16 * 1024 * 1024
NOT_ITSELF = ("skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch")
"""Predicates of a row whose label is not the structure named: a part of it, a whole, or something near. What is true of
the structure need not be true of the label, so such a row gives the label no meaning, and no rule judges it."""


@dataclass(frozen=True)
class LabelMap:
    """The labels of one model's task.

    Args:
        id: such as `totalsegmentator:total`.
        names: label value to label name.
        structures: label name to the structure's IRI; a name that is missing here has no meaning known, or only
            that of something wider or narrower than itself.
        without_structure: names that the map declares to stand for no structure here.
        notes: how the map was chosen, a sentence each.
        question: what a person has to settle, where it could not be chosen; empty where it could.
    """

    id: str
    names: dict[int, str]
    structures: dict[str, str]
    without_structure: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    question: str = ""


def load_label_map(name_or_path: str, knowledge: Knowledge | None = None) -> LabelMap:
    """A shipped label map by its name, or one's own table by its path.

    Args:
        name_or_path: a name, or a file: SSSOM, nnU-Net's `dataset.json`, BIDS `dseg.tsv`, Slicer's `.ctbl`, ITK-SNAP's
            label descriptions, or a CSV of value and name (see `docs/labels.md`).
        knowledge: whose structures the file may name; None for the shipped ones.

    Raises:
        InputError: no such map, or the file is no label map; the line lists the names there are, or the nearest ones.
    """
    if name_or_path in SHIPPED:
        return _of_shipped(name_or_path)
    path = Path(name_or_path)
    if path.is_file():
        from fmassist.knowledge.load import load_knowledge
        from fmassist.knowledge.own_tables import read_own_table

        return read_own_table(path, knowledge or load_knowledge())
    near = difflib.get_close_matches(name_or_path, SHIPPED, 3, 0.5)
    said = f"; the nearest are {', '.join(near)}" if near else ""
    raise InputError(
        f"no label map of that name{said}",
        "fmassist labels --maps lists them; or give a file: SSSOM, dataset.json, dseg.tsv, .ctbl or a CSV of value and "
        "name",
    )


@cache
def _of_shipped(identity: str) -> LabelMap:
    return _read(resource("label_maps", SHIPPED[identity] + ".sssom.tsv"), identity)


def _read(path: Path, identity: str) -> LabelMap:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    names: dict[int, str] = {}
    structures: dict[str, str] = {}
    without: set[str] = set()
    for row in rows:
        name, target = row["subject_label"], row["object_id"]
        if row["label_value"]:
            names[int(row["label_value"])] = name
        if target == "sssom:NoTermFound" or row["predicate_id"] in NOT_ITSELF:
            without.add(name)
        else:
            structures[name] = ST + target.removeprefix("st:")
    return LabelMap(identity, names, structures, frozenset(without - structures.keys()))
