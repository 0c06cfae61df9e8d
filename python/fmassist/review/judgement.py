"""What a person says of a whole study: accept, reject or unsure.

It is a line of the review's log, signed on its own: it says nothing of single findings, which stay open, and signs
nothing off.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from fmassist.errors import InputError
from fmassist.review.audit import Head
from fmassist.review.digest import canonical_json, digest
from fmassist.review.signature import BY_KEY, BY_NAME, key_problem

if TYPE_CHECKING:
    from fmassist.review.keys import SigningKey

CHOICES = ("accept", "reject", "unsure")
DOMAIN = "fmassist study judgement 1"
"""Signed with the rest, so that a judgement is never taken for a signature of a review, nor the other way round."""
_TEXTS = ("id", "choice", "by", "at", "said_at", "note", "about", "method", "key", "value")


@dataclass(frozen=True)
class Judgement:
    """One person's word on one study.

    Args:
        choice: one of `CHOICES`.
        by: the person's name as given.
        at: time in UTC, ISO 8601, when it was written into the log.
        audit: the log's end just before.
        said_at: when the person said it, by the clock of where they did; `""` where nobody knows.
        note: what they added.
        about: SHA-256 of the bytes of `findings.json` that it is about; may be its first digits only.
        id: drawn anew for each.
        method: `"name"` or `"ed25519"`; likewise `key` and `value`, as in `fmassist.review.signature.Signature`.

    Raises:
        InputError: an unknown choice, or no name.
    """

    choice: str
    by: str
    at: str
    audit: Head
    said_at: str = ""
    note: str = ""
    about: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    method: str = BY_NAME
    key: str = ""
    value: str = ""

    def __post_init__(self) -> None:
        if self.choice not in CHOICES:
            raise InputError("a decision is none of accept, reject and unsure", "use one of these")
        if not self.by.strip():
            raise InputError("a decision has no reviewer", "say who decided")

    def content(self) -> dict[str, Any]:
        """What is signed: everything but the signature's value."""
        texts = {name: getattr(self, name) for name in _TEXTS if name != "value"}
        return {"domain": DOMAIN, **texts, "audit": self.audit.to_json()}

    def to_json(self) -> dict[str, Any]:
        """The judgement as JSON values, with a digest of its own against edits by mistake."""
        content = {**self.content(), "value": self.value}
        return {**content, "digest": digest(content)}

    @classmethod
    def from_json(cls, value: Any) -> Judgement:
        """The judgement that `to_json` wrote.

        Raises:
            InputError: it is incomplete, or was edited.
        """
        damaged = InputError("a stored decision on a study cannot be read or was edited", "decide again")
        try:
            head = Head(int(value["audit"]["count"]), str(value["audit"]["digest"]))
            judgement = cls(audit=head, **{name: value[name] for name in _TEXTS})
        except (KeyError, TypeError, ValueError, InputError):
            raise damaged from None
        if not all(isinstance(getattr(judgement, name), str) for name in _TEXTS) or judgement.to_json() != value:
            raise damaged
        return judgement

    def with_key(self, key: SigningKey) -> Judgement:
        """The same, signed with a key."""
        named = replace(self, method=BY_KEY, key=key.public)
        return replace(named, value=key.sign(canonical_json(named.content())))

    def problem(self) -> str | None:
        """What is wrong with its key's signature, in words; None where it holds or where there is none."""
        return key_problem(self.method, self.key, self.value, self.content())
