"""What the library reads the segments as: codes, names, and numbers by the label map that fits them best.

The panel's own look at codes and names is at once there, but it knows nothing of voxels: whose numbers a file without
names holds, sizes, places and tissues tell. So where it leaves something open, the library is asked in a process of its
own; its reading is the one that the command line and the batch have.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from FMAssistLib import exchange
from FMAssistLib.errand import Errand
from FMAssistLib.idle import Steps


@dataclass(frozen=True)
class Understanding:
    """What the library says of a segmentation.

    Args:
        names: segment id → (structure's name, from where: `"code"`, `"name"`, `"number"`).
        label_map: id of the map that the numbers were read with; `""` where there is none.
        why: what speaks for that map, in a sentence.
        question: what cannot be known, in a sentence.
    """

    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    label_map: str = ""
    why: str = ""
    question: str = ""


class Reader(Errand):
    """Asks the library, one segmentation at a time."""

    def ask(self, segmentation_node: Any, volume_node: Any, told: Callable[[Understanding | None], None]) -> bool:
        """Asks and returns at once; False where the library's packages are not installed yet.

        Args:
            segmentation_node: anybody's; it stays as it is.
            volume_node: its scan, or None.
            told: called with what is understood; with None where the library could not say.
        """
        self.close()
        if importlib.util.find_spec("typer") is None:
            return False

        def hand_over(folder: Path) -> Steps[list[str]]:
            names = exchange.unique_names(segmentation_node)
            study = yield from exchange.study_into(folder, segmentation_node, volume_node, names)
            return ["meanings", *study, "--out", str(folder / "said.json")]

        def take_over(folder: Path) -> Steps[Understanding | None]:
            yield
            return read(folder / "said.json")

        self.run(hand_over, take_over, told, lambda _reason: told(None))
        return True


def read(path: Path) -> Understanding | None:
    """What the worker wrote, or None where it wrote nothing that can be read."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        names = {str(sid): (str(name), str(source)) for sid, (name, source) in said["names"].items()}
        return Understanding(names, str(said["label_map"]), str(said["why"]), str(said["question"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
