"""Stands in for the application 3D Slicer, and for nothing else, so that the real panel runs without it.

Real here: Slicer's own MRML scene, segmentation, markups, terminology and subject-hierarchy nodes, module logics,
displayable managers, storage nodes and `slicer.util` (PyPI `slicer-core`); Qt itself (PySide6, offscreen); the files
under `FMAssist/`, unchanged.

Faked, each after Slicer's sources and no more than the panel needs:

- `qt`        PySide6's modules in one, with `true_property` for PythonQt's attribute style and `name` for
              `objectName`. Unlike PythonQt, getters and setters of properties (`setText`) do not exist.   (qt_module)
- `ctk`       `ctkCollapsibleButton` alone.                                                              (ctk_module)
- widgets     `qMRMLWidget`, `qMRMLNodeComboBox`. The `.ui` file's scene connections cannot be made by PySide
              (their types are unknown to it), so `qMRMLWidget.setMRMLScene` hands the scene on.        (mrml_widgets)
- `slicer.ScriptedLoadableModule`, `slicer.i18n`                                                    (scripted_module)
- `slicer.parameterNodeWrapper`: str, int, bool, Enum and node parameters, `connectGui` for combo, spin and check
              boxes, line edits and node selectors                                              (parameter_node)
- `slicer.app`, its settings in a file of their own; `slicer.modules`, `slicer.mrmlScene`; scene items in the subject
  hierarchy (the application's plugins make them); message boxes answer as the test sets; `selectModule` is recorded;
  scenes are written to and read from `.mrb` by the scene's own bundle functions and `zipfile`, where Slicer has its
  IO manager.                                                                                           (application)
- the layout  three slice views and a 3D view, drawn offscreen by Slicer's own displayable managers; mouse and
              keyboard in them do nothing, and `resetFocalPoint` of the 3D view neither.                    (views)
- `slicer.packaging.pip_ensure` records what it was asked for and installs nothing; pip itself is run for good, with the
  constraints, on wheels made by the test.                                                   (test_dependencies)
- `slicer.modules.segmenteditor`: records what its editor was told, and asks at the first stroke on a hidden
  segment.                                                                                        (segment_editor)
- `SampleData` registers sources with the arguments and the checks of Slicer's own, and keeps them.     (sample_data)
- As the application does: nothing is chosen in a node selector by itself, slice views start without background, every
  segmentation of the scene is drawn at once, fonts draw taller lines than their metrics say (qt_module), texts come in
  the language that is installed. docs/slicer/manual-checks.md lists what can be seen in Slicer alone.
- Without a stand-in, and so not tried here: the DICOM database and module, the terminology selector
  itself (a test leaves on a node what it leaves), the IO manager, PythonQt's own conversions.
"""

from harness.application import Application, install

__all__ = ["Application", "install"]
