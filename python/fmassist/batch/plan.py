"""What a batch is told: its studies, and the options that hold for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fmassist.errors import InputError

RESULT_VERSION = "1"
"""Raised whenever a batch writes other files for the same study, so that older results count as other ones."""


@dataclass(frozen=True)
class Study:
    """One study of a batch. Paths are absolute.

    Args:
        id: names its folder of results; letters, digits, `-`, `_` and `.`; never a patient's name.
        labels: the segmentation, or None where a model shall make one.
        image: its volume: a file, a folder, or the DICOM slices of one series; empty where there is none.
        context: a JSON file with its clinical context, or None.
        known: context that the list itself gives (`age`, `sex`, …); goes before the file's.
        label_map: what its labels mean; None for what holds for the batch.
        tags: what else the list says and the worklist may filter by, such as `site` and `scanner`.
        trouble: why it cannot be done at all, found when it was looked for; empty where it can.
    """

    id: str
    labels: str | None = None
    image: tuple[str, ...] = ()
    context: str | None = None
    known: Mapping[str, Any] = field(default_factory=dict)
    label_map: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""


@dataclass(frozen=True)
class Plan:
    """What holds for every study.

    Args:
        out: absolute path of the batch's folder.
        label_map: name or absolute path; None for the usual one, or for what the model's card says.
        context: JSON file for studies without one of their own.
        knowledge: folder of own rules.
        modality: `"CT"` or `"MR"`, where files do not say it themselves.
        model: name or path of the model that segments; None where labels are checked.
        prompts: what it is asked by: a file, `"auto"`, or None.
        structures: names that it is asked for.
        device: `"cpu"`, `"cuda"`, or None.
        timeout_s: what one study may take.
        memory_bytes: what one study may take; None for no limit.
        again: check finished studies anew.
    """

    out: str
    label_map: str | None = None
    context: str | None = None
    knowledge: str | None = None
    modality: str | None = None
    model: str | None = None
    prompts: str | None = None
    structures: tuple[str, ...] = ()
    device: str | None = None
    timeout_s: float = 1800.0
    memory_bytes: int | None = None
    again: bool = False

    def folder(self, study: Study) -> Path:
        """Where a study's results go."""
        return Path(self.out) / study.id

    def failure(self, study: Study) -> Path:
        """Where it is written down that a study failed, and why."""
        return Path(self.out) / f"{study.id}.failed.json"


@dataclass(frozen=True)
class Row:
    """What became of one study; `outcome` is its verdict, or `failed` with the reason. One row of `summary.csv`."""

    study: str
    outcome: str
    structures: int = 0
    flagged: int = 0
    findings: int = 0
    score: float | None = None
    likely_cause: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Done:
    """One study's end: its row, and whether it was kept, made or redone, in words."""

    row: Row
    said: str = ""


def to_line(thing: Study | Plan) -> str:
    """A study or a plan as one line of JSON, in ASCII: how processes tell each other."""
    return json.dumps(asdict(thing), ensure_ascii=True)


def study_from(said: Mapping[str, Any]) -> Study:
    """The study of such a line."""
    return Study(**{**said, "image": tuple(said["image"])})


def plan_from(said: Mapping[str, Any]) -> Plan:
    """The plan of such a line."""
    return Plan(**{**said, "structures": tuple(said["structures"])})


def shard_of(text: str) -> tuple[int, int]:
    """`"2/5"` as (2, 5).

    Raises:
        InputError: it is not of this form, or out of range.
    """
    first, _, second = text.partition("/")
    if not (first.isdecimal() and second.isdecimal() and 1 <= int(first) <= int(second) <= 1_000_000):
        raise InputError("--shard is not of the form i/n with i from 1 to n", "write for example --shard 2/5")
    return int(first), int(second)
