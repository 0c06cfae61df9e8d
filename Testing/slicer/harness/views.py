"""Three slice views and a 3D view, drawn offscreen by Slicer's own displayable managers."""

# ruff: noqa: N802 - Slicer's and Qt's own names

from __future__ import annotations

import slicer
import vtk

SLICE_MANAGERS = (
    "vtkMRMLVolumeGlyphSliceDisplayableManager",
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLMarkupsDisplayableManager",
)
THREE_D_MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager3D",
)
SLICES = (("Red", "R", "Axial"), ("Green", "G", "Coronal"), ("Yellow", "Y", "Sagittal"))


class View:
    """A render window with the displayable managers of one view node."""

    def __init__(self, app_logic, node, managers, size):
        self.node = node
        self.window = vtk.vtkRenderWindow()
        self.window.SetOffScreenRendering(1)
        self.window.SetSize(*size)
        self.renderer = vtk.vtkRenderer()
        self.window.AddRenderer(self.renderer)
        self.interactor = vtk.vtkRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        factory = (
            slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
            if node.IsA("vtkMRMLSliceNode")
            else slicer.vtkMRMLThreeDViewDisplayableManagerFactory.GetInstance()
        )
        factory.SetMRMLApplicationLogic(app_logic)
        self.group = slicer.vtkMRMLDisplayableManagerGroup()
        self.group.SetRenderer(self.renderer)
        self.group.SetMRMLDisplayableNode(node)
        self._managers = []
        for name in managers:
            manager = getattr(slicer, name)()
            manager.SetMRMLApplicationLogic(app_logic)
            self.group.AddDisplayableManager(manager)
            self._managers.append(manager)

    def picture(self, path):
        """Renders into a PNG file."""
        self.window.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self.window)
        grab.ReadFrontBufferOff()
        writer = vtk.vtkPNGWriter()
        writer.SetFileName(str(path))
        writer.SetInputConnection(grab.GetOutputPort())
        writer.Write()


class SliceView(View):
    """A slice view: the volume by Slicer's slice logic, everything else by its displayable managers."""

    def __init__(self, app_logic, scene, name, letter, orientation, size):
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLApplicationLogic(app_logic)
        self.logic.SetMRMLScene(scene)
        node = self.logic.AddSliceNode(name)
        node.SetLayoutLabel(letter)
        node.SetOrientation(orientation)
        node.SetDimensions(size[0], size[1], 1)
        super().__init__(app_logic, node, SLICE_MANAGERS, size)
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        self._image = vtk.vtkActor2D()
        self._image.SetMapper(self._mapper)
        self._image.GetProperty().SetDisplayLocationToBackground()
        self.renderer.AddViewProp(self._image)
        # As qMRMLSliceView sets it up: one display unit is one pixel.
        camera = self.renderer.GetActiveCamera()
        camera.ParallelProjectionOn()

    def sliceLogic(self):
        return self.logic

    def mrmlSliceNode(self):
        return self.node

    def picture(self, path):
        self.logic.UpdatePipeline()
        connection = self.logic.GetImageDataConnection()
        if connection is not None and self.logic.GetBackgroundLayer() is not None:
            self._mapper.SetInputConnection(connection)
        self._image.SetVisibility(connection is not None)
        super().picture(path)


class ThreeDView(View):
    """The 3D view."""

    def __init__(self, app_logic, scene, size):
        node = scene.AddNewNodeByClass("vtkMRMLViewNode", "View1")
        node.SetBoxVisible(False)
        node.SetAxisLabelsVisible(False)
        super().__init__(app_logic, node, THREE_D_MANAGERS, size)

    def threeDView(self):
        return self

    def resetFocalPoint(self):
        """Puts the focal point into the middle of what is visible."""

    def resetCamera(self):
        self.renderer.ResetCamera()

    def look_from_front(self):
        """Looks from anterior, everything visible."""
        camera = self.renderer.GetActiveCamera()
        camera.SetPosition(0, 1000, 0)
        camera.SetFocalPoint(0, 0, 0)
        camera.SetViewUp(0, 0, 1)
        self.renderer.ResetCamera()


class LayoutManager:
    """The four-up layout."""

    def __init__(self, app_logic, scene, size=(360, 320)):
        self.slices = {name: SliceView(app_logic, scene, name, *rest, size) for name, *rest in SLICES}
        self.three_d = ThreeDView(app_logic, scene, size)
        self._logics = vtk.vtkCollection()
        for view in self.slices.values():
            self._logics.AddItem(view.logic)
        app_logic.SetSliceLogics(self._logics)

    def sliceViewNames(self):
        return tuple(self.slices)

    def sliceWidget(self, name):
        return self.slices[name]

    def mrmlSliceLogics(self):
        return self._logics

    def threeDWidget(self, _number):
        return self.three_d

    @property
    def threeDViewCount(self):
        return 1
