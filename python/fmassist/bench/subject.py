"""The checker under test, behind the few calls that the benchmark makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from fmassist.reasoning.findings import CheckResult
from fmassist.volume import Segmentation, Volume


class Checker(Protocol):
    """Anything that can check a study and propose repairs."""

    def check(self, segmentation: Segmentation, volume: Volume | None, context: Mapping[str, object]) -> CheckResult:
        """Check one study; `context` has the entries of a context file."""
        ...

    def repair(self, segmentation: Segmentation, result: CheckResult) -> Segmentation | None:
        """The segmentation with every proposed repair applied, None where none is proposed."""
        ...


class OntologyChecker:
    """FMAssist's own check, with the shipped knowledge.

    Args:
        label_map: how the names of the cases are read.
    """

    def __init__(self, label_map: str = "totalsegmentator:total") -> None:
        from fmassist.knowledge.label_map import load_label_map
        from fmassist.knowledge.load import load_knowledge

        self._knowledge = load_knowledge()
        self._label_map = load_label_map(label_map)

    def check(self, segmentation: Segmentation, volume: Volume | None, context: Mapping[str, object]) -> CheckResult:
        """See `Checker`."""
        from fmassist.reasoning.context import make_context
        from fmassist.reasoning.study import check_study

        result, _, _ = check_study(
            segmentation,
            volume,
            label_map=self._label_map,
            knowledge=self._knowledge,
            context=make_context(dict(context), self._knowledge),
        )
        return result

    def repair(self, segmentation: Segmentation, result: CheckResult) -> Segmentation | None:
        """Apply each proposal once, the worst finding's first; a proposal that no longer fits is left out."""
        from fmassist.errors import InputError
        from fmassist.reasoning.repair import apply_repair

        changed = None
        done: set[object] = set()
        for finding in result.findings:
            repair = finding.repair
            if repair is None or repair.steps in done or finding.severity == "info":
                continue
            done.add(repair.steps)
            try:
                changed = apply_repair(changed or segmentation, repair, self._label_map)
            except InputError:
                continue
        return changed
