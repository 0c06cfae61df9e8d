"""Tables of labels that users have, read as label maps.

SSSOM is the project's own form. nnU-Net's `dataset.json`, BIDS `dseg.tsv`, Slicer's colour tables, ITK-SNAP's label
descriptions, FreeSurfer's colour tables and plain CSV give value and name; the names are read as those of any tool.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from fmassist.errors import InputError
from fmassist.knowledge.label_map import MAX_BYTES, NOT_ITSELF, OWN_MAP, LabelMap
from fmassist.knowledge.namespaces import ST

if TYPE_CHECKING:
    from fmassist.knowledge.model import Knowledge

_FORMS = "SSSOM, nnU-Net's dataset.json, BIDS dseg.tsv, Slicer's .ctbl, ITK-SNAP's labels or a CSV of value and name"
_NOTHING = {"background", "unknown", "unlabeled", "unlabelled", "clear label", "none", "ignore", "nolabel", "exterior"}
_VALUES = ("label_value", "value", "index", "label", "labelvalue", "id", "intensity", "number", "mapping")
_NAMES = (
    "subject_label",
    "name",
    "structure",
    "label_name",
    "labelname",
    "region",
    "segment",
    "class",
    "structure_name",
)


def read_own_table(path: Path, knowledge: Knowledge) -> LabelMap:
    """One's own table of labels.

    Raises:
        InputError: it is in no form that is known, says a value twice, or names a structure that is not there; the line
            gives the nearest names.
    """
    data = _bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("the label map can't be read", f"give UTF-8 text: {_FORMS}") from None
    if not text.strip():
        raise InputError("the label map is empty", f"give {_FORMS}")
    # Known by its content: its name may hold a patient's, and two maps may have one name.
    identity = OWN_MAP + sha256(data).hexdigest()[:12]
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "//"))]
    if lines and "subject_label" in lines[0] and "object_id" in lines[0]:
        return _sssom(lines, identity, knowledge)
    rows = list(_json(text) if text.lstrip().startswith("{") else _rows(lines))
    if not rows:
        raise InputError("the label map is in none of the forms that are known", f"give {_FORMS}")
    names: dict[int, str] = {}
    without: set[str] = set()
    structures: dict[str, str] = {}
    for value, name in rows:
        if value in names:
            raise InputError(f"the label map gives the value {value} twice", "give each value once")
        if value == 0 or name.strip().lower() in _NOTHING:
            without |= {name} if value else set()
            names |= {value: name} if value else {}
            continue
        names[value] = name
        found = _of_identifier(name, knowledge) if ":" in name else None
        match = knowledge.dictionary.by_name(name) if found is None else None
        if found or match:
            structures[name] = found or match.iri  # type: ignore[union-attr]
    if not names:
        raise InputError("the label map names no label but the background", f"give {_FORMS}")
    return LabelMap(identity, names, structures, frozenset(without))


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError:
        raise InputError("the label map can't be read", f"give {_FORMS}") from None
    if len(data) > MAX_BYTES:
        raise InputError("the label map is larger than any label map", f"give {_FORMS}")
    return data


def _of_identifier(name: str, knowledge: Knowledge) -> str | None:
    found = knowledge.dictionary.by_identifier(name)
    return found[0] if len(found) == 1 else None


def _sssom(lines: list[str], identity: str, knowledge: Knowledge) -> LabelMap:
    delimiter = "\t" if "\t" in lines[0] else ","
    names: dict[int, str] = {}
    structures: dict[str, str] = {}
    without: set[str] = set()
    for number, row in enumerate(csv.DictReader(lines, delimiter=delimiter), start=2):
        name, target = (row["subject_label"] or "").strip(), (row["object_id"] or "").strip()
        value = (row.get("label_value") or "").strip()
        if not name:
            raise InputError(f"row {number} of the label map has no subject_label")
        if value:
            # Not repeated: in a table with another order of columns it may be a patient's name.
            if not (value.isascii() and value.isdecimal()) or len(value) > 9 or int(value) in names:
                raise InputError(f"row {number} of the label map: its label is no number or stands twice")
            names[int(value)] = name
        if not target or target == "sssom:NoTermFound" or row.get("predicate_id") in NOT_ITSELF:
            without.add(name)
            continue
        structures[name] = _target(target, name, number, knowledge)
    if not names and not structures:
        raise InputError("the label map has no row", f"give {_FORMS}")
    return LabelMap(identity, names, structures, frozenset(without - structures.keys()))


def _target(target: str, name: str, number: int, knowledge: Knowledge) -> str:
    """The structure of an object_id, in any of the systems of identifiers; the side may stand in the label."""
    found = knowledge.dictionary.by_identifier(target if ":" in target else "st:" + target)
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        match = knowledge.dictionary.by_name(name)
        if match is not None and match.iri in found:
            return match.iri
        raise InputError(
            f"row {number} of the label map: {target} stands for {' and '.join(f.removeprefix(ST) for f in found[:4])}",
            "say the side in subject_label, or give the st: name",
        )
    near = knowledge.dictionary.nearest(target.rsplit(":", 1)[-1]) or knowledge.dictionary.nearest(name)
    said = f"the nearest are {', '.join('st:' + key for key in near)}" if near else "see fmassist rules docs"
    # Only what looks like an identifier is repeated: in a table with another order of columns it may be anything.
    shown = target if re.fullmatch(r"\w{1,12}:[\w.-]{1,80}", target) else "of that name"
    raise InputError(f"row {number} of the label map: there is no structure {shown}", said)


def _json(text: str) -> Iterator[tuple[int, str]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("the label map is no sound JSON", "export it anew") from None
    labels = document.get("labels", document) if isinstance(document, dict) else None
    if not isinstance(labels, dict):
        return
    for key, value in labels.items():
        # nnU-Net writes name to value (version 2; a region is a list), or value to name (version 1).
        if isinstance(value, int) and not isinstance(value, bool):
            yield value, str(key)
        elif isinstance(value, str) and str(key).isdecimal():
            yield int(key), value
        elif isinstance(value, list) and value and all(isinstance(v, int) for v in value):
            raise InputError(
                f"the label map's {str(key)[:40]!r} is a region of several labels", "give one label a name"
            )


def _rows(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Value and name out of a table with a header line, or out of lines that begin with a number."""
    delimiter = next((mark for mark in ("\t", ";", ",") if mark in lines[0]), None) if lines else None
    if delimiter is not None:
        table = list(csv.reader(lines, delimiter=delimiter))
        header = [cell.strip().lower() for cell in table[0]]
        value_at = next((header.index(word) for word in _VALUES if word in header), None)
        name_at = next((header.index(word) for word in _NAMES if word in header), None)
        if name_at is None and header.count("label") and value_at is not None and header[value_at] != "label":
            name_at = header.index("label")
        if value_at is not None and name_at is not None and value_at != name_at:
            for row in table[1:]:
                if len(row) > max(value_at, name_at) and _is_whole(row[value_at]):
                    yield int(float(row[value_at])), row[name_at].strip()
            return
        for row in table:
            cells = [cell.strip() for cell in row if cell.strip()]
            numbers = [cell for cell in cells if _is_whole(cell)]
            texts = [cell for cell in cells if not re.fullmatch(r"[-+\d.eE]+", cell)]
            if numbers and texts:
                yield int(float(numbers[0])), texts[0]
        return
    for line in lines:
        if quoted := re.match(r'\s*(\d+)\s.*"([^"]+)"\s*$', line):  # ITK-SNAP: IDX R G B A VIS MSH "LABEL"
            yield int(quoted[1]), quoted[2].strip()
        elif named := re.match(r"\s*(\d+)\s+(\S.*?)((?:\s+[\d.]+){3,4})?\s*$", line):  # number name R G B A
            yield int(named[1]), named[2].strip()


def _is_whole(text: str) -> bool:
    return re.fullmatch(r"\s*\d{1,9}(?:\.0+)?\s*", text) is not None
