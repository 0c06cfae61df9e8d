"""One study under review: its findings, the decisions taken, the log of it all, and the signature."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from fmassist.errors import InputError
from fmassist.review.audit import AuditLog
from fmassist.review.decision import Decision
from fmassist.review.digest import digest
from fmassist.review.signature import Signature, Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SCHEMA_VERSION = "1.0"
_SIGNED_PARTS = ("schema_version", "verdict", "segments", "findings", "causes", "rules", "versions")


class Review:
    """Decisions on the findings of one check.

    Args:
        result: the content of `findings.json`.
        clock: gives the present time; replaced in tests.

    Findings of severity `info` ask for no decision. Every change is logged, an undone decision too.
    """

    def __init__(self, result: Mapping[str, Any], *, clock: Callable[[], datetime] | None = None) -> None:
        self.result = dict(result)
        self._clock = clock or (lambda: datetime.now(timezone.utc))
        self._decisions: list[Decision] = []
        self._signature: Signature | None = None
        self._broken: tuple[str, ...] = ()
        self._count = 0
        self.audit = AuditLog(clock=self._clock)
        self.audit.append("checked", {"findings": self._findings_digest(), "verdict": str(result.get("verdict", ""))})

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings as the check wrote them."""
        return list(self.result.get("findings", []))

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The decisions in force, oldest first."""
        return tuple(self._decisions)

    @property
    def signature(self) -> Signature | None:
        """The signature given last, valid or not; `verify` tells."""
        return self._signature

    def decision_on(self, finding_id: str) -> Decision | None:
        """The decision in force on a finding, or None."""
        for decision in reversed(self._decisions):
            if finding_id in decision.findings:
                return decision
        return None

    def open_findings(self, segment: str | None = None) -> list[dict[str, Any]]:
        """Findings above `info` that nobody has decided; of one segment where its name is given."""
        return [
            finding
            for finding in self.findings
            if finding["severity"] != "info"
            and (segment is None or segment in finding["segments"])
            and self.decision_on(finding["id"]) is None
        ]

    def decide(
        self,
        action: str,
        findings: Sequence[str],
        *,
        by: str = "",
        reason: str = "",
        repair: str | None = None,
        segment_digests: Mapping[str, str] | None = None,
        segments: Sequence[str] | None = None,
    ) -> Decision:
        """Records a decision and returns it. A signature given before no longer holds.

        Args:
            action: one of `fmassist.review.decision.ACTIONS`.
            findings: ids of the findings decided.
            by: the person's name.
            reason: why.
            repair: id of the repair accepted.
            segment_digests: digest of each segment concerned, after the decision was carried out.
            segments: names of the segments concerned; by default those of the findings.

        Raises:
            InputError: an id that is no finding's, or what `Decision` refuses.
        """
        known = {finding["id"]: finding for finding in self.findings}
        for finding in findings:
            if finding not in known:
                raise InputError(f"there is no finding {finding!r}", "decide on a finding of this check")
        if segments is None:
            segments = sorted({name for finding in findings for name in known[finding]["segments"]})
        decision = Decision(
            id=f"d{self._count + 1}",
            action=action,
            findings=tuple(findings),
            segments=tuple(segments),
            by=by,
            at=self._now(),
            reason=reason.strip(),
            repair=repair,
            segment_digests=dict(segment_digests or {}),
        )
        self._count += 1
        self._decisions.append(decision)
        self.audit.append("decided", decision.to_json())
        return decision

    def undo(self) -> Decision:
        """Takes back the last decision and returns it; the log keeps both.

        Raises:
            InputError: there is none.
        """
        if not self._decisions:
            raise InputError("there is nothing to undo")
        decision = self._decisions.pop()
        self.audit.append("undone", {"decision": decision.id})
        return decision

    def sign(self, by: str, segmentation: str) -> Signature:
        """Signs the result by name.

        Args:
            by: the signer's name.
            segmentation: digest of the segmentation as it is now.

        Raises:
            InputError: no name, findings still undecided, or a decision's segment was changed afterwards.
        """
        if not by.strip():
            raise InputError("a signature needs a name", "write your name")
        undecided = len(self.open_findings())
        if undecided:
            what = "1 finding is not decided" if undecided == 1 else f"{undecided} findings are not decided"
            raise InputError(what, "decide first, then sign")
        self._signature = Signature(
            by=by.strip(),
            at=self._now(),
            segmentation=segmentation,
            findings=self._findings_digest(),
            decisions=self._decisions_digest(),
            audit=self.audit.head,
        )
        self._broken = ()
        self.audit.append("signed", self._signature.to_json())
        return self._signature

    def withdraw(self) -> None:
        """Takes the signature back, so that decisions can be changed; the log keeps it.

        Raises:
            InputError: nobody has signed.
        """
        if self._signature is None:
            raise InputError("nobody has signed this result")
        self.audit.append("signature withdrawn", {"by": self._signature.by, "at": self._signature.at})
        self._signature = None

    def verify(self, segmentation: str) -> Verification:
        """Whether the signature still holds for the segmentation with that digest."""
        if self._signature is None:
            return Verification(False, self._broken or ("nobody has signed this result",))
        signature, reasons = self._signature, list(self._broken)
        if signature.segmentation != segmentation:
            reasons.append("the segmentation was changed after it was signed")
        if signature.findings != self._findings_digest():
            reasons.append("the findings are not those that were signed")
        if signature.decisions != self._decisions_digest():
            reasons.append("the decisions were changed after they were signed")
        reasons += self.audit.problems(expected=signature.audit)
        return Verification(not reasons, tuple(reasons), tuple(self.audit.notes()))

    def checked_again(self, result: Mapping[str, Any], segment_digests: Mapping[str, str]) -> Review:
        """A review of a later check of the same study, with the same log.

        A finding that returns with the same rule and segments keeps its decision where somebody kept or rejected it
        and none of its segments was changed since; everything else is open again, and a signature is gone.

        Args:
            result: content of the new `findings.json`.
            segment_digests: digest of each segment as it is now, by name.
        """
        again = Review(result, clock=self._clock)
        again.audit = AuditLog(self.audit.entries, clock=self._clock)
        again.audit.append("checked", {"findings": again._findings_digest(), "verdict": str(result.get("verdict", ""))})
        again._count = self._count
        stale = {decision.id for decision in self.stale_decisions(segment_digests)}
        before = {finding["id"]: finding for finding in self.findings}
        for finding in again.findings:
            same = [
                decision
                for key, old in before.items()
                if old["rule"] == finding["rule"]
                and sorted(old["segments"]) == sorted(finding["segments"])
                and (decision := self.decision_on(key)) is not None
            ]
            if same and same[-1].action in ("keep", "reject") and same[-1].id not in stale:
                old_decision = same[-1]
                again.decide(
                    old_decision.action,
                    [finding["id"]],
                    by=old_decision.by,
                    reason=old_decision.reason,
                    segment_digests=old_decision.segment_digests,
                    segments=old_decision.segments,
                )
        return again

    def note(self, action: str, details: Mapping[str, Any]) -> None:
        """Logs something that is no decision, such as a signature found void."""
        self.audit.append(action, details)

    def stale_decisions(self, segment_digests: Mapping[str, str]) -> list[Decision]:
        """Decisions whose segments are no longer as they were decided upon.

        Args:
            segment_digests: digest of each segment as it is now. Where several decisions concern a segment, the
                last one's counts.
        """
        last: dict[str, tuple[Decision, str]] = {}
        for decision in self._decisions:
            for name, value in decision.segment_digests.items():
                last[name] = (decision, value)
        stale = {d.id: d for name, (d, value) in last.items() if segment_digests.get(name) != value}
        return [stale[key] for key in sorted(stale)]

    def to_json(self) -> dict[str, Any]:
        """Everything about this review, as JSON values for the scene or a file."""
        return {
            "schema_version": SCHEMA_VERSION,
            "result": self.result,
            "decisions": [decision.to_json() for decision in self._decisions],
            "decisions_made": self._count,
            "signature": None if self._signature is None else self._signature.to_json(),
            "audit": list(self.audit.entries),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], *, clock: Callable[[], datetime] | None = None) -> Review:
        """The review that `to_json` wrote; what was tampered with is told by `verify`.

        Raises:
            InputError: it is no review, or of a later version.
        """
        if str(value.get("schema_version", "")).split(".")[0] != SCHEMA_VERSION.split(".")[0]:
            raise InputError("this review was stored by another version of FMAssist", "open it with that version")
        review = cls(value.get("result") or {}, clock=clock)
        review._decisions = [Decision.from_json(item) for item in value.get("decisions", [])]
        review._count = int(value.get("decisions_made", len(review._decisions)))
        review.audit = AuditLog(value.get("audit", []), clock=clock)
        if value.get("signature") is not None:
            try:
                review._signature = Signature.from_json(value["signature"])
            except InputError as error:
                review._broken = (str(error),)
        return review

    def _now(self) -> str:
        return self._clock().astimezone(timezone.utc).isoformat(timespec="seconds")

    def _findings_digest(self) -> str:
        return digest({part: self.result.get(part) for part in _SIGNED_PARTS})

    def _decisions_digest(self) -> str:
        return digest([decision.to_json() for decision in self._decisions])
