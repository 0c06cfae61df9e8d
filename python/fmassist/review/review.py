"""One study under review: its findings, the decisions taken, the log of it all, and the signature."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from fmassist.errors import InputError
from fmassist.review.audit import AuditLog, Head
from fmassist.review.decision import Decision
from fmassist.review.digest import canonical_json, digest
from fmassist.review.digest import evidence_digest as digest_of_evidence
from fmassist.review.judgement import Judgement
from fmassist.review.keys import SigningKey, own_key
from fmassist.review.register import Register
from fmassist.review.replay import replay
from fmassist.review.signature import Signature, Verification
from fmassist.review.verify import problems_before_signing, verify, verify_judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SCHEMA_VERSION = "1.1"
OWN = "own"
"""Sign with the user's own key where there is one."""
MAX_ENTRIES = 100_000
"""Of a stored log; a reading of a study leaves some 50."""


class Review:
    """Decisions on the findings of one check.

    Args:
        result: the content of `findings.json`.
        evidence: the content of `evidence.json`, where it is at hand; a signature then covers it.
        clock: gives the present time; replaced in tests.
        register: this user's record of signatures; None for the one in the settings folder.

    Findings of severity `info` ask for no decision. Every change is logged, an undone decision too.
    """

    def __init__(
        self,
        result: Mapping[str, Any],
        *,
        evidence: Any = None,
        clock: Callable[[], datetime] | None = None,
        register: Register | None = None,
    ) -> None:
        self.evidence = evidence
        self._evidence_known: tuple[Any, str] | None = None
        self.register = register or Register()
        self.result = dict(result)
        self._clock = clock or (lambda: datetime.now(timezone.utc))
        self._decisions: list[Decision] = []
        self._signature: Signature | None = None
        self.broken: tuple[str, ...] = ()
        self.stored_head: Head | None = None
        """The log's end as it was stored; the log must contain it."""
        self.stored_with: int | None = None
        """Entries of the log as it was stored; None for a review that was not."""
        self._count = 0
        self.audit = AuditLog(clock=self._clock)
        self._note_check()

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
                raise InputError("there is no finding of that id", "decide on a finding of this check")
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

    def sign(self, by: str, segmentation: str, *, key: SigningKey | str | None = OWN) -> Signature:
        """Signs everything that the verdict rests on, with a key where there is one, else by name alone.

        Args:
            by: the signer's name.
            segmentation: digest of the segmentation as it is now.
            key: to sign with; `"own"` for the user's own where there is one; None to sign by name alone.

        Raises:
            InputError: no name, findings still undecided, a log that does not fit the review, evidence that is not
                that of the result, or a key that cannot be used.
        """
        if not by.strip():
            raise InputError("a signature needs a name", "write your name")
        undecided = len(self.open_findings())
        if undecided:
            what = "1 finding is not decided" if undecided == 1 else f"{undecided} findings are not decided"
            raise InputError(what, "decide first, then sign")
        odd = problems_before_signing(self)
        if odd:
            raise InputError(f"the review does not fit together: {odd[0]}", "check the study again, then sign")
        signature = Signature(
            by=by.strip(),
            at=self._now(),
            segmentation=segmentation,
            result=self.result_digest(),
            evidence=self.evidence_digest(),
            decisions=self.decisions_digest(),
            audit=self.audit.head,
        )
        used = own_key() if key == OWN else key
        if isinstance(used, SigningKey):
            signature = signature.with_key(used)
        self._signature, self.broken = signature, ()
        self.audit.append("signed", signature.to_json())
        self.register.note("signed", signature.id, digest(signature.to_json()))
        return signature

    def judge(
        self,
        choice: str,
        *,
        by: str,
        note: str = "",
        about: str = "",
        said_at: str = "",
        key: SigningKey | str | None = OWN,
    ) -> Judgement:
        """Writes down what a person says of the whole study; the last word counts, and the log keeps all.

        Args:
            choice: one of `fmassist.review.judgement.CHOICES`.
            by: the person's name.
            note: what they add.
            about: SHA-256 of the bytes of the `findings.json` that it is about.
            said_at: when they said it, where that was earlier than now.
            key: to sign with; `"own"` for the user's own where there is one; None to sign by name alone.

        Raises:
            InputError: an unknown choice, no name, or a key that cannot be used.
        """
        judgement = Judgement(choice, by.strip(), self._now(), self.audit.head, said_at, note.strip(), about)
        used = own_key() if key == OWN else key
        if isinstance(used, SigningKey):
            judgement = judgement.with_key(used)
        self.audit.append("judged", judgement.to_json())
        return judgement

    @property
    def judgement(self) -> Judgement | None:
        """What was said last of the whole study, or None; `verify_judgement` tells whether it holds.

        Raises:
            InputError: it is damaged.
        """
        said = replay(self.audit.entries).judgement
        return None if said is None else Judgement.from_json(said)

    def withdraw(self) -> None:
        """Takes the signature back, so that decisions can be changed; the log keeps it.

        Raises:
            InputError: nobody has signed.
        """
        if self._signature is None:
            raise InputError("nobody has signed this result")
        said = {"by": self._signature.by, "at": self._signature.at, "signature": self._signature.id}
        self.audit.append("signature withdrawn", said)
        self.register.note("withdrawn", self._signature.id, digest(self._signature.to_json()))
        self._signature = None

    def verify(self, segmentation: str) -> Verification:
        """Whether the signature still holds for the segmentation with that digest."""
        return verify(self, segmentation)

    def verify_judgement(self) -> Verification:
        """Whether what was said last of the whole study stands in the log as it was said."""
        return verify_judgement(self)

    def checked_again(
        self, result: Mapping[str, Any], segment_digests: Mapping[str, str], *, evidence: Any = None
    ) -> Review:
        """A review of a later check of the same study, with the same log.

        A finding that returns with the same rule and segments keeps its decision where somebody kept or rejected it
        and none of its segments was changed since; everything else is open again, and a signature is gone.

        Args:
            result: content of the new `findings.json`.
            segment_digests: digest of each segment as it is now, by name.
            evidence: content of the new `evidence.json`.
        """
        again = Review(result, evidence=evidence, clock=self._clock, register=self.register)
        again.audit = AuditLog(self.audit.entries, clock=self._clock)
        again._note_check()
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
            "head": self.audit.head.to_json(),
        }

    @classmethod
    def from_json(
        cls,
        value: Mapping[str, Any],
        *,
        evidence: Any = None,
        clock: Callable[[], datetime] | None = None,
        register: Register | None = None,
    ) -> Review:
        """The review that `to_json` wrote; what was tampered with is told by `verify`.

        Args:
            value: what `to_json` gave.
            evidence: the content of `evidence.json` that is kept with it, or None.
            clock: as at construction; likewise `register`.

        Raises:
            InputError: it is no review, or of a later version.
        """
        try:
            return cls._from_json(value, evidence, clock, register)
        except (AttributeError, TypeError, ValueError, KeyError, RecursionError):
            raise InputError("the stored review cannot be read", "it was damaged; check again") from None

    @classmethod
    def _from_json(
        cls,
        value: Mapping[str, Any],
        evidence: Any,
        clock: Callable[[], datetime] | None,
        register: Register | None,
    ) -> Review:
        if str(value.get("schema_version", "")).split(".")[0] != SCHEMA_VERSION.split(".")[0]:
            raise InputError("this review was stored by another version of FMAssist", "open it with that version")
        entries = value.get("audit", [])
        if not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
            raise InputError("the stored review has no log", "it was damaged; check again")
        canonical_json(value)  # half a character or NaN cannot be digested later
        review = cls(value.get("result") or {}, evidence=evidence, clock=clock, register=register)
        if not all(isinstance(f, dict) and {"id", "severity", "segments"} <= set(f) for f in review.findings):
            raise InputError("the stored review's findings are damaged", "check again")
        review._decisions = [Decision.from_json(item) for item in value.get("decisions", [])]
        review._count = max(int(value.get("decisions_made", 0)), len(review._decisions))
        review.audit = AuditLog(entries, clock=clock)
        review.stored_head, review.stored_with = _head_of(value.get("head")), len(entries)
        if value.get("signature") is not None:
            try:
                review._signature = Signature.from_json(value["signature"])
            except InputError as error:
                review.broken = (str(error),)
        if digest([decision.to_json() for decision in review._decisions]) != digest(list(value.get("decisions", []))):
            review.broken = (*review.broken, "the decisions are not stored as they were given")
        return review

    def _note_check(self) -> None:
        said = {"result": self.result_digest(), "verdict": str(self.result.get("verdict", ""))}
        self.audit.append("checked", said)

    def evidence_digest(self) -> str:
        """Of the evidence at hand; `""` where there is none."""
        # Megabytes that nobody changes: digested once, since a panel asks after every click.
        if self._evidence_known is None or self._evidence_known[0] is not self.evidence:
            self._evidence_known = self.evidence, "" if self.evidence is None else digest_of_evidence(self.evidence)
        return self._evidence_known[1]

    def _now(self) -> str:
        return self._clock().astimezone(timezone.utc).isoformat(timespec="seconds")

    def result_digest(self) -> str:
        """Of the whole result."""
        return digest(self.result)

    def decisions_digest(self) -> str:
        """Of the decisions in force."""
        return digest([decision.to_json() for decision in self._decisions])


def _head_of(value: Any) -> Head | None:
    if not isinstance(value, dict) or set(value) != {"count", "digest"}:
        return None
    count, end = value.get("count"), value.get("digest")
    return Head(count, end) if isinstance(count, int) and isinstance(end, str) else None
