"""A TorchScript file with a description."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from fmassist.errors import InputError
from fmassist.models.backends.base import best_device
from fmassist.models.backends.network import NetworkFile, Predict
from fmassist.models.consent import require_consent
from fmassist.models.safe_weights import require_torch


class TorchScriptFile(NetworkFile):
    """A compiled PyTorch program. It is one: PyTorch's own SECURITY.md says to treat it as code."""

    def available(self) -> str | None:
        """None where PyTorch is installed and the file is here."""
        if find_spec("torch") is None:
            return "PyTorch is not installed: pip install 'fmassist[model]'"
        return None if self.place is not None else "give the path of the TorchScript file"

    def load(self, device: str | None) -> tuple[Predict, str]:
        """Opens the file, once the user has said yes to it.

        Raises:
            InputError: nobody said yes, or it is damaged or no TorchScript.
        """
        torch = require_torch()
        if self.place is None:
            raise InputError(f"{self.card.title} is not here", "give its path")
        path = self.place if self.place.is_file() else self.place / self.card.files[0].path
        require_consent(path, why="is a TorchScript program")
        used = best_device(device, self.card)
        try:
            network = torch.jit.load(path, map_location=used).eval()
        except Exception:
            raise InputError("the file is damaged, or is no TorchScript", "save it with torch.jit.save") from None

        def predict(image: Any) -> Any:
            with torch.inference_mode():
                made = network(torch.from_numpy(image).to(used))
                first = made[0] if isinstance(made, (list, tuple)) else made
                return first.float().cpu().numpy()

        return predict, used
