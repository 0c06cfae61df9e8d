"""Words and small pictures for the panel: verdict, findings, and the explanation of one finding as rich text.

Every name that comes from a file is escaped. Colours are chosen to read on light and on dark panels alike.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from slicer.i18n import tr as _

DECIDED = "#455a64"
COLOURS = {"plausible": "#2e7d32", "review": "#b26a00", "implausible": "#c62828"}
SEVERITY_COLOURS = {"block": "#c62828", "review": "#b26a00", "info": "#5f6b76"}


def verdict_line(result: Mapping[str, Any], open_count: int) -> tuple[str, str]:
    """The verdict in one line, and its colour."""
    verdict = str(result.get("verdict", "review"))
    total = len(result.get("segments", []))
    findings = [f for f in result.get("findings", []) if f["severity"] != "info"]
    concerned = {name for finding in findings for name in finding["segments"]}
    if verdict == "plausible":
        text = _("Plausible: nothing speaks against the {total} structures").format(total=total)
    else:
        head = _("Implausible") if verdict == "implausible" else _("Needs review")
        text = _("{head}: {concerned} of {total} structures, {findings}").format(
            head=head, concerned=len(concerned), total=total, findings=count_of(len(findings))
        )
        if findings and not open_count:
            return _("{text}, all decided").format(text=text), DECIDED
    return text, COLOURS.get(verdict, COLOURS["review"])


def count_of(number: int) -> str:
    """A number of findings, in words."""
    return _("1 finding") if number == 1 else _("{number} findings").format(number=number)


def cause_line(result: Mapping[str, Any]) -> str:
    """The study's most likely cause, or an empty text."""
    causes = sorted(result.get("causes", []), key=lambda cause: -(cause.get("probability") or 0))
    return _("Likely cause: {cause}").format(cause=cause_text(causes[0])) if causes else ""


def cause_text(cause: Mapping[str, Any]) -> str:
    """A cause, with its probability where it is known."""
    probability = cause.get("probability")
    if probability is None:
        return str(cause["label"])
    if probability > 0.99:
        return _("{label} (over\u00a099\u00a0%)").format(label=cause["label"])
    return _("{label} ({percent}\u00a0%)").format(label=cause["label"], percent=round(100 * probability))


def structure_name(name: str) -> str:
    """A segment's name as people read it."""
    return name.replace("_", " ")


def tip(text: str) -> str:
    """A tool tip that shows a text from a file as it is; Qt would take it for markup where it looks like some."""
    return f"<qt>{html.escape(text)}</qt>"


def names_of(finding: Mapping[str, Any]) -> str:
    """The structures of a finding, shortened where they are many."""
    names = [structure_name(name) for name in finding["segments"]]
    if len(names) > 3:
        return _("{names} and {more} more").format(names=", ".join(names[:2]), more=len(names) - 2)
    return ", ".join(names)


def decision_text(decision: Any) -> str:
    """A decision in few words."""
    words = {
        "accept_repair": _("repair accepted"),
        "keep": _("kept"),
        "reject": _("rejected"),
        "edit": _("edited by hand"),
    }
    return words.get(decision.action, decision.action)


def decision_line(decision: Any) -> str:
    """A decision with who took it and why."""
    who = _(" by {name}").format(name=decision.by) if decision.by else ""
    reason = f": {decision.reason}" if decision.reason else ""
    return _("Decided: {decision}").format(decision=f"{decision_text(decision)}{who}{reason}")


