"""A MONAI Label server: the volume goes there, and labels come back. Only after a yes to that server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fmassist.errors import InputError
from fmassist.geometry import Geometry
from fmassist.models.backends.apart import ApartBackend, limits_of_user
from fmassist.models.backends.nninteractive import as_index
from fmassist.models.consent import require_server_consent
from fmassist.models.interface import Cancelled, Progress
from fmassist.models.leftovers import private_folder
from fmassist.models.process import Answer, Room, run_child
from fmassist.models.prompts import Prompt
from fmassist.models.result import ModelResult
from fmassist.volume import Volume, read_segmentation, write_volume

SENDABLE = (np.uint8, np.int16, np.int32, np.float32)


class MonaiLabelServer(ApartBackend):
    """A model of a server. Options of its card: `server`, its address, and `model`, its name there."""

    package = "urllib"
    is_library = True

    def available(self) -> str | None:
        """None where its address is known; whether it answers, only asking would show."""
        return None if self.card.options.get("server") else "give monailabel:http://HOST:PORT/MODEL"

    def leaves(self) -> str:
        """What leaves the machine, and where to."""
        return f"the volume's voxels and the places of prompts go to {self.card.options.get('server')}"

    def segment(
        self,
        volume: Volume,
        prompts: Sequence[Prompt] = (),
        *,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
        device: str | None = None,
    ) -> ModelResult:
        """Sends the volume and takes the labels. Arguments and errors as `Model.segment`.

        The volume goes as NIfTI under the name `image.nii.gz`: voxels and their grid, no name, date or identifier.
        """
        self.require_prompts(prompts, volume)
        if (reason := self.available()) is not None:
            raise InputError(f"{self.card.title} can't be asked", reason)
        if device == "cuda":
            raise InputError("which device a server uses is the server's business", "leave --device out")
        server = str(self.card.options["server"])
        require_server_consent(server)
        with private_folder() as folder:
            write_volume(_sendable(volume), folder / "image.nii.gz")
            request = {
                "server": server,
                "model": self.card.options.get("model", ""),
                "params": _params(prompts, volume),
            }
            (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
            said = run_child(
                "ask_monai_label.py",
                folder,
                model=self.card.title,
                limits=limits_of_user(),
                room=Room(network=True),
                progress=progress,
                cancelled=cancelled,
            )
            labels, geometry = _labels(folder, said, self.card.title)
        answer = Answer(labels, geometry, said)
        return self.finished(answer, self.names_said(answer), volume.geometry)


def _sendable(volume: Volume) -> Volume:
    """In a type that NIfTI and the server's readers have."""
    if volume.voxels.dtype in SENDABLE:
        return volume
    return Volume(np.asarray(volume.voxels, dtype=np.float32), volume.geometry, volume.modality)


def _params(prompts: Sequence[Prompt], volume: Volume) -> dict[str, Any]:
    """Points as MONAI Label's own clients send them: in voxels, by the label's name, or foreground for one."""
    params: dict[str, Any] = {}
    for prompt in prompts:
        index = as_index(prompt, volume.geometry)
        params[prompt.structure] = index["points"]
        params["background"] = params.get("background", []) + index["outside"]
        if len(prompts) == 1:
            params |= {"label": prompt.structure, "foreground": index["points"]}
    return params


def _labels(folder: Path, said: dict[str, Any], model: str) -> tuple[Any, Geometry]:
    """The labels that the server sent, as they lie.

    Raises:
        InputError: they can't be read, or their structures overlap.
    """
    name = said.get("file")
    if (
        not isinstance(name, str)
        or Path(name).name != name
        or not (folder / name).is_file()
        or (folder / name).is_symlink()
    ):
        raise InputError(f"{model} gave no labels", "see the server's log")
    found = read_segmentation(folder / name)
    if len(found.layers) > 1:
        raise InputError(f"{model} gave structures that overlap", "servers with one label a voxel are supported")
    return found.layers[0], found.geometry
