"""The files of a user's own knowledge folder: every one of them is read, or refused with a line.

A rule that somebody wrote and that is silently not read is the worst kind of rule: they believe that it protects them.
"""

from __future__ import annotations

import os
from pathlib import Path

from fmassist.errors import InputError

MAX_FILES = 2_000
MAX_BYTES = 64 * 1024 * 1024
"""Of all files together; the shipped knowledge has about 1 MB."""
BESIDE = (".md", ".sssom.tsv", ".pdf", ".png", ".svg")
"""Endings of what may lie beside the knowledge: papers, label maps, pictures."""
BESIDE_NAMES = ("readme", "readme.txt", "license", "license.txt", "catalog-v001.xml")
"""Names likewise; the last is Protégé's own list of places, which is never followed."""
REMEDY = "save it as Turtle (.ttl; in Protégé: File, Save as, Turtle Syntax), or take it out of the folder"


def own_files(folder: Path) -> list[Path]:
    """Every Turtle file in a folder and the folders below it, whatever the case of its ending; sorted.

    Files and folders whose names begin with a dot, and those in folders named `tests`, are not knowledge.

    Raises:
        InputError: the folder holds no Turtle file, too many files, something that is no Turtle, or a folder that
            cannot be opened. The line names the ending of what is not read, never a name.
    """
    found: list[Path] = []
    strange: list[Path] = []

    def unreadable(_error: OSError) -> None:
        raise InputError("a folder of the knowledge cannot be opened", "give it the right to be read")

    count = total = 0
    for place, folders, names in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if any((Path(place) / name).is_symlink() for name in folders):
            raise InputError("the knowledge folder holds a link to another folder", "put the files themselves into it")
        for name in sorted(names):
            count += 1
            if count > MAX_FILES:
                raise InputError(
                    f"the knowledge folder holds more than {MAX_FILES:,} files", "give the folder of the rules alone"
                )
            path = Path(place) / name
            if name.lower().endswith(".ttl") and not name.startswith("."):
                total += path.stat().st_size if path.is_file() else 0
                found.append(path)
            elif not _may_lie_beside(path):
                strange.append(path)
    if strange:
        ending = strange[0].suffix.lower()
        known = f" ({ending})" if ending in (".owl", ".rdf", ".xml", ".n3", ".nt", ".jsonld", ".json", ".txt") else ""
        many = "1 file that is" if len(strange) == 1 else f"{len(strange)} files that are"
        raise InputError(f"the knowledge folder holds {many} no Turtle{known} and would not be read", REMEDY)
    if not found:
        raise InputError("the knowledge folder holds no .ttl file", "give the folder in which the rules lie")
    if total > MAX_BYTES:
        raise InputError(
            f"the knowledge folder is larger than {MAX_BYTES // 2**20} MiB", "give the folder of the rules alone"
        )
    return sorted(found)


def _may_lie_beside(path: Path) -> bool:
    name = path.name.lower()
    return (
        name.startswith(".")
        or name.endswith(BESIDE)
        or name in BESIDE_NAMES
        or (path.parent.name == "tests" and name.endswith(".json"))
    )
