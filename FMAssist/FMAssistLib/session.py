"""A result under review in the scene: findings, decisions, repairs with undo, and the signature.

The review itself is the library's (`fmassist.review`), which knows nothing of Slicer; `storage` keeps all of it with
the scene. Whatever reads or writes voxels is written in pieces (`idle`): `accepting`, `keeping` and so on return the
pieces, `accept_repair`, `keep` and so on do them at once, for scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slicer.i18n import tr as _

from FMAssistLib import gate, masks, repairs, storage, surfaces, terminology, voxels
from FMAssistLib.idle import Steps, finish
from FMAssistLib.library import add_library_to_path
from FMAssistLib.parameters import Policy


class ReviewSession:
    """One checked segmentation.

    Args:
        segmentation_node: made by this module.
        volume_node: the scan, or None.
        review: of type `fmassist.review.Review`.
        ids_by_name: segment name in the findings → segment ids in the node.
        evidence: content of `evidence.json`, kept with the scene.
        codes: terminology and colour of structures, by IRI.
    """

    def __init__(
        self,
        segmentation_node: Any,
        volume_node: Any,
        review: Any,
        ids_by_name: Mapping[str, list[str]],
        evidence: Any = None,
        codes: Mapping[str, Any] | None = None,
    ) -> None:
        self.segmentation_node = segmentation_node
        self.volume_node = volume_node
        self.review = review
        self.ids_by_name = {name: list(ids) for name, ids in ids_by_name.items()}
        self.evidence = evidence
        self.codes = dict(codes or {})
        self.policy = Policy.HIDE
        self.undo_voxels: dict[str, dict[str, Any]] = {}
        """Decision → segment → its voxels before, packed; None for a segment that was not there."""
        self.earlier: list[dict[str, Any]] = []
        """The reviews of earlier checks, oldest first, so that a re-check can be taken back."""
        self.carried = 0
        """How many decisions came over from the check before."""
        self.before_edit: dict[str, Any] | None = None
        """Digests and packed voxels of all segments, from when somebody went to edit them."""
        self.signed_digests: dict[str, str] = {}
        self.told_elsewhere = False
        """Whether its check was told of the patient elsewhere, as in a batch: a check again is told the same."""
        self.stale_surfaces: set[str] = set()
        """Segments whose voxels changed since their surface was made."""

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

    @property
    def names(self) -> dict[str, str]:
        """Segment id → name in the findings, of the segments that are still there."""
        return {sid: name for name in self.ids_by_name for sid in self.segment_ids([name])}

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

    def code_segments(self) -> None:
        """Gives every segment without a coded meaning that of its structure."""
        known = terminology.codes_by_name(self.review.result, self.codes)
        segmentation = self.segmentation_node.GetSegmentation()
        for name, ids in self.ids_by_name.items():
            for sid in self.segment_ids([name]) if ids else []:
                terminology.code(segmentation.GetSegment(sid), known.get(name, {}))

    # Decisions

    def repaired(self, finding: Mapping[str, Any]) -> dict[str, masks.Crop]:
        """What a finding's repair would make of the segments, by segment id; nothing is changed."""
        return finish(self.repairing(finding))

    def repairing(self, finding: Mapping[str, Any]) -> Steps[dict[str, masks.Crop]]:
        """As `repaired`, in pieces.

        Raises:
            ValueError: the segmentation was changed since, so that the repair no longer fits.
        """
        steps = repairs.resolve(finding["repair"]["steps"], self.review.result.get("segments", []))
        if any(not self.segment_ids([step["segment"]]) for step in steps):
            raise ValueError(_("A segment that the repair needs is no longer there. Check again."))
        changed = {sid for before in self.undo_voxels.values() for sid in before}
        parted = [step["segment"] for step in steps if step.get("component") is not None]
        if changed & set(self.segment_ids(parted)):
            # Pieces are numbered as the check found them; after a change, a number may mean another piece.
            raise ValueError(_("A segment that the repair needs was changed since the check. Check again."))
        # A structure that has no segment yet gets one under its own name.
        ids = {name: next(iter(self.segment_ids([name])), name) for name in repairs.segments_of(steps)}
        found = yield from masks.read_crops(self.segmentation_node, ids.values())
        crops = {name: found.get(sid, masks.empty_crop()) for name, sid in ids.items()}
        matrix = masks.grid_matrix(masks.reference_grid(self.segmentation_node))
        filled = [step["segment"] for step in steps if step["action"] == "fill"]
        free = {name: masks.free_around(self.segmentation_node, ids[name], crops[name]) for name in filled}
        after = yield from repairs.after_repair(steps, crops, matrix, free)
        return {ids[name]: crop for name, crop in after.items()}

    def losing(self, after: Mapping[str, masks.Crop]) -> Steps[list[masks.Crop]]:
        """The voxels that would belong to none of the segments any more, in pieces.

        Args:
            after: segment id → voxels, as `repairing` gives.
        """
        before = yield from masks.read_crops(self.segmentation_node, list(after))
        found = []
        for crop in before.values():
            lost = yield from repairs.without(crop, list(after.values()))
            if lost.mask.any():
                found.append(lost)
        return found

    def accept_repair(self, finding_id: str, by: str) -> None:
        """Carries out a finding's repair; it settles every finding that it resolves."""
        finish(self.accepting(finding_id, by))
        self._renew_surfaces()

    def accepting(self, finding_id: str, by: str) -> Steps[None]:
        """As `accept_repair`, in pieces."""
        finding = self.finding(finding_id)
        repair = finding["repair"]
        after = yield from self.repairing(finding)
        segmentation = self.segmentation_node.GetSegmentation()
        new = [sid for sid in after if segmentation.GetSegment(sid) is None]
        before = yield from masks.read_crops(self.segmentation_node, [sid for sid in after if sid not in new])
        packed: dict[str, Any] = dict.fromkeys(new)
        for sid, crop in before.items():
            packed[sid] = yield from masks.pack_steps(crop)
        known = terminology.codes_by_name(self.review.result, self.codes)
        for sid in new:
            segmentation.AddEmptySegment(sid, sid)
            terminology.code(segmentation.GetSegment(sid), known.get(sid, {}), with_colour=True)
            self.ids_by_name.setdefault(sid, []).append(sid)
        yield from voxels.write_steps(self.segmentation_node, after)
        self.stale_surfaces |= set(after)
        findings = {f["id"] for f in self.review.findings}
        settled = [finding_id, *(f for f in repair.get("resolves", []) if f in findings and f != finding_id)]
        settled = [f for f in settled if self.review.decision_on(f) is None] or [finding_id]
        digests = yield from self._digests(self._names_of(after))
        decision = self.review.decide("accept_repair", settled, by=by, repair=repair["id"], segment_digests=digests)
        self.undo_voxels[decision.id] = packed
        self._changed()

    def replacing(self, finding_id: str, after: Mapping[str, masks.Crop], by: str, reason: str) -> Steps[None]:
        """Gives segments other voxels, by a decision on a finding that can be undone; in pieces."""
        before = yield from masks.read_crops(self.segmentation_node, list(after))
        packed = {}
        for sid, crop in before.items():
            packed[sid] = yield from masks.pack_steps(crop)
        yield from voxels.write_steps(self.segmentation_node, dict(after))
        self.stale_surfaces |= set(after)
        digests = yield from self._digests(self._names_of(after))
        decision = self.review.decide("edit", [finding_id], by=by, reason=reason, segment_digests=digests)
        self.undo_voxels[decision.id] = packed
        self._changed()

    def keep(self, finding_id: str, by: str, reason: str) -> None:
        """Leaves the segments as they are, for a reason."""
        finish(self.deciding("keep", finding_id, by, reason))

    def reject(self, finding_id: str, by: str, reason: str = "") -> None:
        """Takes the finding's segments out of sight for good; their voxels stay, so that it can be undone."""
        finish(self.deciding("reject", finding_id, by, reason))

    def deciding(self, action: str, finding_id: str, by: str, reason: str = "") -> Steps[None]:
        """Records a decision that changes no voxel, in pieces."""
        digests = yield from self._digests(self.finding(finding_id)["segments"])
        self.review.decide(action, [finding_id], by=by, reason=reason, segment_digests=digests)
        self._changed()

    def remembering(self) -> Steps[None]:
        """Keeps every segment as it is before somebody edits by hand, in pieces, so that the edit can be undone."""
        crops = yield from masks.read_crops(self.segmentation_node)
        packed = {}
        for sid, crop in crops.items():
            packed[sid] = yield from masks.pack_steps(crop)
        digests = yield from masks.digest_steps(self.segmentation_node)
        self.before_edit = {"voxels": packed, "digests": digests}
        self.store()

    def edited(self, finding_id: str, by: str) -> None:
        """Notes that somebody mended the segments by hand."""
        finish(self.noting_edit(finding_id, by))

    def noting_edit(self, finding_id: str, by: str) -> Steps[None]:
        """As `edited`, in pieces; what was changed since `remembering` can be undone with it."""
        finding = self.finding(finding_id)
        changed: dict[str, Any] = {}
        if self.before_edit is not None:
            now = yield from masks.digest_steps(self.segmentation_node)
            before = self.before_edit
            changed = {sid: before["voxels"][sid] for sid, value in before["digests"].items() if now.get(sid) != value}
            changed.update({sid: None for sid in now if sid not in before["digests"]})
        digests = yield from self._digests(finding["segments"])
        decision = self.review.decide(
            "edit", [finding_id], by=by, reason=_("edited in the Segment Editor"), segment_digests=digests
        )
        self.undo_voxels[decision.id] = changed
        self.before_edit = None
        self._changed()

    @property
    def can_undo(self) -> bool:
        """Whether there is anything to take back."""
        return bool(self.review.decisions or self.earlier)

    def undo(self) -> None:
        """Takes back what was done last: a decision, with the voxels that it changed, or a check again."""
        finish(self.undoing())
        self._renew_surfaces()

    def undoing(self) -> Steps[None]:
        """As `undo`, in pieces."""
        if self.earlier and len(self.review.decisions) <= self.carried:
            storage.go_back(self)
            self._changed()
            return
        decision = self.review.undo()
        before = self.undo_voxels.pop(decision.id, None)
        if before:
            segmentation = self.segmentation_node.GetSegmentation()
            for sid in [sid for sid, value in before.items() if value is None]:
                segmentation.RemoveSegment(sid)
                self.ids_by_name = {name: ids for name, ids in self.ids_by_name.items() if ids != [sid]}
            kept = {}
            for sid, value in before.items():
                if value is not None and segmentation.GetSegment(sid) is not None:
                    kept[sid] = masks.unpack(value)
                    yield
            yield from voxels.write_steps(self.segmentation_node, kept)
            self.stale_surfaces |= set(kept)
        self._changed()

    # A check again

    def checking_again(self, result: dict[str, Any], evidence: Any, codes: Mapping[str, Any]) -> Steps[None]:
        """Takes a later check of the same segmentation over, in pieces; `undo` brings the one before back."""
        digests = yield from self._digests(self.ids_by_name)
        self.earlier.append(storage.checked(self))
        again = self.review.checked_again(result, digests, evidence=evidence)
        self.review, self.evidence, self.codes = again, evidence, {**self.codes, **codes}
        self.undo_voxels = {}
        self.carried = len(again.decisions)
        self._changed()

    # Signature

    def sign(self, by: str) -> None:
        """Signs the result as it is now."""
        finish(self.signing(by))

    def signing(self, by: str) -> Steps[None]:
        """As `sign`, in pieces."""
        add_library_to_path()
        from fmassist.review import segmentation_digest

        digests = yield from masks.digest_steps(self.segmentation_node)
        self.review.sign(by, segmentation_digest(digests, self._matrix()))
        self.signed_digests = digests
        self._changed()

    def withdraw(self) -> None:
        """Takes the signature back, so that decisions can be changed."""
        self.review.withdraw()
        self._changed()

    def verify(self) -> Any:
        """Whether the signature holds for the segmentation as it is now (`fmassist.review.Verification`)."""
        return finish(self.verifying())

    def verifying(self) -> Steps[Any]:
        """As `verify`, in pieces; segments changed since are marked with Slicer's own status."""
        from fmassist.review import segmentation_digest

        digests = yield from masks.digest_steps(self.segmentation_node)
        verification = self.review.verify(segmentation_digest(digests, self._matrix()))
        if self.review.signature is not None and not verification.valid:
            changed = [sid for sid, value in digests.items() if self.signed_digests.get(sid) != value]
            gate.flag(self.segmentation_node, changed if self.signed_digests else [])
        return verification

    def note_void(self, reasons: tuple[str, ...]) -> None:
        """Writes down that the signature was found void, once."""
        entries = self.review.audit.entries
        last = next((e["action"] for e in reversed(entries) if e["action"] in ("signed", "signature void")), "")
        if last == "signed":
            self.review.note("signature void", {"reasons": list(reasons)})
            self.store()

    # Storage in the scene

    def store(self) -> None:
        """Writes the session into the scene."""
        storage.store(self)

    @classmethod
    def restore(cls, segmentation_node: Any) -> ReviewSession | None:
        """The session stored with a segmentation, or None where there is none or it cannot be read."""
        make: Callable[..., ReviewSession] = cls
        return storage.restore(segmentation_node, make)

    def _digests(self, names: Any) -> Steps[dict[str, str]]:
        """Digest of each segment by its name in the findings, under which the review looks for it."""
        names = list(names)
        ids = self.segment_ids(names)
        by_id = (yield from masks.digest_steps(self.segmentation_node, ids)) if ids else {}
        return {
            name: " ".join(by_id[sid] for sid in self.ids_by_name.get(name, []) if sid in by_id)
            for name in names
            if any(sid in by_id for sid in self.ids_by_name.get(name, []))
        }

    def _names_of(self, ids: Any) -> list[str]:
        return [name for name, own in self.ids_by_name.items() if set(own) & set(ids)]

    def _matrix(self) -> list[list[float]]:
        return masks.grid_matrix(masks.reference_grid(self.segmentation_node))

    def _renew_surfaces(self) -> None:
        surfaces.make_now(self.segmentation_node, self.stale_surfaces)
        self.stale_surfaces = set()

    def _changed(self) -> None:
        self.apply_gate()
        self.store()
