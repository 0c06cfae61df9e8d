"""Every test has settings of its own: keys and the record of signatures lie there."""

import pytest


@pytest.fixture(autouse=True)
def settings(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("settings")
    monkeypatch.setenv("FMASSIST_SETTINGS", str(folder))
    monkeypatch.delenv("FMASSIST_KEY_PASSPHRASE", raising=False)
    return folder
