"""`fmassist batch`: many studies, none of which can stop the others, and none of which gets another's verdict."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fmassist.application.folder import MARKER
from fmassist.cli.main import main


def rows_of(out: Path, name: str = "summary") -> dict[str, dict[str, str]]:
    with (out / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return {row["study"]: row for row in csv.DictReader(stream)}


def run(source: Path, out: Path, *more: str) -> int:
    return main(["batch", str(source), "--out", str(out), "--jobs", "1", *more])


def a_list(folder: Path, **studies: str) -> Path:
    path = folder / "list.csv"
    path.write_text("id,labels\n" + "".join(f"{name},{labels}\n" for name, labels in studies.items()))
    return path


def test_one_bad_study_is_noted_and_the_others_are_checked(put, files, tmp_path, capsys):
    (tmp_path / "Doe_bad.nii.gz").write_bytes(b"no volume")
    put("good.nii.gz", tmp_path / "a.nii.gz")
    put("bad.nii.gz", tmp_path / "c.nii.gz")
    source = a_list(tmp_path, good="a.nii.gz", bad="Doe_bad.nii.gz", swapped="c.nii.gz")
    out = tmp_path / "out"
    assert run(source, out) == 2
    found = rows_of(out)
    assert list(found) == ["good", "bad", "swapped"], "in the order of the list"
    assert found["bad"]["outcome"] == "failed"
    assert found["bad"]["reason"]
    assert found["swapped"]["outcome"] == "implausible"
    assert (out / "good" / "report.html").is_file()
    assert not (out / "bad").exists()
    everything = "".join(
        path.read_text(errors="replace") for path in out.rglob("*") if path.suffix in (".csv", ".json")
    )
    said = capsys.readouterr()
    assert "Doe" not in everything + said.out + said.err
    assert "3 studies" in said.out

    # A second run goes on where the first stopped: what holds is not touched, what failed is tried again.
    before = (out / "good" / "findings.json").stat().st_mtime_ns
    put("good.nii.gz", tmp_path / "Doe_bad.nii.gz")
    assert run(source, out) == 3
    assert (out / "good" / "findings.json").stat().st_mtime_ns == before
    assert rows_of(out)["bad"]["outcome"] == rows_of(out)["good"]["outcome"]
    assert not list(out.glob("*.failed.json"))
    assert "2 of them finished before" in capsys.readouterr().out


def test_a_study_added_before_another_takes_nothing_of_it(in_process, put, tmp_path):
    put("bad.nii.gz", tmp_path / "s" / "patient_B" / "labels.nii.gz")
    out = tmp_path / "out"
    assert run(tmp_path / "s", out) == 3
    ((theirs, first),) = rows_of(out).items()
    put("good.nii.gz", tmp_path / "s" / "patient_A" / "labels.nii.gz")
    assert run(tmp_path / "s", out) == 3
    found = rows_of(out)
    assert found[theirs] == first, "patient B keeps name and verdict"
    (ours,) = set(found) - {theirs}
    assert found[ours]["outcome"] != "implausible"
    assert not [path for path in out.rglob("*") if "patient" in path.name]


def change_labels(tmp_path, put, _options):
    put("bad.nii.gz", tmp_path / "a.nii.gz")
    return "its labels are other"


def exchange_two_patients(tmp_path, put, _options):
    # Moved, so that times stay: only the content tells.
    (tmp_path / "a.nii.gz").rename(tmp_path / "x")
    (tmp_path / "b.nii.gz").rename(tmp_path / "a.nii.gz")
    (tmp_path / "x").rename(tmp_path / "b.nii.gz")
    return "its labels are other"


def change_context(tmp_path, put, options):
    (tmp_path / "context.json").write_text('{"age": 7}')
    return "its context is other"


def change_label_map(tmp_path, put, options):
    options += ["--label-map", "totalsegmentator:total_mr"]
    return "the label map is other"


def change_knowledge(tmp_path, put, options):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "own.ttl").write_text("@prefix ex: <https://example.org/> .\nex:a ex:b ex:c .\n")
    options += ["--knowledge", str(folder)]
    return "the knowledge is other"


def change_modality(tmp_path, put, options):
    options += ["--modality", "MR"]
    return "the options are other"


def change_program(tmp_path, put, options):
    path = tmp_path / "out" / "one" / MARKER
    path.write_text(re.sub('"program": "[0-9.]+ ', '"program": "9.9 ', path.read_text()))
    return "the program is other"


CHANGES = [
    change_labels,
    exchange_two_patients,
    change_context,
    change_label_map,
    change_knowledge,
    change_modality,
    change_program,
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_a_result_was_made_from_must_be_the_same(in_process, put, tmp_path, capsys, change):
    put("good.nii.gz", tmp_path / "a.nii.gz")
    put("bad.nii.gz", tmp_path / "b.nii.gz")
    (tmp_path / "context.json").write_text('{"age": 54}')
    source, out = a_list(tmp_path, one="a.nii.gz"), tmp_path / "out"
    options = ["--context", str(tmp_path / "context.json")]
    run(source, out, *options)
    before = json.loads((out / "one" / MARKER).read_text())["made_from"]
    capsys.readouterr()
    said = change(tmp_path, put, options)
    run(source, out, *options)
    assert f"one: redone: {said}" in capsys.readouterr().out
    after = json.loads((out / "one" / MARKER).read_text())["made_from"]
    if change is not change_program:
        assert sum(after[part] != before[part] for part in before) == 1, "nothing else counts as changed"
    run(source, out, *options)
    assert "redone" not in capsys.readouterr().out, "and then it holds"


def test_a_result_that_was_copied_from_another_study_is_not_believed(in_process, put, tmp_path, capsys):
    for name in "ab":
        put("good.nii.gz", tmp_path / f"{name}.nii.gz")
    source, out = a_list(tmp_path, one="a.nii.gz", two="b.nii.gz"), tmp_path / "out"
    run(source, out)
    shutil.rmtree(out / "two")
    shutil.copytree(out / "one", out / "two")
    capsys.readouterr()
    run(source, out)
    assert "two: redone: it was made for another study" in capsys.readouterr().out
    assert list(rows_of(out)) == ["one", "two"]


def test_a_result_of_which_a_file_was_changed_is_neither_believed_nor_removed(in_process, put, tmp_path, capsys):
    put("bad.nii.gz", tmp_path / "a.nii.gz")
    source, out = a_list(tmp_path, one="a.nii.gz"), tmp_path / "out"
    run(source, out)
    path = out / "one" / "findings.json"
    path.write_text(path.read_text().replace('"implausible"', '"plausible"'))
    assert run(source, out) == 2
    row = rows_of(out)["one"]
    assert row["outcome"] == "failed"
    assert "changed after FMAssist wrote it" in row["reason"]


def test_a_stale_verdict_is_gone_when_the_study_cannot_be_done_any_more(in_process, put, tmp_path):
    put("good.nii.gz", tmp_path / "a.nii.gz")
    source, out = a_list(tmp_path, one="a.nii.gz"), tmp_path / "out"
    run(source, out)
    (tmp_path / "a.nii.gz").write_bytes(b"damaged")
    assert run(source, out) == 2
    assert not (out / "one").exists()
    assert json.loads((out / "one.failed.json").read_text())["outcome"] == "failed"


NRRD = (
    "NRRD0004\n{more}type: uint8\ndimension: 3\nsizes: 2 2 2\nencoding: raw\nspace: RAS\n"
    "space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\ndata file: a.raw\n"
)
META = (
    "ObjectType = Image\nNDims = 3\n{more}DimSize = 2 2 2\nElementType = MET_UCHAR\n"
    "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\nElementDataFile = a.raw\n"
)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.mhd", META.format(more="")),
        ("a.mhd", META.format(more="DataFile = other.raw\n")),
        ("a.mhd", META.format(more=f"Comment = {'x' * 60_000}\n" * 2)),
        ("a.nhdr", NRRD.format(more="")),
        ("a.nhdr", NRRD.format(more="data file:=other.raw\n")),
        ("a.nhdr", NRRD.format(more=f"# {'x' * 70_000}\n")),
        ("a.seg.nrrd", NRRD.format(more="")),
    ],
)
def test_voxels_that_a_header_leaves_to_another_file_count(tmp_path, name, header):
    """Whatever else the header says, the file that its reader opens is the one that counts."""
    from fmassist.batch.identity import parts_of, stamps
    from fmassist.batch.plan import Plan, Study
    from fmassist.volume.reading import read_raster

    (tmp_path / name).write_text(header)
    (tmp_path / "a.raw").write_bytes(bytes(8))
    assert not read_raster(tmp_path / name).voxels.any()
    plan, study = Plan(str(tmp_path)), Study("a", str(tmp_path / name))
    before, seen = parts_of(study, plan), stamps(study, plan)
    (tmp_path / "a.raw").write_bytes(bytes([1] * 8))
    assert read_raster(tmp_path / name).voxels.all()
    assert parts_of(study, plan)["labels"] != before["labels"]
    assert stamps(study, plan) != seen


@pytest.mark.parametrize(
    ("given", "part"), [("a.img", "a.hdr"), ("a.hdr.gz", "a.img"), ("a.img.gz", "a.hdr"), ("a.hdr", "a.img.gz")]
)
def test_both_files_of_a_pair_count_whichever_is_given(tmp_path, given, part):
    from fmassist.batch.identity import parts_of
    from fmassist.batch.plan import Plan, Study

    for name in (given, part):
        (tmp_path / name).write_bytes(b"one")
    plan, study = Plan(str(tmp_path)), Study("a", str(tmp_path / given))
    before = parts_of(study, plan)
    (tmp_path / part).write_bytes(b"two")
    assert parts_of(study, plan)["labels"] != before["labels"]


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
def test_masks_behind_a_link_count(tmp_path, put):
    from fmassist.batch.identity import parts_of
    from fmassist.batch.plan import Plan, Study
    from fmassist.volume.mask_folder import find_masks

    put("good.nii.gz", tmp_path / "elsewhere" / "liver.nii.gz")
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "masks").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert find_masks(tmp_path / "study"), "the reader follows the link"
    plan, study = Plan(str(tmp_path)), Study("a", str(tmp_path / "study"))
    before = parts_of(study, plan)
    put("bad.nii.gz", tmp_path / "elsewhere" / "liver.nii.gz")
    assert parts_of(study, plan)["labels"] != before["labels"]


def test_gathering_believes_no_result_of_another_context_or_map_nor_rows_that_were_changed(in_process, put, tmp_path):
    put("good.nii.gz", tmp_path / "a.nii.gz")
    source, out = a_list(tmp_path, one="a.nii.gz"), tmp_path / "out"
    run(source, out)
    assert run(source, out, "--gather") in (0, 3)
    (tmp_path / "context.json").write_text('{"age": 4}')
    for other in (["--context", str(tmp_path / "context.json")], ["--label-map", "totalsegmentator:total"]):
        assert run(source, out, "--gather", *other) == 2, other
        assert rows_of(out)["one"]["outcome"] == "failed"
    rows = out / "one" / "rows.json"
    rows.write_text(rows.read_text().replace('"outcome":"', '"outcome":"plausible', 1))
    assert run(source, out, "--gather") == 2


@pytest.mark.parametrize("start", [[str(Path(sys.executable).parent / "fmassist")], [sys.executable, "-m", "fmassist"]])
def test_code_beside_the_data_does_not_run(put, tmp_path, start):
    put("good.nii.gz", tmp_path / "one" / "labels.nii.gz")
    names = ["gzip", "html", "json", "sitecustomize", "numpy", "csv", "typer"]
    for name in [*names, *(["fmassist"] if len(start) == 1 else [])]:  # who starts -m there names that one
        (tmp_path / f"{name}.py").write_text("open('PWNED', 'w').close()\nraise SystemExit('code of the data ran')\n")
    program = [*start, "batch", ".", "--out", "out"]
    planted = {**os.environ, "PYTHONSTARTUP": str(tmp_path / "gzip.py")}
    done = subprocess.run(program, cwd=tmp_path, env=planted, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in (0, 3), done.stderr
    assert not list(tmp_path.rglob("PWNED"))


def test_shards_and_one_run_give_the_same_tables(put, tmp_path, request):
    for name, labels in (("a", "good"), ("b", "bad"), ("c", "other")):
        put(f"{labels}.nii.gz", tmp_path / f"{name}.nii.gz")
    source = a_list(tmp_path, a="a.nii.gz", b="b.nii.gz", c="c.nii.gz", d="missing.nii.gz")
    assert run(source, tmp_path / "whole", "--jobs", "2") == 2
    request.getfixturevalue("in_process")  # and another way of doing them gives the same too
    for part in ("2/3", "1/3", "3/3"):
        run(source, tmp_path / "parts", "--shard", part)
    assert set(rows_of(tmp_path / "parts", "summary-1-of-3")) == {"a", "d"}
    assert run(source, tmp_path / "parts", "--gather") == 2
    for path in sorted((tmp_path / "whole").glob("*.*")):
        if path.suffix in (".csv", ".json"):
            assert path.read_bytes() == (tmp_path / "parts" / path.name).read_bytes(), path.name
    for name in ("a", "b", "c"):
        ours, theirs = tmp_path / "whole" / name, tmp_path / "parts" / name
        assert (ours / "findings.json").read_bytes() == (theirs / "findings.json").read_bytes()


def test_gather_believes_no_result_whose_inputs_changed(in_process, put, tmp_path):
    put("good.nii.gz", tmp_path / "a.nii.gz")
    source, out = a_list(tmp_path, one="a.nii.gz"), tmp_path / "out"
    run(source, out, "--shard", "1/1")
    put("bad.nii.gz", tmp_path / "a.nii.gz")
    assert run(source, out, "--gather") == 2
    assert "may have changed" in rows_of(out)["one"]["reason"]
    assert run(tmp_path / "list.csv", tmp_path / "empty", "--gather") == 2
    assert "not done yet" in rows_of(tmp_path / "empty")["one"]["reason"]


def test_tables_read_back_with_units(in_process, put, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    put("bad.nii.gz", tmp_path / "a.nii.gz")
    (tmp_path / "list.csv").write_text("id,labels,age,sex,site,tag_ward\none,a.nii.gz,54,female,Graz,=cmd()\n")
    out = tmp_path / "out"
    run(tmp_path / "list.csv", out)
    segments = parquet.read_table(out / "segments.parquet")
    assert segments.schema.field("volume_ml").metadata[b"unit"] == b"mL"
    kidney = next(row for row in segments.to_pylist() if row["structure"] == "kidney_left")
    assert kidney["status"] == "flagged"
    assert kidney["volume_ml"] > 20
    (study,) = parquet.read_table(out / "studies.parquet").to_pylist()
    assert (study["age_years"], study["sex"], study["site"]) == (54.0, "female", "Graz")
    findings = parquet.read_table(out / "findings.parquet").to_pylist()
    assert len(findings) == len(list(csv.DictReader((out / "findings.csv").open(encoding="utf-8"))))
    rules = parquet.read_table(out / "rules.parquet").to_pylist()
    assert sum(row["failed"] for row in rules) > 0
    document = json.loads((out / "one" / "findings.json").read_text())
    assert {row["rule"] for row in rules} == {r["rule"].rsplit("/", 1)[-1] for r in document["rules"]["by_rule"]}


def test_a_folder_that_cannot_be_written_is_said(put, tmp_path, capsys):
    put("good.nii.gz", tmp_path / "a.nii.gz")
    (tmp_path / "out").write_text("a file")
    assert run(a_list(tmp_path, one="a.nii.gz"), tmp_path / "out") == 2
    assert "cannot be made" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX")
def test_which_id_is_which_file_is_written_only_where_it_is_asked_for(in_process, put, tmp_path):
    put("good.nii.gz", tmp_path / "s" / "Doe" / "labels.nii.gz")
    run(tmp_path / "s", tmp_path / "out", "--sources", str(tmp_path / "private.csv"))
    (study,) = rows_of(tmp_path / "out")
    (row,) = csv.DictReader((tmp_path / "private.csv").open(encoding="utf-8"))
    assert row["id"] == study
    assert row["labels"].endswith("Doe/labels.nii.gz")


def test_a_model_segments_each_study_and_is_loaded_once(in_process, put, tmp_path, monkeypatch):
    from fmassist.batch import one
    from fmassist.models.backends.labels import LabelsFile

    model = put("good.nii.gz", tmp_path / "model.nii.gz")
    for name in "ab":
        put("ct.nii.gz", tmp_path / "s" / name / "ct.nii.gz")
    (tmp_path / "s" / "b" / "context.json").write_text('{"age": 50}')
    used = []
    segment = LabelsFile.segment
    monkeypatch.setattr(LabelsFile, "segment", lambda self, *a, **k: (used.append(self), segment(self, *a, **k))[1])
    one._model.cache_clear()
    assert run(tmp_path / "s", tmp_path / "out", "--model", str(model)) in (0, 3)
    assert len(used) == 2
    assert used[0] is used[1]
    documents = [json.loads(path.read_text()) for path in (tmp_path / "out").glob("*/findings.json")]
    assert all(document["versions"]["model"] for document in documents)
    put("bad.nii.gz", model)
    from fmassist.batch import identity

    identity.model_bytes.cache_clear()
    one._model.cache_clear()
    assert run(tmp_path / "s", tmp_path / "out", "--model", str(model)) == 3
    assert len(used) == 4, "other bytes of the model, other results"


TABLES_OF_SOMEBODY = ("summary.csv", "studies.csv", "segments.parquet", "index.html", "one.failed.json", "decisions")


@pytest.mark.parametrize("name", TABLES_OF_SOMEBODY)
def test_somebody_s_tables_in_the_output_folder_stay(in_process, put, tmp_path, capsys, name):
    put("good.nii.gz", tmp_path / "a.nii.gz")
    out = tmp_path / "project"
    out.mkdir()
    (out / name).write_text("years of work")
    assert run(a_list(tmp_path, one="a.nii.gz"), out) == 2
    assert "no batch is known to have written" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == [name]
    assert (out / name).read_text() == "years of work"


def test_somebody_s_file_is_not_replaced_by_the_sources(in_process, put, tmp_path, capsys):
    put("good.nii.gz", tmp_path / "a.nii.gz")
    source, thesis = a_list(tmp_path, one="a.nii.gz"), tmp_path / "thesis.txt"
    thesis.write_text("years of work")
    assert run(source, tmp_path / "out", "--sources", str(thesis)) == 2
    assert "--sources" in capsys.readouterr().err
    assert thesis.read_text() == "years of work"
    for _ in range(2):  # its own table is written anew
        assert run(source, tmp_path / "out", "--sources", str(tmp_path / "which.csv")) in (0, 3)


@pytest.mark.skipif(os.name == "nt", reason="Windows locks no folders")
def test_one_batch_at_a_time_writes_into_a_folder(in_process, put, tmp_path, capsys):
    from fmassist.batch.place import at_work

    put("good.nii.gz", tmp_path / "a.nii.gz")
    source, out = a_list(tmp_path, one="a.nii.gz"), tmp_path / "out"
    with at_work(out, alone=True):
        assert run(source, out) == 2
        assert run(source, out, "--shard", "1/1") == 2
    assert "another batch is at work" in capsys.readouterr().err
    with at_work(out, alone=False):
        assert run(source, out, "--shard", "1/1") in (0, 3), "parts work side by side"
        assert run(source, out) == 2
    assert run(source, out) in (0, 3)


def test_a_result_of_another_run_does_not_stand_under_a_summary(in_process, put, tmp_path):
    from fmassist.batch.tables import of_this_run
    from fmassist.batch.worklist import rows_of_summary

    put("bad.nii.gz", tmp_path / "a.nii.gz")
    source, out = a_list(tmp_path, one="a.nii.gz"), tmp_path / "out"
    run(source, out)
    (row,) = rows_of_summary(out)
    assert of_this_run(out / "one", row)[0] == row
    put("good.nii.gz", tmp_path / "a.nii.gz")
    run(source, out)
    told, found = of_this_run(out / "one", row)
    assert (told.outcome, found) == ("failed", None)
    assert "its result is of another run than the summary" in told.reason


def test_another_version_of_a_library_makes_another_result(monkeypatch):
    from fmassist.batch import identity

    before = identity.program_hash()
    identity.program_hash.cache_clear()
    monkeypatch.setattr(identity, "version", lambda name: "99" if name == "scipy" else "1")
    try:
        assert identity.program_hash() != before
    finally:
        identity.program_hash.cache_clear()


@pytest.mark.skipif(os.name == "nt", reason="Windows asks for a right to make links")
def test_a_link_that_was_turned_elsewhere_and_back_is_noticed(put, tmp_path):
    from fmassist.batch.identity import stamps
    from fmassist.batch.plan import Plan, Study

    put("good.nii.gz", tmp_path / "a.nii.gz")
    put("bad.nii.gz", tmp_path / "b.nii.gz")
    link = tmp_path / "labels.nii.gz"
    link.symlink_to("a.nii.gz")
    study, plan = Study("one", labels=str(link)), Plan(str(tmp_path / "out"))
    before = stamps(study, plan)
    for name in ("b.nii.gz", "a.nii.gz"):
        (tmp_path / "new").symlink_to(name)
        (tmp_path / "new").replace(link)
    assert stamps(study, plan) != before
