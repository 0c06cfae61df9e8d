"""What the log says happened, played again: the stored review must be what comes out of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class State:
    """A review as its log tells it.

    Attributes:
        result: digest of the result that the last check in force gave; `""` where no check is logged.
        decisions: those in force, as JSON values.
        signature: the one given last and not withdrawn, as JSON values, or None.
        judgement: what was said last of the whole study, as JSON values, or None.
        odd: what cannot have happened, in words.
    """

    result: str = ""
    decisions: list[Any] = field(default_factory=list)
    signature: Any = None
    judgement: Any = None
    odd: list[str] = field(default_factory=list)


def replay(entries: Iterable[Mapping[str, Any]]) -> State:
    """The state after all entries."""
    state = State()
    earlier: list[tuple[str, list[Any]]] = []
    for position, entry in enumerate(entries, start=1):
        details = entry.get("details")
        if not isinstance(details, dict):
            state.odd.append(f"entry {position} says nothing")
            continue
        action = entry.get("action")
        if position == 1 and action != "checked":
            state.odd.append("the log does not begin with a check")
        if action == "checked":
            earlier.append((state.result, state.decisions))
            state.result, state.decisions, state.signature = str(details.get("result", "")), [], None
        elif action == "check undone":
            if len(earlier) < 2:
                state.odd.append(f"entry {position} undoes a check that never was")
                continue
            state.result, state.decisions = earlier.pop()
            state.signature = None
        elif action == "decided":
            state.decisions = [*state.decisions, details]
        elif action == "undone":
            if not state.decisions or state.decisions[-1].get("id") != details.get("decision"):
                state.odd.append(f"entry {position} undoes a decision that was not the last one")
            state.decisions = state.decisions[:-1]
        elif action in ("signed", "judged"):
            # A signature names the end of the log that it was given at, so that the same one cannot come twice.
            if details.get("audit") != {"count": position - 1, "digest": entry.get("previous")}:
                state.odd.append(f"entry {position} tells of a signature that was given at another place of the log")
            if action == "signed":
                state.signature = details
            else:
                state.judgement = details
        elif action == "signature withdrawn":
            state.signature = None
    return state
