"""A piece of work in a copy of this process that can be ended: for what reads or asks somebody else's knowledge.

The copy (`fork`) holds everything that this process holds, may take so much more time and memory, and may neither write
a file nor speak on the terminal. Where a process cannot be copied (Windows), `CAN_COPY` is False.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CAN_COPY = hasattr(os, "fork")


@dataclass(frozen=True)
class Limits:
    """What a piece of work may take.

    Args:
        seconds: of wall-clock time.
        memory_bytes: beyond what the process that asks has; held where the system can (Linux).
    """

    seconds: float
    memory_bytes: int = 500_000_000


class Ended(Exception):  # noqa: N818 - what it says
    """Why the work was ended, in words such as "it took more than 10 s"."""


def in_a_copy(work: Callable[[], Any], limits: Limits) -> Any:
    """What `work` returns, or raises, in a copy of this process.

    Raises:
        Ended: it took too long or too much memory.
    """
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python warns of threads that a copy does not have; none of them holds anything that the work needs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            _bind(limits)
            # The pipe is no file: a file of any size is forbidden now.
            with os.fdopen(writing, "wb") as stream:
                pickle.dump(_outcome(work), stream, protocol=pickle.HIGHEST_PROTOCOL)
            os._exit(0)
        except BaseException:  # whatever happens here must not run on as a second copy of the program
            os._exit(9)
    os.close(writing)
    try:
        data, in_time = _read(reading, limits.seconds)
    finally:
        os.close(reading)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if not in_time:
        raise Ended(f"it took more than {limits.seconds:g} s")
    try:
        # Our own copy wrote it; nobody else has the pipe.
        kind, value = pickle.loads(data)  # noqa: S301
    except (EOFError, pickle.UnpicklingError):
        raise Ended(f"it took more than {limits.memory_bytes / 1e9:g} GB of memory") from None
    if kind == "raised":
        raise value
    return value


def _outcome(work: Callable[[], Any]) -> tuple[str, Any]:
    try:
        return "returned", work()
    except MemoryError:
        raise
    except Exception as error:
        return "raised", error


def _read(pipe: int, seconds: float) -> tuple[bytes, bool]:
    end = time.monotonic() + seconds
    pieces: list[bytes] = []
    while (left := end - time.monotonic()) > 0:
        if not select.select([pipe], [], [], left)[0]:
            break
        piece = os.read(pipe, 1 << 20)
        if not piece:
            return b"".join(pieces), True
        pieces.append(piece)
    return b"", False


def _bind(limits: Limits) -> None:
    """No more memory, time, files or processes than allowed, and nothing said on the terminal."""
    import faulthandler
    import resource

    faulthandler.disable()  # the engine ends the copy where memory is out, which is what is wanted and no news
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    size = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        size = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    wanted = {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": 0, "RLIMIT_CPU": int(limits.seconds) + 2}
    if size:  # where the system does not tell, a limit could be below what is there already
        wanted["RLIMIT_AS"] = size + limits.memory_bytes
    for name, value in wanted.items():
        kind = getattr(resource, name, None)
        if kind is None:
            continue
        _soft, hard = resource.getrlimit(kind)
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (least, least))
