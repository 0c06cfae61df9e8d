"""Ways to damage a file, drawn from a seed or by Hypothesis, and done the same way each time."""

from __future__ import annotations

import copy
import gzip
import json
import random
from typing import Any

from hypothesis import strategies as st

KINDS = ("byte", "bit", "insert", "delete", "repeat", "truncate", "append", "token", "number", "swap")
TOKENS = [
    *(b"-1", b"0", b"1e400", b"nan", b"-inf", b"99999999999999999999", b"4294967296", b"2147483647", b"0.1", b"1_000"),
    *(b"\x00", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\n", b"\r\n\r\n", b'"', b"{", b"[" * 2000, b"]" * 50),
    b"\\ud800",
    *(b"Musterfrau", b"../../../etc/passwd", b"%s%n", b"\xef\xbb\xbf", "\u202e٣".encode(), b"A" * 70_000, b":=", b": "),
]
NASTY = [
    *(None, True, -1, 0, 2**63, 2**70, 1e308, -1e308, 1e-320, "", "x" * 5000, "\u202e", "Musterfrau", [], {}, [[]]),
    *(10**400, -(10**400)),
    *([None] * 3, {"a": 1}, "-1", [1, 2, 3, 4, 5, 6, 7], "\x1b[2J"),
]
Operation = tuple[str, int, int]


def operations() -> st.SearchStrategy[list[Operation]]:
    """Hypothesis's way to draw what `drawn` draws from a seed."""
    one = st.tuples(st.sampled_from(KINDS), st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1))
    return st.lists(one, min_size=1, max_size=4)


def drawn(seed: int) -> list[Operation]:
    """One to four operations, the same for the same seed."""
    chance = random.Random(seed)
    count = chance.choice((1, 1, 2, 4))
    return [(chance.choice(KINDS), chance.getrandbits(32), chance.getrandbits(16)) for _ in range(count)]


def mutated(whole: bytes, todo: list[Operation], *, form: str) -> bytes:
    """The file with the damage done.

    Args:
        whole: the sound file.
        todo: what is done, in order.
        form: `"json"` files are damaged as a tree half of the time, `"gzip"` ones inside; others as bytes.
    """
    inside = todo[0][2] % 2 == 0
    if form == "json" and inside:
        return _tree(whole, todo)
    if form == "gzip" and inside:
        return gzip.compress(_bytes(gzip.decompress(whole), todo), mtime=0)
    return _bytes(whole, todo)


def _bytes(whole: bytes, todo: list[Operation]) -> bytes:
    data = bytearray(whole)
    for kind, place, value in todo:
        # Headers are where the sense is: half of the damage is done to the first kilobyte.
        room = len(data) + 1 if value % 2 else min(len(data) + 1, 1024)
        at = place % room
        if kind == "byte" and data:
            data[at % len(data)] = value & 0xFF
        elif kind == "bit" and data:
            data[at % len(data)] ^= 1 << (value % 8)
        elif kind == "insert":
            data[at:at] = bytes([value & 0xFF]) * (1 + value % 64)
        elif kind == "delete":
            del data[at : at + 1 + value % 256]
        elif kind == "repeat":
            data[at:at] = data[at : at + 1 + value % 512]
        elif kind == "truncate":
            del data[at:]
        elif kind == "append":
            data += TOKENS[value % len(TOKENS)]
        elif kind == "token":
            token = TOKENS[value % len(TOKENS)]
            data[at : at + len(token)] = token
        elif kind == "number":
            _other_number(data, at, value)
        elif kind == "swap" and len(data) > 1:
            other = value % len(data)
            at %= len(data)
            data[at], data[other] = data[other], data[at]
    return bytes(data)


def _other_number(data: bytearray, at: int, value: int) -> None:
    """A number written in digits becomes another; where there is none, four bytes do."""
    start = next((n for n in range(at, min(len(data), at + 400)) if 48 <= data[n] <= 57), None)
    if start is None:
        data[at : at + 4] = (value * 65_537).to_bytes(4, "little")
        return
    end = start
    while end < len(data) and 48 <= data[end] <= 57:
        end += 1
    data[start:end] = TOKENS[value % 10]


def _tree(whole: bytes, todo: list[Operation]) -> bytes:
    tree: Any = json.loads(whole)
    for kind, place, value in todo:
        chance = random.Random(place)
        parent, key = None, None
        here = tree
        while isinstance(here, dict | list) and here and (parent is None or chance.random() < 0.8):
            parent, key = here, chance.choice(list(here) if isinstance(here, dict) else range(len(here)))
            here = parent[key]
        if parent is None:
            continue
        if kind in ("delete", "truncate"):
            del parent[key]
        elif kind in ("repeat", "append") and isinstance(parent, list):
            parent.extend(copy.deepcopy(here) for _ in range(1 + value % 50))
        elif kind == "insert" and isinstance(parent, dict):
            parent["Musterfrau"] = copy.deepcopy(NASTY[value % len(NASTY)])
        else:
            parent[key] = copy.deepcopy(NASTY[value % len(NASTY)])
    return json.dumps(tree).encode()
