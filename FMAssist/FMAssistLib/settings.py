"""What the user set for all scenes to come, in Slicer's own settings; what a scene holds itself wins over it."""

from __future__ import annotations

import slicer

from FMAssistLib.parameters import Policy

POLICY = "FMAssist/UntilDecided"


def default_policy() -> Policy:
    """The gate that a new scene starts with: the one chosen last, where that gates at all, else the strictest.

    Showing everything is a choice for one scene. It is never taken over into another, where nobody would have made it.
    """
    said = str(slicer.app.userSettings().value(POLICY) or "")
    return Policy.MARK if said == Policy.MARK.value else Policy.HIDE


def remember_policy(policy: Policy) -> None:
    """Keeps what the user chose for the scenes to come; showing everything is not kept."""
    if policy is not Policy.SHOW_ALL:
        slicer.app.userSettings().setValue(POLICY, policy.value)
