"""`findings.json`: the verdict on one study, for programs. Its form is `Resources/schemas/findings.schema.json`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from fmassist.evidence.facts import Evidence, SegmentFacts
from fmassist.reasoning.context import Context
from fmassist.reasoning.findings import (
    Cause,
    CheckResult,
    Finding,
    Measured,
    Repair,
    RuleOutcome,
    SegmentVerdict,
    Trace,
)
from fmassist.reasoning.stored import understanding_as_dict
from fmassist.reasoning.wording import expected
from fmassist.terms import Outcome

SCHEMA_VERSION = "1.1"


def to_json(
    result: CheckResult,
    evidence: Evidence,
    *,
    model: str | None = None,
    context: Context | None = None,
    label_map: str | None = None,
    provenance: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The verdict as JSON values, the same for the same study: no time, no file name, no identifier.

    Args:
        result: what the check says.
        evidence: what it was said about; gives each segment's measurements.
        model: name and version of the model that made the segmentation, or None where nobody said.
        context: what was known of the patient.
        label_map: name of the label map that gave the labels their meaning.
        provenance: what the model says of itself (see `ModelResult`): id, version, hash of its weights, device.
    """
    names = {segment.key: segment.name for segment in result.segments}
    measured = {facts.key: facts for facts in evidence.segments}
    return {
        "schema_version": SCHEMA_VERSION,
        "verdict": result.verdict,
        "study": _study(evidence),
        "context": _context(context or Context()),
        "label_map": label_map,
        "segments": [_segment(verdict, measured.get(verdict.key), evidence) for verdict in result.segments],
        "findings": [_finding(finding, names) for finding in result.findings],
        "causes": [_cause(cause, names) for cause in result.causes],
        "rules": _rules(result),
        "versions": {**result.versions, "model": model, **_provenance(provenance or {})},
        **_understood(result),
    }


def _understood(result: CheckResult) -> dict[str, Any]:
    if result.understood is None:
        return {}
    return {"understood": understanding_as_dict(result.understood, result.vocabulary)}


def _provenance(said: Mapping[str, str]) -> dict[str, str]:
    names = {"model": "model_id", "title": "model_title", "version": "model_version", "weights_sha256": "model_sha256"}
    return {names.get(key, f"model_{key}"): value for key, value in said.items() if value}


def dumps(document: dict[str, Any]) -> str:
    """JSON text with the order of keys kept, ending in a line break; NaN and infinities become null.

    They are no JSON, and a reader in another language would refuse the whole file for one of them.
    """
    text = json.dumps(_finite(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")  # half a character becomes its escape


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def _study(evidence: Evidence) -> dict[str, Any]:
    scan = evidence.scan
    low, high = scan.field_of_view_box_ras_mm
    return {
        "modality": scan.modality,
        "has_image": scan.has_image,
        "shape": list(scan.shape),
        "spacing": {"value": _rounded(scan.spacing_mm), "unit": "mm"},
        "orientation": scan.axis_codes,
        "field_of_view_ras": {"value": [_rounded(low), _rounded(high)], "unit": "mm"},
        "body_cut_faces": list(scan.body_cut_faces),
    }


def _context(context: Context) -> dict[str, Any]:
    """As a context file says it; what is unknown is left out."""
    entries = {
        "age": context.age_years,
        "sex": context.sex,
        "history": [iri.rsplit("/", 1)[-1] for iri in context.history] or None,
        "body_part": context.body_part,
        "laterality": context.laterality,
        "modality": context.modality,
    }
    return {name: value for name, value in entries.items() if value is not None}


def _segment(verdict: SegmentVerdict, facts: SegmentFacts | None, evidence: Evidence) -> dict[str, Any]:
    return {
        "key": verdict.key,
        "label": verdict.label,
        "layer": verdict.layer,
        "name": verdict.name,
        "structure": verdict.structure,
        "structure_label": verdict.structure_label,
        "meaning_from": verdict.meaning_from,
        "status": verdict.status,
        "measurements": _measurements(facts, evidence) if facts is not None else {},
        "cut_at": sorted(facts.border_area_mm2) if facts is not None else [],
        "findings": list(verdict.findings),
        "wrong_probability": verdict.wrong_probability,
    }


def _measurements(facts: SegmentFacts, evidence: Evidence) -> dict[str, Any]:
    """Each quantity with its unit (`1` for counts and shares)."""
    found: dict[str, Any] = {
        "voxels": _quantity(facts.voxel_count, "1"),
        "volume": _quantity(round(facts.volume_ml, 3), "mL"),
        "surface_area": _quantity(round(facts.surface_area_mm2, 1), "mm²"),
        "components": _quantity(facts.component_count, "1"),
        "main_component_share": _quantity(round(facts.main_component_share, 4), "1"),
        "border_share": _quantity(round(facts.border_share, 4), "1"),
    }
    if facts.centroid_ras_mm is not None:
        found["centroid_ras"] = _quantity(_rounded(facts.centroid_ras_mm), "mm")
    if facts.box_ras_mm is not None:
        found["box_ras"] = _quantity([_rounded(corner) for corner in facts.box_ras_mm], "mm")
    if facts.principal_extents_mm is not None:
        found["principal_extents"] = _quantity(_rounded(facts.principal_extents_mm), "mm")
    if facts.intensity is not None:
        unit = "HU" if evidence.scan.modality == "CT" else "image units"
        found["intensity_median"] = _quantity(round(facts.intensity.p50, 2), unit)
        found["intensity_mean"] = _quantity(round(facts.intensity.mean, 2), unit)
        found["intensity_sd"] = _quantity(round(facts.intensity.sd, 2), unit)
    if facts.confidence_mean is not None:
        found["confidence_mean"] = _quantity(round(facts.confidence_mean, 4), "1")
    if facts.unsure_share is not None:
        found["unsure_share"] = _quantity(round(facts.unsure_share, 4), "1")
    return found


def _quantity(value: Any, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit}


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 2) for value in values]


