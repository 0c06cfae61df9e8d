"""An ONNX file with a description, in ONNX Runtime."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fmassist.errors import InputError
from fmassist.models.backends.network import NetworkFile, Predict

MAX_BYTES = 2 * 1024**3
"""Of one ONNX file: protobuf's own limit."""


LOCATION = re.compile(rb"(?:\x08|\x88\x80*\x00)location")


class OnnxFile(NetworkFile):
    """A graph of ONNX operators. It holds no code, and may name no other file."""

    def available(self) -> str | None:
        """None where ONNX Runtime is installed and the file is here."""
        if find_spec("onnxruntime") is None:
            return "ONNX Runtime is not installed: pip install 'fmassist[onnx]'"
        return None if self.place is not None else "give the path of the .onnx file"

    def load(self, device: str | None) -> tuple[Predict, str]:
        """Opens the file.

        Raises:
            InputError: it is damaged, keeps weights in other files, or has other inputs than one image.
        """
        if (reason := self.available()) is not None:
            raise InputError(f"{self.card.title} can't run", reason)
        import onnxruntime

        assert self.place is not None
        path = self.place if self.place.is_file() else self.place / self.card.files[0].path
        content = _content(path)
        wanted = ["CUDAExecutionProvider"] if device != "cpu" else []
        providers = [name for name in wanted if name in onnxruntime.get_available_providers()]
        if device == "cuda" and not providers:
            raise InputError("this ONNX Runtime can't use a GPU", "pip install onnxruntime-gpu, or leave --device out")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        try:
            session = onnxruntime.InferenceSession(content, options, providers=[*providers, "CPUExecutionProvider"])
        except Exception:
            raise InputError("the ONNX file is damaged, or of a kind that this ONNX Runtime can't read") from None
        inputs = session.get_inputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 5 or inputs[0].type != "tensor(float)":
            raise InputError("the ONNX network takes something else than one 3D image (1, 1, i, j, k) of float32")
        name = inputs[0].name

        def predict(image: Any) -> Any:
            return session.run(None, {name: image})[0]

        return predict, "cuda" if providers else "cpu"


def _content(path: Path) -> bytes:
    """The file's bytes, once it is sure that nothing else is read for it.

    An initializer may lie in any file whose path the model gives (`external_data`, entry `location`), and that path
    may lead anywhere. The entry's key is a protobuf string of eight bytes, so it can be looked for, with every way to
    write its length.
    """
    if path.stat().st_size > MAX_BYTES:
        raise InputError("the ONNX file is larger than any")
    content = path.read_bytes()
    if LOCATION.search(content):
        raise InputError("the ONNX file keeps its weights in other files", "save it as one file")
    return content
