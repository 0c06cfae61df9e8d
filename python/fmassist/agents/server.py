"""`fmassist mcp`: a server of the Model Context Protocol, over standard input and output or over loopback.

It reads and writes only what a call names, changes no study, and asks nothing of the network. Where it listens on a
port, it does so on 127.0.0.1 alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

import fmassist
from fmassist.errors import InputError

if TYPE_CHECKING:
    from mcp.server import MCPServer

LOOPBACK = "127.0.0.1"
INSTRUCTIONS = (
    "Holds segmentations of medical images against anatomy. check_segmentation gives the verdict and writes a result "
    "folder; explain_finding and measure_relation read that folder. Research software: it proposes, a person decides. "
    "Never tell a patient's name or number to this server; it needs none."
)
Labels = Annotated[str, Field(description="Path of the segmentation: NIfTI, NRRD, .seg.nrrd, DICOM SEG, or a folder.")]
Result = Annotated[str, Field(description="Path of a result folder that check_segmentation wrote.")]


def check_segmentation(
    labels: Labels,
    out: Annotated[str, Field(description="Path of a folder that does not exist yet; the result goes there.")],
    image: Annotated[str, Field(description="Path of the image that was segmented, or empty.")] = "",
    label_map: Annotated[
        str, Field(description="What the labels mean, such as totalsegmentator:total; empty to be told.")
    ] = "",
) -> dict[str, Any]:
    """Check a segmentation against anatomy, write the result folder, and give the verdict with its findings."""
    from fmassist.agents.results import summary
    from fmassist.application.folder import require_free
    from fmassist.report.schema import read_findings

    require_free(Path(out), overwrite=False)  # before the work, not after it
    study = fmassist.check(labels, image=image or None, label_map=label_map or None)
    study.write(out)
    return summary(read_findings(Path(out) / "findings.json")) | {"report": str(Path(out) / "report.html")}


def explain_finding(
    result: Result, finding_id: Annotated[str, Field(description="Its id, as check_segmentation gave it.")]
) -> dict[str, Any]:
    """Say everything known of one finding: measured, expected, sources, causes, and the proposed repair."""
    from fmassist.agents.results import explained

    return explained(Path(result), finding_id)


def measure_relation(
    result: Result,
    first: Annotated[str, Field(description="Name of a segment.")],
    second: Annotated[str, Field(description="Name of another segment.")],
) -> dict[str, Any]:
    """Give distance, contact, overlap and direction between two segments of a checked study."""
    from fmassist.agents.results import between

    return between(Path(result), first, second)


def list_rules(
    structure: Annotated[str, Field(description="Part of a structure's name, or empty for all rules.")] = "",
) -> list[dict[str, str]]:
    """List the rules of anatomy, or those about one structure."""
    from fmassist.agents.rules import rules_about

    return rules_about(structure)


def explain_rule(name: Annotated[str, Field(description="Name of a rule, as list_rules gives it.")]) -> dict[str, Any]:
    """Give one rule with its numbers, sources, exceptions and what excuses it."""
    from fmassist.agents.rules import rule_in_full

    return rule_in_full(name)


def propose_boxes(image: Annotated[str, Field(description="Path of a CT.")]) -> list[dict[str, Any]]:
    """Propose a box for each structure that a CT of the trunk shows, to prompt a model with (rough)."""
    from fmassist.models.prompts.auto import prompts_from_image
    from fmassist.volume import read_volume

    return [
        {"structure": prompt.structure, "boxes_ras_mm": [list(map(list, box)) for box in prompt.boxes_ras_mm]}
        for prompt in prompts_from_image(read_volume(Path(image)))
    ]


TOOLS: tuple[Callable[..., Any], ...] = (
    check_segmentation,
    explain_finding,
    measure_relation,
    list_rules,
    explain_rule,
    propose_boxes,
)


def make_server() -> MCPServer:
    """The server with all tools. Wrong input is told to the agent in the one line that a person would read.

    Raises:
        InputError: the Model Context Protocol's SDK is not installed.
    """
    try:
        from mcp.server import MCPServer
    except ImportError:
        raise InputError("the server needs the package mcp", "pip install 'fmassist[mcp]'") from None
    server = MCPServer("fmassist", version=fmassist.__version__, instructions=INSTRUCTIONS, log_level="ERROR")
    for tool in TOOLS:
        server.add_tool(_told(tool))
    return server


def _told(tool: Callable[..., Any]) -> Callable[..., Any]:
    """The tool, whose refusals reach the agent as one line without the paths and names in a traceback."""
    from functools import wraps

    from mcp.server.mcpserver.exceptions import ToolError

    @wraps(tool)
    def telling(*args: Any, **kwargs: Any) -> Any:
        try:
            return tool(*args, **kwargs)
        except InputError as error:
            raise ToolError(str(error)) from None
        except Exception as error:
            raise ToolError(f"unexpected fault ({type(error).__name__}): please report it") from None

    return telling
