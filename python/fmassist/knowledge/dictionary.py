"""What the ontology's structures are called and coded as, to be looked up by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from fmassist.knowledge.names import side_in, without_weak, words
from fmassist.knowledge.namespaces import FMX, ST
from fmassist.resources import resource

if TYPE_CHECKING:
    from fmassist.knowledge.model import Knowledge, Structure
    from fmassist.volume import Code, Terminology

SKOS = "http://www.w3.org/2004/02/skos/core#"
OBO_IN_OWL = "http://www.geneontology.org/formats/oboInOwl#"
SIDES_BY_CODE = {
    "7771000": "left", "24028007": "right", "51440002": "both",
    "G-A101": "left", "G-A100": "right", "G-A102": "both",
}  # fmt: skip
"""Laterality in SNOMED CT (DICOM PS3.16 CID 244), and the same in the retired SNOMED RT."""
_SCT = ("SCT", "SNOMED", "SNOMED-CT", "SNOMEDCT", "SCTID", "2.16.840.1.113883.6.96")
_SRT = ("SRT", "SNM3", "99SDM", "99SRT")
FORMER_CODES = {
    "29700009": "36765005",
    "181674001": "206007",
}
"""SNOMED CT codes that tables use for another structure than they mean, and the right ones: TotalSegmentator's and 3D
Slicer's tables code both subclavian arteries as the right one, and gluteus maximus by a retired code
(TotalSegmentator, pull request 612)."""


@dataclass(frozen=True)
class Match:
    """One structure that a name or a code stands for.

    Args:
        iri: the structure.
        how: a short phrase that says by what it was found.
        is_guess: whether words were left out to find it.
    """

    iri: str
    how: str
    is_guess: bool = False


class Dictionary:
    """Names and codes of all structures.

    Args:
        knowledge: the ontology.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def by_name(self, name: str) -> Match | None:
        """The structure of that name: its key or label, then a synonym, then the name less weak words.

        A name that two structures share stands for none.
        """
        structures = self._knowledge.structures
        if ST + name in structures:
            return Match(ST + name, "name")
        wanted = words(name)
        if not wanted or wanted in (("left",), ("right",)):
            return None
        for index, how in ((self._labels, "name"), (self._synonyms, "other name")):
            found = index.get(wanted, ())
            if len(found) == 1:
                return Match(found[0], how)
        found = self._weak.get(without_weak(wanted), ())
        return Match(found[0], "guess", is_guess=True) if len(found) == 1 else None

    def nearest(self, name: str, count: int = 3) -> list[str]:
        """Keys of the structures with the likest names, to propose and never to use."""
        import difflib

        wanted = name.strip().lower().replace(" ", "_")
        keys = difflib.get_close_matches(wanted, self._keys, count, 0.6)
        if keys:
            return keys
        said = difflib.get_close_matches(" ".join(words(name)), list(self._said), count, 0.6)
        return [self._said[one].removeprefix(ST) for one in said]

    def by_terminology(self, terminology: Terminology, name: str = "") -> Match | None:
        """The structure that a coded meaning stands for, with its side.

        Args:
            terminology: type with its modifier, and region.
            name: where the code tells no side, the segment's name may; nothing else is taken from it.
        """
        side = next(
            (
                SIDES_BY_CODE[code.value]
                for code in (terminology.type_modifier, terminology.region_modifier)
                if code is not None and code.value in SIDES_BY_CODE
            ),
            None,
        )
        if exact := self._exact(terminology):
            return Match(exact, f"code {terminology.type.scheme} {terminology.type.value}")
        types = self.by_code(terminology.type)
        if terminology.region is not None and terminology.type.value in _LESIONS:
            types = self._lesion(terminology)
        return self._of_side(types, side, name, f"code {terminology.type.scheme} {terminology.type.value}")

    def by_code(self, code: Code) -> tuple[str, ...]:
        """Every structure with that code, of both sides where the code tells none."""
        scheme, value = code.scheme.upper(), code.value.strip()
        if scheme in _SRT:
            value = _from_srt(value)
            scheme = "SCT"
        if scheme in _SCT:
            return self._codes.get(("SCT", FORMER_CODES.get(value, value)), ())
        if scheme in ("UBERON", "UBE"):
            return self._codes.get(("UBERON", value.removeprefix("UBERON:").removeprefix("UBERON_")), ())
        if scheme == "FMA":
            return self._codes.get(("FMA", value.removeprefix("FMA:").removeprefix("FMA")), ())
        return ()

    def by_identifier(self, text: str) -> tuple[str, ...]:
        """Every structure that an identifier of any system means, such as `UBERON:0002107`, `st:liver`, `FMA:7197`."""
        from fmassist.volume import Code

        text = text.strip()
        for start in ("st:", ST):
            if text.startswith(start):
                iri = ST + text.removeprefix(start)
                return (iri,) if iri in self._knowledge.structures else ()
        for start, scheme in _PREFIXES:
            if text.lower().startswith(start.lower()):
                return self.by_code(Code(text[len(start) :], scheme, ""))
        return ()

    def _exact(self, terminology: Terminology) -> str | None:
        """What a published table gives to exactly these codes."""
        if terminology.type.scheme.upper() not in _SCT:
            return None
        parts = (terminology.type_modifier, terminology.region, terminology.region_modifier)
        value = FORMER_CODES.get(terminology.type.value, terminology.type.value)
        key = _published().get((value, *((part.value if part else "") for part in parts)))
        return ST + key if key is not None and ST + key in self._knowledge.structures else None

    def _lesion(self, terminology: Terminology) -> tuple[str, ...]:
        kind = _LESIONS[terminology.type.value]
        organs = self.by_code(terminology.region) if terminology.region is not None else ()
        keys = {iri.removeprefix(ST).removesuffix("_left").removesuffix("_right") for iri in organs}
        names = {"liver": "hepatic", "pancreas": "pancreatic"}
        found = []
        for key in keys:
            for stem in (key, names.get(key, key)):
                for end in ("", "s"):
                    for side in ("", "_left", "_right"):
                        iri = f"{ST}{stem}_{kind}{end}{side}"
                        found += [iri] if iri in self._knowledge.structures else []
        return tuple(dict.fromkeys(found))

    def _of_side(self, iris: Iterable[str], side: str | None, name: str, how: str) -> Match | None:
        structures = [self._knowledge.structures[iri] for iri in iris]
        if side in ("left", "right"):
            sided = [s for s in structures if s.side == side]
            whole = [s for s in structures if not _has_sides(s)]
            if not sided and len(whole) == 1:
                # One side of what has no sides here may have a name of its own, such as a lobe of the thyroid.
                half = self.by_name(f"{side} {whole[0].label}")
                if half is not None and self._knowledge.structures[half.iri].side == side:
                    return Match(half.iri, how)
            structures = sided or whole
            return Match(structures[0].iri, how) if len(structures) == 1 else None
        if len(structures) == 1:
            return Match(structures[0].iri, how)
        said = self.by_name(name) if name else None
        if said is not None and any(s.iri == said.iri for s in structures):
            return Match(said.iri, how)
        in_name = side_in(words(name)) if name else None
        if in_name and (of_side := [s for s in structures if s.side == in_name]):
            return Match(of_side[0].iri, f"{how}, side from its name") if len(of_side) == 1 else None
        alone = [s for s in structures if s.side is None]
        return Match(alone[0].iri, how) if len(alone) == 1 else None

    @cached_property
    def _keys(self) -> list[str]:
        return sorted(iri.removeprefix(ST) for iri in self._knowledge.structures)

    @cached_property
    def _labels(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        return _index(
            (text, iri) for iri, s in self._knowledge.structures.items() for text in (s.label, iri.removeprefix(ST))
        )

    @cached_property
    def _alternatives(self) -> list[tuple[str, str]]:
        store = self._knowledge.store
        quads = store.quads_for_pattern(None, NamedNode(SKOS + "altLabel"), None)
        return [
            (quad.object.value, quad.subject.value)
            for quad in quads
            if isinstance(quad.object, Literal) and isinstance(quad.subject, NamedNode)
            if quad.subject.value in self._knowledge.structures
        ]

    @cached_property
    def _synonyms(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        return _index(self._alternatives)

    @cached_property
    def _weak(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        found: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for index in (self._labels, self._synonyms):
            for key, iris in index.items():
                found[without_weak(key)] += [iri for iri in iris if iri not in found[without_weak(key)]]
        return {key: tuple(iris) for key, iris in found.items()}

    @cached_property
    def _said(self) -> dict[str, str]:
        return {" ".join(key): iris[0] for key, iris in {**self._synonyms, **self._labels}.items()}

    @cached_property
    def _codes(self) -> dict[tuple[str, str], tuple[str, ...]]:
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for iri, structure in self._knowledge.structures.items():
            if structure.snomed_type:
                found["SCT", structure.snomed_type[0]].append(iri)
        store = self._knowledge.store
        for quad in store.quads_for_pattern(None, NamedNode(SKOS + "exactMatch"), None):
            if quad.subject.value in self._knowledge.structures and "UBERON_" in quad.object.value:  # type: ignore[union-attr]
                found["UBERON", quad.object.value.rsplit("UBERON_", 1)[-1]].append(quad.subject.value)  # type: ignore[union-attr]
        for quad in store.quads_for_pattern(None, NamedNode(OBO_IN_OWL + "hasDbXref"), None):
            scheme, _, value = quad.object.value.partition(":")  # type: ignore[union-attr]
            kind = {"SCTID": "SCT", "SNOMEDCT": "SCT"}.get(scheme.upper(), scheme.upper())
            if quad.subject.value in self._knowledge.structures and quad.subject.value not in found[kind, value]:  # type: ignore[union-attr]
                found[kind, value].append(quad.subject.value)  # type: ignore[union-attr]
        return {key: tuple(iris) for key, iris in found.items()}


_LESIONS = {
    "108369006": "tumor", "86049000": "tumor", "4147007": "mass", "52988006": "lesion", "367643001": "cyst",
    "441457006": "cyst", "27925004": "nodule", "367651003": "tumor",
}  # fmt: skip
"""SNOMED CT codes of what an illness brings, and the word for it; the region says where."""

_PREFIXES = (
    ("http://purl.obolibrary.org/obo/UBERON_", "UBERON"),
    ("obo:UBERON_", "UBERON"),
    ("UBERON:", "UBERON"),
    ("UBERON_", "UBERON"),
    ("http://purl.org/sig/ont/fma/fma", "FMA"),
    ("FMA:", "FMA"),
    ("FMA", "FMA"),
    ("http://snomed.info/id/", "SCT"),
    ("http://snomed.info/sct/", "SCT"),
    ("SNOMEDCT:", "SCT"),
    ("SNOMED:", "SCT"),
    ("SCTID:", "SCT"),
    ("SCT:", "SCT"),
    ("sct:", "SCT"),
    ("SRT:", "SRT"),
)


@cache
def _published() -> dict[tuple[str, ...], str]:
    """`Resources/label_maps/codes.tsv`: code, modifier, region and its modifier to the structure's key."""
    lines = resource("label_maps", "codes.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith(("#", "code")))
    return {tuple(row[:4]): row[4] for row in rows}


def _index(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for text, iri in pairs:
        key = words(text)
        if key and iri not in found[key]:
            found[key].append(iri)
    return {key: tuple(iris) for key, iris in found.items()}


def _has_sides(structure: Structure) -> bool:
    return structure.side is not None or FMX + "PairedStructure" in structure.groups


def _from_srt(value: str) -> str:
    """A SNOMED RT code as SNOMED CT (DICOM PS3.16, through pydicom's table); as it is where none is known."""
    from pydicom.sr._snomed_dict import mapping

    return str(mapping.get("SRT", {}).get(value, value))
