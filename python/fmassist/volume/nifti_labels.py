"""Names of labels that stand in a NIfTI file itself, in Connectome Workbench's header extension.

TotalSegmentator writes its class names so (`--ml`), and with `--roi_subset` only those that were asked for.
Source: nifti1.h (extensions: four bytes of size, four of code, in multiples of 16) and CARET's XML
(https://www.nitrc.org/projects/caret), as TotalSegmentator's `nifti_ext_header.py` writes it.
"""

from __future__ import annotations

import re
from html import unescape

_LABEL = re.compile(
    r"<Label\b[^<>]*?\bKey=\"(-?\d{1,9})\"[^<>]*>(?:\s*<!\[CDATA\[(.*?)\]\]>\s*|([^<]*))</Label>", re.DOTALL
)
_TABLES = re.compile(r"<LabelTable\b")
_MOST = 4096


def names_in_extensions(block: bytes, order: str) -> dict[int, str]:
    """The names by value in the extensions between a NIfTI header and its voxels; empty where none are.

    The text is searched, and not parsed as XML, whose entities can grow without bound.

    Args:
        block: what stands there, its first four bytes saying whether extensions follow.
        order: `"<"` or `">"`, the header's byte order.
    """
    if len(block) < 16 or block[0] == 0:
        return {}
    byte_order = "little" if order == "<" else "big"
    place, found = 4, dict[int, str]()
    while place + 8 <= len(block):
        size = int.from_bytes(block[place : place + 4], byte_order)  # type: ignore[arg-type]
        if size < 16 or place + size > len(block):
            break
        text = block[place + 8 : place + size].decode("utf-8", "replace")
        # Several tables would belong to several volumes, and which is whose cannot be told from here.
        if "CaretExtension" in text and len(_TABLES.findall(text)) == 1:
            for label in _LABEL.finditer(text):
                name = (label[2] if label[2] is not None else unescape(label[3] or "")).strip()
                if name and int(label[1]) > 0 and len(found) < _MOST:
                    found[int(label[1])] = name
        place += size
    return found
