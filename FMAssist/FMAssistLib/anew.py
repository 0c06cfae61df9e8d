"""One structure segmented anew: asked of the model, shown beside the old outline, taken only by decision."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from FMAssistLib import exchange, masks, present, preview
from FMAssistLib.enabling import enable
from FMAssistLib.errand import Errand
from FMAssistLib.idle import Idle, Steps
from FMAssistLib.session import ReviewSession


class Anew:
    """The button *Segment anew*, and the question that follows.

    Args:
        ui: the loaded panel's widgets.
        desk: the verdict panel: `session`, `selected`, `signed`, `look`, and `decided` after a decision.
        model: gives the key of a promptable model that is here, or `""`.
        reviewer: gives the reviewer's name.
        told: called with what is going on, in words; `""` when nothing is.
    """

    def __init__(
        self,
        ui: Any,
        desk: Any,
        model: Callable[[], str],
        reviewer: Callable[[], str],
        told: Callable[[str], None],
    ) -> None:
        self._ui, self._desk, self._model, self._reviewer, self._told = ui, desk, model, reviewer, told
        self.errand = Errand()
        self._idle = Idle()
        self._asked: tuple[ReviewSession, str, str] | None = None
        self._new: masks.Crop | None = None
        ui.anewButton.clicked.connect(self.ask)
        ui.takeAnewButton.clicked.connect(self.take)
        ui.dropAnewButton.clicked.connect(self.drop)
        self.update()

    @property
    def busy(self) -> bool:
        """Whether the model is asked, or its outline is shown or taken."""
        return self._idle.busy or self.errand.busy

    @property
    def waiting(self) -> bool:
        """Whether a new outline waits for a decision."""
        return self._new is not None

    def ask(self, *_arguments: object) -> None:
        """Has the model outline the structure of the finding shown."""
        session, finding = self._desk.session, self._desk.session.finding(self._desk.selected)
        structure = next(name for name in finding["segments"] if session.segment_ids([name]))
        self._asked = session, finding["id"], structure
        name = present.structure_name(structure)
        self._told(_("Segmenting {structure} anew…").format(structure=name))
        self.errand.run(self._hand_over, self._take_over, self._shown, self._failed)
        self.update()

    def take(self, *_arguments: object) -> None:
        """The new outline takes the place of the old one."""
        session, finding_id, structure = self._asked
        (sid, *_more) = session.segment_ids([structure])
        reason = _("segmented anew with {model}").format(model=self._model())
        steps = session.replacing(finding_id, {sid: self._new}, self._reviewer(), reason)
        self._idle.run(steps, lambda _nothing: self._end(True), self._failed)

    def drop(self, *_arguments: object) -> None:
        """Nothing is changed."""
        self._end(False)

    def close(self) -> None:
        """Ends whatever is under way, without a word."""
        self.errand.close()
        self._idle.cancel()
        self._asked = self._new = None

    def update(self) -> None:
        """Enables the button, or says why it cannot be pressed."""
        desk, ui = self._desk, self._ui
        session, selected = desk.session, desk.selected
        why_not = ""
        if session is None or selected is None or session.review.decision_on(selected) is not None:
            why_not = _("Select a finding that is not decided yet.")
        elif desk.signed:
            why_not = _("The result is signed; withdraw the signature to change a decision.")
        elif session.volume_node is None:
            why_not = _("There is no scan to segment anew in.")
        elif not session.segment_ids(session.finding(selected)["segments"]):
            why_not = _("A segment that the repair needs is no longer there. Check again.")
        elif not self._model():
            why_not = _("This needs a model that takes boxes; LiteMedSAM is installed when it is first run.")
        elif self.busy or self.waiting:
            why_not = _("One moment: what was decided last is being carried out.")
        enable(ui.anewButton, not why_not, why_not)
        ui.anewWidget.visible = self.waiting
        ui.decideWidget.visible = not desk.signed and not self.waiting

    def _hand_over(self, folder: Path) -> Steps[list[str]]:
        session, _finding, structure = self._asked
        result, nodes = session.review.result, (session.segmentation_node, session.volume_node)
        context, modality = dict(result.get("context") or {}), str((result.get("study") or {}).get("modality") or "")
        study = yield from exchange.study_into(folder, *nodes, session.names, context, modality)
        arguments = ["anew", *study, "--structure", structure, "--model", self._model(), "--out", str(folder / "out")]
        if result.get("label_map"):
            arguments += ["--label-map", str(result["label_map"])]
        return arguments

    def _take_over(self, folder: Path) -> Steps[tuple[masks.Crop, list[str]]]:
        """Draws the new outline; returns its voxels, and what a check says of it."""
        import numpy as np

        session, _finding_id, structure = self._asked
        said = json.loads((folder / "out" / "anew.json").read_text(encoding="utf-8"))
        shape = tuple(int(n) for n in said["shape"])
        bits = np.frombuffer((folder / "out" / "new.bits").read_bytes(), np.uint8)
        mask = np.unpackbits(bits, count=int(np.prod(shape))).astype(bool).reshape(shape)
        yield
        if not mask.any():
            raise RuntimeError(_("The model found nothing there."))
        crop = masks.cropped(masks.Crop((0, 0, 0), mask))
        yield
        (sid, *_more) = session.segment_ids([structure])
        yield from preview.steps(session.segmentation_node, {sid: crop})
        return crop, [str(message) for message in said["findings"]]

    def _shown(self, taken: tuple[masks.Crop, list[str]]) -> None:
        self._new, findings = taken
        _session, _finding_id, structure = self._asked
        self._ui.anewLabel.text = _("New outline (dashed) of {structure}: {findings} about it afterwards.").format(
            structure=present.structure_name(structure),
            findings=present.count_of(len(findings)) if findings else _("no finding"),
        )
        self._ui.anewLabel.toolTip = present.tip("\n".join(findings)) if findings else _("A check is content.")
        self._told("")
        self.update()

    def _failed(self, error: object) -> None:
        slicer.util.errorDisplay(_("The structure could not be segmented anew.") + f"\n\n{error}")
        self._end(False)

    def _end(self, taken: bool) -> None:
        self._asked = self._new = None
        preview.clear()
        self._told("")
        if taken:
            self._desk.decided(False, True)
        else:
            self._desk.look()
        self._desk.update_buttons()
