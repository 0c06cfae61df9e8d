"""Names of structures as programs and people write them, brought to one form.

`Kidney_L`, `left kidney`, `L-Kidneys` and `kidney (left)` are one name. Nothing is guessed here: two names are the same
where their words are, whatever their order, case, number and spelling of the side.
"""

from __future__ import annotations

import re
import unicodedata

_SIDES = {
    "left": ("left", "l", "lt", "lft", "lh", "sin", "sinister", "sinistra"),
    "right": ("right", "r", "rt", "rgt", "rh", "dex", "dexter", "dextra"),
}
_SIDE_OF = {word: side for side, words in _SIDES.items() for word in words}
_SPELT = {
    "oesophagus": "esophagus", "oesophageal": "esophageal", "tumour": "tumor", "grey": "gray", "caecum": "cecum",
    "haemorrhage": "hemorrhage", "oedema": "edema", "coeliac": "celiac", "foetus": "fetus", "fibre": "fiber",
    "vena": "vein", "vertebrae": "vertebra", "chord": "cord", "fdi": "fdi",
    "first": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7", "eighth": "8",
    "ninth": "9", "tenth": "10", "eleventh": "11", "twelfth": "12", "thirteenth": "13", "1st": "1", "2nd": "2",
    "3rd": "3", "4th": "4", "5th": "5", "6th": "6", "7th": "7", "8th": "8", "9th": "9", "10th": "10", "11th": "11",
    "12th": "12", "vent": "ventricle",
    "inf": "inferior", "sup": "superior", "ant": "anterior", "post": "posterior", "lat": "lateral", "med": "medial",
    "gl": "gland", "glnd": "gland", "art": "artery", "mus": "muscle", "nrv": "nerve", "abd": "abdominal",
    "clavicula": "clavicle", "labelmap": "", "kideny": "kidney", "esophagous": "esophagus", "doudenum": "duodenum",
    "adrenals": "adrenal", "minius": "minimus",
}  # fmt: skip
_EMPTY = {"of", "the", "and", "a", "an", "structure", "entire", "segment_", "mask", "label", "proper", "primary", "in"}
_WEAK = {
    "muscle", "bone", "gland", "organ", "region", "human", "area", "whole", "full", "roi", "oar", "gt", "pred", "seg",
    "segmentation", "structure", "tissue",
}  # fmt: skip
_NUMBERED = re.compile(r"(cervical|thoracic|lumbar|sacral)(\d{1,2})")


def words(name: str) -> tuple[str, ...]:
    """The words of a name in one form, sorted: lower case, singular, American, sides written out.

    Example:
        >>> words("Kidneys_L") == words("left kidney")
        True
    """
    text = unicodedata.normalize("NFKD", name)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", text).lower()
    parts = [part for part in re.split(r"[^a-z0-9]+", text) if part]
    found: list[str] = []
    for place, part in enumerate(parts):
        alone = part in _SIDE_OF and (len(part) > 1 or place in (0, len(parts) - 1) or len(parts) > 1)
        if alone:
            found.append(_SIDE_OF[part])
        else:
            found += _in_one_form(part)
    kept = [part for part in found if part not in _EMPTY]
    return tuple(sorted(kept or found))


def without_weak(name: tuple[str, ...]) -> tuple[str, ...]:
    """Words less those that many programs leave out, such as `muscle` and `gland`; all where nothing would be left."""
    return tuple(word for word in name if word not in _WEAK) or name


def side_in(name: tuple[str, ...]) -> str | None:
    """The side that the words say, or None where they say none or both."""
    sides = {"left", "right"} & set(name)
    return sides.pop() if len(sides) == 1 else None


def _in_one_form(part: str) -> list[str]:
    if numbered := _NUMBERED.fullmatch(part):
        return [numbered[1][0] + str(int(numbered[2]))]
    if (level := re.fullmatch(r"(?:th|d)(\d{1,2})", part)) and 1 <= int(level[1]) <= 13:
        return [f"t{int(level[1])}"]
    if level := re.fullmatch(r"([ctls])0?(\d{1,2})", part):
        return [level[1] + str(int(level[2]))]
    if apart := re.fullmatch(r"([a-z]{3,})(\d{1,3})", part):
        return [*_in_one_form(apart[1]), str(int(apart[2]))]
    if part.isdigit():
        return [str(int(part))]
    spelt = _SPELT.get(part)
    if spelt is not None:
        return [spelt] if spelt else []
    return [_SPELT.get(single, single)] if (single := _singular(part)) else []


def _singular(word: str) -> str:
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("ae"):
        return word[:-1]
    return word[:-1] if word.endswith("s") else word
