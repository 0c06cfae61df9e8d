"""Every reader of FMAssist, with a sound file for it: what the fuzzer damages and reads.

A reader ends with a value or with `InputError`, on one line that repeats nothing of the file; anything else is found.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

NUMBER_OF_PATIENT = "4711-0815"
BYTES, GZIP, JSON = "bytes", "gzip", "json"


@dataclass(frozen=True)
class Reader:
    """One reader.

    Args:
        name: of the reader.
        make: writes a sound file into an empty folder and returns the file that is to be damaged.
        read: reads it; given the damaged file.
        form: how it is damaged (`mutations.mutated`).
        ends_exactly: a file that was cut anywhere must be refused: it would be data lost in silence.
        weight: how many mutations, against one for others.
    """

    name: str
    make: Callable[[Path], Path]
    read: Callable[[Path], Any]
    form: str = BYTES
    ends_exactly: bool = False
    weight: float = 1.0


def readers() -> list[Reader]:
    """All of them."""
    return [*_volumes(), *_dicom(), *_texts(), *_batches()]


def _volumes() -> list[Reader]:
    from fmassist.volume import read_segmentation, read_volume

    def both(path: Path) -> None:
        from fmassist.errors import InputError

        try:
            read_volume(path)
        except InputError:
            read_segmentation(path)
            raise

    def volume(ending: str) -> Callable[[Path], Path]:
        def make(folder: Path) -> Path:
            from volume.files import some_voxels

            from fmassist.geometry import Geometry
            from fmassist.volume import Volume, write_volume

            path = folder / f"sound{ending}"
            write_volume(Volume(some_voxels(), Geometry((5, 6, 7), np.diag([2.0, 3.0, 4.0, 1.0]))), path)
            return path

        return make

    return [
        Reader("nifti", volume(".nii"), both, ends_exactly=True),
        Reader("nifti compressed", volume(".nii.gz"), both, GZIP, ends_exactly=True),
        Reader("nrrd", volume(".nrrd"), both, ends_exactly=True),
        Reader("metaimage", volume(".mha"), both, ends_exactly=True),
        Reader("mgh", _mgh, both, GZIP),
        Reader("seg.nrrd", _seg_nrrd, read_segmentation, weight=2, ends_exactly=True),
        Reader("folder of masks", _masks, lambda path: read_segmentation(path.parent)),
    ]


def _mgh(folder: Path) -> Path:
    import nibabel
    from volume.files import some_voxels

    path = folder / "sound.mgz"
    nibabel.save(nibabel.MGHImage(some_voxels(), np.diag([2.0, 3.0, 4.0, 1.0])), path)
    return path


def _seg_nrrd(folder: Path) -> Path:
    from volume.slicer_files import two_layers

    return two_layers(folder / "sound.seg.nrrd")[0]


def _masks(folder: Path) -> Path:
    from volume.files import nifti

    mask = np.zeros((5, 6, 7), np.uint8)
    mask[1:3, 2:4, 2:5] = 1
    nifti(folder / "spleen.nii.gz", np.roll(mask, 2, axis=0))
    return nifti(folder / "liver.nii.gz", mask)


def _dicom() -> list[Reader]:
    from fmassist.volume import read_segmentation, read_volume

    def series(folder: Path) -> Path:
        from volume.dicom_files import save, slices

        return sorted(save(slices(), folder / "ct").iterdir())[1]

    def seg(folder: Path) -> Path:
        from volume.dicom_files import slices
        from volume.test_dicom_seg import some_masks, write_seg

        return write_seg(folder / "seg.dcm", slices(6), some_masks())

    def structures(folder: Path) -> Path:
        from volume.test_rtstruct import square, write

        return write(folder / "rt.dcm", liver=[square(5, 13, 1), square(5, 13, 2)], spleen=[square(21, 31, 1)])

    def read_structures(path: Path) -> None:
        from volume.test_rtstruct import GRID

        read_segmentation(path, grid=GRID)

    return [
        Reader("dicom series", series, lambda path: read_volume(path.parent)),
        Reader("dicom seg", seg, read_segmentation, weight=2),
        Reader("rtstruct", structures, read_structures),
    ]


def _texts() -> list[Reader]:
    from fmassist.evidence.store import read_evidence
    from fmassist.knowledge.label_map import load_label_map
    from fmassist.models.card import read_card
    from fmassist.models.prompts.read import read_prompts
    from fmassist.review import AuditLog

    return [
        Reader("evidence", lambda folder: _study(folder) / "evidence.json", read_evidence, JSON, ends_exactly=True),
        Reader("evidence compressed", _packed, read_evidence, GZIP, ends_exactly=True),
        Reader("findings", _findings, _report, JSON, ends_exactly=True),
        Reader("review", _review, _verify, JSON, ends_exactly=True, weight=2),
        Reader("audit log", _log, AuditLog.read, weight=1),
        Reader("context", _context, _read_context, JSON, ends_exactly=True),
        Reader("label map", _label_map, lambda path: load_label_map(str(path))),
        Reader("prompts", _prompts, read_prompts, JSON, ends_exactly=True),
        Reader("model description", _card, read_card, JSON, ends_exactly=True),
        Reader("knowledge", _knowledge, _read_knowledge, weight=0.4),
    ]


def _batches() -> list[Reader]:
    """What a batch finds its studies in."""

    def found(path: Path) -> None:
        from fmassist.batch.sources import find_studies

        find_studies([path], segment=True)

    def table(separator: str, ending: str) -> Callable[[Path], Path]:
        def make(folder: Path) -> Path:
            rows = [list(_LISTED[0]), *(list(map(str, row.values())) for row in _listed(folder))]
            path = folder / f"sound{ending}"
            path.write_text("".join(separator.join(row) + "\n" for row in rows), encoding="utf-8")
            return path

        return make

    def objects(folder: Path) -> Path:
        path = folder / "sound.json"
        path.write_text(json.dumps(_listed(folder)), encoding="utf-8")
        return path

    def parquet(folder: Path) -> Path:
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(_listed(folder)), folder / "sound.parquet")
        return folder / "sound.parquet"

    def tree(folder: Path) -> Path:
        from batch.dicom_tree_files import write_series
        from volume.dicom_files import slices
        from volume.test_dicom_seg import some_masks, write_seg

        for number in (1, 2):
            write_series(folder / "tree", f"1.2.3.{number}", count=4, seed=number)
        write_seg(folder / "tree" / "seg.dcm", slices(6), some_masks())
        return sorted((folder / "tree").iterdir())[3]

    return [
        Reader("batch list csv", table(",", ".csv"), found),
        Reader("batch list tsv", table("\t", ".tsv"), found),
        Reader("batch list json", objects, found, JSON, ends_exactly=True),
        Reader("batch list parquet", parquet, found, ends_exactly=True),
        Reader("dicom tree", tree, _read_tree),
    ]


_LISTED = [
    {"id": f"one-{n}", "labels": "a.nii.gz", "image": "ct.nii.gz", "age": 54.5, "sex": "female", "site": "Ulm"}
    for n in range(5)
]


def _listed(folder: Path) -> list[dict[str, Any]]:
    """The rows of a list, with the files that they name."""
    for name in ("a.nii.gz", "ct.nii.gz"):
        (folder / name).write_bytes(b"any bytes")
    return copy.deepcopy(_LISTED)


def _read_tree(path: Path) -> None:
    """Every file that bears DICOM's mark is in a study, or said to be in trouble: none is passed over."""
    from fmassist.batch.sources import find_studies

    studies = find_studies([path.parent], segment=True)
    told = {file for study in studies for file in (study.labels, *study.image) if file}
    marked = {str(file) for file in path.parent.iterdir() if file.read_bytes()[128:132] == b"DICM"}
    lost = marked - told
    if lost and not (len(lost) == 1 and _is_alone(path)):
        raise AssertionError("a DICOM file is in no study, and nothing says so")


