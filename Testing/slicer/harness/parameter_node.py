"""`slicer.parameterNodeWrapper` for str, int, bool, Enum and node parameters, stored as Slicer stores them."""

# ruff: noqa: N802 - Slicer's and Qt's own names

from __future__ import annotations

import enum
import types
import typing
from dataclasses import dataclass

import slicer
import vtk
from PySide6 import QtWidgets

from __feature__ import true_property  # isort: skip  # noqa: F401

from harness.mrml_widgets import qMRMLNodeComboBox

PROPERTY = "SlicerParameterName"


@dataclass
class WithinRange:
    minimum: float
    maximum: float


def _split(hint):
    if typing.get_origin(hint) is typing.Annotated:
        base, *notes = typing.get_args(hint)
        return base, notes
    return hint, []


def _is_node(kind):
    return isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode)


def _read(node, name, kind):
    if _is_node(kind):
        return node.GetNodeReference(name)
    text = node.GetParameter(name)
    if issubclass(kind, enum.Enum):
        return kind[text]
    return text == "True" if kind is bool else kind(text)


def _write(node, name, kind, value):
    if _is_node(kind):
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)
        return
    if kind is int and not isinstance(value, int):
        raise ValueError(f"{name} wants int, got {type(value).__name__}")
    node.SetParameter(name, value.name if isinstance(value, enum.Enum) else str(value))


class _Connector:
    """One widget bound to one parameter."""

    def __init__(self, widget, kind, notes):
        self.widget, self.kind, self.callback = widget, kind, None
        if isinstance(widget, qMRMLNodeComboBox):
            self.signal = widget.currentNodeChanged
        elif isinstance(widget, QtWidgets.QComboBox):
            if not issubclass(kind, enum.Enum):
                raise RuntimeError("a combo box needs an Enum or a Choice")
            widget.clear()
            for member in kind:
                widget.addItem(getattr(kind, "label", lambda m: m.name)(member))
            self.signal = widget.currentIndexChanged
        elif isinstance(widget, QtWidgets.QSpinBox):
            for note in notes:
                widget.minimum, widget.maximum = note.minimum, note.maximum
            self.signal = widget.valueChanged
        elif isinstance(widget, QtWidgets.QCheckBox):
            self.signal = widget.toggled
        elif isinstance(widget, QtWidgets.QLineEdit):
            self.signal = widget.textChanged
        else:
            raise RuntimeError(f"Unable to create GUI connector from datatype '{kind}' to widget type '{type(widget)}'")
        self.signal.connect(self.changed)

    def changed(self, *_arguments):
        if self.callback is not None:
            self.callback()

    def read(self):
        widget = self.widget
        if isinstance(widget, qMRMLNodeComboBox):
            return widget.currentNode()
        if isinstance(widget, QtWidgets.QComboBox):
            return list(self.kind)[widget.currentIndex]
        if isinstance(widget, QtWidgets.QCheckBox):
            return widget.checked
        return widget.value if isinstance(widget, QtWidgets.QSpinBox) else widget.text

    def write(self, value):
        widget = self.widget
        if isinstance(widget, qMRMLNodeComboBox):
            widget.setCurrentNode(value)
        elif isinstance(widget, QtWidgets.QComboBox):
            widget.currentIndex = list(self.kind).index(value)
        elif isinstance(widget, QtWidgets.QSpinBox):
            widget.value = value
        elif isinstance(widget, QtWidgets.QCheckBox):
            widget.checked = value
        elif widget.text != value:
            widget.text = value


def parameterNodeWrapper(cls):
    """Class decorator: typed properties over a `vtkMRMLScriptedModuleNode`."""
    kinds = {name: _split(hint) for name, hint in typing.get_type_hints(cls, include_extras=True).items()}
    defaults = {name: getattr(cls, name, None) for name in kinds}

    def init(self, node):
        self.parameterNode = node
        self._guis, self._observers, self._updating = {}, {}, False
        for name, (kind, _notes) in kinds.items():
            if not _is_node(kind) and not node.GetParameter(name):
                default = defaults[name]
                _write(node, name, kind, kind() if default is None else default)

    def connect(self, gui):
        connectors = {}
        for widget in vars(gui).values():
            name = widget.property(PROPERTY) if hasattr(widget, "property") else None
            if name:
                connectors[name] = _Connector(widget, *kinds[name])
        tag = len(self._guis)
        self._guis[tag] = connectors
        for name, connector in connectors.items():
            connector.write(getattr(self, name))
            connector.callback = lambda name=name, connector=connector: _from_gui(self, name, connector)
        observer = self.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: _to_gui(self))
        self._observers[tag] = observer
        return tag

    def disconnect(self, tag):
        for connector in self._guis.pop(tag, {}).values():
            connector.callback = None
        # Slicer leaves the observer and lets it find nothing to do; here widgets go with each test.
        self.parameterNode.RemoveObserver(self._observers.pop(tag))

    cls.__init__ = init
    cls.connectGui, cls.disconnectGui = connect, disconnect
    cls.AddObserver = lambda self, event, callback: self.parameterNode.AddObserver(event, callback)
    for name, (kind, _notes) in kinds.items():
        setattr(
            cls,
            name,
            property(
                lambda self, name=name, kind=kind: _read(self.parameterNode, name, kind),
                lambda self, value, name=name, kind=kind: _write(self.parameterNode, name, kind, value),
            ),
        )
    return cls


def _from_gui(self, name, connector):
    if not self._updating:
        setattr(self, name, connector.read())


def _to_gui(self):
    if self._updating:
        return
    self._updating = True
    try:
        for connectors in self._guis.values():
            for name, connector in connectors.items():
                connector.write(getattr(self, name))
    finally:
        self._updating = False


def make() -> types.ModuleType:
    """The module `slicer.parameterNodeWrapper`."""
    module = types.ModuleType("slicer.parameterNodeWrapper")
    module.parameterNodeWrapper = parameterNodeWrapper
    module.WithinRange = WithinRange
    return module
