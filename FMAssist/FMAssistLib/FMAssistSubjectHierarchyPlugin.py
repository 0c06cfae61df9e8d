"""*Check anatomy* in the context menu of a segmentation, in the Data module and every other subject hierarchy."""

# ruff: noqa: N802, N803, N999 - Slicer's names, by which it finds the plug-in

import qt
import slicer
from AbstractScriptedSubjectHierarchyPlugin import AbstractScriptedSubjectHierarchyPlugin
from slicer.i18n import tr as _

from FMAssistLib.subject_hierarchy import open_on, segmentation_of


class FMAssistSubjectHierarchyPlugin(AbstractScriptedSubjectHierarchyPlugin):
    """Offers the action where a segmentation was clicked."""

    filePath = __file__  # noqa: N815

    def __init__(self, scriptedPlugin):
        AbstractScriptedSubjectHierarchyPlugin.__init__(self, scriptedPlugin)
        self.action = qt.QAction(_("Check anatomy"), scriptedPlugin)
        self.action.objectName = "FMAssistCheckAnatomyAction"
        self.action.toolTip = _("Open this segmentation in FMAssist, ready to be checked.")
        self.action.triggered.connect(self.check)

    def itemContextMenuActions(self):
        """What Slicer puts into the menu."""
        return [self.action]

    def showContextMenuActionsForItem(self, itemID):
        """Called with the item that was clicked."""
        self.action.visible = segmentation_of(itemID) is not None

    def check(self, *_arguments):
        """Opens the module on the segmentation clicked."""
        node = segmentation_of(slicer.qSlicerSubjectHierarchyPluginHandler.instance().currentItem())
        if node is not None:
            open_on(node)
