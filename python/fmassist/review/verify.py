"""Whether a signature still holds: against the review, its log, the record of this machine, and the signer's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fmassist.errors import InputError
from fmassist.review.digest import digest
from fmassist.review.judgement import Judgement
from fmassist.review.keys import fingerprint, known_reviewers
from fmassist.review.names import as_read
from fmassist.review.replay import replay
from fmassist.review.signature import BY_KEY, Signature, Verification

if TYPE_CHECKING:
    from fmassist.review.review import Review


def verify(review: Review, segmentation: str) -> Verification:
    """Whether the signature still holds for the segmentation with that digest."""
    if review.signature is None:
        return Verification(False, review.broken or ("nobody has signed this result",))
    signature, reasons = review.signature, list(review.broken)
    problem = signature.problem()
    if problem:
        reasons.append(problem)
    if signature.segmentation != segmentation:
        reasons.append("the segmentation was changed after it was signed")
    if signature.result != review.result_digest():
        reasons.append("the findings are not those that were signed, or the study, context or labels are not")
    if signature.evidence and review.evidence is not None and signature.evidence != review.evidence_digest():
        reasons.append("the evidence is not that which was signed")
    elif evidence := _evidence_problem(review):  # where none was at hand when it was signed, the result tells of it
        reasons.append(evidence)
    if signature.decisions != review.decisions_digest():
        reasons.append("the decisions were changed after they were signed")
    reasons += review.audit.problems(expected=signature.audit)
    reasons += [said for said in log_problems(review) if said not in reasons]
    reasons += _register_problems(review, signature)
    who, note = _signer(signature)
    if who == "another":
        reasons.append(note)
    notes = [*review.audit.notes(), *([note] if who in ("unknown", "name") and note else [])]
    notes += _not_covered(review, signature)
    proof = "" if reasons else _proof(signature, known=who == "known")
    return Verification(not reasons, tuple(reasons), tuple(notes), proof)


def verify_judgement(review: Review) -> Verification:
    """Whether what was said last of the whole study stands in the log as it was said."""
    state = replay(review.audit.entries)
    if state.judgement is None:
        return Verification(False, ("nobody has decided on this study",))
    try:
        judgement = Judgement.from_json(state.judgement)
    except InputError as error:
        return Verification(False, (str(error),))
    reasons = [problem] if (problem := judgement.problem()) else []
    reasons += _log_alone(review) + state.odd
    who, note = _signer(judgement)
    if who == "another":
        reasons.append(note)
    notes = [*review.audit.notes(), *([note] if who in ("unknown", "name") and note else [])]
    proof = "" if reasons else _proof(judgement, known=who == "known")
    return Verification(not reasons, tuple(reasons), tuple(notes), proof)


def problems_before_signing(review: Review) -> list[str]:
    """What nobody should sign: a log that tells another story, or evidence of another result."""
    evidence = _evidence_problem(review)
    return [*log_problems(review), *([evidence] if evidence else [])]


def log_problems(review: Review) -> list[str]:
    """What the log says against the review that it is stored with."""
    found = _log_alone(review)
    if not review.audit.entries:
        return found
    state = replay(review.audit.entries)
    found += state.odd
    if state.result and state.result != review.result_digest():
        found.append("the result is not the one that was checked")
    if (
        state.decisions != [decision.to_json() for decision in review.decisions]
        and digest(state.decisions) != review.decisions_digest()
    ):
        found.append("the decisions are not those that the log tells of")
    signed = None if review.signature is None else digest(review.signature.to_json())
    if signed is not None and (state.signature is None or digest(state.signature) != signed):
        found.append("the log does not tell of this signature, or tells that it was withdrawn")
    return found


def _log_alone(review: Review) -> list[str]:
    """What is wrong with the log by itself."""
    found: list[str] = []
    head, entries = review.stored_head, review.stored_with
    if entries is not None and head is None:
        found.append("the log's head is missing, so a cut end cannot be ruled out")
    elif head is not None and head.count != entries:
        found.append(f"the log had {head.count} entries when it was stored and has {entries}")
    if not review.audit.entries:
        return [*found, "the log is empty"]
    return found + review.audit.problems(expected=head)


def _not_covered(review: Review, signature: Signature) -> list[str]:
    """What lies beside a signature without being signed: nobody shall take it for part of what was."""
    found = []
    later = len(review.audit.entries) - signature.audit.count - 1  # the signature's own entry follows what it covers
    if later > 0:
        what = "1 entry of the log came" if later == 1 else f"{later} entries of the log came"
        found.append(f"{what} after the signature, which does not cover what came after it")
    if review.evidence is not None and not signature.evidence and not _stated_evidence(review):
        found.append("the evidence at hand is not covered by the signature")
    return found


def _register_problems(review: Review, signature: Signature) -> list[str]:
    events = review.register.events(signature.id)
    found = []
    if any(event == "withdrawn" for event, _ in events):
        found.append("this signature was withdrawn on this machine")
    if any(known != digest(signature.to_json()) for _, known in events):
        found.append("this signature is not the one that was given on this machine")
    return found


def _signer(signature: Signature | Judgement) -> tuple[str, str]:
    """Whether the key is known here: `known`, `unknown`, `another` reviewer's, or `name` alone; and the words."""
    if signature.method != BY_KEY:
        alike = next((name for name in known_reviewers().values() if as_read(name) == as_read(signature.by)), None)
        if alike is None:
            return "name", ""
        return "name", f"this machine knows a key of {alike}, and this signature was made without it: ask them"
    name = known_reviewers().get(signature.key)
    if name is None:
        print_ = fingerprint(signature.key)
        return "unknown", f"the key {print_} is of nobody whom this machine knows: compare it with the signer's"
    if name.casefold() != signature.by.casefold():
        return "another", f"the key is that of {name}, and the signature names somebody else"
    return "known", ""


def _stated_evidence(review: Review) -> str:
    versions = review.result.get("versions")
    return str(versions.get("evidence_sha256") or "") if isinstance(versions, dict) else ""


def _evidence_problem(review: Review) -> str:
    stated = _stated_evidence(review)
    if stated and review.evidence is not None and stated != review.evidence_digest():
        return "the evidence is not that which the result was made from"
    return ""


def _proof(signature: Signature | Judgement, *, known: bool) -> str:
    if signature.method != BY_KEY:
        return "Signed by name alone: nothing was changed since by mistake; who signed is not proved."
    mark = fingerprint(signature.key)
    if known:
        return f"Signed with the key {mark} of {signature.by}: nothing was changed since by anybody without that key."
    return (
        f"Signed with the key {mark}: nothing was changed since by anybody without it; whose it is, nobody here knows."
    )
