"""What a page of ours may do in a browser: show itself, and nothing else."""

from __future__ import annotations

import base64
import hashlib


def policy(*, style: str, script: str = "") -> str:
    """The element that goes first into a page's head.

    Nothing is loaded from anywhere, nothing is sent, and of styles and scripts only exactly these run, so that a text
    that slipped through the escaping would still do nothing (Content Security Policy Level 3).

    Args:
        style: all of the page's style, as it stands between its tags.
        script: likewise; `""` where the page runs nothing.
    """
    runs = f"script-src 'sha256-{_hash(script)}'; " if script else ""
    return (
        '<meta http-equiv="Content-Security-Policy" content="'
        f"default-src 'none'; img-src data:; style-src 'sha256-{_hash(style)}'; {runs}base-uri 'none'; "
        "form-action 'none'\">"
        '<meta name="referrer" content="no-referrer">'
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
