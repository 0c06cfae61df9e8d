"""A worker as the real one, except that studies of some names end it: by a crash, a hang, or by eating memory."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from fmassist.batch import one, worker

real, checked = one.do, one.checked_study


def do(study, plan):
    """Misbehaves where the study's name says so; `-once` only the first time."""
    once = Path(plan.out) / f"{study.id}.tried"
    again = once.exists()
    once.touch()
    if study.id.startswith("crash") and not (again and study.id.endswith("once")):
        os.kill(os.getpid(), signal.SIGSEGV)
    if study.id.startswith(("hang", "late")):
        if study.id.startswith("late"):
            real(study, plan)
        (Path(plan.out) / f"{study.id}.there").touch()
        time.sleep(600)
    if study.id.startswith("greedy"):
        eaten = []
        while True:
            eaten.append(bytearray(os.urandom(1) * 20_000_000))
            time.sleep(0.02)
    if study.id.startswith("gulp"):
        one.checked_study = lambda *_: bytearray(200_000_000_000)
    else:
        one.checked_study = checked
    return real(study, plan)


one.do = do
sys.exit(worker.main())
