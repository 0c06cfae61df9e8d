"""The command line, environment and folder of a process of ours."""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INSIDE = Path(__file__).parent / "inside"
"""Scripts that run within the child, before anything else does. They need nothing but Python itself."""
NEUTRAL = Path(__file__).parent
"""Where a child works that is given no folder: ours, so that no settings file of a library lies there by chance."""
KEPT = ("PYTHONHOME",)
"""Python's own variables that a child gets: without this one Slicer's Python does not find its library."""
LEAKY = ("SSH_AUTH_SOCK", "SSH_AGENT_PID", "GPG_AGENT_INFO", "DBUS_SESSION_BUS_ADDRESS")
"""Ways to the user's keys and session, which no child needs."""


@dataclass(frozen=True)
class Child:
    """How a process of ours is started; give it to `start`, or to whatever starts processes.

    Args:
        command: its command line, all of it.
        env: its whole environment.
        cwd: the folder that it works in. Paths on its command line must be absolute.
    """

    command: list[str]
    env: dict[str, str]
    cwd: str


def isolated(
    what: str | Path,
    arguments: Sequence[str] = (),
    *,
    python: str | None = None,
    cwd: Path | str | None = None,
    env: dict[str, str] | None = None,
    fences: dict[str, Any] | None = None,
    leads_group: bool = False,
    ends_with_parent: bool = True,
    home: Path | str | None = None,
) -> Child:
    """A process that runs a module or a script of ours, with nothing from the user's folder in its way.

    Args:
        what: a module's name, such as `"fmassist"`, or the path of a script.
        arguments: its own. Paths among them must be absolute: the child works elsewhere.
        python: the interpreter; None for this one, which then finds all packages that this process finds.
        cwd: the folder to work in; None for a neutral one.
        env: variables to add.
        fences: what confines it, `fmassist.isolated.Fences.plan`; None for nothing.
        leads_group: whether it will be started as the leader of a session of its own, so that all that it started
            can end with it.
        ends_with_parent: whether it ends when this process does. On Linux it then also ends with the *thread* that
            started it, so start it from one that waits for it.
        home: what it shall take for the user's home; None for the real one.

    Example:
        >>> child = isolated("platform")
        >>> len(start(child, stdout=subprocess.PIPE).communicate()[0].splitlines())
        1
    """
    same = python is None or python == sys.executable
    plan: dict[str, Any] = {
        "module" if isinstance(what, str) else "script": str(what),
        "path": paths_to_packages() if same else [],
        "user_site": not same,
        "parent": os.getpid() if ends_with_parent else 0,
        "leads_group": leads_group,
        "fences": fences or {},
        "home": str(home or ""),
    }
    flags = ["-P", "-s"] if same and os.environ.get("PYTHONHOME") and sys.version_info >= (3, 11) else ["-I"]
    head = [python or sys.executable, *flags, "-B", "-u", "-X", "utf8", str(INSIDE / "begin.py")]
    cleaned = {**clean_environment(keep_home=flags[0] == "-P"), **(env or {})}
    return Child([*head, json.dumps(plan), *arguments], cleaned, str(cwd or NEUTRAL))


def start(child: Child, **more: Any) -> subprocess.Popen[bytes]:
    """Starts it. Further arguments are those of `subprocess.Popen`."""
    return subprocess.Popen(child.command, env=child.env, cwd=child.cwd, **more)  # noqa: S603


def clean_environment(*, keep_home: bool = False) -> dict[str, str]:
    """This process's environment without what changes which code Python runs, and without ways to the user's keys."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in LEAKY and (not name.upper().startswith("PYTHON") or (keep_home and name in KEPT))
    }


def paths_to_packages() -> list[str]:
    """Where this process finds packages, without the current folder and whatever else a path may lead to by chance.

    The folder of FMAssist itself comes first. Only whole paths count; one that is the current folder is left out
    unless FMAssist lies there (a clone, worked in).
    """
    own = str(Path(__file__).resolve().parent.parent.parent)
    here = _resolved(os.curdir)
    user = site.getusersitepackages() if site.ENABLE_USER_SITE else None
    found = [own]
    for entry in sys.path:
        if not entry or not Path(entry).is_absolute():
            continue
        if _resolved(entry) == here and entry != user:
            continue
        if entry not in found:
            found.append(entry)
    return found


def _resolved(path: str) -> str:
    try:
        return os.path.realpath(path)
    except OSError:
        return path
