"""`fmassist info`: what is installed here, for a report of a fault and for programs."""

from __future__ import annotations

import json
import platform
from importlib import metadata
from typing import Annotated, Any

import typer

PACKAGES = (
    "numpy",
    "SimpleITK",
    "pyoxigraph",
    "clingo",
    "pydicom",
    "highdicom",
    "torch",
    "monai",
    "mcp",
    "distributed",
)


def info(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> int:
    """Say which version this is, what it knows, and what it can do here. Names no file and no user."""
    said = _said()
    if as_json:
        typer.echo(json.dumps(said, indent=2))
        return 0
    for name, value in said.items():
        shown = ", ".join(f"{k} {v}" for k, v in value.items() if v) if isinstance(value, dict) else value
        typer.echo(f"{name:15} {', '.join(shown) if isinstance(shown, list) else shown}")
    return 0


def _said() -> dict[str, Any]:
    import fmassist
    from fmassist.knowledge.load import load_knowledge
    from fmassist.resources import resource

    knowledge = load_knowledge()
    maps = resource("label_maps")
    return {
        "fmassist": fmassist.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "knowledge": {
            "version": knowledge.stated_version,
            "structures": len(knowledge.structures),
            "rules": len(knowledge.rules),
            "patterns": len(knowledge.patterns),
            "causes": len(knowledge.causes),
            "variants": len(knowledge.variants),
        },
        "label_maps": sorted(path.name.removesuffix(".sssom.tsv") for path in maps.glob("*.sssom.tsv")),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
