"""A run in a process of its own: cancelled, crashed, doubled, and bereft of its scene or scan, at every stage.

The process is real; only what it computes is a stand-in (`stand_in_cli.py`), so that a stage can be held.
"""

import os
from pathlib import Path

import pytest
from stand_in_cli import STAGES

RESULT = {"schema_version": "1.0", "verdict": "plausible", "segments": [], "findings": [], "causes": [], "versions": {}}


def alive(number):
    try:
        os.kill(number, 0)
    except OSError:
        return False
    state = Path(f"/proc/{number}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
    return state != "Z"


@pytest.fixture
def blocks(app):
    """A small scan and a segmentation of two blocks."""
    from FMAssistLib.selftest import two_blocks

    return two_blocks()


@pytest.fixture
def runner(module):
    return module.logic


class Run:
    """A check of the two blocks whose stages and end can be waited for."""

    def __init__(self, app, module, blocks, command):
        from FMAssistLib import jobs

        self.app, self.module, self.runner = app, module, module.logic
        self.volume, self.segmentation = blocks
        self.runner.command = command
        self.stages, self.ends = [], []
        progress, finished = self.runner.on_progress, self.runner.on_finished

        def told(value):
            self.stages.append(value.stage)
            progress(value)

        def ended(session, message):
            self.ends.append((session, message))
            finished(session, message)

        self.runner.on_progress, self.runner.on_finished = told, ended
        self.job = jobs.Job(["check"], self.volume, self.segmentation, {"spleen": "spleen", "liver": "liver"})

    def start_until(self, stage):
        assert self.runner.start(self.job)
        self.app.wait_until(lambda: stage in self.stages or self.ends)
        return self

    def end(self):
        self.app.wait_until(lambda: self.ends)
        return self.ends[0]

    def assert_nothing_left(self, nodes):
        from pathlib import Path

        import slicer

        assert not self.runner.running
        assert {n.GetID() for n in slicer.util.getNodesByClass("vtkMRMLSegmentationNode")} == nodes
        assert not slicer.util.getNodesByClass("vtkMRMLTextNode")
        assert not list(Path(self.app.temporaryPath).glob("FMAssist-*")), "files of a patient were left behind"

    def assert_panel_usable(self):
        from FMAssistLib.parameters import Task

        parameters, ui = self.module._parameters, self.module.ui
        parameters.inputVolume, parameters.task = self.volume, Task.CHECK
        parameters.inputSegmentation = self.segmentation
        ui.confirmNamesCheckBox.checked = True
        assert (ui.applyButton.text, ui.applyButton.enabled) == ("Apply", True)
        assert not ui.progressBar.visible


@pytest.fixture
def run(app, module, blocks, stand_in):
    def make(result=RESULT, **behaviour):
        return Run(app, module, blocks, stand_in(result, **behaviour))

    return make


@pytest.mark.parametrize("stage", STAGES)
def test_crash_at_each_stage_is_told_clearly_and_leaves_nothing(run, stage):
    one = run(crash_at=stage).start_until(stage)
    session, message = one.end()
    assert session is None
    assert "stopped unexpectedly" in message
    assert "Traceback" not in message
    one.assert_nothing_left({one.segmentation.GetID()})
    one.assert_panel_usable()


def test_what_the_process_started_ends_with_it(run, tmp_path, app):
    one = run(hang_at="model", child=str(tmp_path / "child")).start_until("model")
    child = int((tmp_path / "child").read_text(encoding="utf-8"))
    assert alive(child)
    one.runner.close()
    app.wait_until(lambda: not alive(child), seconds=5)


def worker_around(tmp_path, body, *options):
    """The real worker script around a command line with this body."""
    import subprocess
    import sys

    from FMAssistLib.library import worker_script

    package = tmp_path / "fmassist" / "cli"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "main.py").write_text(f"import os, sys, time\ndef main():\n    {body}\n", encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-S", str(worker_script()), str(tmp_path), *options, "check"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize(("body", "code"), [("return 3", 3), ("return None", 0), ("sys.exit(2)", 2), ("1 / 0", 1)])
def test_worker_hands_on_the_exit_code_while_the_application_lives(app, tmp_path, body, code):
    worker = worker_around(tmp_path, body)
    assert worker.wait(timeout=10) == code
    worker.communicate()


def test_worker_tells_the_command_line_what_it_wants(app, tmp_path):
    worker = worker_around(tmp_path, "print(os.environ['FMASSIST_PROGRESS'], sys.argv)")
    assert worker.stdout.readline() == b"json ['fmassist', 'check']\n"
    worker.communicate()


def test_temporary_files_of_a_model_go_with_the_run(app, tmp_path):
    """A process that is killed cannot remove its copies of the scan."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    helper = "subprocess.run([sys.executable, '-c', 'import tempfile; tempfile.mkdtemp()'])"
    body = f"import subprocess, tempfile; {helper}; tempfile.mkstemp(); return 0"
    worker = worker_around(tmp_path, body, "--scratch", str(scratch))
    assert worker.wait(timeout=20) == 0
    worker.communicate()
    assert len(list(scratch.iterdir())) == 2


def test_worker_ends_when_the_application_is_gone(app, tmp_path):
    worker = worker_around(tmp_path, "print('up', flush=True); time.sleep(600)")
    assert worker.stdout.readline() == b"up\n"
    worker.stdin.close()  # What the operating system does when Slicer dies, however it dies.
    assert worker.wait(timeout=10) != 0
    worker.stdout.close()
    worker.stderr.close()


def hold(one, stage):
    """The run under way at a stage: those of the process, or of handing over and taking over around it."""
    if stage == "export":
        assert one.runner.start(one.job)
    elif stage == "take over":
        hold_taking_over(one)
    else:
        one.start_until(stage)
    assert one.runner.running
    return one


def hold_taking_over(one):
    """Stops between two pieces at the worst moment: the new node is in the scene, and the result is not there yet."""
    import slicer

    idle, run = one.runner._idle, one.runner._idle.run
    held = []

    def run_held(steps, *callbacks):
        run(steps, *callbacks)
        if "take over" not in one.stages:
            return
        idle._timer.stop()
        while len(slicer.util.getNodesByClass("vtkMRMLSegmentationNode")) < 2:
            next(idle._steps)
        held.append(True)

    idle.run = run_held
    assert one.runner.start(one.job)
    one.app.wait_until(lambda: held)


ALL_STAGES = ("export", *STAGES, "take over")


@pytest.fixture
def held(run):
    """Gives a function that holds a run at any stage."""

    def at(stage):
        return hold(run(hang_at=stage if stage in STAGES else ""), stage)

    return at


@pytest.mark.parametrize("stage", ALL_STAGES)
def test_cancel_button_at_each_stage_makes_the_panel_usable_again(held, stage):
    one = held(stage)
    number = one.runner._worker.process_id if one.runner._worker is not None else 0
    one.runner.cancel()
    session, message = one.end()
    assert session is None
    assert message.startswith("Cancelled")
    assert not number or not alive(number)
    one.assert_nothing_left({one.segmentation.GetID()})
    one.assert_panel_usable()


@pytest.mark.parametrize("stage", ALL_STAGES)
def test_second_run_at_each_stage_is_refused_and_the_first_goes_on(held, stage):
    one = held(stage)
    folder = one.runner._folder
    assert not one.runner.start(one.job)
    one.module.panel.running.check_again()
    assert one.runner.running
    assert one.runner._folder is folder
    one.runner.cancel()
    one.end()


@pytest.mark.parametrize("stage", ALL_STAGES)
def test_closing_the_scene_at_each_stage_cancels(held, scene, stage):
    one = held(stage)
    number = one.runner._worker.process_id if one.runner._worker is not None else 0
    scene.Clear(False)
    assert one.end() == (None, "Cancelled, because the scene was closed.")
    assert not number or not alive(number)
    one.assert_nothing_left(set())
    assert not one.module.ui.applyButton.enabled
    assert one.module.ui.applyButton.text == "Apply"


@pytest.mark.parametrize("what", ["volume", "segmentation"])
@pytest.mark.parametrize("stage", ALL_STAGES)
def test_deleting_what_a_run_needs_at_each_stage_cancels_it(held, scene, stage, what):
    one = held(stage)
    number = one.runner._worker.process_id if one.runner._worker is not None else 0
    kept = {one.segmentation.GetID()} if what == "volume" else set()
    scene.RemoveNode(getattr(one, what))
    assert "was deleted" in one.end()[1]
    assert not number or not alive(number)
    one.assert_nothing_left(kept)
    assert one.module.ui.applyButton.text == "Apply"


@pytest.mark.parametrize("deaf", [False, True])
def test_cancel_ends_what_the_process_started_and_frees_their_memory(run, tmp_path, app, deaf):
    """The bound itself, two seconds, is measured by responsiveness.py; here all of it must be gone when it is told."""
    one = run(hang_at="model", deaf=deaf, megabytes=100, child=str(tmp_path / "child")).start_until("model")
    number, child = one.runner._worker.process_id, int((tmp_path / "child").read_text(encoding="utf-8"))
    resident = int(Path(f"/proc/{number}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    assert resident > 100e6
    one.runner.cancel()
    one.end()
    assert not alive(number)
    app.wait_until(lambda: not alive(child), seconds=5)


def test_segmentation_edited_while_it_is_checked_gives_no_result(run, tmp_path):
    import numpy as np
    from FMAssistLib import masks, voxels

    one = run(wait_at="report", wait_for=str(tmp_path / "edited")).start_until("report")
    voxels.write_crops(one.segmentation, {"liver": masks.Crop((7, 2, 2), np.ones((2, 3, 3), bool))})
    (tmp_path / "edited").touch()
    session, message = one.end()
    assert session is None
    assert "changed while it was checked" in message
    one.assert_nothing_left({one.segmentation.GetID()})


def test_input_error_reaches_the_user_in_its_own_words(run):
    one = run(exit_code=2, error="the affine is singular: re-export the volume").start_until("report")
    assert one.end() == (None, "the affine is singular: re-export the volume")
    one.assert_nothing_left({one.segmentation.GetID()})


def test_fault_is_told_with_its_last_line(run):
    one = run(exit_code=1, error="Traceback …\nMemoryError: too big").start_until("report")
    assert one.end()[1] == "The check could not be completed: MemoryError: too big"


def test_unreadable_result_leaves_no_half_node(run, tmp_path):
    broken = tmp_path / "broken.nrrd"
    broken.write_bytes(b"NRRD0004\nnothing\n")
    one = run(segmentation=str(broken))
    one.job.source = None
    one.start_until("report")
    assert "could not be taken over" in one.end()[1]
    one.assert_nothing_left({one.segmentation.GetID()})


def test_program_that_cannot_start_is_told(run):
    one = run()
    one.runner.command = lambda _arguments: ["/does/not/exist"]
    assert one.runner.start(one.job)
    session, message = one.end()
    assert session is None
    assert message
    one.assert_nothing_left({one.segmentation.GetID()})


def test_run_without_findings_gives_a_result(run):
    one = run().start_until("report")
    session, message = one.end()
    assert message == ""
    assert session.review.result["verdict"] == "plausible"
    assert one.stages[0] == "export"
    assert [s for s in one.stages if s in STAGES] == list(STAGES)


def test_progress_that_is_none_is_ignored(app):
    from FMAssistLib.process import WorkerProcess

    worker = WorkerProcess(["true"], print, print)
    for line in ("", "loading model…", "[1, 2]", "{}", "null", '{"stage": "model", "fraction": "x"}'):
        progress = worker._progress(line)
        assert progress is None or progress.fraction is None
    assert worker._progress('{"stage": "model", "fraction": 7}').fraction == 1.0
