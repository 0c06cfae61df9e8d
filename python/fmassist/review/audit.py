"""An append-only log whose every entry carries the digest of the one before.

What it shows: an entry edited, removed, added or moved; the end cut off (against the head kept beside it and in
every signature); a clock set back. What it cannot show without a `key`: a log rewritten as a whole together with
its head and all signatures, since anyone can compute SHA-256.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from fmassist.errors import InputError
from fmassist.json_file import parse_json, read_json
from fmassist.review.digest import digest
from fmassist.volume import whole_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

MAX_BYTES = 256 * 1024 * 1024
START = "0" * 64
"""What the first entry names as the one before it."""


@dataclass(frozen=True)
class Head:
    """The end of a log: how many entries, and the last one's digest."""

    count: int
    digest: str

    def to_json(self) -> dict[str, Any]:
        """The head as JSON values."""
        return {"count": self.count, "digest": self.digest}


class AuditLog:
    """Who did what, when, in an order that cannot be changed unnoticed.

    Args:
        entries: those stored before; they are taken as they are, and `problems` judges them.
        key: secret of the institution, to make the digests unforgeable; the same for writing and verifying.
        clock: gives the present time; replaced in tests.

    Example:
        >>> log = AuditLog()
        >>> _ = log.append("opened", {"study": "1"})
        >>> log.problems()
        []
    """

    def __init__(
        self,
        entries: Iterable[Mapping[str, Any]] = (),
        *,
        key: bytes | None = None,
        clock: Any = None,
    ) -> None:
        self._entries: list[dict[str, Any]] = [dict(entry) for entry in entries]
        self._key = key
        self._clock = clock or (lambda: datetime.now(timezone.utc))

    @property
    def entries(self) -> tuple[dict[str, Any], ...]:
        """Every entry, oldest first."""
        return tuple(dict(entry) for entry in self._entries)

    @property
    def head(self) -> Head:
        """The log's present end."""
        return Head(len(self._entries), str(self._entries[-1].get("digest", "")) if self._entries else START)

    def append(self, action: str, details: Mapping[str, Any]) -> dict[str, Any]:
        """Adds an entry and returns it.

        A clock earlier than the last entry's is written down as it is, and noted with `clock_set_back`.
        """
        at = self._clock().astimezone(timezone.utc).isoformat(timespec="seconds")
        entry: dict[str, Any] = {
            "number": len(self._entries) + 1,
            "at": at,
            "action": action,
            "details": json.loads(json.dumps(dict(details))),
            "previous": self.head.digest,
        }
        if self._entries and at < str(self._entries[-1].get("at", "")):
            entry["clock_set_back"] = True
        entry["digest"] = digest(entry, key=self._key)
        self._entries.append(entry)
        return dict(entry)

    def problems(self, *, expected: Head | None = None) -> list[str]:
        """What is wrong with the log, in words; empty when it is whole.

        Args:
            expected: a head known from elsewhere, such as from a signature; the log must contain it.
        """
        found: list[str] = []
        before = START
        for position, entry in enumerate(self._entries, start=1):
            content = {name: value for name, value in entry.items() if name != "digest"}
            number = entry.get("number")
            if number != position:
                said = f"is numbered {number}" if isinstance(number, int) else "has no number"
                found.append(f"entry {position} {said}: an entry was removed, added or moved")
            elif entry.get("previous") != before:
                found.append(f"entry {position} does not follow the one before it: the log was changed")
            if digest(content, key=self._key) != entry.get("digest"):
                found.append(f"entry {position} was edited after it was written")
            before = str(entry.get("digest", ""))
        if expected is not None:
            if expected.count < 0:
                found.append("what was signed as the log's head is none")
            elif len(self._entries) < expected.count:
                found.append(f"the log was cut: it has {len(self._entries)} entries and had {expected.count}")
            elif expected.count and self._entries[expected.count - 1].get("digest") != expected.digest:
                found.append(f"entry {expected.count} is not the one that was written: the log was replaced")
        return found

    def notes(self) -> list[str]:
        """What is odd though not wrong: each time the clock was set back."""
        return [
            f"the clock was set back before entry {position} ({_time_of(entry)})"
            for position, entry in enumerate(self._entries, start=1)
            if entry.get("clock_set_back")
        ]

    def write(self, path: Path) -> None:
        """Writes the log as JSON lines, and its head beside it (`<name>.head`); whole or not at all."""
        lines = "".join(json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n" for entry in self._entries)
        for target, text in ((path, lines), (_head_path(path), json.dumps(self.head.to_json()) + "\n")):
            # The head last: a log that is longer than its head is whole, one that is shorter was cut.
            with whole_file(target) as beside:
                beside.write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, path: Path, *, key: bytes | None = None) -> tuple[AuditLog, list[str]]:
        """The log in `path`, and what is wrong with it.

        Raises:
            InputError: the file is no audit log.
        """
        remedy = "give the file that FMAssist wrote"
        try:
            if not path.is_file() or path.stat().st_size > MAX_BYTES:
                raise InputError("the file is not an audit log", remedy)
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            raise InputError("the file is not an audit log", remedy) from None
        entries = [parse_json(line, "the file is not an audit log: a line", remedy) for line in lines if line.strip()]
        if not all(isinstance(entry, dict) for entry in entries):
            raise InputError("the file is not an audit log", remedy)
        log = cls(entries, key=key)
        odd = [] if entries else ["the log is empty"]
        try:
            kept = read_json(_head_path(path), "the log's head", remedy)
            expected = Head(int(kept["count"]), str(kept["digest"]))
        except (InputError, ValueError, KeyError, TypeError, OverflowError):
            return log, [*odd, *log.problems(), "the log's head is missing, so a cut end cannot be ruled out"]
        return log, [*odd, *log.problems(expected=expected)]


def _time_of(entry: Mapping[str, Any]) -> str:
    """An entry's time, where it is one: a log that somebody wrote may hold anything there."""
    at = str(entry.get("at", ""))
    return at if re.fullmatch(r"[0-9T:.+Z-]{1,40}", at) else "no time"


def _head_path(path: Path) -> Path:
    return path.with_name(path.name + ".head")
