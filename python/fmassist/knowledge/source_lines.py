"""The line on which each subject of a Turtle file begins, so that a message can say where to look."""

from __future__ import annotations

import re
from bisect import bisect_right
from urllib.parse import urljoin

# https://www.w3.org/TR/turtle/#sec-grammar-grammar. The file has been parsed before: every text and IRI ends.
_TOKEN = re.compile(
    r"""
      (?P<text>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
        |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    | (?P<iri><[^<>"{}|^`\x00-\x20]*>)
    | (?P<silent>\#[^\n\r]*|\s+)
    | (?P<blank>_:[\w.-]*[\w-])
    | (?P<name>(?P<prefix>[^\W\d_](?:[\w.-]*[\w-])?|)
        :(?P<local>(?:(?:[\w:-]|%[0-9A-Fa-f]{2}|\\.)(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\.)*)?)(?<!\.))
    | (?P<number>[+-]?(?:\d+\.?\d*[eE][+-]?\d+|\.\d+[eE][+-]?\d+|\d*\.\d+|\d+))
    | (?P<word>@?[\w-]+)
    | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)


def subject_lines(text: str) -> dict[str, int]:
    r"""Subject's IRI to the line (from 1) on which it first begins, wherever on the line that is.

    Args:
        text: of a file that is Turtle.

    Example:
        >>> subject_lines("PREFIX a: <http://a/>\na:x a a:y ; a:says 'a:z a a:y .' . a:b a a:y .")
        {'http://a/x': 2, 'http://a/b': 2}
    """
    line_ends = [match.start() for match in re.finditer("\n", text)]
    prefixes: dict[str, str] = {}
    found: dict[str, int] = {}
    base, depth = "", 0
    directive, named = "", ""
    begins = True
    for match in _TOKEN.finditer(text):
        kind, part = match.lastgroup or "", match[0]
        if kind == "silent":
            continue
        if directive:
            if kind == "iri":
                iri = urljoin(base, _plain(part[1:-1]))
                base = iri if "base" in directive else base
                prefixes.update({named: iri} if "prefix" in directive else {})
                begins, directive = not directive.startswith("@"), ""
            else:
                named = match["prefix"] or ""
        elif begins and part.lower() in ("@prefix", "@base", "prefix", "base"):
            directive, named = part.lower(), ""
        elif part == "." and kind == "mark" and depth == 0:
            begins = True
        else:
            if begins and kind in ("iri", "name"):
                iri = (
                    urljoin(base, _plain(part[1:-1]))
                    if kind == "iri"
                    else prefixes.get(match["prefix"], "") + _plain(match["local"])
                )
                found.setdefault(iri, bisect_right(line_ends, match.start()) + 1)
            begins = False
            depth += (kind == "mark") * ((part in "([{") - (part in ")]}"))
    return found


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)) if m[1] or m[2] else m[3], text) if "\\" in text else text
