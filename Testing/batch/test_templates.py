"""The templates for clusters are run: SLURM's with a stand-in, the others where their engine is."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="the templates are for clusters, which run Linux"),
    pytest.mark.slow,
]
SBATCH = """#!/bin/bash
# A stand-in: runs each part of the array at once, one after the other, and says a job's number.
for argument in "$@"; do case $argument in --array=*) range=${argument#--array=};; esac; done
args=("$@"); script=${args[-2]}; what=${args[-1]}
if [ -n "${range:-}" ]; then
  for n in $(seq "${range%-*}" "${range#*-}"); do SLURM_ARRAY_TASK_ID=$n bash "$script" "$what" >&2 || exit 1; done
else
  bash "$script" "$what" >&2 || exit 1
fi
echo 42
"""


@pytest.fixture
def templates(repository) -> Path:
    return repository / "docs" / "cluster"


@pytest.fixture
def studies(files, tmp_path) -> Path:
    rows = [f"{name},{files / name}.nii.gz" for name in ("good", "bad")] + ["gone,none.nii.gz"]
    (tmp_path / "list.csv").write_text("\n".join(["id,labels", *rows]) + "\n")
    return tmp_path / "list.csv"


def run(*command: object, folder: Path, **environment: str) -> None:
    path = os.pathsep.join([str(folder), str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        list(map(str, command)),
        env={**os.environ, "PATH": path, **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def outcomes(out: Path) -> dict[str, str]:
    with (out / "summary.csv").open(encoding="utf-8", newline="") as stream:
        return {row["study"]: row["outcome"] for row in csv.DictReader(stream)}


def require_all_done(out: Path) -> None:
    found = outcomes(out)
    assert list(found) == ["good", "bad", "gone"]
    assert found["bad"] == "implausible"
    assert found["gone"] == "failed"
    assert (out / "index.html").is_file()


def test_slurm(templates, studies, tmp_path):
    (tmp_path / "sbatch").write_text(SBATCH)
    (tmp_path / "sbatch").chmod(0o755)
    told = {"PARTS": "2", "LIST": str(studies), "OUT": str(tmp_path / "out")}
    run("bash", templates / "slurm.sh", "submit", folder=tmp_path, **told)
    require_all_done(tmp_path / "out")


def test_snakemake(templates, studies, tmp_path):
    snakemake = os.environ.get("SNAKEMAKE") or shutil.which("snakemake")
    if not snakemake:
        pytest.skip("needs snakemake on the path, or SNAKEMAKE")
    config = [f"list={studies}", f"out={tmp_path / 'out'}", "parts=2"]
    snakefile = templates / "Snakefile"
    run(snakemake, "--cores", "2", "--snakefile", snakefile, "--config", *config, folder=tmp_path)
    require_all_done(tmp_path / "out")


FAKE = """#!/bin/bash
# A stand-in: notes what it was asked, and says that studies ask for a look, or what CODE says.
echo "$*" >> {asked}
exit ${{CODE:-3}}
"""


def scripts_of(template: Path, **parameters: object) -> dict[str, str]:
    """The shell scripts of a Nextflow file's processes, with Groovy's escapes and variables resolved."""
    found = {}
    for name, script in re.findall(r'process (\w+) \{.*?"""(.*?)"""', template.read_text(), flags=re.S):
        for key, value in parameters.items():
            script = re.sub(rf"\$\{{(params\.)?{key}\}}", lambda _, v=value: str(v), script)
        found[name] = script.replace("\\\\", "\\").replace("\\$", "$")
    return found


@pytest.mark.parametrize(("code", "ends"), [("0", 0), ("3", 0), ("2", 0), ("1", 1)])
def test_the_commands_of_nextflow_without_nextflow(templates, tmp_path, code, ends):
    """What its engine would hand to the shell: no package that can be had here ships Nextflow itself."""
    fake = tmp_path / "fake"
    fake.write_text(FAKE.format(asked=tmp_path / "asked"))
    fake.chmod(0o755)
    told = {"fmassist": fake, "list": "l.csv", "out": "o", "parts": 2, "part": 1, "options": "--label-map m"}
    scripts = scripts_of(templates / "main.nf", **told)
    for name in ("PART", "GATHER"):
        assert "params" not in scripts[name]
        done = subprocess.run(["bash", "-ue"], input=scripts[name], env={"CODE": code}, text=True, check=False)
        if name == "PART":
            assert done.returncode == ends, "studies that failed or ask for a look fail no part, a fault does"
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[:2] == [
        "batch l.csv --out o --shard 1/2 --jobs 1 --label-map m",
        "batch l.csv --out o --gather --label-map m",
    ]
    assert asked[2:] == ([] if code == "1" else ["report o"])


def test_the_container_holds_what_the_library_needs(repository):
    """The recipe names folders that are there, and extras that the library has."""
    recipe = (repository / "docs" / "cluster" / "fmassist.def").read_text()
    section = recipe.split("%files")[1].split("%post")[0]
    for line in section.split("\n"):
        if line.strip():
            source, target = line.split()
            assert (repository / source).exists()
            assert target == f"/opt/fmassist/{source}", "the library looks for its data beside its own folder"
    known = (repository / "python" / "pyproject.toml").read_text()
    for extra in re.search(r"fmassist/python\[([\w,]+)\]", recipe)[1].split(","):
        assert re.search(rf"^{extra} = \[", known, flags=re.M)


def test_nextflow(templates, studies, tmp_path):
    nextflow = os.environ.get("NEXTFLOW") or shutil.which("nextflow")
    if not nextflow:
        pytest.skip("needs nextflow on the path, or NEXTFLOW")
    told = ["--list", studies, "--out", tmp_path / "out", "--parts", "2"]
    run(nextflow, "run", templates / "main.nf", *told, folder=tmp_path)
    require_all_done(tmp_path / "out")
