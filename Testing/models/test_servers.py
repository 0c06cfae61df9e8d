"""A server that speaks MONAI Label's REST on loopback: nothing goes there without a yes, and what comes is checked."""

from __future__ import annotations

import json
import threading
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from fmassist.cli.main import main
from fmassist.geometry import Geometry
from fmassist.volume import Volume, read_volume, write_volume


class Server(BaseHTTPRequestHandler):
    """`GET /info/` and `POST /infer/MODEL` as `monailabel/endpoints` of MONAI Label 0.8 answers them."""

    def do_GET(self):
        self.server.seen.append(self.path)
        model = {"type": "segmentation", "labels": self.server.labels, "dimension": 3, "description": "a threshold"}
        self._answer(
            json.dumps({"name": "Radiology", "version": "0.8.5", "models": {"bright": model}}), "application/json"
        )

    def do_POST(self):
        self.server.seen.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        whole = message_from_bytes(f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode() + body, policy=HTTP)
        parts = {
            p.get_param("name", header="content-disposition"): p.get_payload(decode=True) for p in whole.iter_parts()
        }
        self.server.params = json.loads(parts["params"])
        self.server.body = body
        image, labels = self.server.folder / "sent.nii.gz", self.server.folder / "made.nii.gz"
        image.write_bytes(parts["file"])
        volume = read_volume(image)
        write_volume(self.server.segment(volume), labels)
        mark = "a5b1c2"
        params = json.dumps({"label_names": self.server.labels, "latencies": {"total": 0.1}})
        sent = (
            f'--{mark}\r\nContent-Disposition: form-data; name="params"\r\nContent-Type: application/json\r\n\r\n'
            f'{params}\r\n--{mark}\r\nContent-Disposition: form-data; name="image"; filename="tmp8x.nii.gz"\r\n'
            "Content-Type: application/gzip\r\n\r\n"
        ).encode()
        sent += labels.read_bytes() + f"\r\n--{mark}--\r\n".encode()
        self._answer(sent, f"multipart/form-data; boundary={mark}")

    def _answer(self, body, kind):
        data = body.encode() if isinstance(body, str) else body
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_given):
        pass


def bright(volume: Volume) -> Volume:
    return Volume((np.asarray(volume.voxels) > 100).astype(np.uint8), volume.geometry)


@pytest.fixture
def server(tmp_path):
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    running.seen, running.folder, running.segment, running.labels = [], tmp_path, bright, {"liver": 1, "spleen": 2}
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    running.name = f"monailabel:http://127.0.0.1:{running.server_port}/bright"
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.fixture
def image(tmp_path, monkeypatch):
    monkeypatch.setenv("FMASSIST_SETTINGS", str(tmp_path / "settings"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    voxels = np.zeros((12, 10, 8), np.int16)
    voxels[2:6, 3:7, 2:5] = 200
    turned = Geometry(voxels.shape, np.array([[0, -4.0, 0, 9], [5, 0, 0, -7], [0, 0, 6, 3], [0, 0, 0, 1]]))
    write_volume(Volume(voxels, turned, "CT"), tmp_path / "Doe_Jane.nii.gz")
    return tmp_path / "Doe_Jane.nii.gz"


def run(image, name, capsys, *more):
    code = main(["run", str(image), "--model", name, "--out", str(image.parent / "out"), *map(str, more)])
    return code, capsys.readouterr().err


def test_a_server_is_asked_only_after_a_yes(server, image, capsys):
    code, line = run(image, server.name, capsys)
    assert code == 2
    assert "would leave this machine over an open wire for 127.0.0.1" in line
    assert server.seen == []

    assert main(["models", "trust", server.name, "--yes"]) == 0
    assert "the volume's voxels and the places of prompts go to" in " ".join(capsys.readouterr().out.lower().split())
    code, _ = run(image, server.name, capsys)
    assert code in (0, 3)
    assert server.seen == ["/info/", "/infer/bright?output=all"]
    assert b"Doe" not in server.body
    document = json.loads((image.parent / "out" / "findings.json").read_text())
    liver = next(segment for segment in document["segments"] if segment["name"] == "liver")
    assert liver["measurements"]["volume"]["value"] == pytest.approx(4 * 4 * 3 * 4 * 5 * 6 / 1000)
    assert "Radiology 0.8.5" in document["versions"]["model_version"]


def test_points_are_sent_in_voxels(server, image, capsys, tmp_path):
    main(["models", "trust", server.name, "--yes"])
    geometry = read_volume(image).geometry
    place = geometry.to_ras_mm([(3, 4, 2)])[0].tolist()
    prompts = tmp_path / "prompts.json"
    prompts.write_text(json.dumps({"points": [{"structure": "liver", "ras_mm": place}]}))
    code, line = run(image, server.name, capsys, "--prompts", prompts)
    assert code in (0, 3), line
    assert server.params["foreground"] == [[3, 4, 2]]
    assert server.params["label"] == "liver"


LIES = {
    "mirrored": lambda v: Volume(
        bright(v).voxels, Geometry(v.geometry.shape, v.geometry.index_to_ras_mm @ np.diag([-1.0, 1, 1, 1]))
    ),
    "unknown labels": lambda v: Volume(bright(v).voxels * np.uint8(9), v.geometry),
    "another shape": lambda v: Volume(bright(v).voxels[:-1], Geometry((11, 10, 8), v.geometry.index_to_ras_mm)),
}


@pytest.mark.parametrize(
    ("how", "said"), [("mirrored", "mirrored"), ("unknown labels", "(9)"), ("another shape", "shape")]
)
def test_a_server_that_lies_is_caught(how, said, server, image, capsys):
    server.segment = LIES[how]
    main(["models", "trust", server.name, "--yes"])
    code, line = run(image, server.name, capsys)
    assert code == 2
    assert said in line
    assert line.count("\n") == 1
    assert not (image.parent / "out").exists()


def test_what_is_no_such_server_is_said(server, image, capsys):
    main(["models", "trust", server.name, "--yes"])
    code, line = run(image, server.name.replace("/bright", "/deepedit"), capsys)
    assert (code, "has no model deepedit: it has bright" in line) == (2, True)
