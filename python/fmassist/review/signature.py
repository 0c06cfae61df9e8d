"""A signature over everything that a verdict rests on: by name alone, or with a reviewer's own key.

What each of the two proves, and against whom, stands in `docs/review.md`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fmassist.errors import InputError
from fmassist.review.audit import Head
from fmassist.review.digest import digest

if TYPE_CHECKING:
    from fmassist.review.keys import SigningKey

BY_NAME, BY_KEY = "name", "ed25519"
DOMAIN = "fmassist review signature 1"
"""Signed with the rest, so that nothing else that this key ever signs can be taken for a signature of a review."""
_AGAIN = "sign again after looking at the result"
_TEXTS = ("id", "by", "at", "segmentation", "result", "evidence", "decisions", "method", "key", "value")


@dataclass(frozen=True)
class Signature:
    """Who signed what, when.

    Args:
        by: the signer's name as given.
        at: time in UTC, ISO 8601, of the signer's clock.
        segmentation: digest of the segmentation (`segmentation_digest`).
        result: digest of the whole `findings.json`: study, context, label map, segments, findings, causes, rules,
            versions, and the digests of knowledge and evidence that it states.
        evidence: digest of the evidence as the review holds it; `""` where it holds none.
        decisions: digest of the decisions in force.
        audit: the audit log's end just before the signature was written.
        id: drawn anew for each signature, so that one that was withdrawn is never the same as a later one.
        method: `"name"` or `"ed25519"`.
        key: the signer's public key (32 bytes, hex); `""` by name alone.
        value: the Ed25519 signature over all the rest (64 bytes, hex); `""` by name alone.
    """

    by: str
    at: str
    segmentation: str
    result: str
    evidence: str
    decisions: str
    audit: Head
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    method: str = BY_NAME
    key: str = ""
    value: str = ""

    def content(self) -> dict[str, Any]:
        """What is signed: everything but the signature's value."""
        return {
            "domain": DOMAIN,
            **{name: getattr(self, name) for name in _TEXTS if name != "value"},
            "audit": self.audit.to_json(),
        }

    def to_json(self) -> dict[str, Any]:
        """The signature as JSON values, with a digest of its own against edits by mistake."""
        content = {**self.content(), "value": self.value}
        return {**content, "digest": digest(content)}

    @classmethod
    def from_json(cls, value: Any) -> Signature:
        """The signature that `to_json` wrote.

        Raises:
            InputError: it is incomplete, was edited, or is of an older form that covered less.
        """
        if not isinstance(value, dict):
            raise InputError("the signature is incomplete", _AGAIN)
        if "findings" in value and "result" not in value:
            raise InputError("the signature is of an older form, which did not cover context and study", _AGAIN)
        content = {name: item for name, item in value.items() if name != "digest"}
        if digest(content) != value.get("digest"):
            raise InputError("the signature was edited after it was given", _AGAIN)
        try:
            head = Head(int(value["audit"]["count"]), str(value["audit"]["digest"]))
            signature = cls(audit=head, **{name: value[name] for name in _TEXTS})
        except (KeyError, TypeError, ValueError):
            raise InputError("the signature is incomplete", _AGAIN) from None
        if not all(isinstance(getattr(signature, name), str) for name in _TEXTS) or signature.to_json() != value:
            raise InputError("the signature is incomplete", _AGAIN)
        return signature

    def with_key(self, key: SigningKey) -> Signature:
        """The same, signed with a key."""
        from dataclasses import replace

        from fmassist.review.digest import canonical_json

        named = replace(self, method=BY_KEY, key=key.public)
        return replace(named, value=key.sign(canonical_json(named.content())))

    def problem(self) -> str | None:
        """What is wrong with its key's signature, in words; None where it holds or where there is none."""
        return key_problem(self.method, self.key, self.value, self.content())


def key_problem(method: str, key: str, value: str, content: dict[str, Any]) -> str | None:
    """What is wrong with a key's signature over JSON values, in words; None where it holds or where there is none.

    Args:
        method: `"name"` or `"ed25519"`.
        key: public key, 32 bytes as hex; `""` by name alone.
        value: the signature, 64 bytes as hex; `""` by name alone.
        content: what was signed.
    """
    from fmassist.review.digest import canonical_json
    from fmassist.review.keys import holds

    if method == BY_NAME:
        return None if not (key or value) else "the signature says that it is by name and has a key"
    if method != BY_KEY:
        return "the signature is of a kind that is not known"
    if not holds(key, value, canonical_json(content)):
        return "the signature was not made with the key that it names, or was changed after it was given"
    return None


@dataclass(frozen=True)
class Verification:
    """Whether a signature still holds, and why not.

    Args:
        valid: nothing that was signed has changed.
        reasons: what changed, in words; empty when valid.
        notes: oddities that do not void it, such as a clock set back.
        proof: what a valid signature proves and what it doesn't, in one sentence; `""` where it is not valid.
    """

    valid: bool
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    proof: str = ""
