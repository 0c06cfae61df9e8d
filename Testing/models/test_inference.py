"""Windows in bounded memory: MONAI's labels to the voxel, and what happens when memory runs out."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

if find_spec("torch") is None or find_spec("monai") is None:
    pytest.skip("the model extra is not installed", allow_module_level=True)

from fmassist.errors import Cancelled, InputError
from fmassist.geometry import Geometry
from fmassist.models.doubt import confidence_of
from fmassist.models.inference.body import holds_body
from fmassist.models.inference.frontier import bytes_of_frontier
from fmassist.models.inference.grid import Sliding, make_grid
from fmassist.models.inference.members import Member
from fmassist.models.inference.sliding import OneChannelError, segment_windows
from fmassist.models.inference.stepdown import Runner
from fmassist.volume import Segment, Segmentation, Volume

CLASSES = 118


def _convolution(classes: int = CLASSES) -> Any:
    import torch

    torch.manual_seed(7)
    return torch.nn.Conv3d(1, classes, 3, padding=1).eval()


def _image(*size: int) -> Any:
    import torch

    return torch.randn(1, 1, *size, generator=torch.Generator().manual_seed(5))


def _of_monai(image: Any, network: Any, sliding: Sliding) -> Any:
    import torch
    from monai.inferers import sliding_window_inference

    with torch.inference_mode():
        scores = sliding_window_inference(
            image,
            sliding.roi_size,
            sliding.batch,
            network,
            overlap=sliding.overlap,
            mode=sliding.mode,
            padding_mode=sliding.padding_mode,
        )
        return scores[0].argmax(dim=0).numpy()


@pytest.mark.parametrize(
    ("size", "sliding"),
    [
        ((30, 27, 38), Sliding((16, 16, 16), mode="gaussian")),
        ((33, 14, 21), Sliding((16, 12, 16), (0.7, 0.5, 0.6), mode="gaussian", batch=3)),
        ((9, 30, 13), Sliding((16, 16, 16), (0.5, 0.5, 0.5), padding_mode="replicate", batch=2)),
        ((20, 20, 20), Sliding((16, -1, 8), (0.0, 0.25, 0.0))),
    ],
    ids=["overlap by a quarter", "overlap by more than a half", "smaller than a window", "no overlap"],
)
@pytest.mark.parametrize("sums_bytes", [10**10, 0], ids=["in memory", "in temporary files"])
def test_labels_are_those_of_monai(size: tuple[int, ...], sliding: Sliding, sums_bytes: int) -> None:
    network, image = _convolution(40), _image(*size)
    made = segment_windows(image, network, sliding, sums_bytes=sums_bytes)
    assert np.array_equal(made.labels, _of_monai(image, network, sliding))


@pytest.mark.parametrize("name", ["SegResNet", "SwinUNETR"])
def test_labels_of_real_networks_are_those_of_monai(name: str) -> None:
    import torch
    from monai.networks import nets

    torch.manual_seed(1)
    network = (
        nets.SegResNet(spatial_dims=3, init_filters=8, out_channels=CLASSES)
        if name == "SegResNet"
        else nets.SwinUNETR(in_channels=1, out_channels=CLASSES, feature_size=12, depths=(1, 1, 1, 1))
    ).eval()
    sliding, image = Sliding((64, 32, 32), mode="gaussian"), _image(64, 40, 32)
    made = segment_windows(image, network, sliding)
    assert np.array_equal(made.labels, _of_monai(image, network, sliding))
    assert len(np.unique(made.labels)) > 5


def test_memory_grows_with_the_slab_and_not_with_the_volume() -> None:
    sliding = Sliding((96, 96, 96))
    held = [sum(bytes_of_frontier(make_grid((depth, 192, 192), sliding), CLASSES)) for depth in (240, 456, 888)]
    assert held[0] == held[1] == held[2]
    assert held[2] < CLASSES * 4 * 888 * 192 * 192 / 8


def test_a_network_of_one_channel_has_no_highest_class() -> None:
    with pytest.raises(OneChannelError):
        segment_windows(_image(16, 16, 16), _convolution(1), Sliding((16, 16, 16)))


def test_values_that_are_not_finite_are_refused() -> None:
    with pytest.raises(InputError, match="not finite"):
        segment_windows(_image(16, 16, 16), lambda x: x.expand(-1, 3, -1, -1, -1) * float("nan"), Sliding((16, 16, 16)))


def test_cancelling_stops_between_windows_and_progress_rises() -> None:
    shares: list[float] = []
    with pytest.raises(Cancelled):
        segment_windows(
            _image(16, 16, 40),
            _convolution(3),
            Sliding((16, 16, 16)),
            progress=lambda _stage, share: shares.append(share),
            cancelled=lambda: len(shares) == 2,
        )
    assert shares == sorted(shares)
    assert len(shares) == 2


class _Tight:
    """A network on a device whose memory holds only so much."""

    def __init__(self, fits: Callable[[Any, str], bool]) -> None:
        self.fits, self.device, self.network = fits, "cuda", _convolution(4)

    def __call__(self, windows: Any) -> Any:
        import torch

        if not self.fits(windows, self.device):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return self.network(windows)

    def to(self, device: str) -> _Tight:
        self.device = device
        return self


def test_a_gpu_out_of_memory_takes_fewer_windows_and_says_so() -> None:
    said: list[str] = []
    network, image = _Tight(lambda windows, _device: len(windows) < 2), _image(16, 16, 52)
    made = segment_windows(
        image, network, Sliding((16, 16, 16), batch=4), progress=lambda stage, _share: said.append(stage)
    )
    assert np.array_equal(made.labels, _of_monai(image, network.network, Sliding((16, 16, 16))))
    assert made.notes == ("memory ran out: windows 2 at a time", "memory ran out: windows one at a time")
    assert set(made.notes) <= set(said)


def test_out_of_memory_steps_down_to_half_precision_and_then_to_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    # No GPU here: windows stay where they are, and half precision is entered on the CPU's own terms.
    monkeypatch.setattr(torch.Tensor, "to", lambda self, *_where, **_how: self)
    monkeypatch.setattr(torch, "autocast", lambda *_device, **_how: torch.no_grad())
    network = _Tight(lambda _windows, device: device == "cpu")
    runner = Runner([network], device="cuda", batch=1)
    assert runner(_image(8, 8, 8)).shape == (1, 4, 8, 8, 8)
    assert (runner.device, runner.half) == ("cpu", False)
    assert runner.notes == [
        "the GPU's memory ran out: half precision",
        "the GPU's memory ran out: on the CPU, which takes far longer",
    ]
    network.fits = lambda _windows, _device: False
    with pytest.raises(InputError, match="not enough memory for one window"):
        runner(_image(8, 8, 8))


def test_flips_are_averaged_and_doubt_is_highest_where_they_disagree() -> None:
    import torch

    def leans(windows: Any) -> Any:
        """Sure of class 1 below the middle along the first axis and of class 0 above, whatever it sees."""
        scores = torch.zeros(len(windows), 2, *windows.shape[2:])
        scores[:, 1, : windows.shape[2] // 2] = 6.0
        scores[:, 0, windows.shape[2] // 2 :] = 6.0
        return scores

    members = [Member(), Member(flipped=(1,))]
    agreed = segment_windows(_image(8, 8, 8), leans, Sliding((8, 8, 8)), members=members, with_doubt=True)
    assert agreed.doubt is not None
    assert agreed.doubt.max() <= 1
    split = segment_windows(
        _image(8, 8, 8), leans, Sliding((8, 8, 8)), members=[Member(), Member(flipped=(0,))], with_doubt=True
    )
    assert split.doubt is not None
    assert np.all(np.abs(split.doubt.astype(int) - 128) <= 1)  # a mean probability of one half each


def test_confidence_of_a_segment_is_the_mean_probability_of_its_voxels() -> None:
    labels = np.zeros((2, 2, 2), np.uint8)
    labels[0, 0] = 1
    labels[1, 1, 1] = 2
    doubt = np.zeros((2, 2, 2), np.uint8)
    doubt[0, 0, 1] = 153  # a probability of 0.4
    segments = (Segment(1, "liver"), Segment(2, "spleen"), Segment(3, "kidney"))
    confidence, unsure = confidence_of(Segmentation((labels,), Geometry((2, 2, 2), np.eye(4)), segments), doubt)
    assert confidence == {"liver": 0.7, "spleen": 1.0}
    assert unsure == {"liver": 0.5, "spleen": 0.0}


def test_windows_of_air_around_a_body_are_left_out_and_the_body_stays_the_same() -> None:
    voxels = np.full((64, 48, 24), -1000, np.int16)
    voxels[4:28, 8:40] = 40
    voxels[10:22, 16:30] = -850  # lung
    volume = Volume(voxels, Geometry(voxels.shape, np.diag([-1.0, -1.0, 2.0, 1.0])), modality="CT")
    wanted = holds_body(volume, volume.geometry)
    assert wanted is not None
    assert not wanted((40, 0, 0), (64, 48, 24))
    assert wanted((13, 19, 4), (18, 26, 12))
    import torch

    seen: list[int] = []
    network, sliding = _convolution(6), Sliding((16, 16, 16))
    image = torch.from_numpy(voxels / np.float32(1000))[None, None]

    def counted(windows: Any) -> Any:
        seen.append(len(windows))
        return network(windows)

    made = segment_windows(image, counted, sliding, wanted=wanted)
    assert sum(seen) < len(make_grid(voxels.shape, sliding))
    whole = _of_monai(image, network, sliding)
    assert np.array_equal(made.labels[4:28, 8:40], whole[4:28, 8:40])
    assert not made.labels[56:].any()


def test_only_a_ct_in_hu_has_a_body_to_look_for() -> None:
    geometry = Geometry((4, 4, 4), np.eye(4))
    assert holds_body(Volume(np.zeros((4, 4, 4), np.int16), geometry, modality="MR"), geometry) is None
