"""Text that came from outside, before it is shown: titles of models, answers of servers, names of segments.

A terminal obeys the control characters in what it prints: they move the cursor, recolour, set the window's title, or
rewrite what was said above. Marks that turn the direction of writing make a name read as another one. None of them
belongs into a line of ours.
"""

from __future__ import annotations

import unicodedata

STAND_IN = "\N{REPLACEMENT CHARACTER}"
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Cn")
"""Unicode's categories of what is not seen but acts: controls, format marks (those of direction among them), halves of
surrogate pairs, private and unassigned code points, and separators of lines."""


def printable(text: object, *, most: int = 4000, lines: bool = False) -> str:
    r"""The text as something that only says what it says.

    Args:
        text: from wherever.
        most: characters that are kept.
        lines: whether line breaks and tabs stay; otherwise they become spaces.

    Example:
        >>> printable("liver\x1b[2J\u202egnp.exe")
        'liver\ufffd[2J\ufffdgnp.exe'
        >>> printable("two\nlines")
        'two lines'
    """
    said = str(text)
    kept = "\n\t" if lines else ""
    shown = "".join(_shown(character, kept) for character in said[:most])
    return shown + "…" if len(said) > most else shown


def _shown(character: str, kept: str) -> str:
    if character in kept:
        return character
    if character in "\n\r\t\v\f":
        return " "
    return STAND_IN if unicodedata.category(character) in HIDDEN else character
