"""Stands in for the command line where a test is about the process: it tells every stage, then does as planned.

    python stand_in_cli.py PLAN.json check --labels … --out DIR

The plan: `hang_at` or `crash_at` a stage, or `wait_at` one for the file `wait_for`; `exit_code` and `error` line;
`child` starts a process of its own; `deaf` ignores requests to end, and `megabytes` are held; `result` becomes
findings.json; `study` is a folder whose other files are given; `seconds_a_stage` is for pictures.
"""

# ruff: noqa: T201 - a command line

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

STAGES = ("load", "model", "evidence", "reasoning", "report")


def main() -> int:
    plan = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    out = Path(sys.argv[sys.argv.index("--out") + 1])
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)
    child = None
    if plan.get("child"):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(plan["child"]).write_text(str(child.pid), encoding="utf-8")
    if plan.get("deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    held = bytearray(plan.get("megabytes", 0) * 1_000_000)
    held[::4096] = b"x" * len(held[::4096])
    for number, stage in enumerate(STAGES):
        progress = {"stage": stage, "fraction": number / len(STAGES), "message": stage}
        print(json.dumps(progress), flush=True)
        time.sleep(plan.get("seconds_a_stage", 0))
        while plan.get("wait_at") == stage and not Path(plan["wait_for"]).exists():
            time.sleep(0.01)
        if plan.get("hang_at") == stage:
            time.sleep(600)
        if plan.get("crash_at") == stage:
            os.abort()
    if plan.get("exit_code"):
        print(plan.get("error", ""), file=sys.stderr)
        return int(plan["exit_code"])
    out.mkdir(parents=True)
    (out / "findings.json").write_text(json.dumps(plan["result"]), encoding="utf-8")
    (out / "evidence.json").write_text("{}", encoding="utf-8")
    for name in ("evidence.json", "segmentation.seg.nrrd") if plan.get("study") else ():
        shutil.copyfile(Path(plan["study"]) / name, out / name)
    labels = plan.get("segmentation")
    if labels:
        (out / "segmentation.seg.nrrd").write_bytes(Path(labels).read_bytes())
    return 3 if plan["result"].get("findings") else 0


if __name__ == "__main__":
    sys.exit(main())
