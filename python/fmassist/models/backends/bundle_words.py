"""The part of a MONAI bundle's configuration that is data, read by an interpreter of our own.

MONAI's configuration is a language that runs Python: `$` evaluates, `@` refers, `%` reads other files, `_target_` names
anything that can be imported. Here a subset is read that can do nothing but name parts of an exact list
(`Resources/models/allowed/bundle_parts.json`) and give them plain values. Whatever else stands there is never given to
anybody: it makes the bundle one that asks for a yes (`fmassist.models.consent`).
"""

from __future__ import annotations

import ast
import json
import re
from functools import lru_cache
from typing import Any

from fmassist.models.backends.bundle_kinds import DTYPES, Device, DType, Part, is_kind
from fmassist.outside_text import printable
from fmassist.resources import resource

MOST_DEPTH = 24
MOST_NODES = 20_000
MOST_TEXT = 1000
MOST_NUMBER = 1e30
REFERENCE = re.compile(r"@([A-Za-z_]\w*)((?:(?:#|::)\w+)*)")
STAND_IN = "reference_of_a_bundle_"
DROPPED = object()
"""What a part that says `_disabled_` leaves in a list: nothing."""
SIGNED = (ast.Constant, ast.Name)
"""What a sign may stand before; a sign before a sign is no number that anybody writes."""
SAID = ("_target_", "_disabled_", "_desc_", "_mode_")
"""Words of MONAI's that may stand in a part. `_requires_` and `_debug_` may not."""


class OutsideError(Exception):
    """Something that is not of the subset; the message ends a sentence that begins with "the bundle …"."""


