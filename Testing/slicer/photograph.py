"""Takes the tutorial's pictures: the real panel in the harness, the real views, on the synthetic torso.

    python Testing/slicer/photograph.py docs/slicer/pictures

No patient is in them. Scan, labels and findings are what a user gets from the panel's button and the real check.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import harness

app = harness.install()

import slicer  # noqa: E402
from harness.scripted_module import new_parent  # noqa: E402
from harness.views import LayoutManager  # noqa: E402
from PIL import Image  # noqa: E402
from PySide6 import QtGui, QtWidgets  # noqa: E402

from __feature__ import true_property  # isort: skip  # noqa: E402, F401

WIDTH = 360
SLICERS_OWN_PX = 350
"""What Slicer's own header and Data Probe take of a window's height."""
HEIGHTS = (700, 1000, 1400)
"""Of a window, at which the panel is photographed as it is seen there."""


def palette(dark: bool) -> QtGui.QPalette:
    """Slicer's light or dark palette, in its main colours."""
    if not dark:
        return QtWidgets.QApplication.style().standardPalette()
    colours = QtGui.QPalette()
    grey, base, text = QtGui.QColor(50, 50, 50), QtGui.QColor(25, 25, 25), QtGui.QColor(250, 250, 250)
    role = QtGui.QPalette.ColorRole
    for name, colour in (
        (role.Window, grey),
        (role.Button, grey),
        (role.Base, base),
        (role.AlternateBase, grey),
        (role.WindowText, text),
        (role.ButtonText, text),
        (role.Text, text),
        (role.ToolTipBase, base),
        (role.ToolTipText, text),
        (role.PlaceholderText, QtGui.QColor(150, 150, 150)),
        (role.Highlight, QtGui.QColor(42, 130, 218)),
        (role.HighlightedText, text),
    ):
        colours.setColor(name, colour)
    for name in (role.WindowText, role.ButtonText, role.Text):
        colours.setColor(QtGui.QPalette.ColorGroup.Disabled, name, QtGui.QColor(130, 130, 130))
    return colours


class Photographer:
    """One module panel and one four-up layout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        app.layout = LayoutManager(app.applicationLogic(), slicer.mrmlScene, (420, 360))
        import FMAssist

        self.parent = new_parent()
        self.widget = FMAssist.FMAssistWidget(self.parent)
        self.widget.setup()
        self.parent.show()
        self.ui = self.widget.ui

    def panel(self, name: str, dark: bool = False) -> None:
        """Photographs the panel at the height that it asks for, as in Slicer's scrolling panel."""
        QtWidgets.QApplication.setPalette(palette(dark))
        self.parent.resize(WIDTH, 100)
        for _ in range(3):
            app.processEvents()
            wanted = self.parent.layout().totalHeightForWidth(WIDTH)
            self.parent.resize(WIDTH, max(wanted, 620))
        app.processEvents()
        self.parent.grab().save(str(self.folder / f"{name}.png"))
        QtWidgets.QApplication.setPalette(palette(False))

    def at_heights(self, name: str) -> None:
        """Photographs the panel as windows of different heights show it, light and dark, without scrolling."""
        for height in HEIGHTS:
            for dark in (False, True):
                QtWidgets.QApplication.setPalette(palette(dark))
                self.parent.resize(WIDTH, height - SLICERS_OWN_PX)
                for _ in range(3):
                    app.processEvents()
                self.parent.grab().save(str(self.folder / f"{name}-{height}{'-dark' if dark else ''}.png"))
        QtWidgets.QApplication.setPalette(palette(False))

    def both(self, name: str) -> None:
        """Photographs the panel in Slicer's light and in its dark style."""
        self.panel(name)
        self.panel(f"{name}-dark", dark=True)

    def views(
        self,
        name: str,
        slices: tuple[str, ...] = ("Red", "Green"),
        three_d: bool = False,
        more: Path | None = None,
    ) -> None:
        """Photographs slice views side by side, and the 3D view, or a picture of it taken before."""
        files = []
        for view in slices:
            app.layout.slices[view].picture(self.folder / f".{view}.png")
            files.append(self.folder / f".{view}.png")
        if three_d:
            app.layout.three_d.picture(self.folder / ".3d.png")
            files.append(self.folder / ".3d.png")
        if more is not None:
            files.append(more)
        self._paste(name, files)
        for file in files:
            file.unlink()

    def screenshot(self) -> None:
        """Panel and views of a selected finding in one picture, for the extensions catalogue."""
        panel = Image.open(self.folder / "panel-finding.png").convert("RGB")
        views = Image.open(self.folder / "views-finding.png").convert("RGB")
        (width, height), count = views.size, 3
        each = (width - 4 * (count - 1)) // count
        tall = panel.height // count
        wide = round(each * tall / height)
        sheet = Image.new("RGB", (panel.width + 4 + wide, panel.height), "white")
        sheet.paste(panel, (0, 0))
        for number in range(count):
            view = views.crop((number * (each + 4), 0, number * (each + 4) + each, height))
            sheet.paste(view.resize((wide, tall)), (panel.width + 4, number * (tall + 1)))
        sheet.save(self.folder / "screenshot.png", optimize=True)

    def _paste(self, name: str, files: list[Path]) -> None:
        images = [Image.open(file).convert("RGB") for file in files]
        width = sum(image.width for image in images) + 4 * (len(images) - 1)
        sheet = Image.new("RGB", (width, max(image.height for image in images)), "white")
        left = 0
        for image in images:
            sheet.paste(image, (left, 0))
            left += image.width + 4
        sheet.save(self.folder / f"{name}.png", optimize=True)


