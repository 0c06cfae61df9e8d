"""Registers *FMAssist check* with the Segment Editor; the effect itself is the file beside this one."""

from __future__ import annotations

from pathlib import Path


def register() -> None:
    """Adds the effect when the application has started; nothing happens where there is no Segment Editor."""
    try:
        import qSlicerSegmentationsEditorEffectsPythonQt as effects
    except ImportError:
        return
    instance = effects.qSlicerSegmentEditorScriptedEffect(None)
    source = Path(__file__).resolve().with_name("SegmentEditorFMAssistCheckEffect.py")
    # Slicer reads the file itself, and looks in it for a class of the file's name.
    instance.setPythonSource(source.as_posix())
    instance.self().register()
