"""Where the `fmassist` library lies: beside the module when installed, in `python/` of a clone."""

from __future__ import annotations

import sys
from pathlib import Path


def library_root() -> Path | None:
    """The folder that holds the package `fmassist`, or None where the installation is incomplete."""
    module_folder = Path(__file__).resolve().parent.parent
    for folder in (module_folder, module_folder.parent / "python"):
        if (folder / "fmassist" / "__init__.py").is_file():
            return folder
    return None


def add_library_to_path() -> None:
    """Makes `import fmassist` work; what is installed with pip comes first."""
    root = library_root()
    if root is not None and str(root) not in sys.path:
        sys.path.append(str(root))


def worker_script() -> Path:
    """The program that runs the library in a process of its own."""
    return Path(__file__).resolve().parent.parent / "Scripts" / "fmassist_worker.py"
