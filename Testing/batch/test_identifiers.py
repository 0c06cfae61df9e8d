"""A patient's name planted in a batch: it stands in no table, page, answer, line or log of what is made of it."""

from __future__ import annotations

import http.client
import json
import logging
import shutil
import threading
from pathlib import Path

import pytest
from volume.test_identifiers import everything, none_of, planted

from fmassist.batch.serve import Server
from fmassist.cli.main import main

PLACES = (
    *("patient folder", "labels file", "image file", "context file", "broken file", "missing file", "list file"),
    *("label map", "knowledge folder", "nifti field", "typed age", "typed sex", "typed history", "data folder"),
)
"""Fourteen places of one batch."""


def nifti_of(source: Path, target: Path) -> Path:
    """A copy of a NIfTI file with a name in its `descrip` (nifti1.h: byte 148)."""
    import gzip

    header = bytearray(gzip.decompress(source.read_bytes()))
    word = planted("nifti field").encode()
    header[148 : 148 + len(word)] = word
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(bytes(header)))
    return target


@pytest.fixture
def batch_of_names(files, tmp_path):
    """The list of a batch in which every name is somebody's, and the options that it is run with."""
    home = tmp_path / planted("data folder")
    folder = home / planted("patient folder")
    labels = nifti_of(files / "bad.nii.gz", folder / f"{planted('labels file')}.nii.gz")
    image = folder / f"{planted('image file')}.nii.gz"
    shutil.copyfile(files / "ct.nii.gz", image)
    (folder / f"{planted('broken file')}.nii.gz").write_bytes(planted("broken file").encode())
    context = folder / f"{planted('context file')}.json"
    context.write_text(json.dumps({"age": 54}))
    wrong = folder / "other.json"
    wrong.write_text(json.dumps({"history": [planted("typed history")]}))
    rows = (
        f"one,{labels},{image},{context},54,female",
        f",{folder / planted('broken file')}.nii.gz,,,,",
        f"three,{folder / planted('missing file')}.nii.gz,,,,",
        f"four,{labels},,{wrong},,",
        f"five,{labels},,,,{planted('typed sex')}",
    )
    path = home / f"{planted('list file')}.csv"
    path.write_text("id,labels,image,context,age,sex\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def done(batch_of_names, tmp_path, in_process, capfd, caplog):
    """The batch, run; and all that it said and logged."""
    caplog.set_level(logging.DEBUG)
    out = tmp_path / "out"
    assert main(["batch", str(batch_of_names), "--out", str(out), "--jobs", "1"]) == 2
    assert main(["batch", str(batch_of_names), "--out", str(out), "--gather"]) == 2
    assert main(["report", str(out)]) in (0, 3)
    captured = capfd.readouterr()
    return out, (captured.out + captured.err + caplog.text).casefold()


def test_tables_worklist_results_lines_and_logs_of_a_batch_name_nobody(done):
    out, said = done
    assert "implausible" in (out / "summary.csv").read_text()
    assert (out / "index.html").is_file()
    none_of([planted(place) for place in PLACES], said + everything(out))


def test_graded_findings_of_a_study_name_nobody(done):
    out, _ = done
    findings = json.loads((out / "one" / "findings.json").read_text())["findings"]
    assert [finding for finding in findings if finding.get("probability") is not None], "some are graded"
    assert any("than expected" in finding["message"] or "apart" in finding["message"] for finding in findings)
    none_of([planted(place) for place in PLACES], json.dumps(findings).casefold())


def test_whatever_is_asked_of_the_served_worklist_names_nobody(done, capfd, caplog):
    out, _ = done
    with Server(out, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        said = []
        for path in (
            "",
            "index.html",
            "decisions",
            "one/report.html",
            "one/thumbnail.png",
            "one/findings.json",
            "../x",
        ):
            asked = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
            asked.request("GET", f"/{server.secret}/{path}")
            answer = asked.getresponse()
            said.append(f"{answer.getheaders()}{answer.read().decode('latin-1')}")
        asked = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
        asked.request("POST", f"/{server.secret}/decisions", body=planted("typed sex"), headers={"X-FMAssist": "1"})
        said.append(asked.getresponse().read().decode("latin-1"))
        server.shutdown()
    captured = capfd.readouterr()
    none_of(
        [planted(place) for place in PLACES],
        ("".join(said) + captured.out + captured.err + caplog.text).casefold(),
    )


def test_a_wrong_list_label_map_or_knowledge_is_told_without_its_name_and_words(
    batch_of_names, tmp_path, in_process, capfd, caplog
):
    caplog.set_level(logging.DEBUG)
    out, home = tmp_path / "out", batch_of_names.parent
    table = home / f"{planted('label map')}.sssom.tsv"
    table.write_text("subject_label\tobject_id\tlabel_value\nliver\tst:liver\tx\n")
    own = home / planted("knowledge folder")
    own.mkdir()
    (own / f"{planted('knowledge folder')}.ttl").write_text("no turtle")
    wrong_age = home / "age.csv"
    wrong_age.write_text(f"id,labels,age\none,a.nii,{planted('typed age')}\n")
    no_head = home / "head.csv"
    no_head.write_text(f"{planted('typed sex')},a.nii\n{planted('typed age')},b.nii\n")
    codes = [
        main(["batch", str(batch_of_names), "--out", str(out), "--label-map", str(table)]),
        main(["batch", str(batch_of_names), "--out", str(out), "--knowledge", str(own)]),
        main(["batch", str(wrong_age), "--out", str(out)]),
        main(["batch", str(no_head), "--out", str(out)]),
        main(["batch", str(home / planted("missing file")), "--out", str(out)]),
        main(["report", str(home / planted("patient folder"))]),
        main(["serve", str(home / planted("patient folder")), "--no-browser"]),
    ]
    assert codes == [2] * 7
    captured = capfd.readouterr()
    none_of(
        [planted(place) for place in PLACES], (captured.out + captured.err + caplog.text + everything(out)).casefold()
    )


def test_live_checks_agents_and_written_label_maps_name_nobody(files, tmp_path, capfd, caplog):
    import fmassist as fma
    from fmassist.agents import server
    from fmassist.application.live import LiveCheck
    from fmassist.application.types import Options
    from fmassist.knowledge.load import load_knowledge

    caplog.set_level(logging.DEBUG)
    folder = tmp_path / planted("patient folder")
    labels = nifti_of(files / "bad.nii.gz", folder / f"{planted('labels file')}.nii.gz")
    words = [planted(place) for place in PLACES]
    said = []
    study = fma.check(labels, label_map="totalsegmentator:total")
    live = LiveCheck(study, Options(load_knowledge()))
    edited = study.segmentation
    assert edited is not None
    said.append(json.dumps(live.edited(edited).document))
    out = tmp_path / "agent"
    said.append(
        json.dumps(server.check_segmentation(str(labels), str(out), label_map="totalsegmentator:total")["findings"])
    )
    first = json.loads((out / "findings.json").read_text())["findings"][0]["id"]
    said.append(json.dumps(server.explain_finding(str(out), first)))
    for wrong in (
        lambda: server.check_segmentation(str(folder / planted("missing file")), str(tmp_path / "o2")),
        lambda: server.check_segmentation(str(labels), str(tmp_path / "o3"), label_map=planted("label map")),
        lambda: server.explain_finding(str(out), planted("typed sex")),
        lambda: server.explain_finding(str(folder), "f1"),
        lambda: server.measure_relation(str(out), planted("typed sex"), "liver"),
        lambda: server.explain_rule(planted("typed sex")),
        lambda: server.propose_boxes(str(labels)),
    ):
        with pytest.raises(fma.InputError) as error:
            wrong()
        said.append(str(error.value))
    mapped = tmp_path / "map.sssom.tsv"
    assert main(["labels", str(labels), "--label-map", "totalsegmentator:total", "--write-map", str(mapped)]) == 0
    assert main(["labels", str(labels), "--write-map", str(mapped)]) == 2
    said.append(mapped.read_text())
    captured = capfd.readouterr()
    none_of(words, ("".join(said) + captured.out + captured.err + caplog.text + everything(out)).casefold())
