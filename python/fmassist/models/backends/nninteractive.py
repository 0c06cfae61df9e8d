"""nnInteractive, here or on a server, in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.models.backends.apart import ApartBackend
from fmassist.models.backends.nnunet import trained_folder
from fmassist.models.consent import require_server_consent, trusted_copy
from fmassist.models.interface import Cancelled, Progress
from fmassist.models.process import Room
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.volume import Volume

WHY = "is a folder of nnU-Net's form, whose plans name Python classes to run"
MOST_BOXES = 5
"""Of one structure, evenly picked: each is a run of the network, and it goes on from few by itself (estimate)."""


class NnInteractive(ApartBackend):
    """One object for each structure, by boxes, points and scribbles.

    Option of its card: `server`, the address of one that runs `nninteractive-server`.
    """

    package = "nnInteractive.inference.inference_session"
    is_library = True

    @property
    def server(self) -> str | None:
        """The server's address; None where the model runs here."""
        server = self.card.options.get("server")
        return server if isinstance(server, str) else None

    def missing(self) -> str | None:
        """None where the library is installed: for a server, its client is enough."""
        from fmassist.models.backends.apart import is_installed

        if self.server is None:
            if is_installed(self.package):
                return None
            return f"nnInteractive is not installed: {self.card.install or 'pip install nnInteractive'}"
        if is_installed("nnInteractive.inference.remote"):
            return None
        return "the client of nnInteractive is not installed: pip install nninteractive-client"

    def available(self) -> str | None:
        """None where the library is installed and the model or a server is known."""
        if self.server is None and self.place is None:
            return (
                f"its weights are not here: get them from {self.card.source or 'their authors'}, then "
                f"fmassist models get {self.card.id} --from FILE"
            )
        return self.missing()

    def is_code(self) -> str | None:
        """What makes it code; a server's is not run here."""
        return None if self.server else WHY

    def leaves(self) -> str | None:
        """What leaves the machine, and where to."""
        return self.server and f"the volume's voxels and the places of prompts go to {self.server}"

    def segment(
        self,
        volume: Volume,
        prompts: Sequence[Prompt] = (),
        *,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
        device: str | None = None,
    ) -> ModelResult:
        """Arguments and errors as `Model.segment`."""
        self.require_prompts(prompts, volume)
        request: dict[str, Any] = {"device": device, "prompts": [as_index(p, volume.geometry) for p in prompts]}
        self.require_library()
        script = "run_nninteractive.py"
        digest = ""
        if self.server is not None:
            require_server_consent(self.server)
            request["server"] = self.server
            answer = self.run_apart(
                script, volume, request, room=Room(network=True), progress=progress, cancelled=cancelled
            )
        elif self.place is not None:
            trained_folder(self.place)
            self.require_pinned()
            with trusted_copy(self.place, why=WHY) as (copy, digest):
                request["model"] = str(trained_folder(copy))
                answer = self.run_apart(
                    script, volume, request, room=Room(reads=[copy]), progress=progress, cancelled=cancelled
                )
        else:
            raise InputError(f"{self.card.title} can't run", self.available() or "")
        names = {number: prompt.structure for number, prompt in enumerate(prompts, start=1)}
        return self.finished(answer, names, volume.geometry, sha256=digest)


def as_index(prompt: Prompt, geometry: Geometry) -> dict[str, Any]:
    """A prompt in voxel indices: boxes as `[[first, end], …]` an axis (end left out), points and lines rounded."""
    boxes = []
    for low, high in _picked(prompt.boxes_ras_mm):
        corners = [(a, b, c) for a in (low[0], high[0]) for b in (low[1], high[1]) for c in (low[2], high[2])]
        index = geometry.to_index(corners)
        box = []
        for axis, size in enumerate(geometry.shape):
            # Voxel n reaches from n − ½ to n + ½: those whose middle lies in the box.
            first = int(index[:, axis].min() + 1 - 1e-6)
            end = int(index[:, axis].max() + 1e-6) + 1
            if end <= first:  # thinner than a voxel
                first = round(float(index[:, axis].mean()))
                end = first + 1
            first = min(max(first, 0), size - 1)
            box.append([first, max(first + 1, min(end, size))])
        boxes.append(box)
    return {
        "boxes": boxes,
        "points": [_voxel(point, geometry) for point in prompt.points_ras_mm],
        "outside": [_voxel(point, geometry) for point in prompt.outside_ras_mm],
        "scribbles": [[_voxel(point, geometry) for point in line] for line in prompt.scribbles_ras_mm],
    }


def _picked(boxes: Sequence[Any]) -> list[Any]:
    if len(boxes) <= MOST_BOXES:
        return list(boxes)
    step = (len(boxes) - 1) / (MOST_BOXES - 1)
    return [boxes[round(n * step)] for n in range(MOST_BOXES)]


def _voxel(point: Sequence[float], geometry: Geometry) -> list[int]:
    at = geometry.to_index(point).ravel()
    return [min(max(round(float(v)), 0), n - 1) for v, n in zip(at, geometry.shape, strict=True)]
