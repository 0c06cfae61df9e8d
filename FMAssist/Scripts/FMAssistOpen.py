"""Starts Slicer on a study of a batch, with its findings in the panel.

    Slicer --python-script FMAssistOpen.py -- BATCH [--study ID] [--scans FOLDER]

BATCH is the folder that `fmassist batch` wrote. Without `--study`, the worst one is shown. `--scans` is the folder that
the batch was started with, or that holds its list: the batch's own files hold no path of a patient's.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str]) -> None:
    """Opens the module on the batch."""
    import slicer

    if arguments and arguments[0] == "--":
        arguments = arguments[1:]
    parser = argparse.ArgumentParser(prog="FMAssistOpen.py", description="Open a study of a batch in FMAssist.")
    parser.add_argument("batch", type=Path, help="folder that fmassist batch wrote")
    parser.add_argument("--study", default="", help="id of the study")
    parser.add_argument("--scans", type=Path, help="folder of the scans, or of their list")
    options = parser.parse_args(list(arguments))
    slicer.util.getModuleLogic("FMAssist").openBatch(options.batch, options.study, options.scans)


if __name__ == "__main__":
    main(sys.argv[1:])
