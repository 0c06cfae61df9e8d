"""The worker, as the panel starts it, runs nothing that lies beside the data or in the user's own paths."""

import json


def test_nothing_beside_the_data_or_on_pythonpath_is_imported(app, tmp_path, monkeypatch):
    from FMAssistLib import process

    for name in ("gzip", "html", "json", "typer"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').write({name!r})", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "gzip.py"))
    ends = []
    worker = process.WorkerProcess(process.worker_command(["models", "--json"]), lambda _progress: None, ends.append)
    lines = []
    worker._read_output = lambda: lines.append(process.text_of(worker._process.readAllStandardOutput()))
    worker._process.readyReadStandardOutput.connect(worker._read_output)
    worker.start()
    app.wait_until(lambda: ends)
    assert ends[0].exit_code == 0, ends[0].error_text
    assert not (tmp_path / "ran").exists()


def test_worker_gets_none_of_pythons_own_variables(app, tmp_path, monkeypatch):
    import qt
    from FMAssistLib import process

    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("SSH_AUTH_SOCK", "/somewhere")
    run = qt.QProcess()
    process.prepare(run)
    names = json.dumps(run.processEnvironment().keys())
    assert "PYTHONPATH" not in names
    assert "SSH_AUTH_SOCK" not in names
    assert "PATH" in names
    assert str(run.workingDirectory()) != str(tmp_path)