def main(folder: Path) -> None:
    """Goes through a whole session and photographs each state."""
    from FMAssistLib.parameters import Task

    camera = Photographer(folder)
    widget, ui = camera.widget, camera.ui

    def settle() -> None:
        app.wait_until(lambda: not widget.panel.busy)

    def press(button) -> None:
        button.click()
        settle()

    def select(finding_id) -> None:
        if finding_id is None:
            widget.panel.verdict.select(None)
        else:
            widget.panel.verdict.select(finding_id)
        settle()

    widget.panel.inputs.ask_for_models()
    app.wait_until(lambda: widget.panel.inputs.models_are_told)
    camera.both("panel-empty")
    parameters = widget._parameters
    press(ui.sampleButton)
    parameters.task = Task.SEGMENT
    camera.panel("panel-segment")
    ui.modelComboBox.currentIndex = ui.modelComboBox.findText("nnInteractive")
    camera.panel("panel-model")
    ui.modelComboBox.currentIndex = 0
    parameters.task = Task.CHECK
    camera.panel("panel-check")
    context(widget, camera)
    ui.confirmNamesCheckBox.checked = True
    run(widget, camera)
    settle()
    session = widget.logic.session
    press(ui.show3DButton)
    app.layout.three_d.look_from_front()
    select(None)
    camera.both("panel-verdict")
    camera.views("views-gated", three_d=True)
    select(widget.panel.verdict.findings.order[0])
    camera.both("panel-finding")
    camera.at_heights("panel-finding")
    for tab, name in ((1, "panel-why"), (2, "panel-structures"), (3, "panel-curators")):
        ui.detailTabs.currentIndex = tab
        camera.both(name)
    ui.detailTabs.currentIndex = 0
    camera.views("views-finding", three_d=True)
    camera.screenshot()
    parameters.reviewer = "A. Reader"
    press(ui.acceptButton)
    kidneys = camera.folder / ".kidneys.png"
    app.layout.three_d.picture(kidneys)  # while the others are still ghosts: from the front they hide the kidneys
    select(None)
    camera.views("views-repaired", more=kidneys)
    select(next(f["id"] for f in session.review.open_findings()))
    camera.views("views-fragment", ("Red", "Green"), three_d=True)
    camera.panel("panel-fragment")
    for finding in session.review.open_findings():
        select(finding["id"])
        ui.reasonComboBox.lineEdit().text = "Splenosis after trauma, known since 2019"
        press(ui.keepButton)
    camera.both("panel-decided")
    press(ui.signButton)
    camera.both("panel-signed")
    void(session)
    app.wait_until(lambda: "void" in ui.signatureLabel.text)
    settle()
    camera.panel("panel-void")
    worklist(widget, camera)
    editor_effect(camera)
    widget.cleanup()


