"""The words in which verdicts are told, each set in one place and in its order.

All are texts as well: they compare with, and are written as, the plain word.
"""

from __future__ import annotations

from enum import Enum


class _Word(str, Enum):
    """A word of a closed set; written out it is the word alone, in every version of Python."""

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, form: str) -> str:
        return format(str(self.value), form)

    @property
    def rank(self) -> int:
        """Its place in the order of its set, from 0."""
        return list(type(self)).index(self)


class Severity(_Word):
    """How much a finding weighs, worst first."""

    BLOCK = "block"
    REVIEW = "review"
    INFO = "info"


class Kind(_Word):
    """What sort of thing a finding says, the most certain error first."""

    CONTRADICTORY = "contradictory"
    IMPLAUSIBLE = "implausible"
    INPUT = "input"
    CANNOT_TELL = "cannot_tell"
    NEEDS_CONFIRMATION = "needs_confirmation"


class Outcome(_Word):
    """What became of one ground rule; of several answers about one, the last in this order counts."""

    NOT_APPLICABLE = "not applicable"
    PASSED = "passed"
    FAILED = "failed"
    CANNOT_TELL = "cannot tell"
    """It needs a number that was not measured: never to be read as passed."""
    ERROR = "error"


class Verdict(_Word):
    """What a whole study comes to, worst first."""

    IMPLAUSIBLE = "implausible"
    REVIEW = "review"
    PLAUSIBLE = "plausible"


class Status(_Word):
    """How one segment came out."""

    PLAUSIBLE = "plausible"
    FLAGGED = "flagged"
    CUT_OFF = "cut_off"
    NOT_JUDGED = "not_judged"
    """It is known what the segment is, and no rule could be asked about it."""
    UNKNOWN = "unknown"


class RuleStatus(_Word):
    """Where a rule stands in its life."""

    CURRENT = "current"
    TESTING = "testing"
    OBSOLETE = "obsolete"


class Edit(_Word):
    """One reversible edit of labels."""

    SWAP = "swap"
    RELABEL = "relabel"
    DROP = "drop"
    GIVE = "give"
    FILL = "fill"
    KEEP = "keep"


class Action(_Word):
    """What a person decides about a finding."""

    ACCEPT_REPAIR = "accept_repair"
    """Take the proposed repair."""
    KEEP = "keep"
    """Leave the segment as it is."""
    REJECT = "reject"
    """Do not use the segment."""
    EDIT = "edit"
    """It was mended by hand."""
