"""A model in a process of its own: limits of time, silence and memory, progress, cancel, and nothing left running."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmassist.errors import Cancelled, FMAssistError, InputError
from fmassist.geometry import Geometry
from fmassist.isolated import Fences, isolated, program, start
from fmassist.isolated.fences import kept
from fmassist.models.interface import Cancelled as IsCancelled
from fmassist.models.interface import Progress, has_gpu
from fmassist.models.leftovers import private_folder
from fmassist.models.plain_json import read_json
from fmassist.outside_text import printable
from fmassist.volume import Volume

SILENT = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "MPLBACKEND": "Agg", "NO_ALBUMENTATIONS_UPDATE": "1"}
"""What libraries that call home or open windows listen to."""
CHILDREN = Path(__file__).parent / "backends" / "children"
STEP_S = 0.1
MOST_ANSWER_BYTES = 64 * 1024**2
SPARE_BYTES = 2 * 10**9
"""Beyond the memory that is watched from outside: what a process holds without using it counts for its own bound."""


@dataclass(frozen=True)
class Limits:
    """What a process may take before it is ended.

    Args:
        seconds: in all. Two hours: TotalSegmentator's full resolution on a large CT takes about one on a laptop's CPU.
        silent_seconds: without a word on either of its outputs. Twenty minutes: nnU-Net says something at each window.
        memory_bytes: of it and its children together; None for no limit.
    """

    seconds: float = 7200.0
    silent_seconds: float = 1200.0
    memory_bytes: int | None = None


@dataclass(frozen=True)
class Room:
    """What a process may reach beside its own folder, the system and its libraries.

    Args:
        reads: files and folders.
        writes: folders.
        network: whether it may reach other machines.
        env: variables that it gets in addition.
    """

    reads: Sequence[Path] = ()
    writes: Sequence[Path] = ()
    network: bool = False
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What a process gave.

    Args:
        labels: array `[i, j, k]`, not checked yet.
        geometry: where it says that they lie.
        said: the rest of its answer, such as versions and label names.
    """

    labels: NDArray[Any]
    geometry: Geometry
    said: dict[str, Any]


