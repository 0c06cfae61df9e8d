"""Measures for how long the GUI thread is busy in one go, step by step through a session.

    python Testing/slicer/responsiveness.py [--upsample 4] [--views] [--live] [--study FOLDER] [--cold]

The panel, the scene and the worker are the real ones; the scan is `ct_abdomen` of the developers' shared data with
errors planted, on its own grid or on one several times as fine. With `--study` a model's finished result, such as
`fmassist run` leaves it, is loaded as well and shown in 3D. A heartbeat in Qt's event loop records the longest
stretch without a turn of the loop, as CPU time of the GUI thread, so that other programs on the machine do not count.
PySide reads the signatures of its own classes when they are first used, which takes longer than the panel and is
nothing that Slicer does; it is let do so before the module is opened (`--cold`: not). Slicer brings the module's files
compiled: run it twice, without PYTHONDONTWRITEBYTECODE.
At the end it is measured, in seconds on the clock, how long after Cancel a process is gone that holds 2 GB.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import harness

app = harness.install()

import cases  # noqa: E402
import slicer  # noqa: E402
from harness.scripted_module import new_parent  # noqa: E402
from PySide6 import QtCore, QtGui, QtWidgets  # noqa: E402

from __feature__ import true_property  # isort: skip  # noqa: E402, F401


class Heartbeat:
    """The longest stretches between two turns of the event loop."""

    def __init__(self) -> None:
        self.longest: dict[str, list[float]] = {}
        self.step = ""
        self._last = time.thread_time()
        self._timer = QtCore.QTimer()
        self._timer.interval = 0
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def _beat(self) -> None:
        now = time.thread_time()
        if self.step:
            self.longest.setdefault(self.step, []).append(1000 * (now - self._last))
        self._last = now

    def during(self, step: str, action, until=None) -> None:
        """Does something from within the event loop, and waits until it is over."""
        app.processEvents()
        done = []
        QtCore.QTimer.singleShot(0, lambda: (action(), done.append(True)))
        self.step, self._last = step, time.thread_time()
        app.wait_until(lambda: done and (until is None or until()), seconds=1800)
        for _ in range(3):
            app.processEvents()
        self.step = ""

    def table(self) -> str:
        """One line a step: its longest stretch, and how many were longer than 50 ms."""
        lines = ["| step | longest stretch (ms) | stretches over 50 ms |", "|---|---|---|"]
        for step, gaps in self.longest.items():
            lines.append(f"| {step} | {max(gaps):.0f} | {sum(gap > 50 for gap in gaps)} |")
        return "\n".join(lines)


def warm_up() -> None:
    """Has PySide read its signatures, and the properties of what the panel's file holds."""
    for part in (QtCore, QtGui, QtWidgets):
        for name in dir(part):
            getattr(getattr(part, name), "__signature__", None)
    panel = slicer.util.loadUI(str(Path(__file__).resolve().parents[2] / "FMAssist/Resources/UI/FMAssist.ui"))
    slicer.util.childWidgetVariables(panel)
    panel.deleteLater()


