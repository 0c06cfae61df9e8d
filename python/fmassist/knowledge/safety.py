"""What knowledge files may not do: reach outside, change anything, or run without end.

A query is cut into tokens as SPARQL's grammar cuts it, and every bare word must be one of those that a pattern needs.
A list of what is refused would not do: the engine's parser takes `SERVICESILENT` and `FILTERREGEX(` apart by itself,
and a quotation mark in an apostrophe's text hides what follows from a simpler reading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fmassist.knowledge.namespaces import PREFIXES

MAX_QUERY = 20_000
"""Characters of a query; the longest shipped one has about 2,000."""
MAX_TOKENS = 1_000
"""Words and marks of a query; the longest shipped one has 329."""
MAX_STATEMENTS, MAX_GROUPS, MAX_OPERATORS = 100, 60, 80
"""Of a query, as its engine unfolds it; the shipped ones have at most 58, 11 and 31. pyoxigraph 0.5 plans 300 joined
statements for minutes; on a stack of 512 KiB, which it overflows, ending the whole program, it bears fewer than 200
groups and 500 operators."""
MAX_DEPTH = 40
"""Nested brackets of a query, and signs in a row before a value; the shipped ones have at most 8."""
OUTSIDE = ("SERVICE", "LOAD", "FROM", "INSERT", "DELETE", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD", "WITH")
ENDLESS = ("REGEX", "REPLACE")
_WORDS = """
A TRUE FALSE PREFIX SELECT DISTINCT REDUCED AS WHERE OPTIONAL FILTER BIND VALUES UNDEF UNION MINUS NOT EXISTS IN GROUP
BY HAVING ORDER ASC DESC LIMIT OFFSET COUNT SUM MIN MAX AVG SAMPLE IF COALESCE BOUND SAMETERM ISIRI ISURI ISBLANK
ISLITERAL ISNUMERIC STR LANG LANGMATCHES DATATYPE ABS CEIL FLOOR ROUND STRLEN SUBSTR UCASE LCASE CONTAINS STRSTARTS
STRENDS STRBEFORE STRAFTER
"""
WORDS = frozenset(_WORDS.split())
"""Every word of SPARQL that a pattern may use. CONCAT and its like are not among them: thirty of them in a row make a
text of a gigabyte out of one letter."""
# https://www.w3.org/TR/sparql11-query/#sparqlGrammar, rules 139 to 173: an IRI holds none of <>"{}|^`\ and no blank,
# a name may hold escaped marks, and of two tokens that fit the longer one counts.
_TOKEN = re.compile(
    r"""
      (?P<text>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
        |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
    | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
    | (?P<silent>\#[^\n\r]*|\s+)
    | (?P<variable>[?$]\w+)
    | (?P<name>[^\W\d_][\w.-]*:|:)(?:[\w:-]|%[0-9A-Fa-f]{2}|\\.|\.(?=[\w:%\\-]))*
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<word>\w+)
    | (?P<mark>&&|\|\||\^\^|[<>!]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_DECLARED = re.compile(r"(?:^|\s)PREFIX\s+([\w.-]*:)", re.IGNORECASE)
OPERATORS = frozenset(("+", "-", "*", "/", "|", "^", "!", "=", "!=", "<", ">", "<=", ">=", "&&", "||"))
VALUES = frozenset(("text", "iri", "name", "number", "variable", "language"))
VALUE_ENDS, VALUE_BEGINS = frozenset((")", "]", "TRUE", "FALSE")), frozenset(("(", "[", "TRUE", "FALSE"))
Token = tuple[str, str]


def query_danger(query: str) -> str | None:
    """Why a pattern's query is refused, in words; None where it may run.

    Example:
        >>> query_danger("SELECT ?x WHERE { SERVICE <http://example.org/> { ?x ?y ?z } }")
        'SERVICE would reach outside the study or change it'
    """
    if len(query) > MAX_QUERY:
        return f"a query of more than {MAX_QUERY:,} characters"
    tokens = [(match.lastgroup or "", match[0]) for match in _TOKEN.finditer(query) if match.lastgroup != "silent"]
    if len(tokens) > MAX_TOKENS:
        return f"a query of more than {MAX_TOKENS:,} words and marks"
    prefixes = {*_DECLARED.findall(PREFIXES), *_DECLARED.findall(query)}
    for kind, text in tokens:
        danger = _word_danger(kind, text, prefixes)
        if danger is not None:
            return danger
    return _shape_danger(tokens)


def _word_danger(kind: str, text: str, prefixes: set[str]) -> str | None:
    if kind not in ("word", "name"):
        return None
    # The parser reads on without a blank between two words, and where no such prefix is declared it takes
    # SERVICE:x for a word and a name.
    bare = (text if kind == "word" else text.partition(":")[0]).upper()
    if kind == "name" and text.partition(":")[0] + ":" in prefixes and bare not in (*OUTSIDE, *ENDLESS):
        return None
    if kind == "word" and bare in WORDS:
        return None
    for word in OUTSIDE:
        if word in bare:
            return f"{word} would reach outside the study or change it"
    if any(word in bare for word in ENDLESS):
        return "regular expressions are refused: one can run for hours"
    if kind == "name":
        return f"the prefix {text.partition(':')[0][:40]!r} is not declared"
    return f"{text[:40]!r} is no word that a pattern's query may use"


def _shape_danger(tokens: Sequence[Token]) -> str | None:
    """Nesting, size, and property paths of any length."""
    opened: list[int] = []
    partner: dict[int, int] = {}
    collections: set[int] = set()
    statements = groups = operators = links = signs = 0
    for place, (kind, text) in enumerate(tokens):
        mark = text if kind == "mark" else ""
        within = tokens[opened[-1]][1] if opened else ""
        if mark in ("*", "+") and _ends_a_path(tokens, place - 1, partner):
            return "a property path of any length is refused: what it would find is there to be asked for already"
        links = 0 if mark in (".", ";", "{", "}") else links + (mark == "/")
        signs = signs + 1 if mark in ("!", "+", "-", "^") else 0
        groups += mark == "{" or (kind == "word" and text.upper() == "AS")
        operators += mark in OPERATORS
        if mark in (".", ";", "}") or (mark == "," and within != "("):
            statements += 1 + links
        elif mark == "/":
            statements += 1
        elif opened and opened[-1] in collections and _two_values(tokens, place):
            statements += 2  # a collection unfolds into two for each of its members
        if mark == "(" and _begins_a_collection(tokens, place, bool(opened) and opened[-1] in collections):
            collections.add(place)
        if mark in ("(", "{", "["):
            opened.append(place)
        elif mark in (")", "}", "]") and opened:
            partner[place] = opened.pop()
        if len(opened) > MAX_DEPTH or signs > MAX_DEPTH:
            return f"brackets or signs nested more than {MAX_DEPTH} deep"
    for count, limit, what in (
        (statements, MAX_STATEMENTS, "statements"),
        (groups, MAX_GROUPS, "groups"),
        (operators, MAX_OPERATORS, "operators"),
    ):
        if count > limit:
            return f"a query of more than {limit} {what}"
    return None


def _ends_a_path(tokens: Sequence[Token], place: int, partner: dict[int, int]) -> bool:
    """Whether what ends at `place` can be a property: a name, or brackets with nothing but names and marks in them."""
    if place < 0:
        return False
    if place in partner:
        return all(_is_property(token) or token[0] == "mark" for token in tokens[partner[place] : place])
    return _is_property(tokens[place])


def _is_property(token: Token) -> bool:
    return token[0] in ("iri", "name") or token == ("word", "a")


def _begins_a_collection(tokens: Sequence[Token], place: int, within_one: bool) -> bool:
    """Whether brackets may hold a collection, and not an expression, which follows a word, an operator or a bracket."""
    kind, text = tokens[place - 1] if place else ("mark", "{")
    return within_one or kind in VALUES or (kind, text) == ("word", "a") or text in (".", "{", ";", "}", ")", "]", "[")


def _two_values(tokens: Sequence[Token], place: int) -> bool:
    """Whether a value follows a value without a comma; a number may bring its sign."""
    (before, end), (kind, begin) = tokens[place - 1], tokens[place]
    if begin in ("+", "-") and place + 1 < len(tokens):
        kind = tokens[place + 1][0]
    return (before in VALUES or end.upper() in VALUE_ENDS) and (kind in VALUES or begin.upper() in VALUE_BEGINS)
