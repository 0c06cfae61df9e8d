"""A signature by name over segmentation, findings and decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fmassist.errors import InputError
from fmassist.review.audit import Head
from fmassist.review.digest import digest

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Signature:
    """Who signed what, when.

    It is a statement, not a proof of identity: the digests show that nothing changed since, not who sat at the desk.

    Args:
        by: the signer's name as given.
        at: time in UTC, ISO 8601.
        segmentation: digest of the segmentation (`segmentation_digest`).
        findings: digest of findings, causes and versions.
        decisions: digest of the decisions in force.
        audit: the audit log's end just before the signature was written.
    """

    by: str
    at: str
    segmentation: str
    findings: str
    decisions: str
    audit: Head

    def to_json(self) -> dict[str, Any]:
        """The signature as JSON values, with a digest of its own."""
        content = {
            "by": self.by,
            "at": self.at,
            "segmentation": self.segmentation,
            "findings": self.findings,
            "decisions": self.decisions,
            "audit": self.audit.to_json(),
        }
        return {**content, "digest": digest(content)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Signature:
        """The signature that `to_json` wrote.

        Raises:
            InputError: it is incomplete, or was edited.
        """
        content = {name: item for name, item in value.items() if name != "digest"}
        if digest(content) != value.get("digest"):
            raise InputError("the signature was edited after it was given", "sign again after looking at the result")
        try:
            head = Head(int(value["audit"]["count"]), str(value["audit"]["digest"]))
            return cls(
                str(value["by"]),
                str(value["at"]),
                str(value["segmentation"]),
                str(value["findings"]),
                str(value["decisions"]),
                head,
            )
        except (KeyError, TypeError, ValueError):
            raise InputError("the signature is incomplete", "sign again after looking at the result") from None


@dataclass(frozen=True)
class Verification:
    """Whether a signature still holds, and why not.

    Args:
        valid: nothing that was signed has changed.
        reasons: what changed, in words; empty when valid.
        notes: oddities that do not void it, such as a clock set back.
    """

    valid: bool
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
