"""What the Segment Editor's effect shows: whether edits are judged, and what is said of the segment edited last."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib import dependencies, present, process, scripting, storage, studies
from FMAssistLib.live import Judgement, Live, Subject

MOST_LINES = 8
"""Findings listed at once; the rest is counted."""


def subject_of(segmentation_node: Any, volume_node: Any = None) -> Subject:
    """What is judged: a result under review with what its check was told, anybody else's by its codes and names.

    Args:
        segmentation_node: that is edited.
        volume_node: the scan that the editor shows, or None.
    """
    from FMAssistLib.session import ReviewSession

    session = ReviewSession.restore(segmentation_node) if storage.is_reviewed(segmentation_node) else None
    if session is None:
        volume_node = studies.scan_of(segmentation_node) or volume_node
        return Subject(segmentation_node, volume_node, scripting.names_for(segmentation_node))
    result = session.review.result
    return Subject(
        segmentation_node,
        session.volume_node,
        session.names,
        str(result.get("label_map") or "litemedsam"),
        dict(result.get("context") or {}),
        str((result.get("study") or {}).get("modality") or ""),
    )


class LivePanel:
    """The widgets of the effect.

    Args:
        nodes: gives the segmentation that is edited and the scan that the editor shows, or None for either.
        installer: sees that what a check needs is there.
        command: gives the process's command; replaced in tests.
    """

    def __init__(
        self,
        nodes: Callable[[], tuple[Any, Any]],
        installer: Any = dependencies,
        command: Callable[[list[str]], list[str]] = process.live_command,
    ) -> None:
        self._nodes, self._installer = nodes, installer
        self.live = Live(self._told, self._ended, self._working, command)
        self.widget = qt.QWidget()
        self.button = qt.QCheckBox(_("Judge while I edit"))
        self.button.toolTip = _("Check the segmentation after every edit, with any effect, until this is switched off.")
        self.line = qt.QLabel(_("Nothing is judged yet."))
        self.text = qt.QLabel("")
        for label in (self.line, self.text):
            label.wordWrap = True
        self.text.textInteractionFlags = qt.Qt.TextSelectableByMouse
        self.line.toolTip = self.text.toolTip = _("What the check says of the segments edited last, and what changed.")
        layout = qt.QVBoxLayout(self.widget)
        for part in (self.button, self.line, self.text):
            layout.addWidget(part)
        layout.addStretch(1)
        self.button.toggled.connect(lambda on: self._switched(bool(on)))

    def follow(self) -> None:
        """Another segmentation may be edited now: what was judged of the one before goes with it."""
        subject = self.live.subject
        if subject is not None and subject.segmentation_node is not self._nodes()[0]:
            self.close()

    def close(self) -> None:
        """Ends judging: the editor goes, or the scene."""
        self.live.close()
        self._switch_off(_("Nothing is judged yet."))

    def _switched(self, on: bool) -> None:
        if not on:
            self.close()
            return
        segmentation_node, volume_node = self._nodes()
        if segmentation_node is None:
            self._switch_off(_("Choose the segmentation to check."))
            return
        with slicer.util.tryWithErrorDisplay(_("The check could not be started.")):
            if not self._installer.ensure():
                self._switch_off(_("Nothing is judged yet."))
                return
            subject = subject_of(segmentation_node, volume_node)
            why_not = subject.why_not()
            if why_not:
                self._switch_off(why_not)
            else:
                self.live.start(subject)
            return
        self._switch_off(_("Nothing is judged yet."))

    def _working(self) -> None:
        self.line.text = _("Judging…") if self.live.opened else _("Judging the whole once…")

    def _told(self, judgement: Judgement) -> None:
        line, text = said(judgement)
        self.line.text, self.text.text = line, text
        # Who paints with another effect does not see this one's widgets.
        slicer.util.showStatusMessage(_("FMAssist: {line}").format(line=line), 10000)

    def _ended(self, reason: str) -> None:
        self._switch_off(reason)

    def _switch_off(self, why: str) -> None:
        blocked = self.button.blockSignals(True)
        self.button.checked = False
        self.button.blockSignals(blocked)
        self.line.text, self.text.text = why, ""


def said(judgement: Judgement) -> tuple[str, str]:
    """A judgement as one line, and as rich text for below it."""
    names = ", ".join(present.structure_name(name) for name in judgement.touched[:3])
    of_touched = judgement.of_touched
    total = present.count_of(len(judgement.findings)) if judgement.findings else _("no finding")
    if not judgement.touched:
        line = _("The whole: {findings}. Edits are judged from now on.").format(findings=total)
    else:
        own = present.count_of(len(of_touched)) if of_touched else _("no finding")
        line = _("{structures}: {own}; the whole: {findings}.").format(structures=names, own=own, findings=total)
    paragraphs = []
    changes = ((_("New"), judgement.new), (_("Gone"), judgement.gone))
    others = [f for f in of_touched if f not in judgement.new]
    for title, findings in (*changes, (_("Still"), others)):
        if findings:
            lines = "<br>".join(html.escape(str(f["message"])) for f in findings[:MOST_LINES])
            more = "" if len(findings) <= MOST_LINES else f"<br>+ {len(findings) - MOST_LINES}"
            paragraphs.append(f"<p><b>{html.escape(title)}</b><br>{lines}{more}</p>")
    return line, "".join(paragraphs)
