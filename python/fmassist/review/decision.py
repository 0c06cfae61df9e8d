"""What a person decided about a finding."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from fmassist.errors import InputError
from fmassist.terms import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIONS = tuple(str(action) for action in Action)
"""See `fmassist.terms.Action`."""

KEEP_REASONS = (
    "Correct: I have checked it on the images",
    "Normal variant of this patient",
    "After surgery or with an implant",
    "Cut off by the field of view",
    "Not relevant to the question asked",
)
"""Reasons offered for keeping a flagged segment; free text is as good."""


@dataclass(frozen=True)
class Decision:
    """One decision on one or more findings.

    Args:
        id: unique within the review, such as `"d3"`.
        action: one of `ACTIONS`.
        findings: ids of the findings that it settles; at least one.
        segments: names of the segments concerned.
        by: the person's name as given; `""` before sign-off is allowed.
        at: time in UTC, ISO 8601.
        reason: why; required for `keep`.
        repair: id of the accepted repair.
        segment_digests: digest of every segment concerned *after* the decision was carried out, so that the decision
            cannot be carried over to another segmentation.

    Raises:
        InputError: an unknown action, no finding, or a segment kept without a reason.
    """

    id: str
    action: str
    findings: tuple[str, ...]
    segments: tuple[str, ...]
    by: str
    at: str
    reason: str = ""
    repair: str | None = None
    segment_digests: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise InputError("unknown decision", f"use one of {', '.join(ACTIONS)}")
        if not self.findings:
            raise InputError("a decision settles no finding", "select a finding first")
        if self.action == "keep" and not self.reason.strip():
            raise InputError("a flagged segment is kept without a reason", "choose or write a reason")
        if self.action == "accept_repair" and not self.repair:
            raise InputError("no repair was named", "accept a finding that offers one")

    def to_json(self) -> dict[str, Any]:
        """The decision as JSON values."""
        return {**asdict(self), "segment_digests": dict(self.segment_digests)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Decision:
        """The decision that `to_json` wrote.

        Raises:
            InputError: something is missing or of the wrong kind.
        """
        if set(value) - {field_.name for field_ in fields(cls)}:
            # What nobody reads is not signed, and must not stand there as if it were.
            raise InputError("a stored decision holds what no decision has", "the review was damaged; check again")
        try:
            return cls(
                id=str(value["id"]),
                action=str(value["action"]),
                findings=tuple(map(str, value["findings"])),
                segments=tuple(map(str, value["segments"])),
                by=str(value["by"]),
                at=str(value["at"]),
                reason=str(value.get("reason", "")),
                repair=None if value.get("repair") is None else str(value["repair"]),
                segment_digests={str(k): str(v) for k, v in dict(value.get("segment_digests", {})).items()},
            )
        except (KeyError, TypeError, ValueError):
            raise InputError("a stored decision cannot be read", "the review was damaged; check again") from None