def segment_apart(
    script: str | Path,
    volume: Volume,
    request: Mapping[str, Any],
    *,
    model: str,
    limits: Limits | None = None,
    python: str | None = None,
    room: Room | None = None,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> Answer:
    """Lets a script segment a volume in a process of its own.

    The script is started with one argument, a folder that holds `request.json` and `image.npy`. It writes lines
    `{"stage": …, "fraction": …}` to its output and leaves `labels.npy` and, last, `answer.json` in the folder. The
    volume goes without names, dates or identifiers: voxels and an affine. The process is started in isolated mode, ends
    with this one, and is confined as `fmassist.isolated.Fences` says.

    Args:
        script: its name in `backends/children`, or its path.
        volume: to segment.
        request: what else it is told.
        model: its name, for messages.
        limits: of time, silence and memory.
        python: the interpreter, which need not be this one; None for this one.
        room: what it may reach; None for nothing more.
        progress: told of what the process tells.
        cancelled: asked every 0.1 s.

    Raises:
        InputError: it died, hung, said nothing, took too much memory, or gave no usable answer.
        Cancelled: `cancelled` said so. The process has ended.
    """
    with private_folder() as folder:
        np.save(folder / "image.npy", np.ascontiguousarray(volume.voxels), allow_pickle=False)
        told = {**request, "affine": volume.geometry.index_to_ras_mm.tolist(), "modality": volume.modality}
        (folder / "request.json").write_text(json.dumps(told), encoding="utf-8")
        said = run_child(
            script,
            folder,
            model=model,
            limits=limits,
            python=python,
            room=room,
            progress=progress,
            cancelled=cancelled,
        )
        return _answer(folder, said, model)


def run_child(
    script: str | Path,
    folder: Path,
    *,
    model: str,
    limits: Limits | None = None,
    python: str | None = None,
    room: Room | None = None,
    progress: Progress | None = None,
    cancelled: IsCancelled | None = None,
) -> dict[str, Any]:
    """Runs a script on a folder and returns its `answer.json`, with which `fences` it ran within.

    Arguments and errors as `segment_apart`.
    """
    bounds = limits or Limits()
    path = CHILDREN / script if isinstance(script, str) else script
    here = room or Room()
    (folder / "tmp").mkdir()
    fences = Fences(
        memory_bytes=None if has_gpu() or bounds.memory_bytes is None else bounds.memory_bytes + SPARE_BYTES,
        cpu_seconds=int(bounds.seconds * (os.cpu_count() or 1)) + 60,
        network=here.network,
        reads=[folder, path.parent, *here.reads],
        writes=[folder, *here.writes],
    )
    child_of_ours = isolated(
        path,
        [str(folder)],
        python=python,
        cwd=folder,
        env={"TMPDIR": str(folder / "tmp"), "FMASSIST_PROGRESS": "", **SILENT, **here.env},
        fences=fences.plan(python),
        leads_group=True,
        home=folder / "tmp",
    )
    flags: dict[str, Any] = (
        {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}  # CREATE_NEW_PROCESS_GROUP
    )
    try:
        child = start(child_of_ours, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **flags)
    except OSError:
        raise InputError(
            f"the Python that {model} shall run in can't be started", "see FMASSIST_MODEL_PYTHON"
        ) from None
    try:
        held = _watch(child, bounds, model, progress, cancelled)
    finally:
        _end(child)
    return {**_said(folder, child.returncode, model), "fences": " ".join(held)}


def _watch(
    child: subprocess.Popen[bytes],
    limits: Limits,
    model: str,
    progress: Progress | None,
    cancelled: IsCancelled | None,
) -> tuple[str, ...]:
    """Waits for the end of a process, and says which fences it said that hold before anything foreign ran in it."""
    held: tuple[str, ...] | None = None
    lines: queue.Queue[tuple[str, bytes]] = queue.Queue()
    for name, stream in (("out", child.stdout), ("err", child.stderr)):
        assert stream is not None
        threading.Thread(target=_read, args=(name, stream, lines), daemon=True).start()
    last_words: deque[bytes] = deque(maxlen=50)
    start = heard = time.monotonic()
    while True:
        try:
            name, line = lines.get(timeout=STEP_S)
            heard = time.monotonic()
            if name == "out" and held is None and line.strip():  # an empty one is a sign of life, see `_read`
                held = kept(line) or ()
            elif name == "out":
                _tell(line, progress)
            else:
                last_words.append(line)
        except queue.Empty:
            if child.poll() is not None:
                break
        now = time.monotonic()
        if cancelled is not None and cancelled():
            raise Cancelled("cancelled")
        if now - start > limits.seconds:
            raise _too_long(model, limits)
        if now - heard > limits.silent_seconds:
            raise InputError(f"{model} was ended: it said nothing for {_while(limits.silent_seconds)}", "it may hang")
        if limits.memory_bytes is not None and memory_of_group(child.pid) > limits.memory_bytes:
            raise _too_much(model, limits)
    if child.returncode and os.environ.get("FMASSIST_DEBUG") == "1":
        sys.stderr.write(printable(b"".join(last_words).decode("utf-8", "replace"), most=100_000, lines=True))
    return held or ()


def _read(name: str, stream: Any, lines: queue.Queue[tuple[str, bytes]]) -> None:
    # Not by lines: bars rewrite theirs without ever ending it, and they are a sign of life.
    kept = b""
    with contextlib.suppress(OSError, ValueError):
        while block := stream.read1(65536):
            kept += block
            *whole, kept = kept.replace(b"\r", b"\n").split(b"\n")
            kept = kept[-65536:]
            for line in whole or [b""]:
                lines.put((name, line + b"\n"))
    if kept:
        lines.put((name, kept))


def _tell(line: bytes, progress: Progress | None) -> None:
    if progress is None or not line.startswith(b"{"):
        return
    with contextlib.suppress(ValueError, KeyError, TypeError):
        said = json.loads(line)
        progress(printable(said["stage"], most=60), min(1.0, max(0.0, float(said["fraction"]))))


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends the process and all that it started, and waits until they are gone."""
    if os.name == "nt":
        if child.poll() is None:
            taskkill = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "taskkill.exe"
            subprocess.run([str(taskkill), "/F", "/T", "/PID", str(child.pid)], capture_output=True, check=False)  # noqa: S603
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for stream in (child.stdout, child.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def memory_of_group(leader: int) -> int:
    """Resident bytes of every process in a process group; 0 where the system does not tell (Windows)."""
    if Path("/proc/self/stat").exists():
        page = os.sysconf("SC_PAGE_SIZE")
        total = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                fields = stat.read_text().rsplit(")", 1)[1].split()
                if int(fields[2]) == leader:
                    total += int(fields[21]) * page
        return total
    ps = program("ps")
    if ps is None:
        return 0
    rows = subprocess.run([ps, "-A", "-o", "pgid=,rss="], capture_output=True, text=True, check=False).stdout  # noqa: S603
    pairs = [row.split() for row in rows.splitlines()]
    return sum(int(rss) * 1024 for pgid, rss in (pair for pair in pairs if len(pair) == 2) if int(pgid) == leader)


def watch(model: str, limits: Limits) -> IsCancelled:
    """What a model that runs in this process asks between its steps: ends it once it took too long or too much.

    Args:
        model: its name, for the message.
        limits: those of time and memory count; from now on.
    """
    start = time.monotonic()

    def asked() -> bool:
        if time.monotonic() - start > limits.seconds:
            raise _too_long(model, limits)
        if limits.memory_bytes is not None and memory_of_this() > limits.memory_bytes:
            raise _too_much(model, limits)
        return False

    return asked


def memory_of_this() -> int:
    """Resident bytes of this process; 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _too_long(model: str, limits: Limits) -> InputError:
    return InputError(
        f"{model} was ended: it took more than {_while(limits.seconds)}",
        "crop the volume, or raise FMASSIST_MODEL_SECONDS",
    )


def _while(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 60 else f"{seconds:.1f} seconds"


def _too_much(model: str, limits: Limits) -> InputError:
    return InputError(
        f"{model} was ended: it took more than {(limits.memory_bytes or 0) / 1e9:.1f} GB of memory",
        "crop the volume, or use a larger machine",
    )


def memory_of_machine() -> int | None:
    """Bytes of main memory; None where the system does not tell (Windows)."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _said(folder: Path, code: int, model: str) -> dict[str, Any]:
    path = folder / "answer.json"
    answer: Any = None
    with contextlib.suppress(InputError):
        answer = read_json(path, "its answer", most_bytes=MOST_ANSWER_BYTES) if _is_plain_file(path) else None
    if isinstance(answer, dict) and isinstance(answer.get("error"), str):
        raise InputError(f"{model}: {printable(' '.join(answer['error'].split()), most=300)}")
    if code == 0 and isinstance(answer, dict):
        return answer
    if code < 0:
        name = signal.Signals(-code).name if -code in signal.Signals.__members__.values() else str(-code)
        hint = "it may have run out of memory" if -code == 9 else "set FMASSIST_DEBUG=1 to see its last words"
        raise InputError(f"{model} was killed ({name}) and gave nothing", hint)
    if code:
        raise InputError(f"{model} failed and gave nothing", "set FMASSIST_DEBUG=1 to see its last words")
    raise InputError(f"{model} ended without an answer", "set FMASSIST_DEBUG=1 to see its last words")


def _is_plain_file(path: Path) -> bool:
    """Whether a process left a file there, and no link that leads out of its folder."""
    return path.is_file() and not path.is_symlink()


def _answer(folder: Path, said: dict[str, Any], model: str) -> Answer:
    path = folder / "labels.npy"
    try:
        if not _is_plain_file(path):
            raise ValueError("no file")
        shape = np.load(path, mmap_mode="r", allow_pickle=False).shape
        labels = np.load(path, allow_pickle=False)
        geometry = Geometry(shape, np.array(said["affine"], dtype=np.float64))
    except (OSError, EOFError, KeyError, TypeError, ValueError, OverflowError):
        raise InputError(f"{model} gave no readable labels", "its output is not used") from None
    except FMAssistError:
        raise InputError(f"{model} gave labels without a place", "its output is not used") from None
    return Answer(labels, geometry, said)
