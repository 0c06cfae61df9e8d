"""The passes that are shipped in machine code are those of the sources, and Numba is asked for nothing but the rest."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from fmassist.evidence.kernels import machine_code
from fmassist.evidence.kernels.link import number
from fmassist.evidence.kernels.scan import scan
from fmassist.evidence.kernels.voxels import finite_range

here = machine_code.AHEAD / f"{machine_code.system()}.json"
shipped = pytest.mark.skipif(not here.exists(), reason="no machine code is shipped for this system")


def layer(dtype, values=5):
    return np.random.default_rng(1).integers(0, values, (6, 7, 40)).repeat(9, axis=2).astype(dtype)


def arguments(labels):
    flat = labels.reshape(-1)
    per = 8 // flat.itemsize
    return flat, flat[: len(flat) // per * per].view(np.uint64), labels.shape[2], 0, labels.shape[0] * labels.shape[1]


@shipped
def test_it_was_made_from_the_sources_that_are_here():
    said = json.loads(here.read_text(encoding="utf-8"))
    remedy = "run: python -m fmassist.evidence.kernels.make_ahead"
    assert said["sources"] == machine_code.sources_digest(), remedy


@shipped
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_it_gives_what_numba_gives(dtype):
    given = arguments(layer(dtype))
    known, ahead = machine_code.call_ahead("scan", given)
    assert known
    for one, other in zip(ahead, scan.by_numba(*given), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@shipped
def test_a_check_imports_no_numba(tmp_path):
    code = (
        "import sys; from fmassist.phantom import torso; from fmassist.evidence.measure import measure; "
        "t = torso(seed=3, spacing_mm=(8.0, 8.0, 8.0)); measure(t.segmentation, t.volume); print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert not {"numba", "llvmlite"} & set(ran.stdout.split())


def test_single_numbers_and_several_are_taken_alike():
    values = np.array([np.nan, 3.0, -2.5, np.inf], dtype=np.float32)
    assert finite_range(values, 0, 4) == (-2.5, 3.0)
    assert finite_range(values, 0, 1) == (np.inf, -np.inf)
    parents = np.array([0, 0, 2, 2, 4], dtype=np.int32)
    np.testing.assert_array_equal(number(parents.copy())[0], number.by_numba(parents.copy())[0])


def test_an_array_that_nobody_expected_goes_to_numba():
    labels = layer(np.int8)
    known, _ = machine_code.call_ahead("scan", arguments(labels))
    assert not known
    for one, other in zip(scan(*arguments(labels)), scan(*arguments(labels.astype(np.uint8))), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("damage", ["sources", "library", "missing"])
def test_code_that_is_not_what_it_says_is_not_loaded(damage, tmp_path, monkeypatch):
    if not here.exists():
        pytest.skip("no machine code is shipped for this system")
    said = json.loads(here.read_text(encoding="utf-8"))
    if damage != "missing":
        said[damage] = "0" * 64
        (tmp_path / here.name).write_text(json.dumps(said), encoding="utf-8")
    (tmp_path / here.with_suffix(".so").name).write_bytes(here.with_suffix(".so").read_bytes())
    monkeypatch.setattr(machine_code, "AHEAD", tmp_path)
    machine_code._shipped.cache_clear()
    try:
        assert machine_code.call_ahead("scan", arguments(layer(np.uint8))) == (False, None)
    finally:
        machine_code._shipped.cache_clear()