def main() -> None:
    """One session, as a clinician goes through it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--upsample", type=int, default=1)
    parser.add_argument("--views", action="store_true", help="with slice and 3D views, drawn by Slicer")
    parser.add_argument("--study", type=Path, help="a folder with findings.json, evidence.json, segmentation.seg.nrrd")
    parser.add_argument("--live", action="store_true", help="also judge edits while somebody edits, for real")
    parser.add_argument("--cold", action="store_true", help="open the module before PySide has read its signatures")
    options = parser.parse_args()
    from FMAssistLib.parameters import Task

    case = cases.planted_abdomen(Path(__file__).resolve().parents[3] / "shared", upsample=options.upsample)
    if options.views:
        from harness.views import LayoutManager

        app.layout = LayoutManager(app.applicationLogic(), slicer.mrmlScene, (400, 400))
    import FMAssist

    if not options.cold:
        warm_up()
    beat = Heartbeat()
    turns = []
    # As the application does when it has started, with nothing open yet.
    beat.during(
        "start of the application", FMAssist.register_with_the_application, lambda: turns.append(1) or len(turns) > 80
    )
    widget = FMAssist.FMAssistWidget(new_parent())
    beat.during("open the module", widget.setup)
    widget.parent.show()
    ui, logic = widget.ui, widget.logic
    widget.initializeParameterNode()
    parameters = widget._parameters

    def choose() -> None:
        parameters.inputVolume = case.volume
        parameters.task = Task.CHECK
        parameters.inputSegmentation = case.segmentation
        ui.confirmNamesCheckBox.checked = True

    beat.during("choose scan and segmentation", choose)
    parameters.reviewer = "A. Reader"
    ends = []
    finished = logic.on_finished
    logic.on_finished = lambda session, message: (finished(session, message), ends.append(message))
    logic.command = cases.stand_in_for(case.result)

    def idle() -> bool:
        return not getattr(widget.panel, "busy", False)

    beat.during("Apply, until the verdict shows", ui.applyButton.click, lambda: ends and idle())
    assert ends == [""], ends
    verdict = widget.panel.verdict
    ui.previewCheckBox.checked = True
    beat.during("select the first finding, with its preview", lambda: verdict.select("f1"), idle)
    beat.during("select the second finding", lambda: verdict.select("f2"), idle)
    beat.during("select the first one again", lambda: verdict.select("f1"), idle)
    beat.during("accept its repair", ui.acceptButton.click, idle)
    beat.during("undo", ui.undoButton.click, idle)
    beat.during("accept it again", ui.acceptButton.click, idle)
    beat.during("select the second finding (2)", lambda: verdict.select("f2"), idle)
    ui.reasonComboBox.lineEdit().text = "accessory spleen"
    beat.during("keep it", ui.keepButton.click, idle)
    beat.during("sign", ui.signButton.click, idle)
    assert ui.signatureLabel.text.startswith("Signed"), ui.signatureLabel.text
    from FMAssistLib import masks, voxels

    session = logic.session
    (liver,) = session.segment_ids(["liver"])
    ((_, crop),) = masks.crops(session.segmentation_node, [liver])
    crop.mask[:3] = False
    voxels.write_crops(session.segmentation_node, {liver: crop})
    beat.during("notice an edit", lambda: None, lambda: "void" in ui.signatureLabel.text)
    if not options.study:
        beat.during("show in 3D", ui.show3DButton.click, idle)
    else:
        ends.clear()
        parameters.task = Task.SEGMENT
        logic.command = cases.stand_in_for(
            json.loads((options.study / "findings.json").read_text(encoding="utf-8")), study=options.study
        )
        beat.during("Apply a model, until the verdict shows", ui.applyButton.click, lambda: ends and idle())
        assert ends == [""], ends
        beat.during("show in 3D", ui.show3DButton.click, idle)
        first = logic.session.findings[0]["id"]
        beat.during("select a finding", lambda: verdict.select(first), idle)
        ui.reasonComboBox.lineEdit().text = "seen"
        beat.during("keep it (2)", ui.keepButton.click, idle)
    shape = slicer.util.arrayFromVolume(case.volume).shape[::-1]
    print("{} × {} × {} voxels".format(*shape))  # noqa: T201
    print(beat.table())  # noqa: T201
    parameters.task = Task.CHECK
    for deaf in (False, True):
        logic.command = cases.stand_in_for(case.result, hang_at="model", megabytes=2000, deaf=deaf)
        how = "that does not listen" if deaf else "that listens"
        seconds = seconds_to_cancel(widget, ends)
        print(f"a process of 2 GB {how} is gone {seconds:.1f} s after Cancel")  # noqa: T201
    if options.live:
        for line in live(beat, case):
            print(line)  # noqa: T201
    widget.cleanup()


def live(beat: Heartbeat, case) -> list[str]:
    """Judges an edit while somebody edits, with the real library; says how long the answer takes."""
    from FMAssistLib import live_panel, masks, voxels
    from FMAssistLib.idle import Idle, finish

    told = []
    panel = live_panel.LivePanel(lambda: (case.segmentation, case.volume))
    tell = panel.live._told
    panel.live._told = lambda judgement: (tell(judgement), told.append((time.monotonic(), judgement)))
    began = time.monotonic()
    beat.during("begin to judge edits", panel.button.click, lambda: told or not panel.live.running)
    lines = [f"edits are judged {told[0][0] - began:.1f} s after it was switched on"]
    names = masks.segment_names(case.segmentation)
    liver = next(sid for sid, name in names.items() if name == "liver")
    found = finish(masks.read_crops(case.segmentation, [liver]))
    writing, written = Idle(), []

    def erase(share: float) -> None:
        found[liver].mask[: round(share * len(found[liver].mask))] = False
        steps = voxels.write_steps(case.segmentation, dict(found))
        writing.run(steps, lambda _nothing: written.append(time.monotonic()))

    for step in range(1, 4):
        told.clear()
        beat.during("judge an edit", lambda step=step: erase(step / 8), lambda step=step: told and len(written) == step)
        at, judgement = told[-1]
        seconds = f"{at - written[-1]:.2f} s after it, {judgement.seconds:.2f} s of it in its process"
        lines.append(f"an edit is judged {seconds}")
    panel.close()
    lines.append(beat.table())
    return lines


def seconds_to_cancel(widget, ends) -> float:
    """Time from Cancel until the process and its memory are gone and the panel can be used again."""
    ends.clear()
    told, progress = [], widget.logic.on_progress
    widget.logic.on_progress = lambda value: (told.append(value.stage), progress(value))
    try:
        widget.ui.applyButton.click()
        app.wait_until(lambda: "model" in told or ends)
        assert widget.logic.running, ends
        number = widget.logic._worker.process_id
        began = time.monotonic()
        widget.ui.applyButton.click()
        app.wait_until(lambda: ends)
        assert not Path(f"/proc/{number}").exists()
        assert widget.ui.applyButton.enabled
        return time.monotonic() - began
    finally:
        widget.logic.on_progress = progress


if __name__ == "__main__":
    main()
