"""How much room a text takes where an item view draws it.

An item view lays text out as a document does, with the line height of whatever fonts the text needs, which may be
taller than `QFontMetrics` of the view's own font says. So the same engine is asked that draws.
"""

from __future__ import annotations

from typing import Any

import qt


def height_of(text: str, font: Any, width: int) -> int:
    """Height in pixels of a text broken at words within a width."""
    document = qt.QTextDocument()
    document.documentMargin = 0
    document.defaultFont = font
    option = qt.QTextOption()
    option.setWrapMode(qt.QTextOption.WrapAtWordBoundaryOrAnywhere)
    document.setDefaultTextOption(option)
    document.textWidth = max(20, width)
    document.setPlainText(text)
    size = document.size
    return int((size() if callable(size) else size).height()) + 1
