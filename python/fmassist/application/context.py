"""What is known of the patient: what the user gives, and what the image's headers say where the user is silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.knowledge.model import Knowledge
    from fmassist.reasoning.context import Context
    from fmassist.volume import Volume


def known_context(
    given: Path | str | Mapping[str, object] | Context | None, volume: Volume | None, knowledge: Knowledge
) -> Context:
    """The context given, and what DICOM says where it is silent.

    Args:
        given: a JSON file, its entries, a context, or None.
        volume: the image, or None.
        knowledge: whose variants and histories the context may name.

    Raises:
        InputError: an entry is unknown, or its value is.
    """
    from fmassist.reasoning.context import make_context

    known = _read(given, knowledge)
    if volume is None:
        return known
    entries = {"age": "age_years", "sex": "sex", "body_part": "body_part", "laterality": "laterality"}
    doubt = volume.context.get("doubt")
    called = volume.context.get("modality_called")
    known = replace(known, modality=str(called)) if called and known.modality is None else known
    known = replace(known, doubts=(str(doubt),)) if doubt == "age" and known.age_years is None else known
    said = {name: volume.context[key] for name, key in entries.items() if key in volume.context}
    try:
        header = make_context(said, knowledge)
    except InputError:
        return known  # a header's odd entry is no fault of the user's
    return replace(
        known,
        age_years=header.age_years if known.age_years is None else known.age_years,
        sex=known.sex or header.sex,
        body_part=known.body_part or header.body_part,
        laterality=known.laterality or header.laterality,
    )


def _read(given: Path | str | Mapping[str, object] | Context | None, knowledge: Knowledge) -> Context:
    from fmassist.reasoning.context import Context, make_context, read_context

    if given is None:
        return Context()
    if isinstance(given, Context):
        return given
    if isinstance(given, Mapping):
        return make_context(given, knowledge)
    return read_context(Path(given), knowledge)
