"""Whether two names look the same to somebody who reads them, though their characters differ."""

from __future__ import annotations

import unicodedata

_TWINS = str.maketrans(
    # Small letters of the Cyrillic and Greek alphabets, and the Latin ones that they, or their capitals, look like.
    "авекмнорстухіјѕԁһӏαβεζηικμνορτυχ",
    "abekmhopctyxijsdhlabeznikmvoptyx",
)


def as_read(name: str) -> str:
    r"""A name without what a reader does not see: case, accents, blanks, hidden marks, and letters' alphabets.

    Names that are equal so are not the same; somebody should only be told that they look it.

    Example:
        >>> as_read("\u0410.  Reader") == as_read("A. Reader")
        True
    """
    whole = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in whole if character.isalnum()).translate(_TWINS)
