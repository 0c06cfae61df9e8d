"""One file from the web: resumed where it broke off, through a proxy if there is one, and kept only with its hash."""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fmassist.errors import Cancelled, InputError
from fmassist.models.fingerprint import sha256_of
from fmassist.models.interface import Cancelled as IsCancelled
from fmassist.models.interface import Progress

BLOCK = 1 << 20
MAX_BYTES = 32 * 1024**3
SILENT_S = 60.0
"""A server that says nothing for so long is given up; what came so far is kept."""
ATTEMPTS = 4
"""Times to go on after a break, as long as each brings something new."""
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def download(
    url: str,
    target: Path,
    *,
    sha256: str,
    size: int | None = None,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Path:
    """The file at `url`, as `target`, whole and with the hash that was pinned, or not at all.

    What came before a break lies beside the target as `.NAME.part`, and the next call goes on from there (RFC 9110,
    range requests). Proxies are those of the environment (`HTTPS_PROXY` and its kin) or of the system.

    Args:
        url: HTTPS; HTTP from this machine itself only.
        target: where it shall be; its folder is made.
        sha256: of the whole file.
        size: bytes, where known.
        progress: told of the share that is here.
        cancelled: asked at each megabyte.

    Raises:
        InputError: it can't be had, there is no room for it, or it is another file than was pinned.
        Cancelled: `cancelled` said so; what came so far is kept.
    """
    require_safe_address(url)
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetch(url, part, size, progress or (lambda _stage, _share: None), cancelled)
        if sha256_of(part) != sha256.lower():
            part.unlink()
            raise InputError("what came is not the file that was pinned (wrong hash)", "nothing of it was kept")
        part.replace(target)
    except OSError as error:
        raise InputError(
            f"the download can't be written ({error.strerror})", "free space, or give another --out"
        ) from None
    return target


def require_safe_address(url: str) -> None:
    """Refuse addresses that anybody on the way could change.

    Raises:
        InputError: it is neither HTTPS nor of this machine.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].rsplit(":", 1)[0] if not parts.netloc.startswith("[") else "[::1]"
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise InputError("models are got by https only", "get the file yourself and give it by --from")


def _fetch(url: str, part: Path, size: int | None, tell: Progress, cancelled: IsCancelled | None) -> None:
    for attempt in range(ATTEMPTS):
        before = part.stat().st_size if part.exists() else 0
        try:
            if _some_of(url, part, before, size, tell, cancelled):
                return
        except urllib.error.HTTPError as error:
            if error.code == 416:  # it has no more than is here: either all, or another file
                if size is None or before == size:
                    return
                part.unlink(missing_ok=True)
            elif error.code == 407:
                raise InputError("the proxy wants a user name", "put it into HTTPS_PROXY, or use --from") from None
            else:
                raise InputError(
                    f"the server refused ({error.code})", "get the file yourself, and use --from"
                ) from None
        except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as error:
            if attempt + 1 == ATTEMPTS or (part.stat().st_size if part.exists() else 0) <= before:
                raise InputError(
                    f"the download broke off ({_cause(error)})",
                    "the same command goes on from there; without a network, use --from FILE",
                ) from None
    raise InputError("the download broke off again and again", "the same command goes on from there")


def _some_of(
    url: str, part: Path, before: int, size: int | None, tell: Progress, cancelled: IsCancelled | None
) -> bool:
    """Appends what the server sends; True once that is all."""
    headers = {"User-Agent": "fmassist", "Accept-Encoding": "identity"}
    if before:
        headers["Range"] = f"bytes={before}-"
    with _opener().open(urllib.request.Request(url, headers=headers), timeout=SILENT_S) as answer:  # noqa: S310
        goes_on = answer.status == 206 and _starts_at(answer.headers.get("Content-Range", "")) == before
        length = int(answer.headers.get("Content-Length") or 0)
        whole = length + (before if goes_on else 0) if length else None
        if size is not None and whole is not None and whole != size:
            raise InputError("the server's file has another size than the one that was pinned")
        _require_room(part.parent, length)
        done = before if goes_on else 0
        with part.open("ab" if goes_on else "wb") as out:
            while block := answer.read(BLOCK):
                if cancelled is not None and cancelled():
                    raise Cancelled("cancelled; what came so far is kept")
                done += len(block)
                if done > min(MAX_BYTES, size or MAX_BYTES):
                    raise InputError("the server sends more than the file that was pinned")
                out.write(block)
                tell("downloading", done / (whole or size or max(done, 1)))
    return whole is None or done >= whole


def _opener() -> urllib.request.OpenerDirector:
    """HTTP and HTTPS with proxies; no files, no FTP, and no way from HTTPS to HTTP."""
    return urllib.request.build_opener(urllib.request.ProxyHandler(), _SafeRedirects())


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        require_safe_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _starts_at(content_range: str) -> int | None:
    """The first byte of `bytes 100-199/200`."""
    kind, _, rest = content_range.partition(" ")
    first = rest.partition("-")[0]
    return int(first) if kind == "bytes" and first.isdigit() else None


def _require_room(folder: Path, length: int) -> None:
    if length > shutil.disk_usage(folder).free:
        raise InputError(f"there is no room for {length / 1e9:.1f} GB", "free space, or set FMASSIST_MODELS")


def _cause(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return type(reason if isinstance(reason, BaseException) else error).__name__
