"""Writes `python/requirements.lock`: the tested set of packages, with the hash of every file of them.

Run from anywhere, with `uv` installed (`pip install uv`): `python python/tools/lock.py`. It holds for Python 3.10 to
3.13 on every system; `pip install --require-hashes -r python/requirements.lock` installs it, and then
`pip install --no-deps ./python` FMAssist itself.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
EXTRAS = ("model", "onnx", "sign", "curator", "tables", "cluster", "mcp", "dev", "docs", "slicer-test")
LOCK = HOME / "requirements.lock"


def main() -> int:
    """Makes the lock anew; with `--upgrade` from the newest versions, otherwise from those that it holds."""
    uv = shutil.which("uv")
    if uv is None:
        sys.stderr.write("lock: uv is not installed: pip install uv\n")
        return 2
    command = [uv, "pip", "compile", "pyproject.toml", *(part for extra in EXTRAS for part in ("--extra", extra))]
    command += ["--universal", "--python-version", "3.10", "--generate-hashes", "-c", "constraints.txt"]
    command += ["--custom-compile-command", "python python/tools/lock.py", "--quiet", "-o", LOCK.name, *sys.argv[1:]]
    return subprocess.run(command, cwd=HOME, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
