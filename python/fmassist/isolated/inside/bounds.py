"""The fences around a child, put up by itself before anything else runs; none of them can be taken down again.

Limits are `setrlimit`'s. The network is closed by a seccomp filter, files by Landlock (Linux'
`Documentation/userspace-api/seccomp_filter` and `landlock`), both through their system calls: no library is needed.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
MARK = "fmassist-fences "


def put_up(fences: dict[str, Any]) -> None:
    """Puts up what is asked for and says in one line on the output which of it holds."""
    held = limits(fences)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        may_bind = libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
        if may_bind and fences["files"] is not None and only_files(libc, fences["files"]):
            held.append("files")
        if may_bind and close_calls(libc, network=fences["network"]):
            held.append("calls" if fences["network"] else "network")
    # In one piece, as the very first thing on the output: read by fmassist.isolated.fences.kept.
    os.write(1, (MARK + " ".join(held) + "\n").encode("ascii"))


def limits(fences: dict[str, Any]) -> list[str]:
    """Limits of `setrlimit`; the names of those that hold."""
    try:
        import resource
    except ImportError:  # Windows
        return []
    wanted = {
        "memory": ("RLIMIT_DATA" if sys.platform == "linux" else "RLIMIT_AS", fences["memory_bytes"]),
        "time": ("RLIMIT_CPU", fences["cpu_seconds"]),
        "size": ("RLIMIT_FSIZE", fences["file_bytes"]),
        "open": ("RLIMIT_NOFILE", fences["open_files"]),
        "processes": ("RLIMIT_NPROC", of_the_user(fences["more_processes"])),
        "no-core": ("RLIMIT_CORE", 0),
    }
    held = []
    for name, (kind, most) in wanted.items():
        if most is None or not hasattr(resource, kind):
            continue
        number = getattr(resource, kind)
        hard = resource.getrlimit(number)[1]
        bound = int(most) if hard == resource.RLIM_INFINITY else min(int(most), hard)
        try:
            resource.setrlimit(number, (bound, bound))
            held.append(name)
        except (OSError, ValueError):
            continue
    return held


def of_the_user(more: int) -> int | None:
    """Processes and threads that the user has already, and `more`; None where the system does not tell."""
    try:
        user, found = os.getuid(), 0
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                try:
                    if entry.stat().st_uid == user:
                        found += len(os.listdir(f"/proc/{entry.name}/task"))  # noqa: PTH208
                except OSError:  # it ended meanwhile
                    continue
        return found + more
    except OSError:
        return None


# --- the network, and calls that no model needs -----------------------------------------------------------------------

ARCHITECTURES = {
    # AUDIT_ARCH_…, then the numbers of socket, and of calls that are closed whatever the network is.
    "x86_64": (
        0xC000003E,
        41,
        (
            101,
            155,
            161,
            165,
            166,
            167,
            168,
            169,
            175,
            176,
            246,
            248,
            249,
            250,
            272,
            298,
            303,
            304,
            308,
            310,
            311,
            313,
            320,
            321,
            323,
            425,
            426,
            427,
            428,
            429,
            430,
            432,
            442,
        ),
    ),
    "aarch64": (
        0xC00000B7,
        198,
        (
            117,
            40,
            39,
            41,
            51,
            224,
            225,
            142,
            104,
            105,
            106,
            217,
            218,
            219,
            97,
            241,
            264,
            265,
            268,
            270,
            271,
            273,
            280,
            282,
            294,
            425,
            426,
            427,
            428,
            429,
            430,
            432,
            442,
        ),
    ),
}
"""ptrace, mounts and roots, swap, reboot, modules, kexec, keys, unshare and setns, perf, handles of files, memory of
other processes, bpf, userfaultfd, and io_uring, through which sockets can be had without the call for them."""
LOAD, EQUAL, AT_LEAST, GIVE = 0x20, 0x15, 0x35, 0x06
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, EACCES = 1, 13
AF_UNIX = 1


def close_calls(libc: Any, *, network: bool) -> bool:
    """Lets no socket but the machine's own kind be made, and closes calls that no model needs."""
    known = ARCHITECTURES.get(platform.machine())
    if known is None or sys.maxsize < 2**32:
        return False
    architecture, socket, closed = known
    program = [
        (LOAD, 0, 0, 4),
        (EQUAL, 1, 0, architecture),
        (GIVE, 0, 0, KILL),  # calls of another architecture would go round the filter
        (LOAD, 0, 0, 0),
    ]
    if platform.machine() == "x86_64":
        program += [(AT_LEAST, 0, 1, 0x40000000), (GIVE, 0, 0, REFUSE | EPERM)]  # the x32 kind of calls
    for number in closed:
        program += [(EQUAL, 0, 1, number), (GIVE, 0, 0, REFUSE | EPERM)]
    if not network:
        program += [
            (EQUAL, 0, 4, socket),
            (LOAD, 0, 0, 16),  # its first argument
            (EQUAL, 1, 0, AF_UNIX),
            (GIVE, 0, 0, REFUSE | EACCES),
            (GIVE, 0, 0, ALLOW),
        ]
    program.append((GIVE, 0, 0, ALLOW))
    packed = b"".join(struct.pack("=HBBI", *step) for step in program)
    steps = ctypes.create_string_buffer(packed, len(packed))

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    given = Filter(len(program), ctypes.cast(steps, ctypes.c_void_p))
    return bool(libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(given), 0, 0) == 0)


# --- files ------------------------------------------------------------------------------------------------------------

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The same numbers on every architecture."""
VERSION = 1
BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
ALL_OF_FIRST = (1 << 13) - 1
REFER, TRUNCATE = 1 << 13, 1 << 14
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
SIGNALS_AND_ABSTRACT_SOCKETS = 3


def only_files(libc: Any, files: dict[str, list[str]]) -> bool:
    """Lets only the given files and folders be opened."""
    call = libc.syscall
    call.restype = ctypes.c_long
    version = call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(VERSION))
    if version < 1:
        return False
    rights = ALL_OF_FIRST | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    scoped = SIGNALS_AND_ABSTRACT_SOCKETS if version >= 6 else 0
    size = 24 if version >= 6 else 8
    about = struct.pack("=QQQ", rights, 0, scoped)[:size]
    rules = call(CREATE_RULESET, ctypes.create_string_buffer(about, size), ctypes.c_size_t(size), ctypes.c_uint(0))
    if rules < 0:
        return False
    try:
        for path in files["reads"]:
            allow(call, rules, path, (EXECUTE | READ_FILE | READ_DIR) & rights)
        for path in files["writes"]:
            allow(call, rules, path, rights)
        return bool(call(RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint(0)) == 0)
    finally:
        os.close(rules)


def allow(call: Any, rules: int, path: str, rights: int) -> None:
    """One rule; what is not there needs none."""
    try:
        number = os.open(path, getattr(os, "O_PATH", os.O_RDONLY) | os.O_CLOEXEC)
    except OSError:
        return
    try:
        import stat

        mine = rights if stat.S_ISDIR(os.fstat(number).st_mode) else rights & ON_FILES
        rule = struct.pack("=Qi", mine, number)
        call(
            ADD_RULE,
            ctypes.c_int(rules),
            ctypes.c_int(BENEATH),
            ctypes.create_string_buffer(rule, len(rule)),
            ctypes.c_uint(0),
        )
    finally:
        os.close(number)
