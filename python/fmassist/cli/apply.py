"""`fmassist check --apply`: what a person accepted is carried out on a copy, and checked again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fmassist.errors import InputError

if TYPE_CHECKING:
    from fmassist.cli.progress import Progress
    from fmassist.knowledge.label_map import LabelMap
    from fmassist.knowledge.model import Knowledge
    from fmassist.reasoning.context import Context
    from fmassist.reasoning.findings import CheckResult, Finding, Repair
    from fmassist.volume import Segmentation, Volume

ALL = "all"


def apply_into(
    folder: Path,
    segmentation: Segmentation,
    volume: Volume | None,
    *,
    wanted: Sequence[str],
    label_map: LabelMap,
    knowledge: Knowledge,
    context: Context,
    progress: Progress,
) -> CheckResult:
    """Repairs a copy of `segmentation`, checks it, and writes it with its findings and `repairs.json` into `folder`.

    Args:
        wanted: ids of findings, or of their repairs, as a check before told them; `all` for every one offered.

    Raises:
        InputError: an id names no finding with a repair, two repairs exclude each other, or the repaired segmentation
            would have a finding that the given one has not. Nothing is written then.
    """
    from fmassist.cli.study import check_into
    from fmassist.reasoning.repair import apply_repair
    from fmassist.reasoning.study import check_study

    before, _, _ = check_study(
        segmentation, volume, label_map=label_map, knowledge=knowledge, context=context, progress=progress
    )
    chosen = _chosen(wanted, before)
    repaired = segmentation
    try:
        for _, repair in chosen:
            repaired = apply_repair(repaired, repair, label_map)
    except InputError:
        raise InputError("a repair no longer fits after the one before it", "apply one, and check again") from None
    after = check_into(
        folder,
        repaired,
        volume,
        label_map=label_map,
        knowledge=knowledge,
        context=context,
        progress=progress,
    )
    was = {(f.rule, frozenset(f.segments)) for f in _loud(before)}
    new = [f for f in _loud(after) if (f.rule, frozenset(f.segments)) not in was]
    if len(_loud(after)) > len(_loud(before)) or any(f.severity == "block" for f in new):
        raise InputError(
            f"the repair would bring a new finding: {new[0].message if new else after.findings[0].message}",
            "nothing was changed; look at the findings one by one",
        )
    (folder / "repairs.json").write_text(json.dumps(_record(chosen, before, after), indent=1) + "\n", encoding="utf-8")
    return after


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
