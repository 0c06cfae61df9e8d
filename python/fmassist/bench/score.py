"""What one check says of one case, as the benchmark counts it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fmassist.bench.injectors import Injected
from fmassist.reasoning.findings import CheckResult, Finding
from fmassist.volume import Segmentation


@dataclass(frozen=True)
class Scored:
    """One case as one checker sees it."""

    anatomy: int
    half: str
    kind: str
    severity: int
    score: float
    """Suspicion of the whole study."""
    detected: bool
    """A flag that the untouched study doesn't raise, on a segment that is wrong or about the study as a whole."""
    flags: int
    """Findings above `info`."""
    true_flags: int
    """Those of them that the injected error accounts for."""
    cause_right: bool | None = None
    """Whether the first-ranked cause is a right one; None where none was asked for."""
    repaired: bool | None = None
    """Whether the proposed repairs give back the truth to the voxel; None where it can't be known."""
    implausible: bool = False
    seconds: float = 0.0
    findings: tuple[tuple[str, str, str, bool], ...] = ()
    """Of every finding: rule, severity, likeliest cause, and whether the injected error accounts for it."""
    told: tuple[str, ...] = ()
    """The first causes, for reading what went wrong."""


def loud(result: CheckResult) -> list[Finding]:
    """Findings above `info`."""
    return [finding for finding in result.findings if finding.severity != "info"]


def new_findings(result: CheckResult, untouched: CheckResult) -> list[Finding]:
    """Loud findings that the good study doesn't have."""
    before = {(f.rule, f.segments) for f in loud(untouched)}
    return [f for f in loud(result) if (f.rule, f.segments) not in before]


def concerns(finding: Finding, injected: Injected) -> bool:
    """Whether a finding is about the injected error.

    It is when it names a segment that is wrong, or a wrong structure that is no longer there, or when the error is of
    the whole study and the finding too.
    """
    named = set(finding.segments) | {name for cause in finding.causes for name in cause.segments}
    if named & injected.wrong:
        return True
    spoken = finding.message.lower().replace("-", " ")
    absent = injected.wrong - {s.name for s in injected.segmentation.segments}
    return (
        not injected.wrong or not finding.segments or any(plain_words(name) <= set(spoken.split()) for name in absent)
    )


def plain_words(name: str) -> set[str]:
    """The words of a label name, for finding it in a sentence."""
    return {w for w in name.lower().replace("vertebrae", "").replace("gland", "").split("_") if w}


def same_labels(one: Segmentation, other: Segmentation) -> bool:
    """Whether both say the same of every voxel, by name."""
    if one.geometry.shape != other.geometry.shape:
        return False
    masks = [{s.name: s for s in segmentation.segments} for segmentation in (one, other)]
    for name in masks[0].keys() | masks[1].keys():
        here, there = masks[0].get(name), masks[1].get(name)
        a = one.mask(here) if here else np.zeros(one.geometry.shape, dtype=bool)
        b = other.mask(there) if there else np.zeros(other.geometry.shape, dtype=bool)
        if not np.array_equal(a, b):
            return False
    return True
