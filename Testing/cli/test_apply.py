"""`fmassist check --apply`: a repair that somebody accepts, on a copy."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from fmassist.cli.main import main
from fmassist.report.schema import read_findings
from fmassist.volume import read_segmentation, write_segmentation


@pytest.fixture
def exchanged(study, tmp_path):
    """The study with its kidneys' labels exchanged, on disk."""
    segmentation = read_segmentation(study.labels)
    exchange = {"kidney_left": "kidney_right", "kidney_right": "kidney_left"}
    segments = tuple(replace(s, name=exchange.get(s.name, s.name)) for s in segmentation.segments)
    write_segmentation(replace(segmentation, segments=segments), tmp_path / "labels.seg.nrrd")
    return tmp_path / "labels.seg.nrrd"


def check(labels, study, out, *more: str) -> int:
    return main(["check", "--labels", str(labels), "--image", str(study.image), "--out", str(out), *more])


def test_an_accepted_exchange_gives_back_the_truth(exchanged, study, tmp_path):
    before = exchanged.read_bytes()
    check(exchanged, study, tmp_path / "found")
    found = next(f for f in read_findings(tmp_path / "found" / "findings.json")["findings"] if f["repair"])
    code = check(exchanged, study, tmp_path / "repaired", "--apply", found["id"])
    assert code == 0
    truth, repaired = (
        read_segmentation(study.labels),
        read_segmentation(tmp_path / "repaired" / "segmentation.seg.nrrd"),
    )
    for name in ("kidney_left", "kidney_right"):
        assert np.array_equal(truth.mask(truth.segment(name)), repaired.mask(repaired.segment(name)))
    assert exchanged.read_bytes() == before
    record = json.loads((tmp_path / "repaired" / "repairs.json").read_text())
    assert record["verdict"] == {"before": "implausible", "after": "plausible"}
    assert [step["action"] for step in record["applied"][0]["steps"]] == ["swap"]
    assert record["findings"]["after"] == []


def test_all_takes_every_repair_that_is_offered(exchanged, study, tmp_path):
    assert check(exchanged, study, tmp_path / "repaired", "--apply", "all") == 0


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("no-such-finding", "is no finding of this segmentation"), ("all", "no finding here has a repair")],
)
def test_what_cannot_be_applied_is_said_and_nothing_written(study, tmp_path, capsys, wanted, said):
    assert check(study.labels, study, tmp_path / "out", "--apply", wanted) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_several_segmentations_cannot_be_repaired_at_once(study, tmp_path, capsys):
    assert check(study.labels, study, tmp_path / "o", "--labels", str(study.labels), "--apply", "all") == 2
    assert "one segmentation" in capsys.readouterr().err


def test_a_repair_that_would_bring_a_finding_is_refused(exchanged, study, tmp_path, capsys, monkeypatch):
    import fmassist.reasoning.repair as repair

    def spoil(segmentation, _repair, _label_map):
        """Exchanges the lobes of nothing: puts the liver where the spleen is, and leaves the kidneys exchanged."""
        names = {"liver": "spleen", "spleen": "liver"}
        segments = tuple(replace(s, name=names.get(s.name, s.name)) for s in segmentation.segments)
        return replace(segmentation, segments=segments)

    monkeypatch.setattr(repair, "apply_repair", spoil)
    assert check(exchanged, study, tmp_path / "out", "--apply", "all") == 2
    assert "would bring a new finding" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
