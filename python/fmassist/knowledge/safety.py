"""What knowledge files may not do: reach outside, change anything, or run without end."""

from __future__ import annotations

import re

MAX_QUERY = 20_000
"""Characters of a query; the longest shipped one has about 3,000."""
MAX_DEPTH = 40
"""Nested brackets of a query; the shipped ones have at most 8."""
_FORBIDDEN = re.compile(
    r"(?<![:?$\w])(SERVICE|LOAD|INSERT|DELETE|CLEAR|DROP|CREATE|COPY|MOVE|ADD|WITH|FROM)(?![\w:])", re.IGNORECASE
)
_REGEX = re.compile(r"\b(REGEX|REPLACE)\s*\(", re.IGNORECASE)
_PATH = re.compile(r"(?:\w:[\w.-]+|\)|\ba)[*+](?=[\s/|)])")
_STRINGS = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|<[^<>\s]*>|#[^\n]*')


def query_danger(query: str) -> str | None:
    """Why a pattern's query is refused, in words; None where it may run."""
    if len(query) > MAX_QUERY:
        return f"a query of more than {MAX_QUERY:,} characters"
    bare = _STRINGS.sub(" ", query)
    found = _FORBIDDEN.search(bare)
    if found:
        return f"{found[1].upper()} would reach outside the study or change it"
    if _REGEX.search(bare):
        return "regular expressions are refused: one can run for hours"
    if _PATH.search(bare):
        return "a property path of any length is refused: what it would find is there to be asked for already"
    depth = deepest = 0
    for letter in bare:
        depth += (letter in "({[") - (letter in ")}]")
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        return f"brackets nested more than {MAX_DEPTH} deep"
    return None
