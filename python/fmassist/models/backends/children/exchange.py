"""What the script of a back end reads and leaves: its side of `fmassist.models.process`. For Python 3.10 or later."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np


class Refused(Exception):  # noqa: N818
    """What the user is told in one line."""


def main(work: Callable[[Path, dict[str, Any]], dict[str, Any]]) -> None:
    """Calls `work(folder, request)` and leaves what it returns as `answer.json`; `Refused` becomes its `error`."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    try:
        answer = work(folder, request)
    except Refused as error:
        answer = {"error": str(error)}
    except MemoryError:
        answer = {"error": "there is not enough memory for this volume: crop it, or use a larger machine"}
    except Exception as error:
        traceback.print_exc()  # to the log that FMASSIST_DEBUG=1 shows
        kind = type(error).__name__
        memory = "out of memory" in str(error).lower()
        answer = {
            "error": "memory ran out: crop the volume, or say --device cpu"
            if memory
            else f"its library failed ({kind}): set FMASSIST_DEBUG=1 to see why"
        }
    beside = folder / "answer.json.part"
    beside.write_text(json.dumps(answer), encoding="utf-8")
    beside.replace(folder / "answer.json")
    if "error" in answer:
        sys.exit(1)


def tell(stage: str, fraction: float) -> None:
    """One line of progress."""
    print(json.dumps({"stage": stage, "fraction": round(fraction, 4)}), flush=True)  # noqa: T201


def image(folder: Path) -> Any:
    """The volume's voxels `[i, j, k]`, in a type that NIfTI and torch have."""
    voxels = np.load(folder / "image.npy", allow_pickle=False)
    if voxels.dtype.kind == "f":
        return voxels.astype(np.float32, copy=False)
    low, high = (int(voxels.min()), int(voxels.max())) if voxels.size else (0, 0)
    for kind in (np.int16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return voxels.astype(kind, copy=False)
    return voxels.astype(np.float32)


def leave(folder: Path, labels: Any, affine: Any) -> dict[str, Any]:
    """Leaves the labels, and returns the answer's part that says where they lie (index to RAS mm)."""
    labels = np.asarray(labels)
    if labels.dtype.kind == "f" and np.array_equal(labels, np.rint(labels)):
        labels = labels.astype(np.int32)
    np.save(folder / "labels.npy", np.ascontiguousarray(labels), allow_pickle=False)
    return {"affine": np.asarray(affine, dtype=float).tolist()}


def versions(*packages: str) -> dict[str, str]:
    """Versions of installed packages."""
    found = {package.lower(): _version(package) for package in packages}
    return {package: said for package, said in found.items() if said}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def torch_device(request: dict[str, Any]) -> str:
    """`cpu` or `cuda`: what is asked for, or the best that is there."""
    import torch

    wanted = request.get("device")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise Refused("there is no GPU that PyTorch can use: leave --device out")
    return str(wanted) if wanted else "cuda" if torch.cuda.is_available() else "cpu"


def only_weights() -> None:
    """From here on `torch.load` reads tensors and plain values, whatever a library asks it for.

    nnU-Net and what is built on it load their checkpoints with `weights_only=False`, which runs whatever a file holds.
    Theirs hold weights, settings and NumPy numbers (running means of the training), which are let through.
    """
    import torch

    found = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    if found < (2, 10):
        raise Refused(f"PyTorch {torch.__version__} is too old to load weights safely: install 2.10 or later")
    scalar = np.float64(0).__reduce__()[0]
    kinds = [type(np.dtype(name)) for name in ("f2", "f4", "f8", "i4", "i8", "bool")]
    names = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar")
    harmless: list[Any] = [np.dtype, *kinds, *((scalar, name) for name in names)]
    torch.serialization.add_safe_globals(harmless)
    plain = torch.load

    def load(*given: Any, **named: Any) -> Any:
        named["weights_only"] = True
        try:
            return plain(*given, **named)
        except FileNotFoundError:
            raise Refused("a file of its weights is missing") from None
        except Exception as error:
            if "weights" in str(error).lower() or "unpickl" in type(error).__name__.lower():
                raise Refused("its weights can't be loaded without running code from their file") from None
            raise Refused("its weights are damaged: get them again") from None

    torch.load = load
