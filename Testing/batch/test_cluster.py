"""The same batch through Dask: a real scheduler and workers in processes of their own, which are killed."""

from __future__ import annotations

import os
import signal

import pytest

distributed = pytest.importorskip("distributed", reason="needs Dask: pip install 'fmassist[cluster]'")

from batch.dask_processes import Cluster  # noqa: E402

from fmassist.batch.cluster import on_cluster  # noqa: E402
from fmassist.batch.one import do  # noqa: E402
from fmassist.batch.plan import Plan, Study  # noqa: E402
from fmassist.batch.run import run_batch  # noqa: E402
from fmassist.batch.tables import write_tables  # noqa: E402
from fmassist.errors import InputError  # noqa: E402

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path)
    yield made
    made.close()


def here(studies, plan):
    """The same, in this process: for what does not need another."""
    return ((study, do(study, plan)) for study in studies)


def to_the_end(studies, out, engine, told=None) -> dict[str, bytes]:
    """Does all, and gives every file but what holds times."""
    plan = Plan(str(out))
    ends = run_batch(studies, plan, engine=engine, told=told)
    write_tables(studies, {done.row.study: done.row for done in ends}, plan)
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "fmassist.json"
    }


@pytest.mark.slow
def test_a_worker_or_the_scheduler_that_is_killed_costs_no_study(files, tmp_path, cluster):
    names = ("good", "bad", "other")
    studies = [Study(f"{name}-{n}", labels=str(files / f"{name}.nii.gz")) for n in range(2) for name in names]
    expected = to_the_end(studies, tmp_path / "whole", here)
    ended = []

    def lose_a_worker(_study, done, _count, _of):
        ended.append(done)
        if len(ended) == 1:
            os.killpg(cluster.workers[0].pid, signal.SIGKILL)

    found = to_the_end(studies, tmp_path / "worker", on_cluster(cluster.address, 2), lose_a_worker)
    assert all(done.row.outcome != "failed" for done in ended)
    assert found == expected

    def lose_the_scheduler(*_):
        os.killpg(cluster.scheduler.pid, signal.SIGKILL)

    with pytest.raises(InputError, match="the scheduler was lost: start it, and run the batch again"):
        to_the_end(studies, tmp_path / "out", on_cluster(cluster.address, 2), lose_the_scheduler)
    os.killpg(cluster.workers[1].pid, signal.SIGKILL)  # at whatever it was
    assert [path for path in (tmp_path / "out").iterdir() if path.is_dir()], "what was finished is kept"
    assert to_the_end(studies, tmp_path / "out", here) == expected


def test_a_scheduler_that_is_not_there_is_said(files, tmp_path, monkeypatch):
    from fmassist.batch import cluster as room

    monkeypatch.setattr(room, "CONNECT", "1s")
    engine = on_cluster("tcp://127.0.0.1:9", 1)
    with pytest.raises(InputError, match="cannot be reached"):
        list(engine([Study("a", labels=str(files / "good.nii.gz"))], Plan(str(tmp_path))))
