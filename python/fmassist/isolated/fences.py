"""What confines a process that is trusted only half: limits, no network, few files.

A model that the user said yes to, and a query of somebody's knowledge, may still be wrong, greedy or hostile. They run
in a process with bounds that the system keeps, whatever the process does:

- memory, time, size and number of files, number of processes: `setrlimit`, on Linux and macOS;
- no network: on Linux by a seccomp filter, which lets no socket of a network be made;
- files: on Linux (5.13 or later, where Landlock is on) only the system's, Python's and the given ones can be opened.

Where the system has one of them not, the process runs without it, and `Fences.kept` of what it said says so. On Windows
none is there: time and memory are watched from outside there.
"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fmassist.isolated.child import INSIDE, paths_to_packages

SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/nix/store", "/snap"),
    *("/proc", "/sys", "/System", "/Library", "/run/nvidia-persistenced", "/run/systemd/resolve", "/run/resolvconf"),
)
"""Where programs and libraries lie, and no data of patients does."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/shm", "/dev/dri", "/dev/kfd")  # noqa: S108
PLACES = (
    *("LD_LIBRARY_PATH", "CUDA_HOME", "CUDA_PATH", "CONDA_PREFIX", "VIRTUAL_ENV"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)
"""Variables that name folders of libraries, and files of certificates."""
MARK = "fmassist-fences "
"""Begins the line in which a child says which fences hold."""


@dataclass(frozen=True)
class Fences:
    """The bounds of one process and of all that it starts.

    Args:
        memory_bytes: that each process may take for data (`RLIMIT_DATA`); None for no bound.
        cpu_seconds: of computing, over all cores; None for no bound.
        file_bytes: that one file may grow to.
        open_files: at the same time.
        more_processes: that may be started (threads count), over those that the user has already.
        network: whether it may reach other machines.
        reads: files and folders that it may open, beside the system's and Python's; None for no bound.
        writes: folders that it may change.
    """

    memory_bytes: int | None = None
    cpu_seconds: int | None = None
    file_bytes: int = 64 * 1024**3
    open_files: int = 4096
    more_processes: int = 2048
    network: bool = False
    reads: Sequence[Path] | None = None
    writes: Sequence[Path] = ()

    def plan(self, python: str | None = None) -> dict[str, Any]:
        """As `fmassist.isolated.isolated` takes it.

        Args:
            python: the interpreter that the process runs in; None for this one.
        """
        files: dict[str, list[str]] | None = None
        if self.reads is not None:
            reads = [*SYSTEM, *_libraries(python), *map(str, self.reads)]
            writes = [*DEVICES, *_graphics(), *map(str, self.writes)]
            files = {"reads": sorted(set(map(_real, reads))), "writes": sorted(set(map(_real, writes)))}
        return {
            "memory_bytes": self.memory_bytes,
            "cpu_seconds": self.cpu_seconds,
            "file_bytes": self.file_bytes,
            "open_files": self.open_files,
            "more_processes": self.more_processes,
            "network": self.network,
            "files": files,
        }


def kept(line: bytes) -> tuple[str, ...] | None:
    """Which fences a child says that hold, from the first line of its output; None where the line says none."""
    text = line.decode("ascii", "replace").strip()
    if not text.startswith(MARK):
        return None
    return tuple(text.removeprefix(MARK).split())


def _libraries(python: str | None) -> list[str]:
    found = [sys.prefix, sys.base_prefix, sys.exec_prefix, str(INSIDE), *paths_to_packages()]
    if python is not None and python != sys.executable:
        # A virtual environment's folder, and where its interpreter really lies.
        found += [str(Path(path).parent.parent) for path in (os.path.abspath(python), os.path.realpath(python))]  # noqa: PTH100
        found.append(site.getuserbase())
        found += _base_of(Path(os.path.abspath(python)).parent.parent)  # noqa: PTH100
    for name in PLACES:
        found += [part for part in os.environ.get(name, "").split(os.pathsep) if part and Path(part).is_absolute()]
    return found


def _base_of(environment: Path) -> list[str]:
    """The folder of the Python that a virtual environment was made from (`home` of its `pyvenv.cfg`)."""
    try:
        lines = (environment / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    homes = [line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == "home"]
    return [str(Path(home).parent) for home in homes if home]


def _graphics() -> list[str]:
    return [str(path) for path in Path("/dev").glob("nvidia*")]


def _real(path: str) -> str:
    return os.path.realpath(path)
