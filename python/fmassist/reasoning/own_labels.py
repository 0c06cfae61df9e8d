"""Whoever reads that a structure is missing looks for its label: a finding says how this label map calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from fmassist.knowledge.label_map import LabelMap
from fmassist.reasoning.anatomy import Anatomy
from fmassist.reasoning.findings import Finding


def with_own_labels(findings: Iterable[Finding], anatomy: Anatomy, label_map: LabelMap | None) -> list[Finding]:
    """The findings, with the label behind each structure that they speak of and that has no segment.

    Args:
        label_map: how labels are called; None where that is not known, and structures' own names stand for them.
    """
    absent = _absent(anatomy, label_map)
    if not absent:
        return list(findings)
    # The longest first, so that "left rib 12" is not read as "left rib 1".
    words = "|".join(re.escape(word) for word in sorted(absent, key=len, reverse=True))
    pattern = re.compile(rf"\b({words})\b(?! \()")
    return [replace(f, message=pattern.sub(lambda m: f"{m[1]} ({absent[m[1]]})", f.message, count=3)) for f in findings]


def _absent(anatomy: Anatomy, label_map: LabelMap | None) -> Mapping[str, str]:
    """The words for a structure that could be labelled and is not, to its label where that is another word."""
    found: dict[str, str] = {}
    missing = sorted(anatomy.vocabulary - anatomy.by_structure.keys())
    structures = anatomy.knowledge.structures
    named = (
        {s.key: s.iri for iri in missing if (s := structures.get(iri))} if label_map is None else label_map.structures
    )
    for name, iri in named.items():
        structure = structures.get(iri)
        if structure is None or iri in anatomy.by_structure or iri not in anatomy.vocabulary:
            continue
        if re.sub(r"[\W_]+", " ", name).strip().lower() != structure.label.lower():
            found.setdefault(structure.label, name)
    return found
