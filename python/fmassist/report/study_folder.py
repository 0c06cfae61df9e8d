"""What a check leaves behind: findings.json, explanation.ttl, report.html, evidence.json, segmentation.seg.nrrd."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fmassist.evidence.facts import Evidence
from fmassist.knowledge.model import Knowledge
from fmassist.reasoning.context import Context
from fmassist.reasoning.findings import CheckResult
from fmassist.report.explanation import explanation
from fmassist.report.findings_json import dumps, to_json
from fmassist.report.html import render
from fmassist.report.pictures import pictures_for
from fmassist.report.terminology import with_terminology
from fmassist.volume import Segmentation, Volume, write_segmentation


def write_study(
    folder: Path,
    result: CheckResult,
    evidence: Evidence,
    segmentation: Segmentation | None,
    volume: Volume | None,
    *,
    meanings: Mapping[str, str],
    knowledge: Knowledge,
    context: Context,
    label_map: str,
    model: str | None = None,
    provenance: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Writes the results into `folder` and returns the content of `findings.json`.

    Args:
        folder: exists and is empty.
        result: the verdict.
        evidence: what was measured.
        segmentation: what was checked, on the grid of `volume`; None when only its evidence is at hand.
        volume: the image, or None.
        meanings: segment key to structure.
        knowledge: gives codes and colours.
        context: what was known of the patient.
        label_map: name of the label map used.
        model: name and version of the model that made the segmentation.
        provenance: what else the model says of itself: id, version, hash of its weights, device.
    """
    from fmassist.evidence.store import write_evidence

    document = to_json(result, evidence, model=model, context=context, label_map=label_map, provenance=provenance)
    # What the verdict rests on, so that a signature over the findings covers that too.
    document["versions"]["evidence_sha256"] = write_evidence(evidence, folder / "evidence.json")
    document["versions"]["knowledge_sha256"] = knowledge.digest
    (folder / "findings.json").write_text(dumps(document), encoding="utf-8")
    (folder / "explanation.ttl").write_bytes(explanation(document))
    pictures = {} if segmentation is None else pictures_for(document, segmentation, volume)
    (folder / "report.html").write_text(render(document, pictures), encoding="utf-8")
    if segmentation is not None:
        write_segmentation(with_terminology(segmentation, meanings, knowledge), folder / "segmentation.seg.nrrd")
    return document
