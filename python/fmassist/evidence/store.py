"""The evidence as a file: small enough to keep for every study, and enough to check it again without the images."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fmassist.errors import InputError
from fmassist.evidence.facts import (
    ApartFacts,
    AsRead,
    BodySection,
    ComponentFacts,
    EdgeFacts,
    Evidence,
    IntensityFacts,
    PairFacts,
    Plane,
    ScanFacts,
    SegmentFacts,
)
from fmassist.json_file import parse_json
from fmassist.resources import resource

if TYPE_CHECKING:
    from fmassist.volume import Code, Terminology

MAX_BYTES = 128 * 1024 * 1024
"""Uncompressed; a study of 1,000 labels has about 10 MB."""
MAX_VALUES = 4_000_000
"""Numbers, texts, lists and objects; a study of 1,000 labels has about 1 million. Each takes some 100 bytes once it is
read, so that their number bounds the memory, which a file's size does not."""
MAX_SEGMENTS, MAX_PAIRS = 10_000, 500_000
NAMES = ("scan", "segments", "pairs", "apart", "program_version", "schema_version")


def write_evidence(evidence: Evidence, path: Path) -> str:
    """Write as JSON, gzipped where the name ends in `.gz`; the same bytes for the same evidence.

    Returns:
        SHA-256 of the JSON, as a result states it.
    """
    data = json.dumps(asdict(evidence), separators=(",", ":"), allow_nan=False).encode()
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    beside.replace(path)
    return sha256(data).hexdigest()


def read_evidence(path: Path, *, pairs: bool = True) -> Evidence:
    """Read what `write_evidence` wrote; every number comes back exactly.

    Args:
        path: of the file.
        pairs: False leaves out what was measured between two segments, most of a study, where nobody will ask.

    Raises:
        InputError: the file is no evidence of this version.
    """
    from jsonschema_rs import ValidationError

    try:
        text = _bytes(path)
        _require_bounded(text)
        data = _of_today(json.loads(text))
        _validator().validate(data)
        if len(data["segments"]) > MAX_SEGMENTS or len(data["pairs"]) + len(data["apart"]) > MAX_PAIRS:
            raise InputError("the evidence holds more segments than any study", "make it again with `fmassist check`")
        return _evidence(data if pairs else {**data, "pairs": (), "apart": ()})
    except ValidationError as error:
        parts = list(error.instance_path)[:2]
        where = "/".join(str(part) for part in parts if isinstance(part, int) or part in NAMES) or "top"
        raise InputError(f"the evidence file is not valid at {where}", "make it again with `fmassist check`") from None
    except (OSError, EOFError, zlib.error, ValueError, TypeError, KeyError, RecursionError):
        raise InputError("the evidence file can't be read", "make it again with `fmassist check`") from None


@cache
def _validator() -> Any:
    """In Rust, since a study has tens of thousands of numbers and a curator a thousand studies."""
    from jsonschema_rs import validator_for

    return validator_for(json.loads(resource("schemas", "evidence.schema.json").read_text(encoding="utf-8")))


def _bytes(path: Path) -> bytes:
    if not path.is_file():  # a pipe would be waited for without end
        raise InputError("the evidence file can't be read", "make it again with `fmassist check`")
    opened = gzip.open if path.suffix.lower() == ".gz" else open
    data = bytearray()
    with opened(path, "rb") as stream:
        while len(data) <= MAX_BYTES and (piece := stream.read(1 << 20)):
            data += piece
    if len(data) > MAX_BYTES:
        raise InputError("the evidence file is larger than any evidence", "make it again with `fmassist check`")
    return bytes(data)


def _require_bounded(data: bytes) -> None:
    """Before anything is built of it: how much there is in the text.

    Raises:
        InputError: more than any study's evidence.
    """
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise InputError("the evidence file holds more values than any evidence", "make it again with `fmassist check`")
    if b"\\u" in data or b"NaN" in data or b"Infinity" in data:
        parse_json(data, "the evidence file", "make it again with `fmassist check`")  # which sees what is amiss