def time_left(seconds: float | None) -> str:
    """The time left, rounded as an estimate deserves."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _("about {seconds} s left").format(seconds=max(5, 5 * round(seconds / 5)))
    return _("about {minutes} min left").format(minutes=round(seconds / 60))


def explanation(finding: Mapping[str, Any], decision: Any, version: str = "") -> str:
    """Everything about one finding, as rich text.

    Args:
        finding: as in `findings.json`.
        decision: the decision in force, or None.
        version: of the knowledge that the rule belongs to.
    """
    parts = [f"<p><b>{html.escape(str(finding['message']))}</b></p>"]
    if decision is not None:
        who = _(" by {name}").format(name=decision.by) if decision.by else ""
        reason = f": {decision.reason}" if decision.reason else ""
        parts.append(_paragraph(_("Decided"), html.escape(f"{decision_text(decision)}{who}{reason}")))
    rows = [_evidence_row(item) for item in finding.get("evidence", [])]
    if rows:
        parts.append(f"<p><b>{html.escape(_('Measured and expected'))}</b></p>" + "".join(rows))
    if finding.get("rationale"):
        parts.append(_paragraph(_("Why"), html.escape(str(finding["rationale"]))))
    # What is all but ruled out is no likely cause.
    causes = [c for c in finding.get("causes") or [] if c.get("probability") is None or c["probability"] >= 0.01]
    if causes:
        items = "".join(f"<li>{html.escape(cause_text(cause))}</li>" for cause in causes)
        parts.append(f"<p><b>{html.escape(_('Likely causes'))}</b></p><ul>{items}</ul>")
    excuses = finding.get("excused_by") or []
    if excuses:
        items = "".join(f"<li>{html.escape(str(text))}</li>" for text in excuses)
        parts.append(f"<p><b>{html.escape(_('It would be normal with'))}</b></p><ul>{items}</ul>")
    repair = finding.get("repair")
    if repair:
        steps = "".join(f"<li>{html.escape(step_text(step))}</li>" for step in repair.get("steps", []))
        effect = _("settles {resolved}").format(resolved=count_of(len(repair.get("resolves", []) or [1])))
        new = len(repair.get("introduces") or [])
        if new:
            effect += _(", but raises {new} more").format(new=new)
        parts.append(
            f"<p><b>{html.escape(_('Proposed repair'))}</b>: {html.escape(structure_name(str(repair['label'])))}, "
            f"{html.escape(effect)}</p><ul>{steps}</ul>"
        )
    sources = "; ".join(str(source) for source in finding.get("sources") or [])
    if sources:
        parts.append(_paragraph(_("Sources"), html.escape(sources)))
    rule = structure_name(re.split(r"[#/]", str(finding.get("rule") or ""))[-1]).replace("-", " ")
    if rule:
        of = _("{rule}, knowledge {version}").format(rule=rule, version=version) if version else rule
        parts.append(_paragraph(_("Rule"), html.escape(of)))
    return "".join(parts)


def step_text(step: Mapping[str, Any]) -> str:
    """One step of a repair, in words."""
    name = structure_name(str(step["segment"]))
    # A target may be the IRI of a structure that has no segment yet; its last part is its name.
    target = structure_name(re.split(r"[#/]", str(step.get("target") or ""))[-1])
    if step.get("component") is None:
        part = name
    elif step["component"] == 0:
        part = _("the largest piece of {name}").format(name=name)
    else:
        part = _("piece {number} of {name}").format(number=step["component"] + 1, name=name)
    words = {
        "swap": _("exchange {part} and {target}"),
        "relabel": _("rename {part} to {target}"),
        "drop": _("remove {part}"),
        "give": _("give {part} to {target}"),
        "fill": _("close gaps in {part}"),
        "keep": _("leave {part} as it is"),
    }
    return words.get(str(step["action"]), "{part}").format(part=part, target=target)


def _paragraph(title: str, body: str) -> str:
    return f"<p><b>{html.escape(title)}</b>: {body}</p>"


def _evidence_row(item: Mapping[str, Any]) -> str:
    value, unit = item.get("value"), str(item.get("unit") or "")
    shown = f"{value:.3g}" if isinstance(value, float) else str(value)
    if isinstance(value, float) and abs(value) >= 1000:
        shown = f"{value:,.0f}"
    shown = shown.replace("-", "\u2212")
    text = f"{item.get('quantity', '')}: {shown} {unit}".strip()
    expected = str(item.get("expected") or "")
    line = html.escape(text) + (html.escape(_(" (expected {expected})").format(expected=expected)) if expected else "")
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    bar = expectation_bar(value, item.get("low"), item.get("high")) if is_number else ""
    return f"<div>{line}</div>{bar}"


def expectation_bar(value: float, low: float | None, high: float | None) -> str:
    """A bar that shows the expected range in green and the measured value as a mark, if anything bounds it."""
    if low is None and high is None:
        return ""
    known = [number for number in (low, high, float(value)) if number is not None]
    span = (max(known) - min(known)) or abs(max(known)) or 1.0
    start, end = min(known) - 0.15 * span, max(known) + 0.15 * span
    width = 260

    def place(number: float | None, otherwise: int) -> int:
        return otherwise if number is None else round(width * (number - start) / (end - start))

    left, right, mark = place(low, 0), place(high, width), place(float(value), 0)
    inside = (low is None or value >= low) and (high is None or value <= high)
    colour = "#2e7d32" if inside else "#c62828"
    cells = _cells([(left, "#9aa4ad"), (max(2, right - left), "#66a86a"), (max(0, width - right), "#9aa4ad")])
    marks = _cells([(max(0, mark - 3), ""), (6, colour), (max(0, width - mark - 3), "")])
    table = '<table cellspacing="0" cellpadding="0" width="{width}"><tr>{row}</tr></table>'
    return table.format(width=width, row=marks) + table.format(width=width, row=cells)


def _cells(parts: Sequence[tuple[int, str]]) -> str:
    cells = ""
    for width, colour in parts:
        if width > 0:
            shade = f' bgcolor="{colour}"' if colour else ""
            cells += f'<td width="{width}"{shade}><font size="1">&nbsp;</font></td>'
    return cells
