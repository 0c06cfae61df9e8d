"""The worklist: a page that works from a file, tried in a real browser, and the same over loopback."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import urllib.error
import urllib.request

import pytest

from fmassist.batch.agreement import agreement
from fmassist.batch.decisions import all_decisions, take_decisions
from fmassist.batch.worklist import write_worklist
from fmassist.cli.main import main
from fmassist.errors import InputError

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)


@pytest.fixture
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if not CHROMIUM:
        pytest.skip("needs a Chromium: apt-get install chromium")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser, url):
    page = browser.new_page(viewport={"width": 1400, "height": 800})
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda said: page.wrong.append(said.text) if "Content Security" in said.text else None)
    page.goto(url)
    page.wait_for_selector("body[data-ready=yes]")
    return page


def first_row(page):
    return page.locator(".row").first


def test_thousands_of_studies_filter_and_scroll_from_a_file(browser, tmp_path, make_batch):
    page = opened(browser, write_worklist(make_batch(tmp_path / "batch", 3000)).as_uri())
    assert page.text_content("#shown") == "3000 of 3000 studies"
    assert page.locator(".row").count() < 40, "only what is seen exists"
    assert "99 %" in first_row(page).text_content(), "worst first"
    page.click("#filters button:has-text('implausible')")
    assert page.text_content("#shown") == "1000 of 3000 studies"
    page.click("#filters button:has-text('site 2')")
    counted = page.locator("#filters button[aria-pressed=true] span:last-child").all_text_contents()
    shown = int(re.match(r"\d+", page.text_content("#shown"))[0])
    assert set(counted) == {str(shown)}, "a filter's count is what it would show"
    page.keyboard.press("x")
    page.fill("#search", "st-02999")
    assert page.text_content("#shown") == "1 of 3000 studies"
    page.fill("#search", "")
    page.evaluate("document.getElementById('list').scrollTop = 1e9")
    page.wait_for_function("document.querySelectorAll('.row').length > 0")
    assert page.locator("b").count() == 0, "names are never markup"
    assert page.wrong == []


def test_decisions_by_keyboard_are_saved_as_a_file_that_the_batch_reads(browser, tmp_path, make_batch):
    folder = make_batch(tmp_path / "batch", 12)
    page = opened(browser, write_worklist(folder).as_uri())
    page.keyboard.press("a")
    assert page.text_content("#unsaved") == "", "nobody decides without a name"
    page.fill("#reviewer", "Dr. Anna")
    page.keyboard.press("Escape")
    first = page.text_content("#chosen")
    page.keyboard.press("r")
    page.keyboard.press("j")
    page.keyboard.press("u")
    with page.expect_download() as download:
        page.click("#save")
    saved = tmp_path / "saved.json"
    download.value.save_as(saved)
    document = json.loads(saved.read_text())
    assert document["format"] == "fmassist-decisions/1"
    assert [one["decision"] for one in document["decisions"]] == ["reject", "unsure"]
    assert document["decisions"][0]["study"] == first
    studies = {row["study"] for row in json.loads((folder / "summary.json").read_text())}
    assert take_decisions(saved, folder, studies) == 2
    assert {one["decision"] for one in all_decisions(folder)} == {"reject", "unsure"}
    again = opened(browser, write_worklist(folder).as_uri())
    assert again.locator("#filters button:has-text('reject')").count() == 1
    marker = folder / first / "fmassist.json"  # the study is redone, with another result
    marker.write_text(marker.read_text().replace('"findings.json": "0', '"findings.json": "f'))
    redone = opened(browser, write_worklist(folder).as_uri())
    assert redone.locator("#filters button:has-text('reject')").count() == 0, "it was about an earlier result"
    redone.fill("#search", first)
    assert "about an earlier result" in redone.text_content("#others")
    assert page.wrong == []


def test_over_loopback_decisions_are_written_at_once(browser, server):
    page = opened(browser, server.url)
    page.fill("#reviewer", "Dr. Ben")
    page.keyboard.press("Escape")
    with page.expect_response("**/decisions"):
        page.keyboard.press("a")
    page.wait_for_function("document.getElementById('unsaved').textContent === ''")
    (decision,) = all_decisions(server.batch)
    assert (decision["reviewer"], decision["decision"]) == ("Dr. Ben", "accept")
    page.keyboard.press("k")
    page.wait_for_function("document.getElementById('others').textContent.includes('by name alone')")
    assert "report" in page.frame_locator("#report").locator("p").text_content()
    assert page.wrong == []


def test_the_list_says_which_structure_to_look_at_and_copies_the_command_for_slicer(browser, tmp_path, make_batch):
    place = tmp_path / "the user's $(batch)"
    page = opened(browser, write_worklist(make_batch(place, 6)).as_uri())
    assert page.text_content("#scores").startswith("liver 5 %"), "of the worst study"
    page.click("#slicer")
    command = page.input_value("#command")
    (arguments,) = re.findall(r"openBatch\((.*)\)", command)
    assert ast.literal_eval(f"({arguments})") == (str(place).replace(chr(92), "/"), "st-00005")
    if os.name != "nt":
        assert shlex.split(command)[2].count(arguments) == 1, "no shell takes anything of it for its own"
        printed = subprocess.run(["sh", "-c", f"printf %s {command[7:]}"], capture_output=True, text=True, check=True)
        assert arguments in printed.stdout


def ask(url, *, data=None, **headers):
    request = urllib.request.Request(url, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_the_server_shows_nothing_to_who_has_no_link_and_takes_nothing_from_other_sites(server):
    base, decision = server.url, json.dumps({"study": "st-00001", "reviewer": "x", "decision": "accept"}).encode()
    own = {"X-FMAssist": "1", "Content-Type": "application/json"}
    root = base.rsplit("/", 2)[0]
    assert ask(base) == 200
    assert ask(f"{base}st-00001/report.html") == 200
    for path in ("/", "/wrong/", "/wrong/decisions"):
        assert ask(root + path) == 404
    (server.batch / "secret.txt").write_text("x")
    inner = ("secret.txt", "summary.json", "../batch/secret.txt", "st-00001/rows.json", "st-00001/../secret.txt")
    for path in (*inner, "%2e%2e/x"):
        assert ask(base + path) == 404
    assert ask(base, Host="evil.example") == 403
    assert ask(f"{base}decisions", data=decision) == 403, "not without the page's own header"
    for bad in (b"{", b"[" * 60000, b'{"study": "../x", "reviewer": "x", "decision": "accept"}', b"{}"):
        assert ask(f"{base}decisions", data=bad, **own) == 400
    assert ask(f"{base}decisions", data=b"x" * 70_000, **own) == 413
    assert all_decisions(server.batch) == []
    assert ask(f"{base}decisions", data=decision, **own) == 200


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"format": "other", "decisions": []}',
        '{"format": "fmassist-decisions/1", "decisions": {}}',
        '{"format": "fmassist-decisions/1", "decisions": [{"study": "a", "decision": "maybe", "reviewer": "x"}]}',
        '{"format": "fmassist-decisions/1", "decisions": [{"study": "../a", "decision": "accept", "reviewer": "x"}]}',
        '{"format": "fmassist-decisions/1", "decisions": [{"study": "a", "decision": "accept", "reviewer": " "}]}',
        '{"format": "fmassist-decisions/1", "decisions": [{"study": "other", "decision": "accept", "reviewer": "x"}]}',
    ],
)
def test_what_are_no_decisions_is_refused_whole(tmp_path, text):
    (tmp_path / "d.json").write_text(text)
    with pytest.raises(InputError):
        take_decisions(tmp_path / "d.json", tmp_path, {"a"})
    assert not (tmp_path / "decisions").exists()


def test_agreement_of_two_reviewers_is_cohens_kappa():
    # Worked example: 2 × 2 table 20, 5, 10, 15 has kappa 0.4 (observed 0.70, by chance 0.50).
    table = [("accept", "accept")] * 20 + [("accept", "reject")] * 5 + [("reject", "accept")] * 10
    table += [("reject", "reject")] * 15
    decisions = [
        {"study": str(n), "reviewer": who, "decision": said}
        for n, pair in enumerate(table)
        for who, said in zip("AB", pair, strict=True)
    ]
    (pair,) = agreement(decisions)
    assert pair == {"reviewers": ["A", "B"], "studies": 50, "share_equal": 0.7, "kappa": 0.4}
    assert agreement(decisions[::2]) == []


def test_report_of_a_batch_is_its_worklist(tmp_path, capsys, make_batch):
    assert main(["report", str(make_batch(tmp_path / "batch", 3))]) == 0
    assert "index.html" in capsys.readouterr().out
    text = (tmp_path / "batch" / "index.html").read_text()
    assert "://" not in re.sub(r'<script type="application/octet-stream".*?</script>', "", text, flags=re.S)
