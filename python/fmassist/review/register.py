"""This user's own record of the signatures given and withdrawn on this machine.

A stored review can be put back to an earlier, sound state of itself: then nothing in it tells that its signature was
withdrawn later. This record lies elsewhere, in the settings folder, and does.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from fmassist.models.places import settings_folder

FILE = "signatures.jsonl"
MAX_BYTES = 64 * 1024 * 1024
"""Some 300,000 signatures."""


class Register:
    """Signatures by their id, appended one a line.

    Args:
        folder: None for the settings folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._path = (folder or settings_folder()) / FILE

    def note(self, event: str, signature: str, digest: str) -> bool:
        """Appends that a signature was `signed` or `withdrawn`; False where it cannot be written.

        Args:
            event: what happened.
            signature: its id.
            digest: of the whole signature, so that none can take another's id.
        """
        line = json.dumps({"event": event, "signature": signature, "digest": digest}) + "\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # One write of one line, at the end wherever that is: two programs do not mix theirs.
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(handle, line.encode("utf-8"))
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError:
            return False
        return True

    def events(self, signature: str) -> list[tuple[str, str]]:
        """What happened to a signature here, oldest first: event, and digest of the signature. Odd lines count not."""
        found: list[tuple[str, str]] = []
        with suppress(OSError, UnicodeDecodeError):
            if not self._path.is_file() or self._path.stat().st_size > MAX_BYTES:
                return []
            for line in self._path.read_text(encoding="utf-8").splitlines():
                if signature not in line:
                    continue
                with suppress(ValueError, TypeError, KeyError, RecursionError):
                    entry = json.loads(line)
                    if entry["signature"] == signature:
                        found.append((str(entry["event"]), str(entry["digest"])))
        return found
