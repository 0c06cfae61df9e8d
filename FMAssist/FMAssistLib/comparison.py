"""What changed between two checks of one study: for a curator after a change of a rule, and after an edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slicer.i18n import tr as _

from FMAssistLib.present import count_of, names_of


@dataclass(frozen=True)
class Change:
    """Findings that came, went, or became more or less severe.

    Args:
        new: messages of findings that were not there before.
        gone: messages of findings that are there no more.
        changed: messages of findings whose severity changed, with both.
        verdict: (before, after).
    """

    new: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[str, ...]
    verdict: tuple[str, str]

    def summary(self) -> str:
        """The change in one line."""
        parts = [(_("New"), self.new), (_("Gone"), self.gone), (_("Changed"), self.changed)]
        said = "; ".join(f"{title}: {count_of(len(messages))}" for title, messages in parts if messages)
        return said or self.text()

    def text(self) -> str:
        """The change in words."""
        if not (self.new or self.gone or self.changed) and self.verdict[0] == self.verdict[1]:
            return _("Nothing changed.")
        lines = []
        if self.verdict[0] != self.verdict[1]:
            lines.append(_("Verdict: {before}, now {after}").format(before=self.verdict[0], after=self.verdict[1]))
        for title, messages in ((_("New"), self.new), (_("Gone"), self.gone), (_("Changed"), self.changed)):
            if messages:
                lines.append(f"{title}: {count_of(len(messages))}")
                lines += [f"  {message}" for message in messages]
        return "\n".join(lines)


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    """The change from one `findings.json` to another; a finding is the same when rule and segments are."""
    old, new = _by_identity(before), _by_identity(after)
    return Change(
        new=tuple(_line(new[key]) for key in new if key not in old),
        gone=tuple(_line(old[key]) for key in old if key not in new),
        changed=tuple(
            f"{_line(new[key])} ({old[key]['severity']}, now {new[key]['severity']})"
            for key in new
            if key in old and old[key]["severity"] != new[key]["severity"]
        ),
        verdict=(str(before.get("verdict", "")), str(after.get("verdict", ""))),
    )


def _by_identity(result: Mapping[str, Any]) -> dict[tuple[str, tuple[str, ...]], Mapping[str, Any]]:
    return {(f["rule"], tuple(sorted(f["segments"]))): f for f in result.get("findings", [])}


def _line(finding: Mapping[str, Any]) -> str:
    return f"{names_of(finding)}: {finding['message']}"
