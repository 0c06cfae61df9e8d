"""FMAssist in Slicer without a window, over files and DICOM folders.

    Slicer --no-splash --no-main-window --python-script FMAssistBatch.py -- --input SCAN … --out DIR [options]

`--input` takes a file or a DICOM folder and may be repeated. With `--labels` (one for each input) segmentations are
checked, otherwise a model segments. All other options are those of `fmassist run` and `fmassist check` and are handed
on. Each input gets a folder of its own under DIR when there are several. `--mrb` also writes a scene, gate and review
included. Exit codes as the command line's: 0 plausible, 3 with findings, 2 wrong input, 1 a fault; the worst wins.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SEVERITY_OF_CODES = (0, 3, 2, 1)
"""Exit codes from best to worst."""


def parse(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """Own options, and those to hand on."""
    if arguments and arguments[0] == "--":
        arguments = arguments[1:]
    parser = argparse.ArgumentParser(prog="FMAssistBatch.py", description="Segment and check scans without a window.")
    parser.add_argument("--input", action="append", required=True, help="volume file or DICOM folder; may be repeated")
    parser.add_argument("--labels", action="append", default=[], help="segmentation to check, one for each input")
    parser.add_argument("--out", required=True, help="folder for the results")
    parser.add_argument("--mrb", action="store_true", help="also write a scene with the result under review")
    options, others = parser.parse_known_args(list(arguments))
    if options.labels and len(options.labels) != len(options.input):
        parser.error("give one --labels for each --input")
    # The runs work in a folder of their own, where a relative path would lead elsewhere.
    for name in ("input", "labels"):
        setattr(options, name, [str(Path(path).absolute()) for path in getattr(options, name)])
    options.out = str(Path(options.out).absolute())
    return options, [str(Path(text).absolute()) if Path(text).exists() else text for text in others]


def folder_for(number: int, options: argparse.Namespace) -> Path:
    """Where the results of one input go; numbered, since a file's name may hold a patient's."""
    out = Path(options.out)
    return out if len(options.input) == 1 else out / f"case_{number + 1:03d}"


def command_for(number: int, options: argparse.Namespace, others: Sequence[str]) -> list[str]:
    """The command line's arguments for one input."""
    source, folder = options.input[number], str(folder_for(number, options))
    if options.labels:
        return ["check", "--labels", options.labels[number], "--image", source, *others, "--out", folder]
    return ["run", source, *others, "--out", folder]


def worst(codes: Sequence[int]) -> int:
    """The exit code of all runs together."""
    known = [code if code in SEVERITY_OF_CODES else 1 for code in codes]
    return max(known, key=SEVERITY_OF_CODES.index, default=0)


def main(arguments: Sequence[str]) -> int:
    """Runs every input and returns the exit code."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from FMAssistLib.library import add_library_to_path

    add_library_to_path()
    from FMAssistLib.process import worker_command

    from fmassist.isolated.child import NEUTRAL, clean_environment

    options, others = parse(arguments)
    ends = []
    for number, source in enumerate(options.input):
        folder = folder_for(number, options)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="FMAssist-") as beside:
            codes = Path(beside) / "codes.json"
            command = command_for(number, options, others)
            # The worker ends when its input closes, so the pipe is held open until it is done. People read its output.
            with subprocess.Popen(  # noqa: S603 - our own program and the user's own files
                worker_command(["--codes", str(codes), *command] if options.mrb else command),
                stdin=subprocess.PIPE,
                env={**clean_environment(keep_home=True), "FMASSIST_PROGRESS": ""},
                cwd=NEUTRAL,
            ) as run:
                run.wait()
            ends.append(run.returncode)
            if options.mrb and run.returncode in (0, 3):
                try:
                    write_scene(source, folder, codes)
                except Exception as error:  # the other inputs are still to be done
                    # Slicer's words may hold the file's name, and that a patient's.
                    kind = type(error).__name__
                    sys.stderr.write(f"case {number + 1}: the scene could not be written ({kind})\n")
                    ends.append(1)
    return worst(ends)


def write_scene(source: str, folder: Path, codes: Path | None = None) -> Path:
    """Writes `scene.mrb` with scan, result, gate and review; returns its path.

    Args:
        source: the scan.
        folder: with the result; the scene goes there.
        codes: terminology and colours, as the worker writes them, for segments that a repair would make.

    Raises:
        RuntimeError: the scan or the result cannot be loaded, or the scene cannot be written.
    """
    import slicer
    from FMAssistLib import display, worklist
    from FMAssistLib.idle import finish
    from FMAssistLib.library import add_library_to_path

    add_library_to_path()
    slicer.mrmlScene.Clear()
    volume = _scan(source)
    known = worklist.json_of(codes) if codes is not None else None
    session = finish(worklist.result_of(folder, "FMAssist", volume, known))
    session.apply_gate()
    session.store()
    display.show_only(session.segmentation_node)
    display.remember_scan(volume)
    path = folder / "scene.mrb"
    if not slicer.util.saveScene(str(path)):
        raise RuntimeError("the scene could not be written")
    return path


def _scan(source: str) -> Any:
    """The scan as a node, read as the check read it: on the same grid, and with no name of a patient or a file."""
    import numpy as np
    import slicer

    from fmassist.volume import read_volume

    volume = read_volume(source)
    voxels = np.ascontiguousarray(np.transpose(volume.voxels))
    node = slicer.util.addVolumeFromArray(voxels, np.array(volume.geometry.index_to_ras_mm), "Scan")
    node.CreateDefaultDisplayNodes()
    return node


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
