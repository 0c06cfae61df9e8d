"""Label maps: which structure each label of each model stands for.

SSSOM (https://mapping-commons.github.io/sssom/), one file a model and task under `Resources/label_maps/`, keyed by
label: published tables contradict themselves on codes (see `docs/curators.md`), so codes are never a key.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fmassist.errors import InputError
from fmassist.knowledge.namespaces import ST
from fmassist.resources import resource

SHIPPED = {
    "totalsegmentator:total": "totalsegmentator_total",
    "totalsegmentator:total_mr": "totalsegmentator_total_mr",
    "meshnet:104": "meshnet_104",
    "meshnet:subcortical": "meshnet_subcortical",
    "litemedsam": "litemedsam",
    "obelisk:8": "obelisk_8",
    "vista3d": "vista3d",
    "monai:wholebody_ct": "wholebody_ct",
    "freesurfer:a2009s": "freesurfer_a2009s",
}
OWN_MAP = "own label map "
"""How a result names a label map that is not shipped, with the beginning of its SHA-256."""
MAX_BYTES = 16 * 1024 * 1024
NOT_ITSELF = ("skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch")
"""Predicates of a row whose label is not the structure named: a part of it, a whole, or something near. What is true of
the structure need not be true of the label, so such a row gives the label no meaning, and no rule judges it."""


@dataclass(frozen=True)
class LabelMap:
    """The labels of one model's task.

    Args:
        id: such as `totalsegmentator:total`.
        names: label value to label name.
        structures: label name to the structure's IRI; a name that is missing here has no meaning known, or only
            that of something wider or narrower than itself.
    """

    id: str
    names: dict[int, str]
    structures: dict[str, str]


def load_label_map(name_or_path: str) -> LabelMap:
    """A shipped label map by its name, or one's own SSSOM file by its path.

    Raises:
        InputError: no such map, or the file is no label map; the line lists the names there are.
    """
    if name_or_path in SHIPPED:
        return _read(resource("label_maps", SHIPPED[name_or_path] + ".sssom.tsv"), name_or_path)
    path = Path(name_or_path)
    if path.is_file():
        # Known by its content: its name may hold a patient's, and two maps may have one name.
        return _read(path, OWN_MAP + sha256(_bytes(path)).hexdigest()[:12])
    raise InputError(f"no label map of that name; there are {', '.join(sorted(SHIPPED))}", "or give an SSSOM .tsv file")


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError:
        raise InputError("the label map can't be read", "give a UTF-8 SSSOM .tsv file") from None
    if len(data) > MAX_BYTES:
        raise InputError("the label map is larger than any label map", "give a UTF-8 SSSOM .tsv file")
    return data


def _read(path: Path, identity: str) -> LabelMap:
    try:
        lines = io.StringIO(_bytes(path).decode("utf-8-sig"), newline="")
        rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    except (UnicodeDecodeError, csv.Error):
        raise InputError("the label map can't be read", "give a UTF-8 SSSOM .tsv file") from None
    if not rows or not {"subject_label", "object_id"} <= set(rows[0]):
        raise InputError("the label map lacks the columns subject_label and object_id", "see Resources/label_maps")
    names: dict[int, str] = {}
    structures: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        name, target, value = row["subject_label"], row["object_id"] or "", (row.get("label_value") or "").strip()
        if not name:
            raise InputError(f"row {number} of the label map has no subject_label")
        if value:
            # Not repeated: in a table with another order of columns it may be a patient's name.
            if not (value.isascii() and value.isdecimal()) or len(value) > 9 or int(value) in names:
                raise InputError(f"row {number} of the label map: its label is no number or stands twice")
            names[int(value)] = name
        if target and target != "sssom:NoTermFound" and row.get("predicate_id") not in NOT_ITSELF:
            structures[name] = ST + target.removeprefix("st:").removeprefix(ST)
    return LabelMap(identity, names, structures)
