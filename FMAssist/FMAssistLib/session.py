"""A result under review in the scene: findings, decisions, repairs with undo, and the signature.

Everything is kept in one text node that the segmentation refers to, so that it is saved, closed and opened with the
scene. The review itself is the library's (`fmassist.review`), which knows nothing of Slicer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import slicer
from slicer.i18n import tr as _

from FMAssistLib import gate, masks, repairs
from FMAssistLib.library import add_library_to_path
from FMAssistLib.parameters import Policy

ROLE = "FMAssistReview"
"""Node reference from the segmentation to its review, and attribute that marks the text node."""

STORED_VERSION = "1"


class ReviewSession:
    """One checked segmentation.

    Args:
        segmentation_node: made by this module.
        volume_node: the scan, or None.
        review: of type `fmassist.review.Review`.
        ids_by_name: segment name in the findings → segment ids in the node.
        evidence: content of `evidence.json`, kept with the scene.
    """

    def __init__(
        self,
        segmentation_node: Any,
        volume_node: Any,
        review: Any,
        ids_by_name: Mapping[str, list[str]],
        evidence: Any = None,
    ) -> None:
        self.segmentation_node = segmentation_node
        self.volume_node = volume_node
        self.review = review
        self.ids_by_name = {name: list(ids) for name, ids in ids_by_name.items()}
        self.evidence = evidence
        self.policy = Policy.HIDE
        self._undo: dict[str, dict[str, Any]] = {}

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Findings, worst first: blocking before review before info, most certain first."""
        order = {"block": 0, "review": 1, "info": 2}
        return sorted(
            self.review.findings,
            key=lambda f: (order.get(f["severity"], 3), -(f.get("probability") or 0.0)),
        )

    def finding(self, finding_id: str) -> dict[str, Any]:
        """The finding of that id.

        Raises:
            KeyError: there is none.
        """
        for finding in self.review.findings:
            if finding["id"] == finding_id:
                return finding
        raise KeyError(finding_id)

    def segment_ids(self, names: list[str] | tuple[str, ...]) -> list[str]:
        """Ids of the segments with these names in the findings; those no longer there are left out."""
        segmentation = self.segmentation_node.GetSegmentation()
        ids = [sid for name in names for sid in self.ids_by_name.get(name, [])]
        return [sid for sid in ids if segmentation.GetSegment(sid) is not None]

    # The gate

    def apply_gate(self, policy: Policy | None = None) -> None:
        """Shows each segment as the policy and the decisions say."""
        if policy is not None:
            self.policy = policy
        decisions = {}
        for finding in self.review.findings:
            decision = self.review.decision_on(finding["id"])
            if decision is not None:
                decisions[finding["id"]] = decision.action
        treatments = {}
        for name, ids in self.ids_by_name.items():
            treatment = gate.treat(name, self.review.findings, decisions, self.policy)
            treatments.update(dict.fromkeys(ids, treatment))
        gate.apply_gate(self.segmentation_node, treatments)

    # Decisions

    def repaired(self, finding: Mapping[str, Any]) -> dict[str, masks.Crop]:
        """What a finding's repair would make of the segments, by segment id; nothing is changed.

        Raises:
            ValueError: the segmentation was changed since, so that the repair no longer fits.
        """
        import numpy as np

        steps = repairs.resolve(finding["repair"]["steps"], self.review.result.get("segments", []))
        names = repairs.segments_of(steps)
        if any(not self.segment_ids([step["segment"]]) for step in steps):
            raise ValueError(_("A segment that the repair needs is no longer there. Check again."))
        # A structure that has no segment yet gets one under its own name.
        ids = {name: next(iter(self.segment_ids([name])), name) for name in names}
        found = dict(masks.crops(self.segmentation_node, ids.values()))
        empty = masks.Crop((0, 0, 0), np.zeros((0, 0, 0), bool))
        full = {name: masks.full_mask(self.segmentation_node, found.get(sid, empty)) for name, sid in ids.items()}
        occupied = None
        if any(step["action"] == "fill" for step in steps):
            for sid, crop in masks.crops(self.segmentation_node):
                if sid not in ids.values():
                    mask = masks.full_mask(self.segmentation_node, crop)
                    occupied = mask if occupied is None else occupied | mask
        after = repairs.after_repair(steps, full, occupied)
        return {ids[name]: masks.crop_of(self.segmentation_node, mask) for name, mask in after.items()}

    def accept_repair(self, finding_id: str, by: str) -> None:
        """Carries out a finding's repair; it settles every finding that it resolves."""
        finding = self.finding(finding_id)
        repair = finding["repair"]
        after = self.repaired(finding)
        segmentation = self.segmentation_node.GetSegmentation()
        new = [sid for sid in after if segmentation.GetSegment(sid) is None]
        before = dict(masks.crops(self.segmentation_node, [sid for sid in after if sid not in new]))
        for sid in new:
            segmentation.AddEmptySegment(sid, sid)
            self.ids_by_name.setdefault(sid, []).append(sid)
        masks.write_crops(self.segmentation_node, after)
        known = {f["id"] for f in self.review.findings}
        settled = [finding_id, *(f for f in repair.get("resolves", []) if f in known and f != finding_id)]
        settled = [f for f in settled if self.review.decision_on(f) is None] or [finding_id]
        decision = self.review.decide(
            "accept_repair",
            settled,
            by=by,
            repair=repair["id"],
            segment_digests=self._digests(list(after)),
        )
        self._undo[decision.id] = {
            **{sid: masks.pack(crop) for sid, crop in before.items()},
            **dict.fromkeys(new),
        }
        self._changed()

    def keep(self, finding_id: str, by: str, reason: str) -> None:
        """Leaves the segments as they are, for a reason."""
        self._decide("keep", finding_id, by, reason)

    def reject(self, finding_id: str, by: str, reason: str = "") -> None:
        """Takes the finding's segments out of sight for good; their voxels stay, so that it can be undone."""
        self._decide("reject", finding_id, by, reason)

    def edited(self, finding_id: str, by: str) -> None:
        """Notes that somebody mended the segments by hand."""
        self._decide("edit", finding_id, by, _("edited in the Segment Editor"))

    def undo(self) -> None:
        """Takes back the last decision, a repair's voxels included."""
        decision = self.review.undo()
        before = self._undo.pop(decision.id, None)
        if before:
            segmentation = self.segmentation_node.GetSegmentation()
            present = {sid: value for sid, value in before.items() if segmentation.GetSegment(sid) is not None}
            for sid in [sid for sid, value in present.items() if value is None]:
                segmentation.RemoveSegment(sid)
                self.ids_by_name = {name: ids for name, ids in self.ids_by_name.items() if ids != [sid]}
            kept = {sid: masks.unpack(value) for sid, value in present.items() if value is not None}
            masks.write_crops(self.segmentation_node, kept)
        self._changed()

    # Signature

    def sign(self, by: str) -> None:
        """Signs the result as it is now."""
        self.review.sign(by, masks.whole_digest(self.segmentation_node))
        self._changed()

    def withdraw(self) -> None:
        """Takes the signature back, so that decisions can be changed."""
        self.review.withdraw()
        self._changed()

    def verify(self) -> Any:
        """Whether the signature holds for the segmentation as it is now (`fmassist.review.Verification`)."""
        return self.review.verify(masks.whole_digest(self.segmentation_node))

    def note_void(self, reasons: tuple[str, ...]) -> None:
        """Writes down that the signature was found void, once."""
        entries = self.review.audit.entries
        last = next((e["action"] for e in reversed(entries) if e["action"] in ("signed", "signature void")), "")
        if last == "signed":
            self.review.note("signature void", {"reasons": list(reasons)})
            self.store()

    # Storage in the scene

    def store(self) -> None:
        """Writes the session into its text node, which is made when there is none."""
        scene = self.segmentation_node.GetScene()
        node = self.segmentation_node.GetNodeReference(ROLE)
        if node is None:
            node = scene.AddNewNodeByClass("vtkMRMLTextNode", f"{self.segmentation_node.GetName()} review")
            node.SetAttribute(ROLE, STORED_VERSION)
            node.SetForceCreateStorageNode(node.CreateStorageNodeAlways)
            self.segmentation_node.SetNodeReferenceID(ROLE, node.GetID())
        node.SetText(
            json.dumps(
                {
                    "stored_version": STORED_VERSION,
                    "review": self.review.to_json(),
                    "segments": self.ids_by_name,
                    "evidence": self.evidence,
                    "undo": self._undo,
                    "policy": self.policy.value,
                }
            )
        )

    @classmethod
    def restore(cls, segmentation_node: Any) -> ReviewSession | None:
        """The session stored with a segmentation, or None where there is none or it cannot be read."""
        node = segmentation_node.GetNodeReference(ROLE) if segmentation_node is not None else None
        if node is None or not node.GetText():
            return None
        add_library_to_path()
        from fmassist.errors import InputError
        from fmassist.review import Review

        try:
            stored = json.loads(node.GetText())
            review = Review.from_json(stored["review"])
            volume = segmentation_node.GetNodeReference(
                slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
            )
            session = cls(segmentation_node, volume, review, stored["segments"], stored.get("evidence"))
            session.policy = Policy(stored.get("policy", Policy.HIDE.value))
            session._undo = dict(stored.get("undo", {}))
        except (ValueError, KeyError, TypeError, InputError):
            slicer.util.warningDisplay(
                _("The review stored with {name} cannot be read; check it again.").format(
                    name=segmentation_node.GetName()
                )
            )
            return None
        return session

    def _decide(self, action: str, finding_id: str, by: str, reason: str) -> None:
        ids = self.segment_ids(self.finding(finding_id)["segments"])
        self.review.decide(action, [finding_id], by=by, reason=reason, segment_digests=self._digests(ids))
        self._changed()

    def _digests(self, ids: list[str]) -> dict[str, str]:
        return masks.segment_digests(self.segmentation_node, ids) if ids else {}

    def _changed(self) -> None:
        self.apply_gate()
        self.store()
