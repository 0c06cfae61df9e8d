"""A scheduler of Dask and two workers, each in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def dask(*arguments: object) -> subprocess.Popen[bytes]:
    code = f"import sys; from distributed.cli import dask_{arguments[0]} as m; sys.exit(m.main())"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments[1:])], start_new_session=True, **quiet)


class Cluster:
    """A scheduler and two workers, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        info = folder / "scheduler.json"
        flags = ["--no-dashboard", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", info]
        self.scheduler = dask("scheduler", *flags)
        _until(info.is_file)
        self.address = json.loads(info.read_text())["address"]
        place = ["--scheduler-file", info, "--nthreads", "1", "--nworkers", "1", "--no-nanny", "--no-dashboard"]
        self.workers = [dask("worker", *place, "--local-directory", folder / name) for name in "ab"]

    def close(self) -> None:
        for process in (self.scheduler, *self.workers):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _until(true, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)  # polls for an event in another process, which tells nobody
