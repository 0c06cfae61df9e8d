"""Objects from what `bundle_words` read: each is the very one that stands on the list, made with checked values."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from fmassist.errors import InputError
from fmassist.models.backends.bundle_kinds import Device, DType, Part

MOST_PARAMETERS = 4 * 10**9
"""Of a network: 16 GB of float32. The largest that bundles have are below a tenth of it."""


class Maker:
    """Makes parts; one that is referred to twice is made once, since MONAI's inversion asks for the same object.

    Args:
        device: where to compute.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._made: dict[tuple[str, ...], Any] = {}

    def make(self, value: Any) -> Any:
        """The value with every part in it made.

        Raises:
            InputError: the installed library has another object under the name on the list.
        """
        if isinstance(value, Part):
            if value.path not in self._made:
                self._made[value.path] = self._object(value)
            return self._made[value.path]
        if isinstance(value, list):
            return [self.make(one) for one in value]
        if isinstance(value, dict):
            return {name: self.make(one) for name, one in value.items()}
        if isinstance(value, DType):
            return getattr(import_module(value.library), value.name)
        if isinstance(value, Device):
            import torch

            return torch.device(self._device)
        return value

    def _object(self, part: Part) -> Any:
        target = the_listed(part.entry)
        given = {name: self.make(value) for name, value in part.arguments.items()}
        if part.entry["kind"] == "network":
            _require_size(target, given)
        return target(**given)


def the_listed(entry: dict[str, Any]) -> Any:
    """The object of an entry, from the module that defines it, under the name that it has there itself.

    Raises:
        InputError: another object bears the name, so that nobody has looked at it.
    """
    found = vars(import_module(entry["module"])).get(entry["name"])
    if (getattr(found, "__module__", None), getattr(found, "__qualname__", None)) != (entry["module"], entry["name"]):
        raise InputError(
            f"this version of {entry['module'].split('.')[0]} has another {entry['name']} than the one on the list",
            "install the version that FMAssist was tested with (python/requirements.lock)",
        )
    return found


def _require_size(target: Any, given: dict[str, Any]) -> None:
    """Refuses a network that no machine holds, before any of it is."""
    import torch

    try:
        with torch.device("meta"):
            count = sum(weight.numel() for weight in target(**given).parameters())
    except Exception:  # some networks compute while they are built, which this device can't: nothing is known then
        return
    if count > MOST_PARAMETERS:
        raise InputError(f"the bundle's network has {count / 1e9:.0f} thousand million weights", "this is no model")