def _is_alone(path: Path) -> bool:
    """Whether a whole header now names a series of its own, or another kind of object: that is no file of this one."""
    import pydicom

    try:
        header = pydicom.dcmread(path, stop_before_pixels=True)
        return bool(header.SeriesInstanceUID) and str(header.SeriesInstanceUID) not in ("1.2.3.1", "1.2.3.2")
    except Exception:
        return False


def _study(folder: Path) -> Path:
    """A checked study of four structures, as `fmassist check` stores it."""
    for name, text in _study_texts().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@cache
def _study_texts() -> dict[str, str]:
    import tempfile

    from fmassist.evidence.store import write_evidence
    from fmassist.knowledge.load import load_knowledge
    from fmassist.reasoning.check import check
    from fmassist.reasoning.workshop.paper import evidence_on_paper
    from fmassist.report.findings_json import dumps, to_json

    knowledge = load_knowledge()
    evidence = evidence_on_paper({"structures": {"spleen": {"volume_ml": 3000.0}}}, knowledge)
    few = [segment for segment in evidence.segments if segment.name in ("liver", "spleen", "kidney_left")]
    keys = {segment.key for segment in few}
    pairs = tuple(pair for pair in evidence.pairs if {pair.first, pair.second} <= keys)
    evidence = replace(evidence, segments=tuple(few), pairs=pairs)
    meanings = {s.key: f"https://w3id.org/fmassist/structure/{s.name}" for s in evidence.segments}
    document = to_json(check(evidence, knowledge, meanings), evidence, label_map="totalsegmentator:total")
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "evidence.json"
        write_evidence(evidence, path)
        return {"evidence.json": path.read_text(encoding="utf-8"), "findings.json": dumps(document)}


