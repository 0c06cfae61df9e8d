"""Boxes drawn as ROI markups for a model: outlines only, beside each other, out of the way when there is a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from FMAssistLib import masks, meanings
from FMAssistLib.structure_lists import StructureLists

STRUCTURE_ATTRIBUTE = "FMAssistStructure"
"""What a box was named here."""
NAMED_OVER_ATTRIBUTE = "FMAssistNamedOver"
"""The terminology that the box had when it was named here."""
SHARE_OF_SCAN = 0.25
"""Size of a new box along each axis."""


class BoxesPanel(VTKObservationMixin):
    """The table of boxes.

    Args:
        ui: the loaded panel's widgets.
        structures: the lists to choose from.
        changed: called when a box came, went or was named.
    """

    def __init__(self, ui: Any, structures: StructureLists, changed: Callable[[], None]) -> None:
        super().__init__()
        self._ui, self._structures, self._changed = ui, structures, changed
        self.rois: list[Any] = []
        self.volume: Any = None
        """The scan that a new box is put into."""
        ui.boxesTable.columnCount = 2
        ui.boxesTable.setHorizontalHeaderLabels([_("Box"), _("Structure")])
        ui.addBoxButton.clicked.connect(self.add)
        ui.removeBoxButton.clicked.connect(self.remove)

    def named(self) -> list[bool]:
        """Of each box, whether its structure is known."""
        return [bool(self.structure_of(roi)) for roi in self.rois]

    def close(self) -> None:
        """The module goes away."""
        self.removeObservers()

    def add(self, *_arguments: object) -> None:
        """Adds a box where somebody looks, or in the middle of the scan; never exactly on another one."""
        bounds = [-50.0, 50.0, -50.0, 50.0, -50.0, 50.0]
        if self.volume is not None and self.volume.GetImageData() is not None:
            self.volume.GetRASBounds(bounds)
        size = [SHARE_OF_SCAN * (bounds[2 * n + 1] - bounds[2 * n]) for n in range(3)]
        name = slicer.mrmlScene.GenerateUniqueName(_("Box"))
        roi = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", name)
        roi.CreateDefaultDisplayNodes()
        outline_only(roi)
        roi.SetCenter(self._free_centre(bounds, size))
        roi.SetSize(size)
        self._changed()

    def remove(self, *_arguments: object) -> None:
        """Removes the selected box."""
        row = self._ui.boxesTable.currentRow()
        if 0 <= row < len(self.rois):
            slicer.mrmlScene.RemoveNode(self.rois[row])
            self._changed()

    def show(self, on: bool) -> None:
        """Shows the boxes, or takes them out of the views; they stay in the scene."""
        for roi in slicer.util.getNodesByClass("vtkMRMLMarkupsROINode"):
            for number in range(roi.GetNumberOfDisplayNodes()):
                roi.GetNthDisplayNode(number).SetVisibility(on)

    def fill(self) -> None:
        """Lists the boxes that there are."""
        rois = slicer.util.getNodesByClass("vtkMRMLMarkupsROINode")
        table = self._ui.boxesTable
        if [roi.GetID() for roi in rois] != [roi.GetID() for roi in self.rois]:
            # A box may be renamed in the Data module, or named by the terminology selector.
            self.removeObservers()
            for roi in rois:
                self.addObserver(roi, vtk.vtkCommand.ModifiedEvent, self._modified)
            self.rois = rois
            table.rowCount = len(rois)
            for row, roi in enumerate(rois):
                combo = self._structures.combo(self.structure_of(roi))
                combo.currentTextChanged.connect(lambda text, node=roi: self._name(node, text))
                table.setCellWidget(row, 1, combo)
        for row, roi in enumerate(self.rois):
            item = qt.QTableWidgetItem(roi.GetName())
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
            table.setItem(row, 0, item)

    def structure_of(self, roi: Any) -> str:
        """A box's structure: as set here, by Slicer's terminology selector, or by its own name."""
        entry = roi.GetAttribute(masks.TERMINOLOGY_TAG) or ""
        set_here = roi.GetAttribute(STRUCTURE_ATTRIBUTE)
        if set_here is not None and (roi.GetAttribute(NAMED_OVER_ATTRIBUTE) or "") == entry:
            return set_here
        by_words = {meanings.words_of(name): name for name in self._structures.names()}
        coded = meanings.coded_name(entry)
        for text in (coded, roi.GetName() or ""):
            if meanings.words_of(text) in by_words:
                return by_words[meanings.words_of(text)]
        return coded

    def _free_centre(self, bounds: list[float], size: list[float]) -> list[float]:
        """Where a new box goes: the place looked at, moved on until no other box has its middle there."""
        centre = [(bounds[2 * n] + bounds[2 * n + 1]) / 2 for n in range(3)]
        for node in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
            matrix = node.GetSliceToRAS()
            looked_at = [matrix.GetElement(row, 3) for row in range(3)]
            if all(bounds[2 * n] <= looked_at[n] <= bounds[2 * n + 1] for n in range(3)):
                centre = looked_at
                break
        taken = [roi.GetCenter() for roi in slicer.util.getNodesByClass("vtkMRMLMarkupsROINode")]
        start, step = list(centre), 0.5
        for number in range(1, 1 + len(taken)):
            near = any(all(abs(c[n] - centre[n]) < 0.3 * size[n] for n in range(3)) for c in taken[:-1])
            if not near:
                break
            # To the right and left in turn, ever farther, within the scan.
            side = (number + 1) // 2 * step * size[0] * (1 if number % 2 else -1)
            centre = [min(max(start[0] + side, bounds[0]), bounds[1]), start[1], start[2]]
        return centre

    def _modified(self, roi: Any, _event: Any = None) -> None:
        if roi not in self.rois:
            return
        combo = self._ui.boxesTable.cellWidget(self.rois.index(roi), 1)
        structure = self.structure_of(roi)
        if combo is not None and combo.currentText.strip() != structure:
            self._structures.choose(combo, structure)
            self._changed()

    def _name(self, roi: Any, structure: str) -> None:
        if structure.strip() == self.structure_of(roi):
            return
        roi.SetAttribute(STRUCTURE_ATTRIBUTE, structure.strip())
        # A code given later is the newer word.
        roi.SetAttribute(NAMED_OVER_ATTRIBUTE, roi.GetAttribute(masks.TERMINOLOGY_TAG) or "")
        self._changed()


def outline_only(roi: Any) -> None:
    """Draws a box as an outline: filled, as Slicer draws it, it hides what it is to be drawn around."""
    for number in range(roi.GetNumberOfDisplayNodes()):
        display = roi.GetNthDisplayNode(number)
        display.SetFillVisibility(False)
        display.SetFillOpacity(0.0)
        display.SetOutlineVisibility(True)
