"""*FMAssist check* in the Segment Editor: the segmentation is judged again after every edit, with whatever effect.

Slicer reads this file itself and looks in it for a class of its name; what it shows is `FMAssistLib.live_panel`.
"""

# ruff: noqa: N802, N803, N999 - Slicer's names, by which it finds the effect

from pathlib import Path

import qt
from SegmentEditorEffects import AbstractScriptedSegmentEditorEffect
from slicer.i18n import tr as _

from FMAssistLib.live_panel import LivePanel


class SegmentEditorFMAssistCheckEffect(AbstractScriptedSegmentEditorEffect):
    """Judging goes on while other effects are active; only what it shows in full is this effect's own."""

    def __init__(self, scriptedEffect):
        scriptedEffect.name = "FMAssist check"
        # Newer versions show a title that can be translated; older ones show the name.
        if hasattr(scriptedEffect, "title"):
            scriptedEffect.title = _("FMAssist check")
        scriptedEffect.perSegment = False
        self.panel = None
        AbstractScriptedSegmentEditorEffect.__init__(self, scriptedEffect)

    def clone(self):
        """Slicer makes one effect for each Segment Editor out of the one that is registered."""
        import qSlicerSegmentationsEditorEffectsPythonQt as effects

        cloned = effects.qSlicerSegmentEditorScriptedEffect(None)
        cloned.setPythonSource(__file__.replace("\\", "/"))
        return cloned

    def icon(self):
        """That of the module."""
        icon = Path(__file__).resolve().parent.parent / "Resources" / "Icons" / "FMAssist.png"
        return qt.QIcon(str(icon))

    def helpText(self):
        """Shown above the options."""
        return _(
            "Checks the segmentation against anatomy after every edit. Switch it on, then go on with any other effect: "
            "the line at the bottom of the window says what is implausible about the segment edited last. It is a "
            "guide for the hand; the verdict to sign comes from the module FMAssist."
        )

    def setupOptionsFrame(self):
        """Called once for each Segment Editor."""
        self.panel = LivePanel(self.nodes)
        self.scriptedEffect.addOptionsWidget(self.panel.widget)

    def nodes(self):
        """The segmentation that is edited and the scan that the editor shows; None for what is not chosen."""
        node = self.scriptedEffect.parameterSetNode()
        if node is None:
            return None, None
        # Slicer 5.2 renamed it.
        volume = node.GetSourceVolumeNode() if hasattr(node, "GetSourceVolumeNode") else node.GetMasterVolumeNode()
        return node.GetSegmentationNode(), volume

    def updateGUIFromMRML(self):
        """Called when anything about the editor changed, such as the segmentation that is edited."""
        if self.panel is not None:
            self.panel.follow()
