"""What a notebook shows of a study: a few lines in place of the object, and the whole report on request."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from fmassist.errors import InputError
from fmassist.report.html import VERDICT

COLOURS = {"plausible": "#1a7f37", "review": "#9a6700", "implausible": "#cf222e"}
MOST = 10
"""Findings told in the summary."""


def summary(document: Mapping[str, Any]) -> str:
    """Verdict and first findings as a piece of HTML; every text is escaped.

    Args:
        document: content of `findings.json`.
    """
    word, sentence = VERDICT[document["verdict"]]
    loud = [finding for finding in document["findings"] if finding["severity"] != "info"]
    rows = "".join(
        f"<tr><td style='text-align:left'>{escape(finding['severity'])}</td>"
        f"<td style='text-align:left'>{escape(finding['message'])}</td></tr>"
        for finding in loud[:MOST]
    )
    more = f"<p>and {len(loud) - MOST} more</p>" if len(loud) > MOST else ""
    colour = COLOURS[document["verdict"]]
    return (
        f"<div><p><strong style='color:{colour}'>{escape(word)}</strong> · {len(document['segments'])} structures, "
        f"{len(loud)} findings. {escape(sentence)}</p><table>{rows}</table>{more}</div>"
    )


def framed(page: str, *, height_px: int) -> str:
    """A whole page within a notebook's page: in a frame that runs nothing, so that neither changes the other."""
    return (
        f'<iframe sandbox="allow-popups" style="width:100%;height:{int(height_px)}px;border:1px solid #ccc" '
        f'srcdoc="{escape(page, quote=True)}"></iframe>'
    )


def show_page(page: str, *, height_px: int) -> None:
    """Show a page in the notebook that runs this.

    Raises:
        InputError: there is no notebook.
    """
    try:
        from IPython import get_ipython
        from IPython.display import HTML, display
    except ImportError:
        get_ipython = None
    if get_ipython is None or get_ipython() is None:
        raise InputError("there is no notebook to show it in", "write() it, and open report.html")
    display(HTML(framed(page, height_px=height_px)))
