"""The page: self-contained, escaped, verdict first, worst first."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from fmassist.report.findings_json import to_json
from fmassist.report.html import number, percent, render
from fmassist.report.pictures import pictures_for

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }} {% raw %} %s %n \u202egnp.exe",
)


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def html(cases):
    segmentation, volume = cases.images()
    document = to_json(cases.result(), cases.evidence())
    return render(document, pictures_for(document, segmentation, volume))


def test_nothing_is_loaded_from_outside_and_nothing_runs(html):
    for tag, attributes in Page(html).tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name != "style"
            if name in {"src", "href", "data", "action", "srcset", "poster"}:
                assert value.startswith(("data:image/", "#"))
    assert not re.search(r"url\(|@import", html)


def test_the_policy_allows_the_page_its_own_style_and_no_other(html):
    policy = next(a["content"] for t, a in Page(html).tags if a.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


def test_every_name_is_escaped(cases):
    document = to_json(cases.result(HOSTILE), cases.evidence(HOSTILE))
    document["findings"][0]["message"] = HOSTILE[0]
    document["findings"][0]["sources"] = list(HOSTILE)
    document["findings"][0]["evidence"][0].update(
        quantity=HOSTILE[1], unit=HOSTILE[1], expected="at most 1 " + HOSTILE[1]
    )
    document["causes"][0]["label"] = HOSTILE[1]
    segmentation, volume = cases.images()
    from dataclasses import replace

    renamed = tuple(replace(s, name=n) for s, n in zip(segmentation.segments, HOSTILE, strict=True))
    segmentation = replace(segmentation, segments=renamed)
    page = Page(render(document, pictures_for(document, segmentation, volume)))
    assert "script" not in {tag for tag, _ in page.tags}
    assert [a for t, a in page.tags if t == "img" and a.get("src") == "x"] == []
    assert HOSTILE[0] in page.text
    assert "{{ 7*7 }}" in page.text


def test_the_verdict_comes_first_then_the_cause_then_the_worst_finding(html):
    text = Page(html).text
    order = [
        "Implausible",
        "the kidneys exchanged by the model",
        "The right kidney lies left",
        "gallbladder",
        "A tiny speck",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_each_picture_says_what_it_shows(html):
    pictures = [a for t, a in Page(html).tags if t == "img"]
    assert pictures
    assert all("slice at" in a["alt"] and a["width"] and a["height"] for a in pictures)


def test_findings_without_a_picture_are_counted(cases):
    segmentation, volume = cases.images()
    document = to_json(cases.result(extra=30), cases.evidence())
    page = Page(render(document, pictures_for(document, segmentation, volume, most=4)))
    assert "27 findings have no picture" in page.text


def test_a_page_of_very_many_findings_stays_a_page(cases):
    document = to_json(cases.result(extra=5000), cases.evidence())
    html = render(document)
    assert "more findings stand in findings.json" in html
    assert len(html) < 2_000_000


@pytest.mark.parametrize("verdict", ["plausible", "review", "implausible"])
def test_it_says_that_it_is_no_medical_device(cases, verdict):
    document = to_json(cases.result(), cases.evidence())
    document["verdict"] = verdict
    assert "not a medical device" in render(document)


@pytest.mark.parametrize(
    ("value", "said"),
    [(1234.5, "1,234"), (12.34, "12"), (1.26, "1.3"), (0.123, "0.12"), (-4, "−4"), (None, "—"), ("x", "x")],
)
def test_numbers_have_no_more_digits_than_a_doctor_reads(value, said):
    assert number(value) == said


def test_a_share_is_never_rounded_to_certainty():
    assert percent(0.999) == "> 99 %"
    assert percent(0.001) == "< 1 %"
    assert percent(1.0) == "100 %"


def test_many_causes_do_not_push_the_findings_off_the_first_screen(cases):
    document = to_json(cases.result(extra=20), cases.evidence())
    document["causes"] = [{**document["causes"][0], "label": f"cause {n}", "explains": [f"far/{n}"]} for n in range(18)]
    text = Page(render(document)).text
    assert "cause 3" in text
    assert "cause 4" not in text
    assert "14 more causes" in text
