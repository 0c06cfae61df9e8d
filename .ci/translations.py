"""Brings the panel's translation files up to date, as Slicer's own script does for its modules.

    python .ci/translations.py [--check]

Texts come from `_("…")` in `FMAssist/**/*.py` (context: the file, as `slicer.i18n.getContext` names it) and from the
`.ui` file (context: its class). What is translated stays; what is new is marked unfinished; what is gone goes. With
`--check` nothing is written, and the exit code says whether a file is behind.
"""

from __future__ import annotations

import ast
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

MODULE = Path(__file__).resolve().parent.parent / "FMAssist"
FOLDER = MODULE / "Resources" / "Translations"


def context_of(path: Path) -> str:
    """The context of a Python file: its package and name, or its name alone outside a package."""
    in_package = (path.parent / "__init__.py").is_file()
    return f"{path.parent.name}.{path.stem}" if in_package else path.stem


def texts_of_python(path: Path) -> list[str]:
    """Every text given to `_`, in order."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.append((node.lineno, argument.value))
    return [text for _line, text in sorted(found)]


def texts_of_ui(path: Path) -> list[str]:
    """Every text that Qt translates when it loads the file."""
    strings = ElementTree.parse(path).getroot().iter("string")  # noqa: S314 - our own file
    return [e.text for e in strings if e.text and e.text.strip() and e.get("notr") != "true"]


def all_texts() -> dict[str, list[str]]:
    """Context → texts, each once, in the order of the files."""
    found: dict[str, list[str]] = {}
    for path in sorted(MODULE.rglob("*.py")):
        for text in texts_of_python(path):
            texts = found.setdefault(context_of(path), [])
            if text not in texts:
                texts.append(text)
    for path in sorted(MODULE.rglob("*.ui")):
        root = ElementTree.parse(path).getroot()  # noqa: S314 - our own file
        own = [p for p in root.iter("property") if p.get("name") in ("SlicerParameterName", "nodeTypes")]
        bound = {element.text for p in own for element in p.iter("string")}
        texts = found.setdefault(path.stem, [])
        texts += [text for text in dict.fromkeys(texts_of_ui(path)) if text not in bound and text not in texts]
    return found


def known_in(path: Path) -> dict[tuple[str, str], str]:
    """(context, text) → translation, of what is translated already."""
    if not path.is_file():
        return {}
    found = {}
    for context in ElementTree.parse(path).getroot().iter("context"):  # noqa: S314 - our own file
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is not None and translation.get("type") is None and translation.text:
                found[context.findtext("name") or "", message.findtext("source") or ""] = translation.text
    return found


def written(language: str, known: dict[tuple[str, str], str]) -> str:
    """The file's content."""
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en_US")
    for name, texts in sorted(all_texts().items()):
        context = ElementTree.SubElement(root, "context")
        ElementTree.SubElement(context, "name").text = name
        for text in texts:
            message = ElementTree.SubElement(context, "message")
            ElementTree.SubElement(message, "source").text = text
            translation = ElementTree.SubElement(message, "translation")
            translation.text = known.get((name, text), "")
            if not translation.text:
                translation.set("type", "unfinished")
    ElementTree.indent(root, " ")
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n'


def main(arguments: list[str]) -> int:
    """Updates every file, or says whether one is behind."""
    behind = []
    for path in sorted(FOLDER.glob("*.ts")):
        content = written(path.stem.partition("_")[2], known_in(path))
        if path.read_text(encoding="utf-8") != content:
            behind.append(path.name)
            if "--check" not in arguments:
                path.write_text(content, encoding="utf-8")
    if behind:
        sys.stdout.write(f"{'behind' if '--check' in arguments else 'updated'}: {', '.join(behind)}\n")
    return 1 if behind and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
