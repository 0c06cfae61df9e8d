"""`fmassist report`: the page again, from what was stored."""

from __future__ import annotations

from fmassist.cli.main import main


def test_the_page_is_made_again_from_the_results_and_the_image(study, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    main(["check", "--labels", str(study.labels), "--image", str(study.image), "--out", str(first)])
    assert main(["report", str(first), "--image", str(study.image), "--out", str(second)]) == 0
    for name in ("report.html", "findings.json"):
        assert (second / name).read_bytes() == (first / name).read_bytes()


def test_it_needs_no_image(study, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    main(["check", "--labels", str(study.labels), "--out", str(first)])
    assert main(["report", str(first / "findings.json"), "--out", str(second)]) == 0
    assert (second / "report.html").is_file()