def worklist(widget, camera) -> None:
    """A batch's study, with its scan."""
    import tempfile

    import cases

    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "data", Path(folder) / "out"
        data.mkdir()
        out.mkdir()
        cases.small_batch(data, out)
        widget.panel.worklist.open(out)
        app.wait_until(lambda: not widget.panel.busy, seconds=300)
        camera.at_heights("panel-worklist")
        widget.panel.worklist.find_scans(str(data))
        app.wait_until(lambda: not widget.panel.busy, seconds=300)
        numbers(widget, camera)


def numbers(widget, camera) -> None:
    """Segments with numbers for names, read with the map that fits them."""
    from FMAssistLib.parameters import Task

    session, parameters = widget.logic.session, widget._parameters
    node = session.segmentation_node.GetSegmentation()
    for number in range(node.GetNumberOfSegments()):
        segment = node.GetNthSegment(number)
        segment.RemoveTag("TerminologyEntry")
        segment.SetName(f"Segment_{segment.GetLabelValue()}")
    widget.ui.inputsCollapsibleButton.collapsed = False
    parameters.task = Task.CHECK
    parameters.inputVolume, parameters.inputSegmentation = session.volume_node, session.segmentation_node
    app.wait_until(lambda: not widget.panel.busy, seconds=300)
    camera.panel("panel-numbers")


def editor_effect(camera) -> None:
    """What the Segment Editor's effect says after a stroke."""
    from FMAssistLib import live_panel, masks, sample_data, voxels

    sample = sample_data.make_torso()
    panel = live_panel.LivePanel(lambda: (sample.labels, sample.volume))
    panel.widget.resize(WIDTH, 260)
    panel.button.click()
    app.wait_until(lambda: panel.live.opened or not panel.live.running, seconds=300)
    app.wait_until(lambda: not panel.live.busy, seconds=300)
    names = masks.segment_names(sample.labels)
    (liver,) = [sid for sid, name in names.items() if name == "liver"]
    ((_, crop),) = masks.crops(sample.labels, [liver])
    crop.mask[len(crop.mask) // 2 :] = False
    voxels.write_crops(sample.labels, {liver: crop})
    app.wait_until(lambda: panel.line.text.startswith("liver"), seconds=300)
    panel.widget.show()
    for dark in (False, True):
        QtWidgets.QApplication.setPalette(palette(dark))
        for _ in range(3):
            app.processEvents()
        panel.widget.grab().save(str(camera.folder / f"effect{'-dark' if dark else ''}.png"))
    QtWidgets.QApplication.setPalette(palette(False))
    panel.close()


def context(widget, camera) -> None:
    """The clinical context, filled in for the picture alone: nothing of it is known of the torso."""
    from FMAssistLib.parameters import NOTHING_KNOWN, Examination, Modality, Sex, Side

    parameters, ui = widget._parameters, widget.ui
    parameters.modality, parameters.age, parameters.sex = Modality.CT, 54, Sex.FEMALE
    parameters.examination, parameters.laterality = Examination.ABDOMEN, Side.BOTH
    ui.contextCollapsibleButton.collapsed = False
    camera.panel("panel-context")
    ui.contextCollapsibleButton.collapsed = True
    for name, value in NOTHING_KNOWN.items():
        setattr(parameters, name, value)


def run(widget, camera) -> None:
    """Runs the check, photographed on its way."""
    ends = []
    finished = widget.logic.on_finished

    def ended(session, message):
        finished(session, message)
        ends.append(message)

    widget.logic.on_finished = ended
    told = []
    progress = widget.logic.on_progress

    def tell(value):
        progress(value)
        told.append(value)

    widget.logic.on_progress = tell
    widget.ui.applyButton.click()
    app.wait_until(lambda: ends or any(v.stage not in ("export", "Reading") and v.fraction for v in told))
    camera.both("panel-running")
    app.wait_until(lambda: ends, seconds=300)
    if ends[0]:
        raise RuntimeError(ends[0])


def void(session) -> None:
    """Edits a signed segment, as somebody with a brush would."""
    from FMAssistLib import masks, voxels

    (liver,) = session.segment_ids(["liver"])
    ((_, crop),) = masks.crops(session.segmentation_node, [liver])
    crop.mask[:, :, :4] = False
    voxels.write_crops(session.segmentation_node, {liver: crop})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
