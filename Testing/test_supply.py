"""What FMAssist is made of: bounds, lock, bill of materials and list of licences say the same."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent / "python"
if not (HOME / "pyproject.toml").is_file():
    pytest.skip("no clone: the project's own files are not here", allow_module_level=True)
tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
packaging = pytest.importorskip("packaging.requirements")


def tool(name):
    spec = importlib.util.spec_from_file_location(name, HOME / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def locked():
    return tool("sbom").packages((HOME / "requirements.lock").read_text("utf-8"))


def plain(name):
    return name.lower().replace("_", "-").replace(".", "-")


def required():
    """All that the project asks for, whatever part of it somebody installs."""
    project = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return [packaging.Requirement(line) for lines in lists for line in lines]


def test_the_lock_holds_what_the_project_asks_for(locked):
    versions = {}
    for package in locked:
        versions.setdefault(plain(package.name), []).append(package.version)
    for requirement in required():
        found = versions.get(plain(requirement.name), [])
        assert found, f"{requirement.name} is not in requirements.lock: python python/tools/lock.py"
        assert all(map(requirement.specifier.contains, found)), f"{requirement}: the lock has {found}"
    for line in (HOME / "constraints.txt").read_text("utf-8").splitlines():
        if line.startswith(("torch", "jsonschema-rs")):
            name, version = line.split("==")
            assert versions[name] == [version]


def test_every_part_of_the_project_is_locked():
    extras = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(tool("lock").EXTRAS) == set(extras), "python/tools/lock.py leaves a part out"


def test_every_locked_package_has_hashes(locked):
    assert len(locked) > 40
    assert not [package.name for package in locked if not package.hashes]


@pytest.mark.parametrize(
    ("name", "below"),
    [("monai", "1.5.9"), ("pydicom", "3.0.1"), ("pillow", "12.2.9"), ("torch", "2.9.1"), ("jinja2", "3.1.5")],
)
def test_no_bound_lets_a_version_with_an_advisory_in(name, below):
    bounds = [requirement for requirement in required() if plain(requirement.name) == name]
    assert bounds
    assert not any(requirement.specifier.contains(below) for requirement in bounds)


def test_the_bill_of_materials_and_the_licences_are_those_of_the_lock(locked):
    bill = json.loads((HOME / "sbom.cdx.json").read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    inside = {component["purl"]: component for component in bill["components"]}
    assert {package.purl for package in locked} <= inside.keys(), "python python/tools/sbom.py"
    for package in locked:
        assert {found["content"] for found in inside[package.purl]["hashes"]} == set(package.hashes)
    page = (HOME.parent / "docs" / "licences.md").read_text("utf-8")
    assert not [package.name for package in locked if f"| {package.name} | {package.version} |" not in page]
