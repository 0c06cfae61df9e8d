"""A TorchScript file with a description."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fmassist.errors import FMAssistError, InputError
from fmassist.models.backends.base import best_device
from fmassist.models.backends.network import NetworkFile, Predict
from fmassist.models.consent import trusted_bytes
from fmassist.models.interface import Cancelled as IsCancelled
from fmassist.models.interface import Progress
from fmassist.models.safe_weights import require_torch

Array = NDArray[Any]

WHY = "is a TorchScript program"
MOST_BYTES = 8 * 1024**3
"""Of one file, which is read as a whole so that what is loaded is what was trusted."""


class TorchScriptFile(NetworkFile):
    """A compiled PyTorch program. It is one: PyTorch's own SECURITY.md says to treat it as code."""

    _network: Any = None
    _device: str = "cpu"

    def available(self) -> str | None:
        """None where PyTorch is installed and the file is here."""
        if find_spec("torch") is None:
            return "PyTorch is not installed: pip install 'fmassist[model]'"
        return None if self.place is not None else "give the path of the TorchScript file"

    def is_code(self) -> str:
        """It always is."""
        return WHY

    def code_path(self) -> Path | None:
        """The file itself."""
        if self.place is None or self.place.is_file():
            return self.place
        return self.place / self.card.files[0].path if self.card.files else None

    def load(self, device: str | None) -> tuple[Predict, str]:
        """Opens the file, once the user has said yes to it.

        Raises:
            InputError: nobody said yes, or it is damaged or no TorchScript.
        """
        torch = require_torch()
        path = self.code_path()
        if path is None:
            raise InputError(f"{self.card.title} is not here", "give its path")
        content, _ = trusted_bytes(path, why=WHY, most=MOST_BYTES)
        used = best_device(device, self.card)
        try:
            network = torch.jit.load(io.BytesIO(content), map_location=used).eval()
        except Exception:
            raise InputError("the file is damaged, or is no TorchScript", "save it with torch.jit.save") from None

        def predict(image: Any) -> Any:
            with torch.inference_mode():
                made = network(torch.from_numpy(image).to(used))
                first = made[0] if isinstance(made, (list, tuple)) else made
                return first.float().cpu().numpy()

        self._network, self._device = network, used
        return predict, used

    def by_windows(
        self,
        predict: Predict,
        image: Array,
        roi: tuple[int, ...],
        tell: Progress,
        cancelled: IsCancelled | None,
    ) -> tuple[Array, Array | None]:
        """See `NetworkFile.by_windows`; windows are laid and averaged as MONAI does it, and memory may run out."""
        import torch

        if find_spec("monai") is None:
            return super().by_windows(predict, image, roi, tell, cancelled)
        from fmassist.models.inference.grid import Sliding
        from fmassist.models.inference.sliding import OneChannelError, segment_windows

        sliding = Sliding(roi, (self.overlap,) * 3, padding_mode="replicate")
        try:
            made = segment_windows(
                torch.from_numpy(image)[None, None],
                self._network,
                sliding,
                with_doubt=True,
                device=self._device,
                progress=tell,
                cancelled=cancelled,
            )
        except OneChannelError:  # it gives labels already
            return super().by_windows(predict, image, roi, tell, cancelled)
        except FMAssistError:
            raise
        except Exception:
            raise InputError(
                f"{self.card.title} can't run on windows of {roi}", "its description may be wrong"
            ) from None
        return made.labels, made.doubt
