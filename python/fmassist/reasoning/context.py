"""What is known of the patient and the examination, apart from the image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fmassist.errors import InputError
from fmassist.json_file import read_json
from fmassist.knowledge.model import Knowledge
from fmassist.volume.body_parts import BODY_PARTS

SEXES = ("female", "male")
SIDES = ("left", "right")
MODALITIES = ("CT", "MR")
MAX_HISTORY = 100
ENTRIES = ("age", "sex", "history", "body_part", "laterality", "modality")


@dataclass(frozen=True)
class Context:
    """Clinical context. Whatever is None or empty is unknown, and never counts as evidence.

    Args:
        age_years: age at the examination.
        sex: as recorded, `"female"` or `"male"`.
        history: IRIs of variants and events known of this person.
        body_part: the examined part, such as `"abdomen"`.
        laterality: the examined side, `"left"` or `"right"`.
        modality: what made the image, as ordered, `"CT"` or `"MR"`; the image's own counts, and is held against it.
    """

    age_years: float | None = None
    sex: str | None = None
    history: tuple[str, ...] = ()
    body_part: str | None = None
    laterality: str | None = None
    modality: str | None = None
    doubts: tuple[str, ...] = ()
    """Entries that the image's headers give and that cannot be right, so that they were not used: `"age"`."""


def read_context(path: Path, knowledge: Knowledge) -> Context:
    """Reads a context from a small JSON file.

    Raises:
        InputError: the file is no such JSON; the line says which entry is wrong.
    """
    data = read_json(path, "the context file", "see Resources/schemas/context.schema.json", max_bytes=1_000_000)
    if not isinstance(data, dict):
        raise InputError("the context is no JSON object", 'write for example {"age": 54, "sex": "female"}')
    return make_context(data, knowledge)


def make_context(data: Mapping[str, object], knowledge: Knowledge) -> Context:
    """A context from plain entries, named in `ENTRIES`.

    Raises:
        InputError: an entry is unknown, or its value is; a history that the ontology does not know is not ignored.
    """
    unknown = sorted(set(data) - set(ENTRIES))
    if unknown:
        # Not named: what somebody typed may be a patient's name.
        raise InputError(f"the context has {len(unknown)} unknown entries", f"known are {', '.join(ENTRIES)}")
    age = data.get("age")
    if age is not None and (isinstance(age, bool) or not isinstance(age, int | float) or not 0 <= age <= 130):
        raise InputError("the context's age is no number of years between 0 and 130")
    sex = data.get("sex")
    if sex is not None:
        sex = {"f": "female", "m": "male"}.get(str(sex).lower(), str(sex).lower())
        if sex not in SEXES:
            raise InputError("the context's sex is neither female nor male", "leave it out if it is unknown")
    history = data.get("history", [])
    if not isinstance(history, list) or len(history) > MAX_HISTORY:
        raise InputError("the context's history is no list", 'write for example {"history": ["nephrectomy_left"]}')
    found = []
    for number, entry in enumerate(history, start=1):
        variant = knowledge.variant(str(entry))
        if variant is None:
            near = knowledge.nearest_variants(str(entry))
            raise InputError(
                f"entry {number} of the context's history is not in the ontology"
                + (f"; the nearest are {', '.join(near)}" if near else ""),
                "see `fmassist rules docs` for the list",
            )
        found.append(variant.iri)
    part = data.get("body_part")
    if part is not None and _squeezed(part).upper() not in BODY_PARTS:
        raise InputError(
            "the context's body part is none of DICOM's (PS3.16 Annex L)", "write for example abdomen, chest or head"
        )
    return Context(
        age_years=None if age is None else float(age),
        sex=None if sex is None else str(sex),
        history=tuple(found),
        body_part=None if part is None else _squeezed(part).lower(),
        laterality=_one_of("laterality", data.get("laterality"), {"l": "left", "r": "right"}, SIDES),
        modality=_one_of("modality", data.get("modality"), {}, MODALITIES),
    )


def _squeezed(part: object) -> str:
    """DICOM's terms hold no blanks."""
    return "".join(str(part).split())


def _one_of(name: str, value: object, short: Mapping[str, str], known: tuple[str, ...]) -> str | None:
    """A word that an entry may hold, whatever its case; None for none."""
    if value is None:
        return None
    word = short.get(str(value).lower(), str(value))
    for choice in known:
        if word.lower() == choice.lower():
            return choice
    raise InputError(f"the context's {name} is none of {', '.join(known)}", "leave it out if it is unknown")
