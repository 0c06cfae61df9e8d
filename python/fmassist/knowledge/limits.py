"""How much knowledge of one's own may say, and which queries run in this process.

What is shipped was measured and is known. What somebody else wrote may hold a query that joins everything with
everything, or a chain of classes whose closure grows with its square, so it is counted while it is read, and its
queries run in a process that can be ended (`fmassist.reasoning.ask`).
"""

from __future__ import annotations

from fmassist.errors import InputError

MAX_OWN_STATEMENTS = 60_000
"""Of all files of one's own together. The shipped knowledge makes some 12,000; five times as many are loaded in
seconds."""
TAME_STATEMENTS = 2_000
"""Up to so many statements of one's own cannot make a shipped query long: it joins at most three kinds of individuals
by their structure, and of 2,000 statements at most 700 are individuals (an estimate: 230³ is 12 million rows)."""
MAX_DERIVED = 400_000
"""Statements that follow from the ontology, some 11,000 from the shipped one; a chain of 900 classes makes as many."""
MAX_BOUND = 20_000_000
"""Rules times structures, looked at one by one; some 100,000 in the shipped knowledge."""


def require_own_statements(count: int) -> None:
    """Raises `InputError` where files of one's own say too much together."""
    if count > MAX_OWN_STATEMENTS:
        raise InputError(
            f"the knowledge folder makes more than {MAX_OWN_STATEMENTS:,} statements",
            "give the folder of the rules alone",
        )


class Counted:
    """Counts what follows, and stops where it grows beyond measure."""

    def __init__(self, most: int = MAX_DERIVED) -> None:
        self._left = most

    def add(self, count: int) -> None:
        """Note that so many more follow.

        Raises:
            InputError: it is more than can be kept.
        """
        self._left -= count
        if self._left < 0:
            raise InputError(
                "too much follows from the knowledge: its classes or parts stand in chains that are too long",
                "give each class its nearest class above alone, and fewer of them",
            )
