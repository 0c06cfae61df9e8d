"""A disabled button says why in its tool tip; an enabled one says what it does, and which keys press it."""

from __future__ import annotations

import re
from typing import Any

from slicer.i18n import tr as _


def enable(button: Any, enabled: bool, why_not: str) -> None:
    """Enables a button, or disables it with a tool tip that says why.

    Args:
        button: whose own tool tip is kept from the first call on.
        enabled: what it shall be.
        why_not: shown while it is disabled.
    """
    tip = button.property("FMAssistTip")
    if tip is None:
        tip = with_keys(button.toolTip, button.text)
        button.setProperty("FMAssistTip", tip)
    shown = tip if enabled else why_not
    if bool(button.enabled) != enabled:
        button.enabled = enabled
    if button.toolTip != shown:
        button.toolTip = shown


def with_keys(tip: str, text: str) -> str:
    """A tool tip with the keys that press the button, where its text names any."""
    found = re.search(r"&(\w)", text.replace("&&", ""))
    return _("{tip} (Alt+{key})").format(tip=tip, key=found[1].upper()) if found else tip
