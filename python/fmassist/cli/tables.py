"""Lines of a report on the terminal: a word in colour, a place, a sentence."""

from __future__ import annotations

from collections.abc import Iterable

COLOURS = {
    "ERROR": "red",
    "WARN": "yellow",
    "INFO": "dim",
    "FAIL": "red",
    "PASS": "green",
    "added": "green",
    "removed": "red",
    "gone": "green",
    "changed": "yellow",
}


def emit(lines: Iterable[tuple[str, str, str]], ending: str, as_json: str | None = None) -> None:
    """Print the lines and the last one, or the JSON alone."""
    from rich.console import Console
    from rich.text import Text

    if as_json is not None:
        print(as_json)  # noqa: T201
        return
    console = Console(highlight=False, soft_wrap=True)
    for word, place, sentence in lines:
        line = Text(f"{word:8}", style=COLOURS.get(word, ""))
        line.append(f"{place}  " if place else "", style="cyan")
        line.append(sentence, style="")
        console.print(line)
    console.print(ending, markup=False)
