"""Findings in the order of work: each that asks for a decision, with what follows from it folded under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ORDER = {"block": 0, "review": 1, "info": 2}


@dataclass(frozen=True)
class Group:
    """One finding to decide, and those of the same cause that ask for nothing.

    Args:
        lead: the finding; None for the group of what is for information alone.
        cause: in words, or `""`.
        followers: findings of severity `info`.
    """

    lead: Mapping[str, Any] | None
    cause: str
    followers: tuple[Mapping[str, Any], ...]


def grouped(findings: Sequence[Mapping[str, Any]], causes: Sequence[Mapping[str, Any]]) -> list[Group]:
    """The groups, worst first; findings of one cause stand together.

    Args:
        findings: as in `findings.json`.
        causes: of the whole study, likeliest first.
    """
    ranked = sorted(findings, key=lambda f: (ORDER.get(f["severity"], 3), -(f.get("probability") or 0.0)))
    leads = [f for f in ranked if f["severity"] != "info"]
    followers: dict[str, list[Mapping[str, Any]]] = {}
    alone = []
    for finding in (f for f in ranked if f["severity"] == "info"):
        lead = _lead_of(finding, leads, causes)
        if lead is None:
            alone.append(finding)
        else:
            followers.setdefault(lead["id"], []).append(finding)
    first_of: dict[str, int] = {}
    for number, lead in enumerate(leads):
        first_of.setdefault(cause_of(lead) or lead["id"], number)
    leads.sort(key=lambda f: first_of[cause_of(f) or f["id"]])
    groups = [Group(f, cause_of(f), tuple(followers.get(f["id"], ()))) for f in leads]
    return [*groups, Group(None, "", tuple(alone))] if alone else groups


def cause_of(finding: Mapping[str, Any]) -> str:
    """The likeliest cause of a finding in words, or `""`."""
    causes = finding.get("causes") or []
    return str(causes[0].get("label") or "") if causes else ""


def _lead_of(
    finding: Mapping[str, Any],
    leads: Sequence[Mapping[str, Any]],
    causes: Sequence[Mapping[str, Any]],
) -> Mapping[str, Any] | None:
    """The finding to decide that a follower stands under: that of the cause which explains both."""
    for cause in causes:
        explained = set(cause.get("explains") or ())
        if finding["id"] not in explained or f"{cause.get('label')}" not in str(finding["message"]):
            continue
        for lead in leads:
            if lead["id"] in explained:
                return lead
    return None
