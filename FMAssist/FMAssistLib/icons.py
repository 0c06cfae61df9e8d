"""Signs of severity and state, which read on light and on dark panels and in selected rows alike."""

from __future__ import annotations

from typing import Any

import qt

ICON = 16
_MADE: dict[str, Any] = {}


def of_severity(severity: str, style: Any) -> Any:
    """The style's own sign for a finding."""
    if severity not in _MADE:
        standard = {
            "block": (qt.QStyle.SP_MessageBoxCritical, ICON + 6, "white"),
            "review": (qt.QStyle.SP_MessageBoxWarning, 8, "black"),
        }.get(severity, (qt.QStyle.SP_MessageBoxInformation, ICON + 6, "white"))
        _MADE[severity] = _untinted(style.standardIcon(standard[0]), *standard[1:])
    return _MADE[severity]


def of_state(state: str) -> Any:
    """A disc of a state's colour with its sign: `open`, `blocked`, `decided`, `plausible`, `not_judged`."""
    if state not in _MADE:
        colour, sign = {
            "blocked": ("#c62828", "×"),
            "open": ("#b26a00", "!"),
            "decided": ("#455a64", "✓"),
            "plausible": ("#2e7d32", "✓"),
        }.get(state, ("#8a949c", "–"))
        _MADE[state] = _both(_disc(colour, sign))
    return _MADE[state]


def _disc(colour: str, sign: str) -> Any:
    size = 2 * ICON
    picture = qt.QPixmap(size, size)
    picture.fill(qt.QColor(0, 0, 0, 0))
    painter = qt.QPainter(picture)
    painter.setRenderHint(qt.QPainter.Antialiasing)
    painter.setPen(qt.QPen(qt.Qt.NoPen))
    painter.setBrush(qt.QBrush(qt.QColor(colour)))
    painter.drawEllipse(1, 1, size - 2, size - 2)
    painter.setPen(qt.QPen(qt.QColor("white")))
    font = qt.QFont()
    font.setPixelSize(size * 3 // 4)
    font.setBold(True)
    painter.setFont(font)
    painter.drawText(qt.QRect(0, 0, size, size), int(qt.Qt.AlignCenter), sign)
    painter.end()
    return picture


def _untinted(icon: Any, sign_width: int, sign: str) -> Any:
    """The same icon with a sign in it that is not see-through.

    Args:
        icon: of the style.
        sign_width: of the sign in it, of twice `ICON`.
        sign: its colour.
    """
    size = 2 * ICON
    picture = qt.QPixmap(size, size)
    picture.fill(qt.QColor(0, 0, 0, 0))
    painter = qt.QPainter(picture)
    painter.setRenderHint(qt.QPainter.Antialiasing)
    painter.setPen(qt.QPen(qt.Qt.NoPen))
    painter.setBrush(qt.QBrush(qt.QColor(sign)))
    painter.drawEllipse((size - sign_width) // 2, 7, sign_width, size - 12)
    painter.drawPixmap(0, 0, icon.pixmap(size, size))
    painter.end()
    return _both(picture)


def _both(picture: Any) -> Any:
    """An icon that looks the same in a selected row, where Qt would colour it like the row."""
    icon = qt.QIcon(picture)
    icon.addPixmap(picture, qt.QIcon.Selected)
    return icon
