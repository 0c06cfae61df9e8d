"""What is installed carries the knowledge with it, whether built from a clone or from a source distribution."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest


def built(source, folder):
    """The wheel that pip builds from a folder, in an environment of its own."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    ran = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if ran.returncode and re.search(r"hatchling|pip._vendor|No module named pip", ran.stderr):
        pytest.skip("pip cannot fetch the build backend here")
    assert ran.returncode == 0, ran.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(repository, tmp_path_factory):
    # A copy, so that a build leaves nothing in the clone.
    clone = tmp_path_factory.mktemp("clone")
    for name in ("python", "Resources"):
        shutil.copytree(repository / name, clone / name, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    shutil.copy(repository / "LICENSE", clone)
    return built(clone / "python", tmp_path_factory.mktemp("wheel"))


def members(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.mark.slow
def test_the_wheel_holds_every_resource_and_nothing_else(wheel, repository):
    resources = repository / "Resources"
    wanted = {
        f"fmassist/Resources/{path.relative_to(resources).as_posix()}"
        for path in resources.rglob("*")
        if path.is_file()
    }
    found = members(wheel)
    assert {name for name in found if name.startswith("fmassist/Resources/")} == wanted
    assert "fmassist/LICENSE" in found
    assert all(name.startswith("fmassist/") for name in found)


@pytest.mark.slow
def test_a_source_distribution_gives_the_same_wheel(wheel, repository, tmp_path):
    # What hatch_build.py lays into a source distribution: the same files, with Resources/ and LICENSE inside.
    source = tmp_path / "fmassist-0"
    shutil.copytree(repository / "python", source, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    shutil.copytree(repository / "Resources", source / "Resources")
    shutil.copy(repository / "LICENSE", source)
    (tmp_path / "wheel").mkdir()
    assert members(built(source, tmp_path / "wheel")) == members(wheel)


@pytest.mark.slow
def test_the_installed_program_works_away_from_the_clone(wheel, study, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    where = "import fmassist.resources as r; print(r.resource('rules'))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    found = subprocess.run(
        [sys.executable, "-c", where], capture_output=True, text=True, env=environment, cwd=tmp_path, check=True
    ).stdout.strip()
    assert found == str(tmp_path / "site" / "fmassist" / "Resources" / "rules")
    ran = subprocess.run(
        [sys.executable, "-m", "fmassist", "check", "--labels", str(study.labels), "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )
    assert ran.returncode in (0, 3), ran.stderr
    assert (tmp_path / "out" / "report.html").is_file()


def test_the_readme_names_both_commands_for_the_ci(repository):
    readme = (repository / "README.md").read_text(encoding="utf-8")
    for name, ending in (("demo", "demo --out demo"), ("tests", "pytest -n auto --maxprocesses 4 --dist loadfile")):
        command = re.search(rf"<!-- ci: {name} -->\n```sh\n(.+?)\n```", readme)
        assert command is not None
        assert command[1].endswith(ending)
        assert "venv" in command[1]  # Debian's own Python is externally managed
    assert (repository / "docs" / "images" / "report.png").stat().st_size < 300_000


def test_torch_is_pinned(repository):
    assert "torch==2.13.0" in (repository / "python" / "constraints.txt").read_text(encoding="utf-8").splitlines()
