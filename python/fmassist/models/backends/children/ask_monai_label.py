"""One request to a MONAI Label server: its models, then the image to `POST /infer/MODEL`. Standard library only.

The routes are those of MONAI Label 0.8 (`monailabel/endpoints/info.py` and `infer.py`): the answer to `/infer` is
`multipart/form-data` of `params` (JSON) and `image` (the labels' file), and JSON where there is no image.
"""

from __future__ import annotations

import json
import secrets
import shutil
import urllib.error
import urllib.request
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from exchange import Refused, main, tell

ENDINGS = (".nii.gz", ".nii", ".nrrd", ".mha", ".seg.nrrd")
MAX_BYTES = 4 * 1024**3
TIMEOUT_S = 1800.0
"""The server says nothing while it computes: half an hour is more than its own clients wait."""


def work(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Asks for the server's models, checks that ours is among them, and lets it segment."""
    server, model = request["server"].rstrip("/"), request["model"]
    tell("asking the server", 0.0)
    info = as_json(ask(server + "/info/"))
    models = info.get("models")
    if not isinstance(models, dict) or model not in models:
        known = ", ".join(sorted(map(str, models or {}))[:10]) or "none"
        raise Refused(f"the server has no model {model}: it has {known}")
    about = models[model] if isinstance(models[model], dict) else {}
    names = named_labels(about.get("labels", info.get("labels")))
    tell("sending the volume", 0.0)
    body = folder / "body"
    kind = multipart(body, {"params": json.dumps({**request["params"], "result_extension": ".nii.gz"})}, folder)
    with body.open("rb") as stream:
        sent = urllib.request.Request(  # noqa: S310
            f"{server}/infer/{quote(model, safe='')}?output=all",
            data=stream,
            headers={"Content-Type": kind, "Content-Length": str(body.stat().st_size)},
            method="POST",
        )
        answer = ask(sent)
        tell("receiving the labels", 0.5)
        said, ending = received(answer, folder)
    label_names = said.get("label_names")
    if isinstance(label_names, dict) and label_names:
        names = named_labels(label_names)
    return {
        "file": f"labels{ending}",
        "names": {str(value): name for value, name in names.items()},
        "device": "server",
        "versions": {
            "server": f"{str(info.get('name', 'MONAI Label'))[:60]} {str(info.get('version', ''))[:20]}".strip(),
        },
    }


def ask(request: str | urllib.request.Request) -> Any:
    """The server's response; proxies of the environment are honoured, redirects to another host are not followed."""
    try:
        return urllib.request.build_opener(OneHost()).open(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            raise Refused("the server wants a user name, which FMAssist can't give") from None
        raise Refused(f"the server refused ({error.code})") from None
    except (OSError, ValueError) as error:
        raise Refused(f"the server can't be reached ({type(error).__name__})") from None


class OneHost(urllib.request.HTTPRedirectHandler):
    """The user agreed to one server: a redirect elsewhere is refused."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """As the base class, on the same host only."""
        if urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            raise Refused("the server sends the volume on to another host, which nobody agreed to")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def as_json(response: Any) -> dict[str, Any]:
    """A JSON object."""
    try:
        with response:
            data = json.loads(response.read(16 * 1024**2))
    except (ValueError, OSError):
        raise Refused("the server does not answer as MONAI Label does") from None
    if not isinstance(data, dict):
        raise Refused("the server does not answer as MONAI Label does")
    return data


def named_labels(said: Any) -> dict[int, str]:
    """Labels by value, from a list (numbered from 1), names to values, or values to names: servers have all three."""
    if isinstance(said, list):
        start = 0 if said and str(said[0]).lower() == "background" else 1
        return {number: str(name) for number, name in enumerate(said, start=start) if number}
    found: dict[int, str] = {}
    for key, value in said.items() if isinstance(said, dict) else ():
        name, number = (value, key) if str(key).isdigit() else (key, value)
        if not str(number).isdigit():
            continue
        if int(number) > 0 and str(name).lower() != "background":
            found[int(number)] = str(name)
    return found


def multipart(path: Path, fields: dict[str, str], folder: Path) -> str:
    """Writes the request's body to a file (a volume need not be in memory twice), and returns its content type."""
    mark = "fmassist" + secrets.token_hex(16)
    with path.open("wb") as out:
        for name, value in fields.items():
            out.write(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode())
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="image.nii.gz"\r\n'
        out.write(f"{head}Content-Type: application/octet-stream\r\n\r\n".encode())
        with (folder / "image.nii.gz").open("rb") as image:
            shutil.copyfileobj(image, out)
        out.write(f"\r\n--{mark}--\r\n".encode())
    return f"multipart/form-data; boundary={mark}"


def received(response: Any, folder: Path) -> tuple[dict[str, Any], str]:
    """The JSON of the answer, and the ending of the labels' file, which is left as `labels` with that ending."""
    about = Message()
    about["Content-Type"] = response.headers.get("Content-Type", "")
    mark = about.get_boundary()
    raw = folder / "answer.body"
    with response, raw.open("wb") as out:
        copy_bounded(response, out)
    if about.get_content_maintype() != "multipart" or not mark:
        raise Refused("the server gave no labels")
    said: dict[str, Any] = {}
    ending = ""
    for part, data in parts_of(raw.read_bytes(), mark):
        if part.get_param("name", header="content-disposition") == "params":
            said = plain_json(data)
        elif file := part.get_filename():
            ending = next((e for e in ENDINGS if file.lower().endswith(e)), "")
            if not ending:
                raise Refused("the server gave labels in a format that FMAssist can't read")
            (folder / f"labels{ending}").write_bytes(data)
    if not ending:
        raise Refused("the server gave no labels")
    return said, ending


def parts_of(body: bytes, mark: str) -> list[tuple[Message, bytes]]:
    """Headers and bytes of each part (RFC 2046); Python's own parser would change the line breaks of binary parts."""
    found = []
    for piece in (b"\r\n" + body).split(b"\r\n--" + mark.encode("latin-1"))[1:]:
        if piece.startswith(b"--"):
            break
        head, _, data = piece.partition(b"\r\n\r\n")
        found.append((message_from_bytes(head.strip() + b"\r\n\r\n"), data))
    return found


def plain_json(data: bytes) -> dict[str, Any]:
    """A JSON object; an empty one where it is none."""
    try:
        read = json.loads(data)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def copy_bounded(source: Any, out: BinaryIO) -> None:
    """Copies up to `MAX_BYTES`."""
    total = 0
    try:
        while block := source.read(1 << 20):
            total += len(block)
            if total > MAX_BYTES:
                raise Refused("the server's answer is larger than any labels")
            out.write(block)
    except OSError as error:
        raise Refused(f"the server broke off ({type(error).__name__})") from None


if __name__ == "__main__":
    main(work)
