"""Agents talk to the server by the protocol itself, over a real pipe and over a real port on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import pytest

from fmassist.phantom import torso
from fmassist.volume import write_segmentation

pytest.importorskip("mcp")

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

TOOLS = {"check_segmentation", "explain_finding", "measure_relation", "list_rules", "explain_rule", "propose_boxes"}


def over_a_pipe(talk):
    """Runs `talk(client)` against `fmassist mcp` in a process of its own."""

    async def session():
        command = StdioServerParameters(command=sys.executable, args=["-m", "fmassist", "mcp"])
        async with Client(stdio_client(command)) as client:
            return await talk(client)

    return asyncio.run(session())


def answer(result):
    """What a tool gave, as data."""
    assert not result.is_error, result.content
    return json.loads(result.content[0].text)


@pytest.fixture(scope="module")
def swapped(tmp_path_factory):
    """Labels of a synthetic torso in which the kidneys have each other's name."""
    person = torso(seed=3, spacing_mm=(5.0, 5.0, 5.0), field_of_view="abdomen")
    names = {"kidney_left": "kidney_right", "kidney_right": "kidney_left"}
    segments = tuple(
        replace(segment, name=names.get(segment.name, segment.name)) for segment in person.segmentation.segments
    )
    path = tmp_path_factory.mktemp("swapped") / "labels.seg.nrrd"
    write_segmentation(replace(person.segmentation, segments=segments), path)
    return path


def test_an_agent_checks_asks_why_and_measures(swapped, tmp_path):
    out = str(tmp_path / "result")

    async def talk(client):
        listed = {tool.name for tool in (await client.list_tools()).tools}
        checked = answer(await client.call_tool("check_segmentation", {"labels": str(swapped), "out": out}))
        finding = next(f for f in checked["findings"] if any("kidney" in name for name in f["segments"]))
        why = answer(await client.call_tool("explain_finding", {"result": out, "finding_id": finding["id"]}))
        relation = answer(
            await client.call_tool(
                "measure_relation", {"result": out, "first": "kidney_left", "second": "kidney_right"}
            )
        )
        return listed, checked, finding, why, relation

    listed, checked, finding, why, relation = over_a_pipe(talk)
    assert listed == TOOLS
    assert checked["verdict"] == "implausible"
    assert why["message"] == finding["message"]
    assert why["sources"] or why["rationale"]
    # The kidneys have each other's names, so what is called right lies to the left of what is called left.
    assert relation["second_seen_from_first_ras_mm"][0] < 0
    assert (tmp_path / "result" / "report.html").is_file()


def test_wrong_input_reaches_the_agent_as_one_line(tmp_path):
    async def talk(client):
        gone = {"labels": str(tmp_path / "Musterfrau.nii.gz"), "out": str(tmp_path / "result")}
        return await client.call_tool("check_segmentation", gone)

    result = over_a_pipe(talk)
    assert result.is_error
    text = result.content[0].text
    assert "\n" not in text
    assert "Traceback" not in text
    assert "Musterfrau" not in text
    assert not (tmp_path / "result").exists()


def test_rules_are_listed_and_explained_with_their_sources():
    async def talk(client):
        rules = await client.call_tool("list_rules", {"structure": "kidney"})
        names = [json.loads(part.text)["rule"] for part in rules.content]
        return names, answer(await client.call_tool("explain_rule", {"name": names[0]}))

    names, rule = over_a_pipe(talk)
    assert names
    assert rule["sources"] or rule["estimated"]


@contextmanager
def serving(port):
    command = [sys.executable, "-m", "fmassist", "mcp", "--port", str(port)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=dict(os.environ)) as server:
        try:
            yield server
        finally:
            server.terminate()


def test_a_port_answers_on_loopback_alone():
    from mcp.client.streamable_http import streamable_http_client

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def talk():
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            await asyncio.sleep(0.05)
        async with Client(streamable_http_client(f"http://127.0.0.1:{port}/mcp")) as client:
            return {tool.name for tool in (await client.list_tools()).tools}

    with serving(port):
        assert asyncio.run(talk()) == TOOLS
        with socket.socket() as outside:
            outside.settimeout(2)
            here = socket.gethostbyname(socket.gethostname())
            if not here.startswith("127."):
                assert outside.connect_ex((here, port)) != 0
