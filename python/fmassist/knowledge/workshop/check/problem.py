"""One thing that a check of the knowledge found."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("ERROR", "WARN", "INFO")


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where.

    Attributes:
        level: `ERROR` (must not ship), `WARN` (somebody should look) or `INFO`.
        check: stable name of the check, such as `dangling-reference`.
        file: folder and name; empty where it concerns all.
        line: from 1; None where it has none.
    """

    level: str
    check: str
    message: str
    file: str = ""
    line: int | None = None

    def order(self) -> tuple[int, str, int, str, str]:
        """Errors first, then by place."""
        return LEVELS.index(self.level), self.file, self.line or 0, self.check, self.message