def _finding(finding: Finding, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": finding.id,
        "rule": finding.rule,
        "kind": finding.kind,
        "severity": finding.severity,
        "segments": list(finding.segments),
        "message": finding.message,
        "evidence": [_measured(measured) for measured in finding.evidence],
        "location_ras_mm": None if finding.location_ras_mm is None else _rounded(finding.location_ras_mm),
        "causes": [_cause(cause, names) for cause in finding.causes],
        "repair": None if finding.repair is None else _repair(finding.repair, names),
        "sources": list(finding.sources),
        "excused_by": list(finding.excused_by),
        "rationale": finding.rationale,
        "probability": finding.probability,
        "counterfactual": finding.counterfactual,
        "trace": None if finding.trace is None else _trace(finding.trace),
    }


def _trace(trace: Trace) -> dict[str, Any]:
    return {
        "pattern": trace.pattern,
        "axioms": [
            {"subject": a.subject, "predicate": a.predicate, "object": a.object, "text": a.text} for a in trace.axioms
        ],
        "ground_rules": list(trace.ground_rules),
    }


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        "quantity": measured.quantity,
        "value": measured.value,
        "unit": measured.unit,
        "low": measured.low,
        "high": measured.high,
        "expected": expected(measured),
    }


def _cause(cause: Cause, names: dict[str, str]) -> dict[str, Any]:
    return {
        "id": cause.id,
        "label": cause.label,
        "probability": cause.probability,
        "segments": [names.get(segment, segment) for segment in cause.segments],
        "explains": list(cause.explains),
        "unexplained": list(cause.unexplained),
    }


def _repair(repair: Repair, names: dict[str, str]) -> dict[str, Any]:
    """A repair whose steps name segments as the user knows them; the reasoner speaks of them by their key."""
    return {
        "id": repair.id,
        "label": repair.label,
        "steps": [
            {
                "action": step.action,
                "segment": names.get(step.segment, step.segment),
                "target": None if step.target is None else names.get(step.target, step.target),
                "component": step.component,
            }
            for step in repair.steps
        ],
        "resolves": list(repair.resolves),
        "introduces": list(repair.introduces),
    }


def _rules(result: CheckResult) -> dict[str, Any]:
    """The account of every rule: nothing that was loaded goes unmentioned."""
    by_rule: dict[str, Counter[str]] = {}
    for outcome in result.outcomes:
        by_rule.setdefault(outcome.rule, Counter())[outcome.outcome] += 1
    return {
        **{name.replace(" ", "_"): count for name, count in result.rule_counts.items()},
        "by_rule": [
            {"rule": iri, **{name.replace(" ", "_"): tally[name] for name in Outcome}}
            for iri, tally in sorted(by_rule.items())
        ],
        "not_applicable_reasons": dict(sorted(_reasons(result.outcomes).items())),
    }


def _reasons(outcomes: tuple[RuleOutcome, ...]) -> Counter[str]:
    return Counter(row.reason or "no reason given" for row in outcomes if row.outcome == Outcome.NOT_APPLICABLE)
