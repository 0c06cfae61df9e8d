"""Running a network on windows, and what to do when memory runs out: fewer at once, half precision, the CPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from fmassist.errors import FMAssistError, InputError

Network = Callable[[Any], Any]


class Runner:
    """Networks that go on with less when their device's memory runs out, and say so.

    Args:
        networks: each from (n, channels, i, j, k) to (n, classes, i, j, k), on `device` already.
        device: `cpu` or `cuda`.
        batch: windows at once.
        half: whether to compute in half precision (float16 on a GPU, bfloat16 on a CPU).
        say: told in one line of every step down.
    """

    def __init__(
        self,
        networks: Sequence[Network],
        *,
        device: str,
        batch: int,
        half: bool = False,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.networks, self.device, self.batch, self.half = list(networks), device, max(1, batch), half
        self.notes: list[str] = []
        self._say = say or (lambda _line: None)

    def __call__(self, windows: Any, number: int = 0) -> Any:
        """Scores of a batch of windows from one of the networks, on the device that they were computed on.

        Raises:
            InputError: there is not enough memory for one window on the CPU, or the network can't be run on them.
        """
        while True:
            try:
                return self._run(windows, number)
            except FMAssistError:
                raise
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
            # Outside of the handler: the exception holds the frames, and they hold what fills the memory.
            if len(windows) > 1:
                self._fewer(len(windows) // 2)
                half = len(windows) // 2
                return _joined(self(windows[:half], number), self(windows[half:], number))
            self._less()

    def _run(self, windows: Any, number: int) -> Any:
        with self._precision():
            scores = self.networks[number](windows.to(self.device))
        return scores[0] if isinstance(scores, (tuple, list)) else scores

    def _precision(self) -> AbstractContextManager[Any]:
        import torch

        if not self.half:
            return nullcontext()
        return torch.autocast(self.device, dtype=torch.float16 if self.device == "cuda" else torch.bfloat16)

    def _fewer(self, count: int) -> None:
        if count < self.batch:
            self.batch = count
            self._note(f"{self._place()}memory ran out: windows {'one' if count == 1 else count} at a time")
        _emptied(self.device)

    def _less(self) -> None:
        if self.device == "cpu":
            raise InputError("there is not enough memory for one window of this network", "crop the volume")
        if not self.half:
            self.half = True
            self._note(f"{self._place()}memory ran out: half precision")
        else:
            place = self._place()
            self.device, self.half = "cpu", False
            self.networks = [network.to("cpu") if hasattr(network, "to") else network for network in self.networks]
            self._note(f"{place}memory ran out: on the CPU, which takes far longer")
        _emptied("cuda")

    def _place(self) -> str:
        return "the GPU's " if self.device == "cuda" else ""

    def _note(self, line: str) -> None:
        self.notes.append(line)
        self._say(line)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this is any library's way to say that memory ran out."""
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    said = str(error).lower()
    return isinstance(error, RuntimeError) and ("out of memory" in said or "can't allocate memory" in said)


def _joined(first: Any, second: Any) -> Any:
    import torch

    # After a step down to the CPU the two may lie on different devices.
    return torch.cat([first.to(second.device, second.dtype), second])


def _emptied(device: str) -> None:
    import torch

    if device == "cuda" and torch.cuda.is_available():
        torch.cuda.empty_cache()
