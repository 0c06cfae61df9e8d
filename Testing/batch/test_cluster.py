"""The same batch through Dask: a real scheduler and workers in processes of their own, one of them killed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time

import pytest

distributed = pytest.importorskip("distributed", reason="needs Dask: pip install 'fmassist[cluster]'")

from fmassist.batch.cluster import on_cluster  # noqa: E402
from fmassist.batch.plan import Plan, Study  # noqa: E402
from fmassist.batch.run import run_batch  # noqa: E402

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


def dask(*arguments: object) -> subprocess.Popen[bytes]:
    code = f"import sys; from distributed.cli import dask_{arguments[0]} as m; sys.exit(m.main())"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments[1:])], start_new_session=True, **quiet)


@pytest.fixture
def cluster(tmp_path):
    """A scheduler's address and two workers, each in a process of its own."""
    info = tmp_path / "scheduler.json"
    flags = ["--no-dashboard", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", info]
    processes = [dask("scheduler", *flags)]
    _until(info.is_file)
    place = ["--scheduler-file", info, "--nthreads", "1", "--nworkers", "1", "--no-nanny", "--no-dashboard"]
    processes += [dask("worker", *place, "--local-directory", tmp_path / name) for name in "ab"]
    import json

    yield json.loads(info.read_text())["address"], processes[1:]
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


@pytest.mark.slow
def test_a_machine_that_is_lost_costs_no_study(files, tmp_path, cluster):
    address, workers = cluster
    names = ("good", "bad", "other")
    studies = [Study(f"{name}-{n}", labels=str(files / f"{name}.nii.gz")) for n in range(2) for name in names]
    plan = Plan(str(tmp_path / "out"))
    ended = []

    def told(_study, done, _count, _of):
        ended.append(done)
        if len(ended) == 1:
            os.killpg(workers[0].pid, 9)

    ends = run_batch(studies, plan, engine=on_cluster(address, 2), told=told)
    assert [done.row.study for done in ends] == [study.id for study in studies]
    assert all(done.row.outcome != "failed" for done in ends)
    alone = tmp_path / "out" / "bad-0" / "findings.json"
    assert alone.read_bytes() == (tmp_path / "out" / "bad-1" / "findings.json").read_bytes()


def test_a_scheduler_that_is_not_there_is_said(files, tmp_path, monkeypatch):
    from fmassist.batch import cluster as room
    from fmassist.errors import InputError

    monkeypatch.setattr(room, "CONNECT", "1s")
    engine = on_cluster("tcp://127.0.0.1:9", 1)
    with pytest.raises(InputError, match="cannot be reached"):
        list(engine([Study("a", labels=str(files / "good.nii.gz"))], Plan(str(tmp_path))))


def _until(true, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)  # polls for an event in another process, which tells nobody
