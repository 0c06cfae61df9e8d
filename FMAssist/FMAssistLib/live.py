"""A segmentation judged again after every edit, while somebody edits it.

The study is handed over once to a process that stays; each edit costs the box of voxels that changed. What is said is
of the touched segments and their pairs as they are now, and of the others as they were at the beginning: it guides the
hand and is no verdict to sign.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from FMAssistLib import exchange, frames, masks, process
from FMAssistLib.changes import Changes, Patch
from FMAssistLib.errand import new_folder
from FMAssistLib.idle import Idle, Steps
from FMAssistLib.reading import volume_grid

PAUSE_MS = 100
"""After an edit, before it is looked at: one stroke sends several events."""

Finding = Mapping[str, Any]


@dataclass(frozen=True)
class Judgement:
    """What is said of the study as it is now.

    Args:
        verdict: of the whole study.
        findings: open ones, each with `rule`, `segments`, `severity` and `message`.
        touched: names of the segments that the last edit touched.
        before: the findings when judging began.
        seconds: that the judging took in its process.
    """

    verdict: str
    findings: tuple[Finding, ...]
    touched: tuple[str, ...] = ()
    before: tuple[Finding, ...] = ()
    seconds: float = 0.0

    @property
    def of_touched(self) -> list[Finding]:
        """Findings about what was edited last."""
        return [finding for finding in self.findings if set(finding["segments"]) & set(self.touched)]

    @property
    def new(self) -> list[Finding]:
        """Findings that were not there when judging began."""
        return self._without(self.findings, self.before)

    @property
    def gone(self) -> list[Finding]:
        """Findings that were there when judging began, and are no more."""
        return self._without(self.before, self.findings)

    @staticmethod
    def _without(some: tuple[Finding, ...], others: tuple[Finding, ...]) -> list[Finding]:
        known = {(f["rule"], tuple(sorted(f["segments"]))) for f in others}
        return [f for f in some if (f["rule"], tuple(sorted(f["segments"]))) not in known]


@dataclass(frozen=True)
class Subject:
    """What is judged while it is edited.

    Args:
        segmentation_node: read, never changed.
        volume_node: its scan, or None.
        names: segment id → name in the check; segments that are missing are not judged.
        label_map: whose vocabulary the names are of.
        context: clinical context.
        modality: `"CT"`, `"MR"`, or `""` for what the image says itself.
        knowledge: a curator's own folder, or `""`.
    """

    segmentation_node: Any
    volume_node: Any
    names: Mapping[str, str]
    label_map: str = "litemedsam"
    context: Mapping[str, object] = field(default_factory=dict)
    modality: str = ""
    knowledge: str = ""

    def why_not(self) -> str:
        """Why it cannot be judged while it is edited, in words; empty where it can."""
        node, volume = self.segmentation_node, self.volume_node
        if not self.names:
            return _("None of the segments has a known name or code.")
        segmentation = node.GetSegmentation()
        if segmentation.GetSourceRepresentationName() != masks.representation():
            return _("Only labelmaps can be judged while they are edited.")
        grids = [masks.grid_of(segmentation), *(layer.image for layer in masks.layers(node) if layer.array is not None)]
        if volume is not None:
            if frames.between(node, volume) is not None:
                return _("Segmentation and scan lie under different transforms: harden them first.")
            grids.append(volume_grid(volume))
            if grids[-1].GetExtent() != grids[0].GetExtent():
                return _("The segmentation lies on another grid than its scan: set its geometry to that of the scan.")
        if not all(_same_lattice(grid, grids[0]) for grid in grids):
            return _("The segmentation lies on another grid than its scan: set its geometry to that of the scan.")
        return ""


def _same_lattice(one: Any, other: Any) -> bool:
    import numpy as np

    a, b = np.array(masks.grid_matrix(one)), np.array(masks.grid_matrix(other))
    apart = np.linalg.inv(b) @ a
    return bool(np.allclose(apart[:3, :3], np.eye(3), atol=1e-4) and np.allclose(apart, np.rint(apart), atol=1e-3))


class Live(VTKObservationMixin):
    """Judges one segmentation again after every edit.

    Args:
        told: called with each `Judgement`; the first one is of the study as it was.
        ended: called when nothing is judged any more, with the reason in words, `""` where nobody need know.
        working: called when a judgement is being waited for.
        command: gives the process's command; replaced in tests.
    """

    def __init__(
        self,
        told: Callable[[Judgement], None],
        ended: Callable[[str], None],
        working: Callable[[], None] = lambda: None,
        command: Callable[[list[str]], list[str]] = process.live_command,
    ) -> None:
        super().__init__()
        self._told, self._ended, self._working, self._command = told, ended, working, command
        self.subject: Subject | None = None
        self._idle = Idle()
        self._talk: process.Conversation | None = None
        self._folder: Path | None = None
        self._changes: Changes | None = None
        self._layers: dict[int, int] = {}
        self._open = self._waiting = self._edited = False
        self._number = 0
        self._touched: tuple[str, ...] = ()
        self._before: tuple[Finding, ...] | None = None
        self._at_start: frozenset[str] = frozenset()
        self._pause = qt.QTimer()
        self._pause.interval = PAUSE_MS
        self._pause.timeout.connect(self._look)

    @property
    def running(self) -> bool:
        """Whether edits are being judged, or the study is handed over for it."""
        return self.subject is not None

    @property
    def opened(self) -> bool:
        """Whether the study was taken over, so that edits are judged."""
        return self._open

    @property
    def busy(self) -> bool:
        """Whether a judgement is being waited for."""
        return self.running and (not self._open or self._waiting or self._edited or self._idle.busy)

    def start(self, subject: Subject) -> None:
        """Begins with a study, in place of the one before; returns at once."""
        self.close()
        self._before = None
        self.subject = subject
        self._at_start = frozenset(masks.segment_ids(subject.segmentation_node))
        segmentation = subject.segmentation_node.GetSegmentation()
        kinds = slicer.vtkSegmentation
        for event in (kinds.SourceRepresentationModified, kinds.SegmentAdded, kinds.SegmentRemoved):
            self.addObserver(segmentation, event, self._edit)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.NodeRemovedEvent, self._node_removed)
        self._begin()

    def close(self) -> None:
        """Ends judging, without telling anybody."""
        self.removeObservers()
        self._drop()
        self.subject = None

    def _begin(self) -> None:
        """Hands the study over; edits meanwhile are judged when it has been taken over."""
        self._working()
        self._folder = new_folder()
        self._idle.run(self._handing_over(), self._start_process, lambda error: self._fail(str(error)))

    def _handing_over(self) -> Steps[list[str]]:
        subject = self.subject
        self._changes = Changes(subject.segmentation_node)
        # What is remembered is what is handed over, or older: a later edit is found by comparing with it.
        yield from self._changes.remembering()
        self._layers = self._numbers()
        nodes, told = (subject.segmentation_node, subject.volume_node), (dict(subject.context), subject.modality)
        arguments = yield from exchange.study_into(self._folder, *nodes, self._names(), *told)
        arguments += ["--label-map", subject.label_map]
        return [*arguments, "--knowledge", subject.knowledge] if subject.knowledge else arguments

    def _start_process(self, arguments: list[str]) -> None:
        self._talk = process.Conversation(self._command(arguments), self._answered, self._gone)
        self._talk.start()

    def _numbers(self) -> dict[int, int]:
        """Layer of the segmentation → layer of the file: those without a named segment are not handed over."""
        own = masks.layers(self.subject.segmentation_node)
        used = [n for n, layer in enumerate(own) if layer.array is not None and set(layer.values) & set(self._names())]
        return {number: place for place, number in enumerate(used)}

    def _names(self) -> dict[str, str]:
        """Segment id → name, of those that are there; what was added since goes under its own name."""
        there, given = masks.segment_names(self.subject.segmentation_node), self.subject.names
        return {sid: given.get(sid, name) for sid, name in there.items() if sid in given or sid not in self._at_start}

    # Edits

    def _edit(self, _caller: Any = None, _event: Any = None) -> None:
        self._edited = True
        self._pause.start()

    def _node_removed(self, _caller: Any = None, _event: Any = None) -> None:
        if self.subject is not None and self.subject.segmentation_node.GetScene() is None:
            self._fail(_("The segmentation was deleted."))

    def _look(self) -> None:
        """Looks at what was edited, unless something is still to be answered; then afterwards."""
        # Stopped by hand: `singleShot` is a property and a static method, which Python's Qts tell apart differently.
        self._pause.stop()
        if not self._open or self._waiting or self._idle.busy or not self._edited or self.subject is None:
            return
        self._edited = False
        if self._numbers() != self._layers:
            # A segment that overlaps others got a layer of its own: the study is handed over anew.
            self._drop()
            self._begin()
            return
        self._idle.run(self._changes.finding(), self._found, lambda error: self._fail(str(error)))

    def _found(self, patches: list[Patch]) -> None:
        patches = [patch for patch in patches if patch.layer in self._layers]
        if not patches:
            self._answered_or_idle()
            return
        self._waiting = True
        self._number += 1
        names = self._names()
        layers = masks.layers(self.subject.segmentation_node)
        segments = [
            {"id": sid, "name": names[sid], "label": label, "layer": self._layers[number]}
            for number, layer in enumerate(layers)
            for sid, label in layer.values.items()
            if sid in names and number in self._layers
        ]
        by_label = {
            (n, label): names[sid]
            for n, layer in enumerate(layers)
            for sid, label in layer.values.items()
            if sid in names
        }
        self._touched = tuple(
            by_label[p.layer, label] for p in patches for label in sorted(p.labels()) if (p.layer, label) in by_label
        )
        said = [self._write(patch, layers[patch.layer], names) for patch in patches]
        self._working()
        self._talk.say({"number": self._number, "segments": segments, "patches": said})

    def _write(self, patch: Patch, layer: masks.Layer, names: Mapping[str, str]) -> dict[str, Any]:
        """Writes the labels of a patch, those of unnamed segments left out."""
        import numpy as np

        wanted = [label for sid, label in layer.values.items() if sid in names]
        kept = np.zeros(max(int(patch.voxels.max()), *wanted) + 1, np.uint16)
        kept[wanted] = wanted
        path = self._folder / f"patch-{self._number}-{patch.layer}"
        kept[patch.voxels].tofile(path)
        return {
            "layer": self._layers[patch.layer],
            "first": list(patch.first),
            "shape": list(patch.voxels.shape),
            "type": "uint16",
            "file": str(path),
        }

    # Answers

    def _answered(self, answer: dict[str, Any]) -> None:
        if answer.get("opened"):
            self._open = True
            # The process has read them.
            for name in ("volume.nrrd", "labels.seg.nrrd"):
                (self._folder / name).unlink(missing_ok=True)
        elif answer.get("number") != self._number:
            return
        self._waiting = False
        if "error" in answer:
            self._fail(str(answer["error"]))
            return
        findings = tuple(answer["findings"])
        if self._before is None:
            self._before = findings
        seconds = float(answer.get("seconds", 0.0))
        self._told(Judgement(str(answer["verdict"]), findings, self._touched, self._before, seconds))
        self._answered_or_idle()

    def _answered_or_idle(self) -> None:
        if self._edited:
            self._pause.start()

    def _gone(self, outcome: process.Outcome) -> None:
        self._fail(process.explain(outcome))

    def _fail(self, reason: str) -> None:
        if self.subject is not None:
            self.close()
            self._ended(reason)

    def _drop(self) -> None:
        """The process and what was handed over to it go."""
        self._pause.stop()
        self._idle.cancel()
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = self._changes = None
        self._open = self._waiting = False
        self._touched = ()
