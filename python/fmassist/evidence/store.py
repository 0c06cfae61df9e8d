"""The evidence as a file: small enough to keep for every study, and enough to check it again without the images."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fmassist.errors import InputError
from fmassist.evidence.facts import (
    Axis,
    BodySection,
    ChainFacts,
    ChainMember,
    ComponentFacts,
    EdgeFacts,
    Evidence,
    IntensityFacts,
    MirrorFacts,
    PairFacts,
    Plane,
    ScanFacts,
    SegmentFacts,
)
from fmassist.json_file import parse_json
from fmassist.resources import resource

MAX_BYTES = 128 * 1024 * 1024
"""Uncompressed; a study of 1,000 labels has about 10 MB."""
MAX_VALUES = 4_000_000
"""Numbers, texts, lists and objects; a study of 1,000 labels has about 1 million. Each takes some 100 bytes once it is
read, so that their number bounds the memory, which a file's size does not."""
MAX_SEGMENTS, MAX_PAIRS = 10_000, 500_000
NAMES = ("scan", "segments", "pairs", "chains", "mirrored", "program_version", "schema_version")


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
        data = json.loads(text)
        _validator().validate(data)
        if len(data["segments"]) > MAX_SEGMENTS or len(data["pairs"]) > MAX_PAIRS:
            raise InputError("the evidence holds more segments than any study", "make it again with `fmassist check`")
        return _evidence(data if pairs else {**data, "pairs": ()})
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


def _evidence(data: Mapping[str, Any]) -> Evidence:
    scan = _tuples(data["scan"])
    for name, kind in (("mid_sagittal", Plane), ("mid_sagittal_of_pairs", Plane), ("head_to_foot", Axis)):
        value = scan.get(name)
        scan[name] = None if value is None else kind(**value)
    scan["body_sections"] = tuple(BodySection(**section) for section in scan.get("body_sections", ()))
    return Evidence(
        scan=ScanFacts(**scan),
        segments=tuple(_segment(item) for item in data["segments"]),
        pairs=tuple(PairFacts(**_tuples(item)) for item in data["pairs"]),
        chains=tuple(_chain(item) for item in data["chains"]),
        mirrored=tuple(MirrorFacts(**_tuples(item)) for item in data.get("mirrored", ())),
        program_version=data["program_version"],
        schema_version=data["schema_version"],
    )


def _segment(item: Mapping[str, Any]) -> SegmentFacts:
    values = _tuples(item)
    values["components"] = tuple(ComponentFacts(**_tuples(piece)) for piece in item["components"])
    intensity = item.get("intensity")
    values["intensity"] = None if intensity is None else IntensityFacts(**intensity)
    edge = item.get("edge")
    values["edge"] = None if edge is None else EdgeFacts(**_tuples(edge))
    return SegmentFacts(**{f.name: values[f.name] for f in fields(SegmentFacts) if f.name in values})


def _chain(item: Mapping[str, Any]) -> ChainFacts:
    values = _tuples(item)
    values["members"] = tuple(ChainMember(**member) for member in item["members"])
    return ChainFacts(**values)


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
