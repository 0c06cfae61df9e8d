"""For those who keep the knowledge: where a rule stands, which histories there are, which version is in use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any


def knowledge_folder(own: str = "") -> Path | None:
    """The folder of knowledge in use: the curator's own where one is set, else the shipped one."""
    if own:
        folder = Path(own)
        return folder if folder.is_dir() else None
    from FMAssistLib.library import add_library_to_path

    add_library_to_path()
    try:
        from fmassist.errors import FMAssistError
        from fmassist.resources import resource

        return resource("rules").parent
    except (ImportError, FMAssistError):
        return None


def rule_place(iri: str, folder: Path | None) -> str:
    """File and line where a rule is written, such as `rules/rules.ttl, line 87`; empty when it is not found.

    Args:
        iri: of the rule, as a finding names it.
        folder: of knowledge.
    """
    name = re.split(r"[#/]", iri)[-1]
    if folder is None or not name:
        return ""
    # A subject starts its line in Turtle as FMAssist writes it; another's mention of it does not.
    subject = re.compile(rf"^\s*(?:[\w-]*:{re.escape(name)}|<[^>]*[#/]{re.escape(name)}>)(?=[\s;,.])")
    for path in sorted(folder.rglob("*.ttl")):
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if subject.match(line):
                return f"{path.relative_to(folder).as_posix()}, line {number}"
    return ""


def histories(folder: Path | None) -> list[tuple[str, str]]:
    """The histories and variants that a context may name: key and label, in the order written."""
    if folder is None:
        return []
    found: list[tuple[str, str]] = []
    pattern = re.compile(r'^variant:(\w+)\s+a\s+fmx:Variant\s*;\s*rdfs:label\s+"([^"]+)"', re.MULTILINE)
    for path in sorted(folder.rglob("*.ttl")):
        if "variants" in path.parts or path.stem == "variants":
            found += pattern.findall(path.read_text(encoding="utf-8", errors="replace"))
    return found


def version_text(result: dict[str, Any]) -> str:
    """Versions of program, knowledge and model behind a result, on one line."""
    versions = result.get("versions") or {}
    return ", ".join(f"{name} {value}" for name, value in versions.items() if value)
