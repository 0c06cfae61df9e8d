"""What the worklist's page holds of each study: columns of numbers, with every word said once."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Mapping
from typing import Any

Words = dict[str, int]


def worklist_data(studies: Iterable[tuple[Mapping[str, Any], Mapping[str, Any] | None, str]]) -> dict[str, Any]:
    """The page's data.

    Args:
        studies: of each study its row of `studies`, what it is at a glance or None, and the hash of its findings.

    Returns:
        `words`: lists of verdicts, rules, structures, causes, sites and scanners; `studies`: one list of columns each,
        which point to the words; `volumes`: by structure, a millilitre for each study, or null.
    """
    words: dict[str, Words] = {name: {} for name in ("outcome", "rule", "structure", "cause", "site", "scanner", "sex")}
    columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
    volumes: dict[int, dict[int, float]] = {}
    for number, (study, glance, result) in enumerate(studies):
        seen = glance or NOTHING
        columns["id"].append(study["study"])
        columns["outcome"].append(_word(words["outcome"], study["outcome"]))
        columns["score"].append(study["score"])
        columns["findings"].append(study["findings"])
        columns["flagged"].append(study["flagged"])
        columns["age"].append(study["age_years"])
        columns["result"].append(result[:16])
        columns["said"].append(study["reason"] or seen["said"])
        for name in ("site", "scanner", "sex"):
            columns[name].append(_word(words[name], study[name] or ""))
        columns["rules"].append(_words(words["rule"], seen["rules"]))
        columns["causes"].append(_words(words["cause"], seen["causes"]))
        columns["worst"].append([[_word(words["structure"], name), *more] for name, *more in seen.get("worst", ())])
        columns["structures"].append(_words(words["structure"], seen["flagged"]))
        for name, volume_ml in seen["volumes_ml"].items():
            volumes.setdefault(_word(words["structure"], name), {})[number] = volume_ml
    count = len(columns["id"])
    return {
        "words": {name: list(known) for name, known in words.items()},
        "studies": columns,
        "volumes": {place: [by.get(n) for n in range(count)] for place, by in sorted(volumes.items())},
    }


COLUMNS = (
    *("id", "outcome", "score", "findings", "flagged", "age", "result", "said", "site", "scanner", "sex"),
    *("rules", "causes", "structures", "worst"),
)


MOST_SCORES = 12
LEAST_SCORE = 0.05
"""Of structures that are listed with their score; what is flagged is listed whatever its score."""

NOTHING: dict[str, Any] = {"said": "", "rules": [], "causes": [], "flagged": [], "worst": [], "volumes_ml": {}}


def at_a_glance(segments: Iterable[Mapping[str, Any]], findings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the worklist shows of a study and filters by.

    Args:
        segments: its rows of `segments`, worst first.
        findings: its rows of `findings`, worst first.
    """
    loud = [finding for finding in findings if finding["severity"] != "info"]
    rows = list(segments)
    return {
        "said": loud[0]["message"] if loud else "",
        "rules": sorted({finding["rule"] for finding in loud}),
        "causes": sorted({finding["cause"].replace("_", " ") for finding in loud if finding["cause"]}),
        "flagged": sorted({_called(row) for row in rows if row["status"] == "flagged"}),
        "worst": [
            [_called(row), row.get("score"), row["status"] == "flagged"]
            for row in rows
            if row["status"] == "flagged" or (row.get("score") or 0.0) >= LEAST_SCORE
        ][:MOST_SCORES],
        "volumes_ml": {_called(row): round(row["volume_ml"], 1) for row in rows if row.get("volume_ml") is not None},
    }


def _called(segment: Mapping[str, Any]) -> str:
    return str(segment["structure_label"] or segment["segment"])


def _word(known: Words, word: str) -> int:
    return known.setdefault(word, len(known))


def _words(known: Words, said: Iterable[str]) -> list[int]:
    return sorted({_word(known, word) for word in said})


def packed(data: Mapping[str, Any]) -> str:
    """The data as one compressed block that a page can hold: the same bytes for the same data."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode("ascii"), compresslevel=6, mtime=0)).decode("ascii")
