"""The panel's worklist: a batch's studies one after the other, with findings, scan and what was decided."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib import reading, storage, worklist
from FMAssistLib.enabling import enable
from FMAssistLib.errand import Errand
from FMAssistLib.idle import Idle, Steps, finish
from FMAssistLib.protocols import Desk
from FMAssistLib.session import ReviewSession
from FMAssistLib.worklist import Worklist


def ask_name() -> str:
    """Asks for the reviewer's name, under which decisions are kept; empty when the user wants none."""
    title, question = _("Who is looking?"), _("Your name; what you decide on a batch is kept under it.")
    said = qt.QInputDialog.getText(None, title, question)
    # PythonQt gives the text, PySide the text and whether it was agreed to.
    return str(said[0] if isinstance(said, tuple) else said or "").strip()


class WorklistPanel:
    """Goes through a batch.

    Args:
        ui: the loaded panel's widgets.
        desk: the panel.
        told: called with what is going on, in words; `""` when nothing is.
    """

    def __init__(self, ui: Any, desk: Desk, told: Callable[[str], None]) -> None:
        self._ui, self._desk, self._told = ui, desk, told
        self.errand = Errand()
        self.worklist: Worklist | None = None
        self.at = -1
        self._decided: dict[str, list[dict[str, Any]]] = {}
        self._read: dict[Any, Any] = {}
        """Records that were read, so that only those which changed are read again."""
        self._who = ""
        self._own: list[Any] = []
        self._idle = Idle()
        ui.openBatchButton.clicked.connect(lambda *_arguments: self.choose())
        ui.batchScansButton.clicked.connect(lambda *_arguments: self.choose_scans())
        ui.previousStudyButton.clicked.connect(lambda *_arguments: self.step(-1))
        ui.nextStudyButton.clicked.connect(lambda *_arguments: self.step(1))
        for button, choice in self._choices():
            button.clicked.connect(lambda *_arguments, choice=choice: self.decide(choice))
        self.update()

    @property
    def busy(self) -> bool:
        """Whether a study is being kept, read or its scan looked for."""
        return self._idle.busy or self.errand.busy

    @property
    def study(self) -> str:
        """Id of the study shown, or empty."""
        return self.worklist.entries[self.at].study if self.worklist is not None and self.at >= 0 else ""

    def choose(self) -> None:
        """Asks for a batch's folder and opens it."""
        folder = qt.QFileDialog.getExistingDirectory(None, _("Folder of a batch"), "")
        if folder:
            with slicer.util.tryWithErrorDisplay(_("The batch could not be opened.")):
                self.open(Path(str(folder)))

    def open(self, folder: Path | str, study: str = "", scans: Path | str | None = None) -> None:
        """Opens a batch at a study, or at the worst one.

        Args:
            folder: that `fmassist batch` wrote.
            study: id of the study shown first; empty for the worst one.
            scans: where the scans are, as `find_scans` takes it.

        Raises:
            ValueError: it is no batch, or has no such study; in a sentence.
        """
        found = worklist.open_batch(Path(folder).absolute())
        ids = [entry.study for entry in found.entries]
        if study and study not in ids:
            raise ValueError(_("This batch has no such study, or it failed."))
        if ids and not self._desk.reviewer.strip() and self._desk.parameters is not None:
            # Decisions of before are under somebody's name: without it, they would seem to be gone.
            self._desk.parameters.reviewer = ask_name()
        self._read = {}
        self.worklist, self.at, self._decided = found, -1, found.decided(self._read)
        at = ids.index(study) if study else 0
        if ids and scans is not None:
            self.find_scans(str(scans), at)
        elif ids:
            self.go(at)
        self.update()

    def choose_scans(self) -> None:
        """Asks where the batch's scans are; its own files hold no path of a patient's."""
        folder = qt.QFileDialog.getExistingDirectory(
            None, _("Folder that the batch was started with, or that holds its list"), ""
        )
        if folder:
            self.find_scans(str(folder))

    def find_scans(self, source: str, at: int | None = None) -> None:
        """Has the library find the scans again where the batch found them, and shows a study with its own.

        Args:
            source: a folder that `fmassist batch` was started with, or that holds its list.
            at: place of the study; by default that of the one shown.
        """
        shown = self.at if at is None else at

        def hand_over(folder: Path) -> Steps[list[str]]:
            yield
            return ["studies", "--source", source, "--out", str(folder / "scans.json")]

        def take_over(folder: Path) -> Steps[dict[str, list[str]]]:
            yield
            return dict(worklist.json_of(folder / "scans.json"))

        found = lambda known, why_not="": self._scans_found(known, why_not, shown)  # noqa: E731
        self.errand.run(hand_over, take_over, found, lambda why_not: found({}, why_not))
        self.update()
        self._told(_("Looking for the scans…"))

    def step(self, by: int) -> None:
        """Goes to the next study or to the one before; stays at the ends."""
        if self.worklist is not None and 0 <= self.at + by < len(self.worklist.entries):
            self.go(self.at + by)

    def go(self, at: int) -> None:
        """Keeps what was done on the study shown, and shows another one."""
        if self.busy:
            return
        self._told(_("Loading the study…"))
        self._idle.run(self._leaving(), lambda _nothing: self._arrive(at), self._failed)
        self.update()

    def decide(self, choice: str) -> None:
        """Says of the whole study whether it can be used, and goes to the next one."""
        with slicer.util.tryWithErrorDisplay(_("The decision could not be written.")):
            worklist.judge(self.worklist, self.study, self._desk.session, choice, self._desk.reviewer)
            if self.at + 1 < len(self.worklist.entries):
                self.step(1)
            else:
                self._idle.run(self._keeping(), lambda _nothing: self._kept(), self._failed)
        self.update()

    def _kept(self) -> None:
        self._decided = self.worklist.decided(self._read)
        self.update()

    def close(self) -> None:
        """The scene or the module goes away: what was done is kept, and nothing goes on."""
        if not self.busy and self.worklist is not None:
            with slicer.util.tryWithErrorDisplay(_("What was decided on this study could not be kept.")):
                finish(self._keeping())
        self.errand.close()
        self._idle.cancel()
        self._own, self.at = [], -1

    def update(self) -> None:
        """Enables what can be done, and says of the rest why it cannot."""
        ui, there = self._ui, self.worklist is not None and self.at >= 0
        moment = _("One moment: what was decided last is being carried out.") if self.busy else ""
        none, done = _("Open a batch first."), _("There is no other study on this side of the list.")
        last = len(self.worklist.entries) - 1 if self.worklist is not None else 0
        enable(ui.previousStudyButton, there and not moment and self.at > 0, moment or (done if there else none))
        further = self.worklist is not None and self.at < last
        enable(ui.nextStudyButton, further and not moment, moment or (none if self.worklist is None else done))
        nobody = "" if self._desk.reviewer.strip() else _("Enter your name below before you decide.")
        for button, _choice in self._choices():
            enable(button, there and not moment and not nobody, moment or (none if not there else nobody))
        enable(ui.batchScansButton, there and not moment, moment or none)
        ui.worklistWidget.visible = self.worklist is not None
        ui.batchScansButton.visible = self.worklist is not None and not self.worklist.scans
        ui.worklistLabel.text = self._where()

    def _choices(self) -> list[tuple[Any, str]]:
        ui = self._ui
        return [
            (ui.acceptStudyButton, "accept"),
            (ui.unsureStudyButton, "unsure"),
            (ui.rejectStudyButton, "reject"),
        ]

    def _where(self) -> str:
        """Which study is shown, and what was said of it."""
        if self.worklist is None:
            return ""
        total = len(self.worklist.entries)
        if self.at < 0:
            return _("{total} studies").format(total=total)
        entry, decided = self.worklist.entries[self.at], self._decided
        line = _("Study {number} of {total}: {study}").format(number=self.at + 1, total=total, study=entry.study)
        if entry.score is not None:
            # Nobody is that sure: a score above 99 % is told as that.
            percent = round(100 * min(entry.score, 0.99))
            line += _(", {percent}\u00a0% likely to be wrong").format(percent=percent)
        words = {"accept": _("accepted"), "reject": _("rejected"), "unsure": _("unsure")}
        said = [f"{words[one['decision']]} ({one['reviewer']})" for one in decided.get(entry.study, [])]
        done = _("decided: {count}").format(count=len(decided))
        return "; ".join([line, *said, done])

    # Leaving and arriving

    def _keeping(self) -> Steps[None]:
        session = self._desk.session
        if self.study and session is not None and session.segmentation_node in self._own:
            yield from worklist.keeping(self.worklist, self.study, session, self._who or self._desk.reviewer)

    def _leaving(self) -> Steps[None]:
        while self._desk.held:
            yield  # what was decided last is still being carried out
        yield from self._keeping()
        self._desk.take(None)
        yield
        own, self._own = self._own, []
        for node in own:
            if node.GetScene() is not None and node.IsA("vtkMRMLSegmentationNode"):
                storage.remove(node)
            elif node.GetScene() is not None:
                slicer.mrmlScene.RemoveNode(node)
            yield

    def _arrive(self, at: int) -> None:
        self.at = at
        paths = self.worklist.scans.get(self.study)
        if not paths:
            self._load(None)
            return

        def hand_over(folder: Path) -> Steps[list[str]]:
            (folder / "paths.json").write_text(json.dumps(paths), encoding="utf-8")
            yield
            return ["scan", "--paths", str(folder / "paths.json"), "--out", str(folder / "volume.nrrd")]

        def take_over(folder: Path) -> Steps[Any]:
            return (yield from reading.read_volume(folder / "volume.nrrd", self.study))

        self.errand.run(hand_over, take_over, self._load, self._without_scan)
        self.update()

    def _without_scan(self, why_not: str) -> None:
        slicer.util.warningDisplay(_("The scan of this study could not be read.") + f"\n\n{why_not}")
        self._load(None)

    def _load(self, volume_node: Any) -> None:
        if volume_node is not None:
            self._own.append(volume_node)
        self._who = self._desk.reviewer
        steps = worklist.opening(self.worklist, self.study, volume_node, self._who)
        self._idle.run(steps, self._loaded, self._failed)
        self.update()

    def _loaded(self, session: ReviewSession) -> None:
        self._own.append(session.segmentation_node)
        self._decided = self.worklist.decided(self._read)
        self._told("")
        self._desk.take(session)
        self.update()

    def _failed(self, error: Exception) -> None:
        self._told("")
        slicer.util.errorDisplay(_("The study could not be opened.") + f"\n\n{error}")
        self.update()

    def _scans_found(self, known: dict[str, list[str]], why_not: str, at: int) -> None:
        self._told("")
        scans = {entry.study: known[entry.study] for entry in self.worklist.entries if entry.study in known}
        if not scans:
            reason = why_not or _("None of its studies is one of this batch.")
            slicer.util.warningDisplay(_("No scan of this batch was found.") + f"\n\n{reason}")
        self.worklist = Worklist(self.worklist.folder, self.worklist.entries, self.worklist.failed, scans)
        self.go(at)