_GONE = {
    "": ("chains", "mirrored"),
    "scan": ("mid_sagittal_of_pairs", "head_to_foot"),
    "pairs": (
        *("contact_share", "first_inside_second_box", "second_inside_first_box", "directions"),
        *("first_inside_second", "second_inside_first"),
    ),
}
"""What evidence of schema 1 held that followed from meanings, or that no rule asked for."""
MEASURED_IN_1 = 6.0
"""Up to this gap of the boxes schema 1 held every pair (mm); of others only those that a rule of its day asked for."""


def _of_today(data: Any) -> Any:
    """Evidence of schema 1 as schema 2 says it; anything else as it is.

    It has fewer distances. A rule that needs one of the others ends with 'cannot tell'.
    """
    if not isinstance(data, dict) or not re.fullmatch(r"1\.[0-4]", str(data.get("schema_version"))):
        return data
    kept = {name: value for name, value in data.items() if name not in _GONE[""]}
    kept["scan"] = {name: value for name, value in dict(data["scan"]).items() if name not in _GONE["scan"]}
    kept["pairs"] = [{n: v for n, v in pair.items() if n not in _GONE["pairs"]} for pair in data["pairs"]]
    return {**kept, "apart": [], "apart_measured_mm": MEASURED_IN_1, "schema_version": "2.0"}


def _evidence(data: Mapping[str, Any]) -> Evidence:
    scan = _tuples(data["scan"])
    plane = scan.get("mid_sagittal")
    scan["mid_sagittal"] = None if plane is None else Plane(**plane)
    scan["body_sections"] = tuple(BodySection(**section) for section in scan.get("body_sections", ()))
    return Evidence(
        scan=ScanFacts(**scan),
        segments=tuple(_segment(item) for item in data["segments"]),
        pairs=tuple(PairFacts(**_tuples(item)) for item in data["pairs"]),
        apart=tuple(ApartFacts(**item) for item in data["apart"]),
        apart_measured_mm=data["apart_measured_mm"],
        program_version=data["program_version"],
        schema_version=data["schema_version"],
        as_read=_as_read(data.get("as_read")),
    )


def _as_read(item: Mapping[str, Any] | None) -> AsRead | None:
    from fmassist.volume import Segment

    if item is None:
        return None
    segments = tuple(Segment(**{**one, "terminology": _terminology(one["terminology"])}) for one in item["segments"])
    listed = item["listed"]
    return AsRead(segments, None if listed is None else tuple(listed), tuple(item["notes"]))


_CODED = ("type", "type_modifier", "region", "region_modifier")


def _terminology(item: Mapping[str, Any] | None) -> Terminology | None:
    from fmassist.volume import Code, Terminology

    if item is None:
        return None
    type_, *others = (None if item[name] is None else Code(**item[name]) for name in _CODED)
    return Terminology(Code(**item["category"]), cast("Code", type_), *others)


def _segment(item: Mapping[str, Any]) -> SegmentFacts:
    values = _tuples(item)
    values["components"] = tuple(ComponentFacts(**_tuples(piece)) for piece in item["components"])
    intensity = item.get("intensity")
    values["intensity"] = None if intensity is None else IntensityFacts(**intensity)
    edge = item.get("edge")
    values["edge"] = None if edge is None else EdgeFacts(**_tuples(edge))
    return SegmentFacts(**{f.name: values[f.name] for f in fields(SegmentFacts) if f.name in values})


def _tuples(item: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has lists where the facts have tuples."""
    return {n: _tuple(v) if isinstance(v, list | dict) else v for n, v in item.items()}


def _tuple(value: Any) -> Any:
    if isinstance(value, list):
        if not any(isinstance(entry, list | dict) for entry in value):
            return tuple(value)
        return tuple(_tuple(entry) for entry in value)
    if isinstance(value, dict):
        return {name: _tuple(entry) for name, entry in value.items()}
    return value
