"""A subject of TorchIO, checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.application.interface import Context, check
from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.application.checked import CheckedStudy
    from fmassist.knowledge.label_map import LabelMap


def check_subject(
    subject: Mapping[str, Any],
    *,
    labels: str | None = None,
    image: str | None = None,
    label_map: str | LabelMap | None = None,
    context: Context = None,
    modality: str | None = None,
    knowledge: Path | str | None = None,
) -> CheckedStudy:
    """Check a subject of TorchIO against anatomy.

    Args:
        subject: with one `LabelMap` `[1, i, j, k]`, and a `ScalarImage` with its own intensities if there is one.
        labels: name of its label map; None where it has only one.
        image: name of its image; None where it has only one, or none.
        label_map: what the labels mean; None for what fits best.
        context: what is known of the patient.
        modality: `"CT"` or `"MR"`, where the image's intensities do not say it.
        knowledge: folder of own rules on top of the shipped ones.

    Raises:
        InputError: it is not clear which label map or image is meant, or they do not fit together.

    Example:
        >>> from fmassist.integrations import check_subject
        >>> check_subject(subject).verdict  # doctest: +SKIP
    """
    seg = _named(subject, labels, "LabelMap")
    if seg is None:
        raise InputError("the subject holds no label map", "add one: LabelMap(...)")
    return check(
        seg,
        image=_named(subject, image, "ScalarImage"),
        label_map=label_map,
        context=context,
        modality=modality,
        knowledge=knowledge,
    )


def _named(subject: Mapping[str, Any], name: str | None, kind: str) -> Any:
    """The image of this name, or the only one of its kind; None where there is none of that kind."""
    if name is not None:
        if name not in subject:
            raise InputError("the subject holds no image of the name that was given", "give a name that it has")
        return subject[name]
    found = [value for value in subject.values() if any(c.__name__ == kind for c in type(value).__mro__)]
    if len(found) > 1:
        which = "labels" if kind == "LabelMap" else "image"
        raise InputError(f"the subject holds {len(found)} images of the kind {kind}", f"name the one to take: {which}=")
    return found[0] if found else None
