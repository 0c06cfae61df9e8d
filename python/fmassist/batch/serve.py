"""`fmassist serve`: the worklist over loopback, where decisions are written at once.

Only this machine can reach it, and only who has the link: its path holds a secret. Every answer is read-only but for
decisions, which must come from the page itself (a header that no other site can send without being asked first).
"""

from __future__ import annotations

import http.server
import json
import re
import secrets
import threading
from functools import partial
from pathlib import Path
from typing import Any

from fmassist.batch.agreement import agreement, in_words
from fmassist.batch.decisions import Known, all_decisions, checked, record_decision
from fmassist.batch.worklist import page_of, rows_of_summary
from fmassist.errors import InputError
from fmassist.review.keys import own_key

MOST_BYTES = 65_536
"""Of a decision; its note has at most 2,000 characters."""
KINDS = {"report.html": "text/html; charset=utf-8", "thumbnail.png": "image/png"}


class Server(http.server.ThreadingHTTPServer):
    """Serves one batch on 127.0.0.1.

    Args:
        batch: its folder.
        port: 0 for any that is free.
    """

    daemon_threads = True

    def __init__(self, batch: Path, port: int = 0) -> None:
        self.batch = batch
        self.studies = {row.study for row in rows_of_summary(batch)}
        self.secret = secrets.token_urlsafe(24)
        own_key()  # one that cannot be used is said now, and not when somebody has decided
        self._known: Known = {}
        self._one = threading.Lock()
        try:
            super().__init__(("127.0.0.1", port), partial(_Handler))
        except OSError as error:
            raise InputError(f"the port cannot be used ({error.strerror})", "give another --port") from None

    def decisions(self) -> list[dict[str, Any]]:
        """Every decision that stands in the batch's records now."""
        with self._one:
            return all_decisions(self.batch, self._known)

    @property
    def url(self) -> str:
        """The link to the worklist."""
        return f"http://127.0.0.1:{self.server_port}/{self.secret}/"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    server_version, sys_version = "FMAssist", ""

    def do_GET(self) -> None:
        """The page, a report, a picture, or the decisions."""
        path = self._asked()
        if path is None:
            return
        if path in ("", "index.html"):
            self._send(page_of(self.server.batch, served=True).encode("utf-8"), "text/html; charset=utf-8")
            return
        if path == "decisions":
            self._send_json(self._said(self.server.decisions(), None))
            return
        study, _, name = path.partition("/")
        if study not in self.server.studies or name not in KINDS:
            self._refuse(404)
            return
        try:
            self._send((self.server.batch / study / name).read_bytes(), KINDS[name])
        except OSError:
            self._refuse(404)

    def do_POST(self) -> None:
        """Takes one decision."""
        path = self._asked()
        if path is None:
            return
        length = self.headers.get("Content-Length", "")
        if path != "decisions" or self.headers.get("X-FMAssist") != "1":
            self._refuse(403)
            return
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self._refuse(413)
            return
        try:
            decision = checked(json.loads(self.rfile.read(int(length))), None)
            if decision["study"] not in self.server.studies:
                raise InputError("no such study")
        except (ValueError, RecursionError, InputError):
            self._refuse(400)
            return
        try:
            record_decision(self.server.batch, decision)
        except InputError as error:
            self._send_json({"trouble": str(error)}, 500)
            return
        self._send_json(self._said(self.server.decisions(), decision["study"]))

    @staticmethod
    def _said(decisions: list[dict[str, Any]], study: str | None) -> dict[str, Any]:
        """Decisions, of one study where it is named, and how far reviewers agree on all."""
        wanted = [one for one in decisions if study in (None, one["study"])]
        return {"decisions": wanted, "agreement": in_words(agreement(decisions))}

    def _asked(self) -> str | None:
        """What is asked for below the secret; None where it was refused."""
        host = self.headers.get("Host", "")
        if not re.fullmatch(rf"(127\.0\.0\.1|localhost):{self.server.server_port}", host):
            self._refuse(403)  # a name that somebody lets point to this machine
            return None
        parts = self.path.split("?", 1)[0].split("/", 2)
        if len(parts) != 3 or not secrets.compare_digest(parts[1].encode(), self.server.secret.encode()):
            self._refuse(404)
            return None
        return parts[2]

    def _send_json(self, said: Any, code: int = 200) -> None:
        self._send(json.dumps(said).encode("ascii"), "application/json", code)

    def _send(self, body: bytes, kind: str, code: int = 200) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, code: int) -> None:
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing: paths hold the secret."""
