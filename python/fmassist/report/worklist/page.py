"""The worklist's page: it loads nothing from outside, runs only its own script, and escapes every name."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from fmassist.report.html import environment
from fmassist.report.worklist.data import packed
from fmassist.resources import resource


def worklist_page(
    data: Mapping[str, Any],
    *,
    decisions: list[dict[str, Any]],
    agreement: Sequence[str] = (),
    served: bool = False,
    batch: str = "",
) -> str:
    """The page.

    Args:
        data: see `worklist_data`.
        decisions: what people decided before.
        agreement: how far reviewers agree, a line a pair.
        batch: path of the batch's folder, where the page cannot know it from its own address.
        served: whether `fmassist serve` shows it, so that decisions are written at once.
    """
    style = resource("report", "worklist.css").read_text(encoding="utf-8")
    script = resource("report", "worklist.js").read_text(encoding="utf-8")
    return (
        environment()
        .get_template("worklist.html.j2")
        .render(
            block=packed({**data, "decisions": decisions, "agreement": list(agreement)}),
            count=len(data["studies"]["id"]),
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
            served=served,
            batch=batch,
        )
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
