"""For those who keep the knowledge: where a rule stands, which histories there are, which version is in use.

A folder of one's own lies on top of the shipped knowledge, as `fmassist check --knowledge` takes it: what it says of a
rule or a variant replaces what is shipped. Only text is read here, so that it works before anything is installed and
takes milliseconds; `fmassist.knowledge` reads for good when a check runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from FMAssistLib.library import add_library_to_path

FOLDERS = ("ontology", "rules", "ranges", "variants", "causes")
MAX_BYTES = 16 * 1024 * 1024
"""As the library takes them; a larger file is no knowledge."""
_VARIANT = re.compile(r'(?:^|\s)variant:(\w+)\s+a\s+fmx:Variant\s*;\s*rdfs:label\s+"([^"]+)"')
_VERSION = re.compile(r"owl:versionIRI\s+<[^>]*?([^/>#]+)>")


def shipped_folder() -> Path | None:
    """The folder of the knowledge that came with FMAssist, or None where the installation is incomplete."""
    add_library_to_path()
    try:
        from fmassist.errors import FMAssistError
        from fmassist.resources import resource

        return resource("rules").parent
    except (ImportError, FMAssistError):
        return None


def rule_place(iri: str, own: str = "") -> str:
    """File and line where a rule is written, such as `rules/rules.ttl, line 87`; empty when it is not found.

    Args:
        iri: of the rule, as a finding names it.
        own: a curator's own folder, or empty; what it says of the rule is what counts.
    """
    name = re.split(r"[#/]", iri)[-1]
    # Reading for lines costs some ten milliseconds in the large files, and few speak of a rule at all.
    mentioned = re.compile(rf"[:/#]{re.escape(name)}(?![\w-])")
    found = ""
    for label, path in _files(own, ("rules",)):
        if name and mentioned.search(_text(path)):
            line = _lines(path).get(iri)
            found = _("{file}, line {line}").format(file=label, line=line) if line else found
    return found


def warming() -> list[Callable[[], object]]:
    """Reads the rules' files ahead, in small parts."""
    paths = [path for _label, path in _files("", ("rules",))]
    large = [path for path in paths if path.name == "rules.ttl"]
    return [*(partial(_text, path) for path in paths), *(partial(_lines, path) for path in large)]


def histories(own: str = "") -> list[tuple[str, str]]:
    """The histories and variants that a context may name: key and label, in the order written."""
    found: dict[str, str] = {}
    for _label, path in _files(own, ("variants",)):
        found.update(_VARIANT.findall(_text(path)))
    return list(found.items())


def version_in_use(own: str = "") -> str:
    """The version of the knowledge that the next check takes, with the folder of one's own where there is one."""
    version = ""
    for _label, path in _files("", ("ontology",)):
        match = _VERSION.search(_text(path))
        version = version or (match.group(1) if match else "")
    if not own:
        return version
    if not Path(own).is_dir():
        return _("{version}; your own folder is not there").format(version=version)
    count = sum(1 for label, _path in _files(own) if label.endswith(_(" (own)")))
    return _("{version}, with {count} of your own files on top").format(version=version, count=count)


def version_text(result: dict[str, Any]) -> str:
    """Versions of program, knowledge and model behind a result, on one line."""
    versions = result.get("versions") or {}
    # Of a hash, the beginning is enough to tell two apart.
    return ", ".join(f"{name.replace('_', ' ')} {str(value)[:12]}" for name, value in versions.items() if value)


def _files(own: str, folders: Sequence[str] = FOLDERS) -> Iterator[tuple[str, Path]]:
    """Every file of the knowledge and how it is called, the shipped ones first."""
    shipped = shipped_folder()
    if shipped is not None:
        for folder in folders:
            for path in sorted((shipped / folder).glob("*.ttl")):
                yield path.relative_to(shipped).as_posix(), path
    if own and Path(own).is_dir():
        for path in sorted(Path(own).rglob("*.ttl")):
            yield path.relative_to(own).as_posix() + _(" (own)"), path


def _text(path: Path) -> str:
    """A file's text, read again only where it changed; a finding selected asks for some forty of them."""
    stamp = _stamp(path)
    return _read(path, stamp) if stamp is not None else ""


def _lines(path: Path) -> dict[str, int]:
    """Line of everything that a file speaks of, by its IRI; empty before the library's packages are installed."""
    stamp = _stamp(path)
    return _read_lines(path, stamp) if stamp is not None else {}


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_mtime_ns, stat.st_size) if path.is_file() and stat.st_size <= MAX_BYTES else None


@lru_cache(maxsize=256)
def _read(path: Path, _changed: tuple[int, int]) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""


@lru_cache(maxsize=256)
def _read_lines(path: Path, changed: tuple[int, int]) -> dict[str, int]:
    add_library_to_path()
    try:
        from fmassist.knowledge.source_lines import subject_lines
    except ImportError:
        return {}
    return subject_lines(_read(path, changed))
