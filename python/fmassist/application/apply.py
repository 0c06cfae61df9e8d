"""What a person accepted is carried out on a copy, and checked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fmassist.application.check import check
from fmassist.application.checked import CheckedStudy
from fmassist.application.types import Inputs, Options, Origin
from fmassist.errors import InputError
from fmassist.terms import Edit

if TYPE_CHECKING:
    from fmassist.reasoning.findings import CheckResult, Finding, Repair

ALL = "all"


def apply(before: CheckedStudy, wanted: Sequence[str], options: Options) -> CheckedStudy:
    """Repair a copy of a study's segmentation, and check the copy.

    Args:
        before: a study with its segmentation; it stays as it is.
        wanted: ids of findings, or of their repairs; `all` for every one offered.
        options: what is checked against.

    Returns:
        The repaired study; its `repairs` say what was done.

    Raises:
        InputError: an id names no finding with a repair, two repairs exclude each other, or the repaired segmentation
            would be worse: by a new finding, or by the size, place or contacts of any one structure.
    """
    from fmassist.reasoning.repair import apply_repair

    if before.segmentation is None:
        raise InputError("the study has no segmentation to repair", "check the segmentation itself, not its evidence")
    chosen = _chosen(wanted, before.result)
    repaired = before.segmentation
    try:
        for _, repair in chosen:
            repaired = apply_repair(repaired, repair, before.label_map)
    except InputError:
        raise InputError("a repair no longer fits after the one before it", "apply one, and check again") from None
    # How sure the model was holds for its own outlines, and not for what was made of them.
    origin = Origin(before.model, before.provenance)
    after = check(Inputs(repaired, before.volume, before.label_map, before.context, origin), options)
    _require_no_harm(before, after, chosen)
    return replace(after, repairs=_record(chosen, before.result, after.result))


def _require_no_harm(before: CheckedStudy, after: CheckedStudy, chosen: Sequence[tuple[Finding, Repair]]) -> None:
    from fmassist.reasoning.gate import Side, harm

    steps = [step for _, repair in chosen for step in repair.steps]
    dropped = {step.segment for step in steps if step.action == Edit.DROP and step.component is None}
    renamed = {key for step in steps if step.action != Edit.DROP for key in (step.segment, step.target) if key}
    sides = [Side(study.evidence, study.meanings, study.result) for study in (before, after)]
    said = harm(sides[0], sides[1], before.knowledge, frozenset(renamed), frozenset(dropped))
    if said:
        raise InputError(f"the repair does not pass: {said}", "nothing was changed; look at the findings one by one")


def _chosen(wanted: Sequence[str], before: CheckResult) -> list[tuple[Finding, Repair]]:
    """Each repair once, in the order of the findings."""
    offered = [(finding, finding.repair) for finding in before.findings if finding.repair is not None]
    ids = {name for finding, repair in offered for name in (finding.id, repair.id)}
    for name in wanted:
        if name != ALL and name not in ids:
            known = any(finding.id == name for finding in before.findings)
            what = "has no repair" if known else "is no finding of this segmentation"
            hint = "take an id with a repair from findings.json" if ids else "no finding here has a repair"
            raise InputError(f"--apply {name[:80]!r} {what}", hint)
    chosen: dict[str, tuple[Finding, Repair]] = {}
    for finding, repair in offered:
        if ALL in wanted or finding.id in wanted or repair.id in wanted:
            chosen.setdefault(repair.id, (finding, repair))
    if not chosen:
        raise InputError("no finding here has a repair", "leave --apply out")
    return list(chosen.values())


def _loud(result: CheckResult) -> list[Finding]:
    return [finding for finding in result.findings if finding.severity != "info"]


def _record(chosen: list[tuple[Finding, Repair]], before: CheckResult, after: CheckResult) -> dict[str, Any]:
    names = {segment.key: segment.name for segment in before.segments}
    return {
        "applied": [
            {
                "finding": finding.id,
                "repair": repair.id,
                "label": repair.label,
                "steps": [
                    {
                        "action": step.action,
                        "segment": names.get(step.segment, step.segment),
                        "target": names.get(step.target or "", step.target),
                        "component": step.component,
                    }
                    for step in repair.steps
                ],
            }
            for finding, repair in chosen
        ],
        "verdict": {"before": before.verdict, "after": after.verdict},
        "findings": {
            "before": [finding.id for finding in _loud(before)],
            "after": [finding.id for finding in _loud(after)],
        },
        "undo": "the segmentation that was given is unchanged",
    }
