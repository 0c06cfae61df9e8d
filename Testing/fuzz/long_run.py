"""Damages files of every kind and reads them: `python Testing/fuzz/long_run.py --count 20000`.

Each mutation is known by its reader and its seed: `--reader "dicom seg" --seed 4711 --count 1` does one again. It ends
with 1 where something is found. Every reader works in a process of its own with a limit on its memory, so that a crash
of a library below is found too.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "python")]

PIECE = 250
MEMORY = 1_000_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    from fuzz.readers import readers

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000, help="mutations in all")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--reader", action="append", help="these alone")
    given = parser.parse_args(arguments)
    chosen = [reader for reader in readers() if not given.reader or reader.name in given.reader]
    total = sum(reader.weight for reader in chosen)
    began, done, found = time.monotonic(), 0, Counter[str]()
    for reader in chosen:
        mine = max(1, round(given.count * reader.weight / total))
        peak = 0
        for first in range(given.seed, given.seed + mine, PIECE):
            last = min(first + PIECE, given.seed + mine)
            while first < last:
                first, grown, said = _piece(reader.name, first, last)
                peak = max(peak, grown)
                for line in said:
                    found[line.split(" | ")[0] + " | " + line.split(" | ")[2]] += 1
                    print(line, flush=True)  # noqa: T201
        done += mine
        print(f"{reader.name}: {mine} mutations, {peak / 1e6:.0f} MB more at most", flush=True)  # noqa: T201
    print(f"{done} mutations in {time.monotonic() - began:.0f} s, {sum(found.values())} found")  # noqa: T201
    return 1 if found else 0


def _piece(name: str, first: int, last: int) -> tuple[int, int, list[str]]:
    """Seeds from `first` on in a process of their own: the next seed to do, memory used, what was found."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            with os.fdopen(writing, "w", buffering=1) as out:
                _work(name, first, last, out)
        finally:
            os._exit(0)
    os.close(writing)
    said, at, grown = [], first - 1, 0
    with os.fdopen(reading) as lines:
        for line in lines:
            kind, _, rest = line.rstrip("\n").partition(" ")
            if kind == "at":
                at = int(rest)
            elif kind == "memory":
                grown = int(rest)
            else:
                said.append(rest)
    _, status = os.waitpid(child, 0)
    if at < first:
        return last, grown, [f"{name} | seed {first} | the sound file itself is not read"]
    if at < last - 1 or os.WIFSIGNALED(status):
        said.append(f"{name} | seed {max(at, first)} | the process died ({status})")
        return max(at, first) + 1, grown, said
    return last, grown, said


def _work(name: str, first: int, last: int, out: object) -> None:
    import resource

    from fuzz.mutations import drawn
    from fuzz.readers import readers
    from fuzz.trial import trial

    reader = next(reader for reader in readers() if reader.name == name)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    with tempfile.TemporaryDirectory(prefix="fmassist-fuzz-") as folder:
        os.environ["FMASSIST_SETTINGS"] = folder
        place = Path(folder) / "files"
        place.mkdir()
        sound = reader.make(place)
        whole = sound.read_bytes()
        reader.read(sound)  # the sound file is read, and all that is loaded once is loaded
        size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (size + MEMORY, size + MEMORY))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for seed in range(first, last):
            out.write(f"at {seed}\n")  # type: ignore[attr-defined]
            problem = trial(reader, sound, whole, drawn(seed))
            if problem:
                out.write(f"found {name} | seed {seed} | {problem}\n")  # type: ignore[attr-defined]
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        out.write(f"memory {grown}\n")  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
