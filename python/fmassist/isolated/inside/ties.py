"""A child that ends with its parent, and takes along what it started itself.

On Linux the kernel sends the signal (`prctl(PR_SET_PDEATHSIG)`), whatever the child is busy with. Everywhere a thread
looks as well: on POSIX whether the parent is still the parent, on Windows by waiting for its handle.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time

LOOK_S = 0.5
PR_SET_PDEATHSIG = 1
SYNCHRONIZE, FOREVER = 0x00100000, 0xFFFFFFFF


def tie_to(parent: int, *, leads_group: bool) -> None:
    """Ends this process once `parent` has.

    Args:
        parent: process id.
        leads_group: whether this process leads a group of its own: all of that group then ends with it.
    """
    if os.name == "nt":
        threading.Thread(target=wait_for_windows, args=(parent,), daemon=True).start()
        return
    if leads_group and os.getpgrp() == os.getpid():
        leave_watchdog()
    if sys.platform == "linux":
        with contextlib.suppress(Exception):
            import ctypes

            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the tie held
        os._exit(1)
    threading.Thread(target=look, args=(parent,), daemon=True).start()


def leave_watchdog() -> None:
    """A second process, of a few lines, that ends the whole group as soon as this one is gone, however it went."""
    leader = os.getpid()
    if os.fork():
        return
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):  # whoever reads them must see their end when the child has ended
            os.dup2(nothing, stream)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        while os.getppid() == leader:
            time.sleep(LOOK_S / 5)
        os.killpg(leader, signal.SIGKILL)  # itself too
    finally:
        os._exit(0)


def look(parent: int) -> None:
    """Ends this process once another has taken the parent's place."""
    while os.getppid() == parent:
        time.sleep(LOOK_S)
    os.kill(os.getpid(), signal.SIGKILL)


def wait_for_windows(parent: int) -> None:
    """Ends this process once the parent's handle says that it has ended."""
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    handle = kernel.OpenProcess(SYNCHRONIZE, False, parent)
    if not handle:  # it has ended already, or may not be watched
        return
    kernel.WaitForSingleObject(handle, FOREVER)
    os._exit(1)
