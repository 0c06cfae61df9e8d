"""Several models on one image, as `comparison.json` and as a page."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fmassist.reasoning.compare import Comparison
from fmassist.report.html import environment
from fmassist.resources import resource

SCHEMA_VERSION = "1.0"


def comparison_document(comparison: Comparison, studies: dict[str, str]) -> dict[str, Any]:
    """Content of `comparison.json`.

    Args:
        studies: each model's name and the folder of its own check, relative to the file.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "models": [
            {"name": name, "folder": studies[name], "flagged_structures": comparison.flagged[name]}
            for name in comparison.models
        ],
        "agreement": [
            {"structure": iri, "label": comparison.labels[iri], "mean_dice": round(value, 4)}
            for iri, value in comparison.dice.items()
        ],
        "differences": [asdict(difference) for difference in comparison.differences],
    }


def comparison_page(comparison: Comparison, studies: dict[str, str]) -> str:
    """The comparison as one page. Arguments as `comparison_document`."""
    style = resource("report", "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    template = environment().get_template("comparison.html.j2")
    return template.render(document=comparison_document(comparison, studies), style=style, style_hash=digest)


def write_comparison(folder: Path, comparison: Comparison, studies: dict[str, str]) -> None:
    """Write `comparison.json` and `comparison.html` into an existing folder."""
    document = comparison_document(comparison, studies)
    (folder / "comparison.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / "comparison.html").write_text(comparison_page(comparison, studies), "utf-8")
