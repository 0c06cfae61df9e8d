"""Judges a study again after every edit, in a process that stays; the Segment Editor's effect *FMAssist check* asks it.

    PythonSlicer fmassist_live.py LIBRARY_FOLDER --labels FILE [--image FILE] [--context FILE] [--modality CT|MR]
        [--label-map NAME] [--knowledge FOLDER]

It checks the whole study once and says `{"opened": true, …}`. Each further line on standard input is an edit:

    {"number": 3, "segments": [{"id", "name", "label", "layer"}, …],
     "patches": [{"layer": 0, "first": [i, j, k], "shape": [k, j, i], "type": "uint8", "file": PATH}, …]}

and is answered by one line: `{"number": 3, "verdict", "findings": [{"rule", "segments", "severity", "message"}, …],
"seconds"}`, or `{"number": 3, "error": …}`. A patch holds the labels of a box of the grid, k slowest; its file is
removed once it is read. The process ends when its input closes, whatever it is at.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class Edited:
    """The study under edit.

    Args:
        options: as the command line gave them.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        from fmassist.application.check import check
        from fmassist.application.live import LiveCheck
        from fmassist.application.read import read_inputs
        from fmassist.application.types import Options
        from fmassist.knowledge.load import load_knowledge

        against = Options(load_knowledge(options.knowledge))
        inputs = read_inputs(
            options.labels,
            options.image,
            against,
            label_map=options.label_map,
            context=options.context,
            modality=options.modality,
        )
        self._live = LiveCheck(check(inputs, against), against)

    def said(self) -> Line:
        """Verdict and findings as they are now; what only informs is left out."""
        result = self._live.study.result
        return {
            "verdict": result.verdict,
            "findings": [
                {"rule": f.rule, "segments": list(f.segments), "severity": f.severity, "message": f.message}
                for f in result.findings
                if f.severity != "info"
            ],
        }

    def edit(self, asked: Line) -> Line:
        """Takes an edit over, and says what is to be said after it."""
        from fmassist.volume import Segment

        began = time.perf_counter()
        before = self._live.study.segmentation
        assert before is not None
        layers = list(before.layers)
        for patch in asked["patches"]:
            number = patch["layer"]
            layers[number] = _pasted(layers[number], patch)
        known = {segment.id: segment for segment in before.segments}
        segments = []
        for one in asked["segments"]:
            segment = known.get(one["id"]) or Segment(one["label"], one["name"], one["layer"], id=one["id"])
            segments.append(replace(segment, name=one["name"], label=one["label"], layer=one["layer"]))
        self._live.edited(replace(before, layers=tuple(layers), segments=tuple(segments)))
        return {**self.said(), "seconds": time.perf_counter() - began}


def _pasted(layer: Any, patch: Line) -> Any:
    """A copy of a layer `[i, j, k]` with a box of it as the patch says."""
    import numpy as np

    path = Path(patch["file"])
    voxels = np.fromfile(path, patch["type"]).reshape(patch["shape"])
    path.unlink()
    # The copy keeps the order of its axes in memory.
    made = layer.astype(np.promote_types(layer.dtype, voxels.dtype), order="K", copy=True)
    where = tuple(slice(a, a + n) for a, n in zip(patch["first"], voxels.shape[::-1], strict=True))
    made[where] = voxels.T
    return made


def parsed(arguments: list[str]) -> argparse.Namespace:
    """What is to be judged."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--labels", type=Path, required=True)
    for name in ("--image", "--context", "--knowledge"):
        parser.add_argument(name, type=Path)
    for name in ("--modality", "--label-map"):
        parser.add_argument(name)
    return parser.parse_args(arguments)


def asked_lines() -> queue.Queue[bytes]:
    """The lines of standard input, read beside the work; the process ends with them, whatever it is at."""
    lines: queue.Queue[bytes] = queue.Queue()

    def read() -> None:
        with contextlib.suppress(OSError):
            buffer = b""
            while block := os.read(0, 65536):
                *whole, buffer = (buffer + block).split(b"\n")
                for line in whole:
                    lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def main() -> int:
    """Opens the study and answers until the input ends."""
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)  # A group of its own, so that ending it ends helpers as well.
    root, *arguments = sys.argv[1:]
    if root:
        sys.path.append(root)
    # What libraries print goes to standard error, so that no line is broken.
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    lines = asked_lines()

    def say(said: Line) -> None:
        print(json.dumps(said), file=answers, flush=True)

    from fmassist.errors import FMAssistError

    try:
        study = Edited(parsed(arguments))
    except FMAssistError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    say({"opened": True, **study.said()})
    while True:
        asked = json.loads(lines.get())
        try:
            say({"number": asked["number"], **study.edit(asked)})
        except FMAssistError as error:
            say({"number": asked["number"], "error": str(error)})


if __name__ == "__main__":
    sys.exit(main())
