"""Processes that stay, each driven by a thread: a study that crashes, hangs or eats memory ends its process alone."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmassist.batch.plan import Done, Plan, Row, Study, to_line
from fmassist.errors import FMAssistError

LOOK_S = 0.1
"""How often time and memory of a process are looked at."""
START_S = 600.0
"""What a process may take to start: on a slow network drive the first import takes minutes (estimate)."""
RENEW_AFTER = 500
"""Studies after which a process is replaced by a fresh one (estimate: libraries leak little)."""
GROWN = 1.5
"""A process is replaced when it holds this many times, and `GROWN_BYTES` more, what it held after its third study
(estimate)."""
GROWN_BYTES = 512 * 1024**2
TRIES = 2
"""A study is given to a fresh process once more when it ended one."""


class Stopped(Exception):  # noqa: N818 - no error: somebody asked for it
    """The batch is being stopped."""


@dataclass(frozen=True)
class Ended(Exception):  # noqa: N818 - says how a process ended
    """A study ended its process; `reason` says how."""

    reason: str


class Worker:
    """One process that does studies. Use it from one thread; `stop` may be called from any.

    Args:
        plan: what holds for every study.
    """

    program: str | Path = "fmassist.batch.worker"
    """What runs in the process."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._done, self._base_bytes, self._looks = 0, 0, 0
        self._stopped = threading.Event()

    def do(self, study: Study) -> Done:
        """Does a study; one that ends the process is tried once more in a fresh one, and then noted as failed."""
        reasons: list[str] = []
        for _ in range(TRIES):
            done = self._try(study, reasons)
            if done is not None:
                return done
        from fmassist.batch.one import failed

        again = " twice" if reasons[0] == reasons[-1] else f", and before {reasons[0]}"
        return failed(study, self._plan, f"{reasons[-1]}{again}")

    def _try(self, study: Study, reasons: list[str]) -> Done | None:
        try:
            done = self._ask(study)
        except Ended as ended:
            self._end()
            reasons.append(ended.reason)
            return whole_result(study, self._plan)
        self._renew_if_worn()
        return done

    def stop(self) -> None:
        """Ends the process, whatever it is at. No study is done after it."""
        self._stopped.set()
        process = self._process
        if process is not None and process.poll() is None:
            _signal_group(process, signal.SIGTERM)

    def close(self) -> None:
        """Lets the process end, now that there is nothing more to do."""
        process = self._process
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        self._end()

    def _ask(self, study: Study) -> Done:
        process = self._running()
        try:
            assert process.stdin is not None
            process.stdin.write(to_line(study).encode("ascii") + b"\n")
            process.stdin.flush()
        except OSError:
            raise self._gone() from None
        said = self._answer(self._plan.timeout_s)
        self._done += 1
        row = Row(**said["row"])
        if row.study != study.id:
            raise Ended("its process answered for another study")
        return Done(row, said["said"])

    def _running(self) -> subprocess.Popen[bytes]:
        if self._stopped.is_set():
            raise Stopped
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        from fmassist.isolated import isolated, start

        group = os.name != "nt"
        child = isolated(self.program, leads_group=group)
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self._process = start(child, start_new_session=group, **pipes)
        self._lines = queue.Queue()
        threading.Thread(target=_read, args=(self._process.stdout, self._lines), daemon=True).start()
        self._done = self._base_bytes = 0
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(to_line(self._plan).encode("ascii") + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self._gone() from None
        self._answer(START_S)
        return self._process

    def _answer(self, seconds: float) -> Any:
        """The process's next line.

        Raises:
            Ended: it ended, took too long, or took too much memory.
            Stopped: the batch is being stopped.
        """
        until = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=LOOK_S)
            except queue.Empty:
                line = None
            if self._stopped.is_set():
                raise Stopped
            if line == b"":
                raise self._gone()
            if line is not None:
                return json.loads(line)
            if time.monotonic() > until:
                raise Ended(f"took longer than {seconds:g} s")
            if self._plan.memory_bytes is not None and self._bytes() > self._plan.memory_bytes:
                raise Ended(f"took more than {self._plan.memory_bytes / 1e9:.1f} GB of memory")

    def _gone(self) -> Ended:
        """How the process ended."""
        assert self._process is not None
        try:
            code = self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            return Ended("its process fell silent")
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            hint = " (out of memory?)" if name == "SIGKILL" else ""
            return Ended(f"its process was ended by {name}{hint}")
        return Ended(f"its process ended with code {code}")

    def _bytes(self) -> int:
        """Bytes that the process holds; with whatever it started, at every tenth look, which costs more."""
        from fmassist.models.process import memory_of_group

        if self._process is None:
            return 0
        self._looks += 1
        alone = _bytes_of(self._process.pid)
        return alone if alone and self._looks % 10 else memory_of_group(self._process.pid)

    def _renew_if_worn(self) -> None:
        if self._done == 3:
            self._base_bytes = self._bytes()
        grown = self._base_bytes and self._bytes() > GROWN * self._base_bytes + GROWN_BYTES
        if grown or self._done >= RENEW_AFTER:
            self.close()

    def _end(self) -> None:
        """Ends the process and whatever it started."""
        process, self._process = self._process, None
        if process is None:
            return
        _signal_group(process, signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def whole_result(study: Study, plan: Plan) -> Done | None:
    """A study's result where it is whole all the same: its process ended after it had written it."""
    from fmassist.batch.identity import parts_of
    from fmassist.batch.result import believed

    try:
        row, _ = believed(study, plan, parts_of(study, plan))
    except FMAssistError:
        return None
    return None if row is None else Done(row, "made; its process ended after that")


def _bytes_of(pid: int) -> int:
    """Resident bytes of one process; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return 0


def _read(stream: Any, lines: queue.Queue[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in stream:
            lines.put(line)
    lines.put(b"")


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(OSError):
        if os.name != "nt":
            os.killpg(process.pid, number)
        else:
            process.terminate()
