"""One Turtle file, read within bounds. Nothing that it names is fetched or followed.

Turtle alone is read: it has no entities to expand, and imports, `file:` addresses and `python_module` annotations are
only text in it.
"""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import Literal, Quad, RdfFormat, Triple, parse

MAX_BYTES = 16 * 1024 * 1024
"""Of one file; the shipped ontology has about 0.3 MB."""
MAX_STATEMENTS = 200_000
"""Of one file; the shipped ontology has about 8,000."""
MAX_TEXT = 100_000
"""Characters of one text; the longest shipped one has about 2,000."""


class UnreadableTurtle(Exception):  # noqa: N818 - the reason is its name
    """Why a file can't be read as Turtle, on one line, and the line on which it goes wrong (from 1) if there is one."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(" ".join(reason.split())[:200])
        self.line = line


def read_turtle(path: Path) -> tuple[tuple[Quad, ...], str]:
    """Every statement of a file, and its text. Anonymous nodes get names that no other file has.

    Raises:
        UnreadableTurtle: it is no plain file, too large, not UTF-8 or no Turtle.
    """
    try:
        if not path.is_file():  # a pipe would be waited for without end
            raise UnreadableTurtle("it is no plain file")
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableTurtle(f"it is larger than {MAX_BYTES // 2**20} MiB, and knowledge files are small")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableTurtle("it is not UTF-8 text") from None
    except OSError as error:
        raise UnreadableTurtle(f"it cannot be read ({error.strerror})") from None
    quads: list[Quad] = []
    try:
        for quad in parse(text.encode(), format=RdfFormat.TURTLE, rename_blank_nodes=True):
            if len(quads) == MAX_STATEMENTS:
                raise UnreadableTurtle(f"it holds more than {MAX_STATEMENTS:,} statements")
            if isinstance(quad.object, Literal) and len(quad.object.value) > MAX_TEXT:
                raise UnreadableTurtle(f"it holds a text of more than {MAX_TEXT:,} characters")
            if isinstance(quad.object, Triple) or isinstance(quad.subject, Triple):
                raise UnreadableTurtle("it makes statements about statements, which OWL does not know")
            quads.append(quad)
    except (SyntaxError, ValueError) as error:
        raise UnreadableTurtle(str(error) or "no Turtle", getattr(error, "lineno", None)) from None
    return tuple(quads), text
