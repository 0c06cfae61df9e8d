"""Every page that FMAssist writes says that it loads nothing, and that only its own style and script run."""

import base64
import hashlib
import re

import pytest

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.workshop.diff import as_html
from fmassist.knowledge.workshop.pages import rules_page
from fmassist.knowledge.workshop.sources import read_sources
from fmassist.report.findings_json import to_json
from fmassist.report.html import render


@pytest.fixture(params=["report", "rules", "changes"])
def page(request, cases):
    if request.param == "report":
        return render(to_json(cases.result(), cases.evidence()))
    return as_html(()) if request.param == "changes" else rules_page(load_knowledge(), read_sources())


def test_only_its_own_style_and_script_run_and_nothing_is_loaded(page):
    rules = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    assert "default-src 'none'" in rules
    assert "unsafe" not in rules
    for tag in ("style", "script"):
        for content in re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL):
            allowed = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{allowed}'" in rules
    assert not re.findall(r"""<[^>]*\s(?:style|on\w+)=|(?:src|href)=["']?(?:https?:)?//""", page.split("</head>")[1])
    first = page.index("Content-Security-Policy")
    assert all(page.index(tag) > first for tag in ("<style", "<title"))
