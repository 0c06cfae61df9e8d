"""The process that stays: it does one study after the other, as lines on its input ask.

Started by `fmassist.batch.pool`. The first line is the plan; each further line is a study, and is answered by a line on
the output. Whatever libraries print goes to standard error, so that no line is broken.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
from dataclasses import asdict
from types import FrameType

READY = {"ready": True}


def main() -> int:
    """Reads the plan and does what is asked until the input ends."""
    from fmassist.batch.plan import plan_from, study_from

    answers = os.fdopen(os.dup(1), "w", encoding="ascii", errors="backslashreplace")
    os.dup2(2, 1)
    _let_terminate()
    asked = os.fdopen(0, "r", encoding="ascii", closefd=False)
    plan = plan_from(json.loads(asked.readline()))
    _limit_memory(plan.memory_bytes)
    gc.set_threshold(100_000, 20, 20)
    from fmassist.batch.one import do  # what is heavy is loaded before the first study's time runs

    _say(answers, READY)
    first = True
    for line in asked:
        done = do(study_from(json.loads(line)), plan)
        _say(answers, asdict(done))
        gc.collect()
        if first:  # the knowledge stays for good: to look through it after every study would take a tenth of its time
            gc.freeze()
            first = False
    return 0


def _say(answers: object, said: object) -> None:
    print(json.dumps(said, ensure_ascii=True), file=answers, flush=True)  # type: ignore[call-overload]


def _let_terminate() -> None:
    """A termination cleans up like Ctrl-C does; Ctrl-C itself is for the parent, which ends us."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    with contextlib.suppress(ValueError, OSError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _limit_memory(most: int | None) -> None:
    """A wall behind the limit that the parent watches: a single large demand may come between two of its looks.

    Addresses that are reserved and never used count too, so the wall stands a quarter and 1 GiB behind (estimate).
    """
    if most is None:
        return
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        wall = most + most // 4 + 1024**3
        resource.setrlimit(resource.RLIMIT_DATA, (wall, wall))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
