"""A review kept with the scene: in one text node for what changes, and one for what was measured.

Both are referred to by the segmentation, so that they are saved, closed and opened with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from FMAssistLib.library import add_library_to_path
from FMAssistLib.parameters import Policy

ROLE = "FMAssistReview"
"""Node reference from the segmentation to its review, and attribute that marks the text node."""
EVIDENCE_ROLE = "FMAssistEvidence"
"""The same for the facts measured and for earlier checks: they are large and change only with a check, so that
decisions need not write them."""

STORED_VERSION = "2"


def store(session: Any) -> None:
    """Writes a session into its text nodes, which are made when there are none."""
    _write(session.segmentation_node, ROLE, _("review"), stored(session))
    node = session.segmentation_node.GetNodeReference(EVIDENCE_ROLE)
    mark = str(sum(entry["action"] in ("checked", "check undone") for entry in session.review.audit.entries))
    if node is None or node.GetAttribute(EVIDENCE_ROLE) != mark:
        of_checks = {"evidence": session.evidence, "earlier": session.earlier}
        _write(session.segmentation_node, EVIDENCE_ROLE, _("evidence"), of_checks)
        session.segmentation_node.GetNodeReference(EVIDENCE_ROLE).SetAttribute(EVIDENCE_ROLE, mark)


def stored(session: Any) -> dict[str, Any]:
    """What is kept of a review, as JSON values; what was measured is kept apart."""
    return {
        "stored_version": STORED_VERSION,
        "review": session.review.to_json(),
        "segments": session.ids_by_name,
        "undo": session.undo_voxels,
        "carried": session.carried,
        "before_edit": session.before_edit,
        "codes": session.codes,
        "policy": session.policy.value,
        "signed_digests": session.signed_digests,
    }


def restore(segmentation_node: Any, make: Callable[..., Any]) -> Any:
    """The session stored with a segmentation, or None where there is none or it cannot be read; then it is told.

    Args:
        segmentation_node: anybody's, or None.
        make: the session's class.
    """
    text = _read(segmentation_node, ROLE)
    if not text:
        return None
    add_library_to_path()
    from fmassist.errors import InputError

    try:
        known = json.loads(text)
        # Version 1 kept the evidence with the review.
        of_checks = json.loads(_read(segmentation_node, EVIDENCE_ROLE) or "{}") or {"evidence": known.get("evidence")}
        volume = segmentation_node.GetNodeReference(
            slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
        )
        return session_of(segmentation_node, volume, known, of_checks, make)
    except (ValueError, KeyError, TypeError, AttributeError, InputError):
        slicer.util.warningDisplay(
            _("The review stored with {name} cannot be read; check it again.").format(name=segmentation_node.GetName())
        )
        return None


def session_of(
    segmentation_node: Any,
    volume_node: Any,
    known: Mapping[str, Any],
    of_checks: Mapping[str, Any],
    make: Callable[..., Any],
) -> Any:
    """The session out of what `stored` gave.

    Args:
        segmentation_node: that it is about.
        volume_node: the scan, or None.
        known: as `stored` gave it.
        of_checks: `evidence` and `earlier` checks.
        make: the session's class.

    Raises:
        ValueError, KeyError, TypeError, AttributeError, InputError: it is damaged.
    """
    from fmassist.review import Review

    review = Review.from_json(known["review"], evidence=of_checks.get("evidence"))
    evidence = of_checks.get("evidence")
    session = make(segmentation_node, volume_node, review, known["segments"], evidence, known.get("codes"))
    session.policy = Policy(known.get("policy", Policy.HIDE.value))
    session.undo_voxels = dict(known.get("undo", {}))
    session.earlier = list(of_checks.get("earlier", []))
    session.carried = int(known.get("carried", 0))
    session.before_edit = known.get("before_edit")
    session.signed_digests = dict(known.get("signed_digests", {}))
    return session


def reviewed(scene: Any) -> list[Any]:
    """All segmentations of a scene that a review is stored with, in the scene's order."""
    nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode", scene)
    return [node for node in nodes if is_reviewed(node)]


def is_reviewed(segmentation_node: Any) -> bool:
    """Whether a review is stored with a segmentation."""
    return segmentation_node is not None and segmentation_node.GetNodeReference(ROLE) is not None


def remove(segmentation_node: Any) -> None:
    """Takes a segmentation out of the scene, with everything that is stored with it."""
    scene = segmentation_node.GetScene()
    for node in _texts(segmentation_node):
        scene.RemoveNode(node)
    if scene is not None:
        scene.RemoveNode(segmentation_node)


def follow(node: Any) -> None:
    """A node is about to be removed by somebody: what is stored with it follows, once it is gone."""
    texts = _texts(node) if node is not None and node.IsA("vtkMRMLSegmentationNode") else []
    scene = node.GetScene() if node is not None else None
    if not texts or scene is None or scene.IsBatchProcessing():
        return

    def gone() -> None:
        for text in texts:
            if text.GetScene() is not None and node.GetScene() is None:
                scene.RemoveNode(text)

    qt.QTimer.singleShot(0, gone)


def _texts(segmentation_node: Any) -> list[Any]:
    found = [segmentation_node.GetNodeReference(role) for role in (ROLE, EVIDENCE_ROLE)]
    return [node for node in found if node is not None]


def checked(session: Any) -> dict[str, Any]:
    """What a check and the decisions on it were, for `go_back`."""
    return {
        "review": session.review.to_json(),
        "segments": {name: list(ids) for name, ids in session.ids_by_name.items()},
        "evidence": session.evidence,
        "undo": session.undo_voxels,
        "carried": session.carried,
    }


def go_back(session: Any) -> None:
    """Brings the check before the last one back; the log goes on and says so."""
    from fmassist.review import Review

    before = session.earlier.pop()
    now = session.review.to_json()
    review = {
        **before["review"],
        "audit": now["audit"],
        "head": now["head"],
        "decisions_made": max(now["decisions_made"], before["review"]["decisions_made"]),
        "signature": None,
    }
    session.review = Review.from_json(review, evidence=before["evidence"])
    session.review.note("check undone", {"verdict": str(session.review.result.get("verdict", ""))})
    session.ids_by_name = before["segments"]
    session.evidence = before["evidence"]
    session.undo_voxels = before["undo"]
    session.carried = before["carried"]


def _write(segmentation_node: Any, role: str, title: str, value: Any) -> None:
    node = segmentation_node.GetNodeReference(role)
    if node is None:
        scene = segmentation_node.GetScene()
        node = scene.AddNewNodeByClass("vtkMRMLTextNode", f"{segmentation_node.GetName()} {title}")
        node.SetAttribute(role, STORED_VERSION)
        node.SetForceCreateStorageNode(node.CreateStorageNodeAlways)
        segmentation_node.SetNodeReferenceID(role, node.GetID())
    node.SetText(json.dumps(value))


def _read(segmentation_node: Any, role: str) -> str:
    node = segmentation_node.GetNodeReference(role) if segmentation_node is not None else None
    return (node.GetText() or "") if node is not None else ""
