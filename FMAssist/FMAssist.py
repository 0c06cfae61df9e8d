"""FMAssist: foundation-model segmentations, checked against an anatomical ontology before anything is shown.

Module, widget, logic and test, as Slicer looks for them; what they do is in `FMAssistLib`.
"""

# ruff: noqa: N802 - Slicer's names, which it looks for

import logging
import sys

import slicer
import vtk
from FMAssistLib.logic import Runner
from FMAssistLib.parameters import Parameters
from FMAssistLib.settings import default_policy
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin


class FMAssist(ScriptedLoadableModule):
    """What Slicer shows in its list of modules."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("FMAssist")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Segmentations", "Terminologies", "Markups"]
        self.parent.contributors = ["The FMAssist developers"]
        self.parent.helpText = _(
            "Segments a scan with a foundation model, or takes a segmentation that is already there, and checks it "
            "against an anatomical ontology before anything is shown. What is implausible stays hidden or marked until "
            "somebody has decided. Research software, not a medical device."
        )
        self.parent.acknowledgementText = _(
            "Anatomy: UBERON (CC BY 3.0). Each model's licence is shown beside it in the panel."
        )
        # Sample Data may be loaded later than this module.
        slicer.app.connect("startupCompleted()", register_with_the_application)


def register_with_the_application():
    """Adds what other modules offer of this one: the synthetic torso, *Check anatomy* in menus, and the effect."""
    from FMAssistLib import editor_effect, sample_data, subject_hierarchy, warming

    sample_data.register()
    subject_hierarchy.register()
    editor_effect.register()
    warming.panel()


class FMAssistWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel; `FMAssistLib.panel.Panel` fills it."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.panel = None
        self._parameters = None
        self._gui_tag = None

    def setup(self):
        """Called once, when the user first opens the module."""
        ScriptedLoadableModuleWidget.setup(self)
        from FMAssistLib.panel import Panel

        widget = slicer.util.loadUI(self.resourcePath("UI/FMAssist.ui"))
        self.layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        widget.setMRMLScene(slicer.mrmlScene)
        self.logic = FMAssistLogic()
        self.panel = Panel(self.ui, self.logic)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneEndImport)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartSaveEvent, self.onSceneStartSave)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndSaveEvent, self.onSceneEndSave)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAddedEvent, self.onNodeAdded)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeAboutToBeRemovedEvent, self.onNodeAboutToBeRemoved)
        self.initializeParameterNode()

    def cleanup(self):
        """Called when the application closes and before the module is reloaded."""
        if self.logic is not None:
            self.logic.close()
            self.setParameterNode(None)
            self.panel.close()
        self.removeObservers()

    def enter(self):
        """Called each time the user opens the module."""
        self.initializeParameterNode()
        self.panel.entered()

    def exit(self):
        """Called each time the user opens another module; a run goes on."""
        if self.panel is not None:
            self.panel.exited()

    def onSceneStartClose(self, _caller=None, _event=None):
        """Whatever runs belongs to the scene that goes."""
        self.panel.scene_closing()
        self.logic.scene_closing()
        self.setParameterNode(None)

    def onSceneEndClose(self, _caller=None, _event=None):
        """An empty scene needs parameters again."""
        if self.parent.isEntered:
            self.initializeParameterNode()

    def onSceneEndImport(self, _caller=None, _event=None):
        """A scene that was opened may hold reviewed results."""
        self.initializeParameterNode()
        self.panel.scene_opened()

    def onSceneStartSave(self, _caller=None, _event=None):
        """What is hidden until decided is saved hidden, also while somebody looks at its outline."""
        self.panel.leave()

    def onSceneEndSave(self, _caller=None, _event=None):
        """The finding selected is shown again, unless another module has the views."""
        if self.parent.isEntered:
            self.panel.look_again()
        else:
            self.panel.editing_again()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeAdded(self, _caller, _event, node):
        """A scan was loaded or a box drawn with Slicer's own tools."""
        self.panel.node_added(node)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeAboutToBeRemoved(self, _caller, _event, node):
        """A run whose scan is deleted is cancelled; a result that is deleted leaves the panel."""
        self.logic.node_removed(node)
        self.panel.node_removed(node)

    def initializeParameterNode(self):
        """Makes sure that there are parameters, and that a scan is chosen where there is one."""
        self.setParameterNode(self.logic.getParameterNode())
        self.panel.after_arrival()

    def setParameterNode(self, parameters):
        """Connects the panel with other parameters, or with none."""
        if self._parameters is not None:
            self._parameters.disconnectGui(self._gui_tag)
            self.removeObserver(self._parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified)
        self._parameters = parameters
        if parameters is not None:
            self._gui_tag = parameters.connectGui(self.ui)
            self.addObserver(parameters.parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParametersModified)
        self.panel.set_parameters(parameters)

    def onParametersModified(self, _caller=None, _event=None):
        """Something in the panel or in the scene changed."""
        self.panel.refresh()

    def onReload(self):
        """Reloads `FMAssistLib` as well, which Slicer's own reload leaves in memory."""
        for name in [name for name in sys.modules if name == "FMAssistLib" or name.startswith("FMAssistLib.")]:
            del sys.modules[name]
        logging.debug("FMAssistLib dropped for reload")
        ScriptedLoadableModuleWidget.onReload(self)


class FMAssistLogic(ScriptedLoadableModuleLogic, Runner):
    """Runs models and checks, and keeps the review; usable from scripts without the panel."""

    def getParameterNode(self):
        """The module's parameters in the present scene, typed; a scene without any gets the user's own settings."""
        node = super().getParameterNode()
        is_new = not node.GetParameter("policy")
        parameters = Parameters(node)
        if is_new:
            parameters.policy = default_policy()
        return parameters

    def openBatch(self, folder, study="", scans=None):
        """Opens a batch's folder as a worklist in the panel, at a study or at the worst one.

        Args:
            folder: that `fmassist batch` wrote.
            study: id of the study.
            scans: the folder that the batch was started with, or that holds its list; its own files hold no path.
        """
        slicer.util.selectModule("FMAssist")
        worklist = slicer.util.getModuleWidget("FMAssist").panel.worklist
        with slicer.util.tryWithErrorDisplay(_("The batch could not be opened.")):
            worklist.open(folder, study, scans)


class FMAssistTest(ScriptedLoadableModuleTest):
    """Slicer's self test; `FMAssistLib.selftest` does the work."""

    def setUp(self):
        """Starts from an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self):
        """Runs every test."""
        self.setUp()
        self.test_decide_and_sign()
        self.setUp()
        self.test_panel_says_why_apply_is_disabled()

    def test_decide_and_sign(self):
        """A planted finding hides its segment; kept and signed, it shows; edited, the signature is void."""
        from FMAssistLib.selftest import decide_and_sign

        self.delayDisplay("Deciding and signing")
        decide_and_sign(self)
        self.delayDisplay("Test passed")

    def test_panel_says_why_apply_is_disabled(self):
        """An empty scene gives no Apply, and the tool tip says what is missing."""
        from FMAssistLib.selftest import disabled_apply

        disabled_apply(self)
        self.delayDisplay("Test passed")