@lru_cache(maxsize=1)
def allowed() -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Parts by every name that a bundle may use for them, and the layers that networks take by name."""
    data = json.loads(resource("models", "allowed", "bundle_parts.json").read_text(encoding="utf-8"))
    names: dict[str, dict[str, Any]] = {}
    for entry in data["parts"]:
        for name in (entry["name"], *entry["also"]):
            for full in (name, f"{entry['public']}.{name}", f"{entry['module']}.{name}"):
                names[full] = entry
    return names, data["layers"]


class Words:
    """A configuration, read as far as it is data.

    Args:
        config: as `bundle_config.read_config` gives it.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._read: dict[tuple[str, ...], Any] = {}
        self._reading: set[tuple[str, ...]] = set()
        self._nodes = 0

    def read(self, *path: str) -> Any:
        """What stands at a path: numbers, texts, lists, dictionaries, `Part`s not made yet.

        Raises:
            OutsideError: it is not of the subset.
        """
        if path in self._read:
            return self._read[path]
        if path in self._reading:
            raise OutsideError("refers to itself")
        if len(path) > MOST_DEPTH:
            raise OutsideError("is nested too deeply")
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise OutsideError("has a configuration that is larger than any")
        self._reading.add(path)
        try:
            found = self._value(self._raw(path), path)
        finally:
            self._reading.discard(path)
        self._read[path] = found
        return found

    def _raw(self, path: tuple[str, ...]) -> Any:
        raw: Any = self._config
        for step in path:
            if isinstance(raw, dict) and step in raw:
                raw = raw[step]
            elif isinstance(raw, list) and step.isascii() and step.isdigit() and int(step) < len(raw):
                raw = raw[int(step)]
            else:
                raise OutsideError("refers to something that is not in its configuration")
        return raw

    def _value(self, raw: Any, path: tuple[str, ...]) -> Any:
        if raw is None or isinstance(raw, bool):
            return raw
        if isinstance(raw, (int, float)):
            if not -MOST_NUMBER <= raw <= MOST_NUMBER:  # no float holds a whole number of 400 digits
                raise OutsideError("holds a number without end")
            return raw
        if isinstance(raw, str):
            return self._text(raw)
        if isinstance(raw, list):
            read = [self.read(*path, str(number)) for number in range(len(raw))]
            return [one for one in read if one is not DROPPED]
        if isinstance(raw, dict):
            return self._part(raw, path) if "_target_" in raw else self._plain(raw, path)
        raise OutsideError("holds a value that JSON does not have")

    def _plain(self, raw: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
        for name in raw:
            if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9]\w{0,63}", name):
                raise OutsideError("holds a word of MONAI's that does something")
        return {name: self.read(*path, name) for name in raw}

    def _part(self, raw: dict[str, Any], path: tuple[str, ...]) -> Any:
        if raw.get("_disabled_", False) is True:
            return DROPPED
        if raw.get("_disabled_", False) is not False or raw.get("_mode_", "default") != "default":
            raise OutsideError("holds a word of MONAI's that does something")
        given = {name: self.read(*path, str(name)) for name in raw if name not in SAID}
        return self._checked(raw["_target_"], given, path)

    def _checked(self, target: Any, given: dict[str, Any], path: tuple[str, ...]) -> Part:
        names, layers = allowed()
        entry = names.get(target) if isinstance(target, str) else None
        if entry is None:
            raise OutsideError(
                f"names {printable(target, most=60)}, which is not on the list of what a bundle may name"
            )
        for name, value in given.items():
            if name not in entry["arguments"]:
                raise OutsideError(
                    f"gives {entry['name']} something that is not on the list ({printable(name, most=40)})"
                )
            if not is_kind(value, entry["arguments"][name], layers):
                raise OutsideError(f"gives {entry['name']} a {name} that is not of the kind on the list")
        return Part(entry, given, path)

    def _text(self, text: str) -> Any:
        if len(text) > MOST_TEXT:
            raise OutsideError("holds a text that is longer than any")
        if text.startswith("%"):
            raise OutsideError("reads another file")
        if text.startswith("$"):
            return self._expression(text[1:].strip())
        if (reference := REFERENCE.fullmatch(text)) is not None:
            return self._referred(reference)
        if "@" in text or "$" in text:
            raise OutsideError("holds an expression that is a program")
        return text

    def _referred(self, reference: re.Match[str]) -> Any:
        if reference[1] == "device":
            return Device()
        if reference[1] == "bundle_root":
            return "."
        found = self.read(reference[1], *(step for step in re.split("#|::", reference[2]) if step))
        if found is DROPPED:
            raise OutsideError("refers to a part that it switches off")
        return found

    def _expression(self, text: str) -> Any:
        known: list[re.Match[str]] = []

        def stand_in(reference: re.Match[str]) -> str:
            known.append(reference)
            return f"{STAND_IN}{len(known) - 1}"

        if STAND_IN in text:
            raise OutsideError("holds an expression that is a program")
        try:
            tree = ast.parse(REFERENCE.sub(stand_in, text), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise OutsideError("holds an expression that is a program") from None
        return self._of(tree.body, known)

    def _of(self, node: ast.AST, known: list[re.Match[str]]) -> Any:
        """The value of an expression of constants, references, signs and the names of types; no other one has any."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise OutsideError("has a configuration that is larger than any")
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, int, float, bool, type(None))):
            if isinstance(node.value, str) and STAND_IN in node.value:
                raise OutsideError("holds an expression that is a program")
            return node.value if isinstance(node.value, str) else self._value(node.value, ())
        if isinstance(node, ast.Name) and node.id.startswith(STAND_IN):
            return self._referred(known[int(node.id.removeprefix(STAND_IN))])
        if isinstance(node, (ast.List, ast.Tuple)):
            return [self._of(one, known) for one in node.elts]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, SIGNED):
            value = self._of(node.operand, known)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return -value
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._of(node.left, known), self._of(node.right, known)
            if isinstance(left, str) and isinstance(right, str) and len(left) + len(right) <= MOST_TEXT:
                return left + right
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in DTYPES:
            library = {"torch": "torch", "np": "numpy", "numpy": "numpy"}.get(node.value.id)
            if library is not None:
                return DType(library, node.attr)
        if isinstance(node, ast.Call) and not node.args and all(word.arg for word in node.keywords):
            # The same as a part with `_target_`: bundles of VISTA3D write their network so.
            given = {str(word.arg): self._of(word.value, known) for word in node.keywords}
            return self._checked(ast.unparse(node.func), given, ("", str(self._nodes)))
        raise OutsideError("holds an expression that is a program")
