"""Sign-off: the button, the line that says who signed, and the watch over a signed result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from FMAssistLib import present
from FMAssistLib.idle import Idle, Steps
from FMAssistLib.session import ReviewSession

VERIFY_AFTER_MS = 300
"""An edit comes as many small changes; the signature is verified once they pause."""
STYLE = "background-color: {colour}; color: white; padding: 4px; border-radius: 3px;"


class SignOff(VTKObservationMixin):
    """Signs a result and says at any time whether the signature holds.

    Args:
        ui: the loaded panel's widgets.
        work: does the pieces; shared with the rest of the panel.
        reviewer: gives the reviewer's name.
        voided: called with whether the signature is void, whenever that was looked at.
        changed: called when buttons have to be looked at again.
    """

    def __init__(
        self,
        ui: Any,
        work: Idle,
        reviewer: Callable[[], str],
        voided: Callable[[bool], None],
        changed: Callable[[], None],
    ) -> None:
        super().__init__()
        self._ui, self._work, self._reviewer = ui, work, reviewer
        self._voided, self._changed = voided, changed
        self._session: ReviewSession | None = None
        self._void = False
        self._timer = qt.QTimer()
        self._timer.interval = VERIFY_AFTER_MS
        self._timer.timeout.connect(self.show_signature)
        ui.signButton.clicked.connect(self.sign)

    @property
    def waiting(self) -> bool:
        """Whether the signature is still to be verified."""
        return bool(self._timer.active)

    @property
    def signed(self) -> bool:
        """Whether a valid signature locks the result."""
        return self._session is not None and self._session.review.signature is not None and not self._void

    def watch(self, session: ReviewSession | None) -> None:
        """Turns to another result, or to none."""
        self.removeObservers()
        self._session, self._void = session, False
        self._ui.signWidget.visible = session is not None
        if session is not None:
            segmentation = session.segmentation_node.GetSegmentation()
            for event in (
                segmentation.SourceRepresentationModified,
                segmentation.SegmentModified,
                segmentation.SegmentAdded,
                segmentation.SegmentRemoved,
            ):
                self.addObserver(segmentation, event, self._edited)
        self.show_signature()

    def close(self) -> None:
        """The module goes away."""
        self._timer.stop()
        self.removeObservers()

    def sign(self, *_arguments: object) -> None:
        """Signs the result under the reviewer's name, or takes a valid signature back."""
        session = self._session
        if session is None or self._work.busy:
            return
        if self.signed:
            with slicer.util.tryWithErrorDisplay(_("The signature could not be withdrawn.")):
                session.withdraw()
            self.show_signature()
            return
        self._do(session.signing(self._reviewer()), lambda _nothing: self.show_signature())

    def show_button(self) -> None:
        """Says on the button what it would do, or why it cannot."""
        session, button, why_not = self._session, self._ui.signButton, ""
        button.text = _("Withdraw &signature") if self.signed else _("&Sign")
        tip = _("Lock the result under your name; any later change voids it visibly.")
        if self._work.busy:
            why_not = _("One moment.")
        elif self.signed:
            tip = _("Open the result again; the log keeps that it was signed.")
        elif session is None:
            why_not = _("There is no result to sign.")
        elif session.review.open_findings():
            left = present.count_of(len(session.review.open_findings()))
            why_not = _("Decide first: {findings} left.").format(findings=left)
        elif not self._reviewer().strip():
            why_not = _("Write your name first.")
        button.enabled = not why_not
        button.toolTip = why_not or tip

    def show_signature(self) -> None:
        """Verifies the signature and says how it is; on a large result that takes a moment."""
        session, label = self._session, self._ui.signatureLabel
        # Stopped by hand: `singleShot` is a property and a static method, which Python's Qts tell apart differently.
        self._timer.stop()
        if self._work.busy:
            self._timer.start()
            return
        if session is None or session.review.signature is None:
            label.text, label.visible = _("Not signed.") if session is not None else "", False
            label.styleSheet = ""
            self._void = False
            self._voided(False)
            self.show_button()
            return
        self._do(session.verifying(), lambda verification: self._verified(session, verification))

    def _verified(self, session: ReviewSession, verification: Any) -> None:
        if session is not self._session or session.review.signature is None:
            return
        signature, label = session.review.signature, self._ui.signatureLabel
        who = _("{name}, {time} UTC").format(name=signature.by, time=signature.at[:16].replace("T", " "))
        if verification.valid:
            text, colour = _("Signed by {who}").format(who=who), "#2e7d32"
        else:
            session.note_void(verification.reasons)
            reasons = "; ".join(verification.reasons)
            text, colour = _("Signature void (was {who}): {reasons}").format(who=who, reasons=reasons), "#c62828"
        label.text = "\n".join(said for said in (text, verification.proof, "; ".join(verification.notes)) if said)
        label.styleSheet = STYLE.format(colour=colour)
        label.visible = True
        self._void = not verification.valid
        self._voided(self._void)
        self.show_button()

    def _edited(self, *_arguments: object) -> None:
        if self._session is not None and self._session.review.signature is not None:
            self._timer.start()

    def _do(self, steps: Steps[Any], done: Callable[[Any], None]) -> None:
        def failed(error: Exception) -> None:
            slicer.util.errorDisplay(str(error))
            self.show_signature()
            self._changed()

        self._work.run(steps, done, failed)
        self._changed()
        self.show_button()
