"""Decisions of people about findings, sign-off, and the log that shows if anything was changed afterwards."""

from fmassist.review.audit import AuditLog, Head
from fmassist.review.decision import ACTIONS, KEEP_REASONS, Decision
from fmassist.review.digest import SegmentContent, canonical_json, digest, segmentation_digest
from fmassist.review.judgement import Judgement
from fmassist.review.review import Review
from fmassist.review.signature import Signature, Verification

__all__ = [
    "ACTIONS",
    "KEEP_REASONS",
    "AuditLog",
    "Decision",
    "Head",
    "Judgement",
    "Review",
    "SegmentContent",
    "Signature",
    "Verification",
    "canonical_json",
    "digest",
    "segmentation_digest",
]
