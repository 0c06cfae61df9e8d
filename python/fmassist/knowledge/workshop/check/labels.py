"""Label maps: one label, one structure, one side."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from fmassist.knowledge.label_map import NOT_ITSELF
from fmassist.knowledge.namespaces import FMX, OWL, ST
from fmassist.knowledge.workshop.check.problem import Problem
from fmassist.knowledge.workshop.sources import Sources

SIDES = {"left": "left", "l": "left", "lh": "left", "right": "right", "r": "right", "rh": "right"}


def check_label_maps(sources: Sources) -> Iterator[Problem]:
    """Every SSSOM table."""
    known = {iri for iri in sources.subjects(OWL + "Class") if iri.startswith(ST)}
    for path in sources.tables:
        yield from _table(sources, path, known)


def _table(sources: Sources, path: Path, known: set[str]) -> Iterator[Problem]:
    name = f"label_maps/{path.name}"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        yield Problem("ERROR", "label-map-syntax", "is no UTF-8 text", name)
        return
    body = [(number, line) for number, line in enumerate(lines, start=1) if not line.startswith("#")]
    rows = list(csv.DictReader((line for _, line in body), delimiter="\t"))
    if not rows or not {"subject_label", "object_id"} <= set(rows[0]):
        yield Problem("ERROR", "label-map-syntax", "lacks the columns subject_label and object_id", name)
        return
    meanings: dict[str, set[str]] = defaultdict(set)
    values: dict[str, set[str]] = defaultdict(set)
    meant: dict[str, set[str]] = defaultdict(set)
    for (number, _), row in zip(body[1:], rows, strict=False):
        label, target, value = (
            row["subject_label"] or "",
            row["object_id"] or "",
            (row.get("label_value") or "").strip(),
        )
        say = partial(_problem, name, number)
        if not label:
            yield say("label-without-name", "a row has no subject_label")
            continue
        if value:
            if not value.isdecimal():
                yield say("label-value", f"the label {value!r} of {label} is no number")
            if values[value] - {label}:
                yield say("label-two-names", f"the label {value} stands for {label} and for {min(values[value])}")
            values[value].add(label)
        if not target or target == "sssom:NoTermFound":
            continue
        iri = ST + target.removeprefix("st:").removeprefix(ST)
        if iri not in known:
            yield say("label-without-structure", f"{label} means {target}, which is no structure")
            continue
        if row.get("predicate_id") not in NOT_ITSELF:  # many labels may be parts of one structure
            if meanings[label] - {iri}:
                yield say("label-two-meanings", f"{label} has two meanings")
            if meant[iri] - {label}:
                yield replace(
                    say("two-labels-one-meaning", f"{label} means what {min(meant[iri])} means"), level="WARN"
                )
            meanings[label].add(iri)
            meant[iri].add(label)
        said = {SIDES[word] for word in label.lower().replace("-", "_").replace(".", "_").split("_") if word in SIDES}
        side = sources.texts(iri, FMX + "side")
        if len(said) == 1 and side and said != set(side):
            yield say("label-other-side", f"{label} means a structure of the {side[0]} side")


def _problem(file: str, line: int, check: str, text: str) -> Problem:
    return Problem("ERROR", check, text, file, line)