def _findings(folder: Path) -> Path:
    return (_study(folder) / "findings.json").rename(folder / "sound-result.json")


def _packed(folder: Path) -> Path:
    import gzip

    path = folder / "evidence.json.gz"
    path.write_bytes(gzip.compress((_study(folder) / "evidence.json").read_bytes(), mtime=0))
    return path


def _report(path: Path) -> None:
    from fmassist.report.explanation import explanation
    from fmassist.report.html import render
    from fmassist.report.schema import read_findings

    document = read_findings(path)
    render(document)
    explanation(document)


def _review(folder: Path) -> Path:
    from fmassist.review import Review

    result = {
        "verdict": "review",
        "findings": [{"id": "a", "severity": "block", "segments": ["spleen"], "message": "a", "rule": "r"}],
        "versions": {"program": "1"},
    }
    review = Review(result)
    review.decide("keep", ["a"], reason="Normal variant of this patient", segment_digests={"spleen": "s"})
    review.sign("A. Reader", "d", key=None)
    path = folder / "review.json"
    path.write_text(json.dumps(review.to_json()))
    (folder / "sound-review.json").write_bytes(path.read_bytes())
    return path


def _verify(path: Path) -> None:
    """A signature holds on nothing but the very review that was signed."""
    from fmassist.json_file import read_json
    from fmassist.review import Review

    value = read_json(path, "the review", "")
    sound = json.loads((path.parent / "sound-review.json").read_text())
    review = Review.from_json(value)
    if review.verify("d").valid:
        kept = {name: value.get(name) for name in ("result", "decisions", "signature", "audit", "head")}
        if kept != {name: sound.get(name) for name in kept}:
            raise AssertionError("a changed review passes for the one that was signed")


def _log(folder: Path) -> Path:
    from fmassist.review import AuditLog

    log = AuditLog()
    for number in range(4):
        log.append("decided", {"finding": f"f{number}"})
    log.write(folder / "audit.jsonl")
    return folder / "audit.jsonl"


def _context(folder: Path) -> Path:
    path = folder / "context.json"
    known = {"age": 54, "sex": "female", "history": ["nephrectomy_left"], "body_part": "abdomen", "modality": "CT"}
    path.write_text(json.dumps(known))
    return path


def _read_context(path: Path) -> None:
    from fmassist.knowledge.load import load_knowledge
    from fmassist.reasoning.context import read_context

    read_context(path, load_knowledge())


def _label_map(folder: Path) -> Path:
    from fmassist.resources import resource

    text = resource("label_maps", "litemedsam.sssom.tsv").read_text(encoding="utf-8")
    path = folder / "own.sssom.tsv"
    path.write_text("\n".join(text.splitlines()[:40]) + "\n", encoding="utf-8")
    return path


def _prompts(folder: Path) -> Path:
    path = folder / "prompts.json"
    box = {"structure": "liver", "low_ras_mm": [-10, 0, 0], "high_ras_mm": [30, 40, 50]}
    point = {"structure": "liver", "ras_mm": [1, 2, 3], "inside": False}
    path.write_text(json.dumps({"boxes": [box], "points": [point]}))
    return path


def _card(folder: Path) -> Path:
    from fmassist.resources import resource

    path = folder / "fmassist-model.json"
    path.write_text(resource("models", "totalsegmentator.json").read_text(encoding="utf-8"), encoding="utf-8")
    return path


def _knowledge(folder: Path) -> Path:
    path = folder / "own.ttl"
    path.write_text(
        "@prefix fmx: <https://w3id.org/fmassist/ontology#> .\n@prefix st: <https://w3id.org/fmassist/structure/> .\n"
        "@prefix rule: <https://w3id.org/fmassist/rule/> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        'fmx:Mine a fmx:Pattern ; rdfs:label "x" ; fmx:sentence "x" ; fmx:quantity "x" ; fmx:unit "" ; fmx:query """'
        'SELECT ?rule ?failed WHERE { ?rule fmx:pattern fmx:Mine . BIND(true AS ?failed) }""" .\n'
        'rule:mine a fmx:Rule ; rdfs:label "A rule" ; rdfs:comment "why" ; fmx:pattern fmx:Mine ;\n'
        '  fmx:subject st:liver ; fmx:kind "implausible" ; fmx:severity "review" ; fmx:status "current" .\n'
    )
    return path


def _read_knowledge(path: Path) -> None:
    """Without the curator's checks, which would take seconds each: what remains must stand alone."""
    from fmassist.knowledge import load

    load._assemble([*load._shipped_files(), path], overriding=path.parent)
