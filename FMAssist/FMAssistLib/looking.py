"""The picture of one finding: its place, what it concerns, and what a repair would do, in the views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import slicer
from slicer.i18n import tr as _

from FMAssistLib import frames, preview, views
from FMAssistLib.idle import Idle, Steps
from FMAssistLib.session import ReviewSession


class Looking:
    """Shows one finding at a time; a look that starts takes the place of the one under way.

    Args:
        wants_preview: says whether a repair is to be drawn.
    """

    def __init__(self, wants_preview: Callable[[], bool]) -> None:
        self._wants_preview = wants_preview
        self._idle = Idle()

    @property
    def busy(self) -> bool:
        """Whether a look is under way."""
        return self._idle.busy

    def cancel(self) -> None:
        """Drops the look under way."""
        self._idle.cancel()

    def look(self, session: ReviewSession, finding_id: str | None) -> None:
        """Shows a finding, or the result alone."""

        def failed(error: Exception) -> None:
            slicer.util.errorDisplay(_("The finding cannot be shown.") + f"\n\n{error}")

        self._idle.run(self._looking(session, finding_id), failed=failed)

    def leave(self, session: ReviewSession | None) -> None:
        """Takes preview and highlight out of the views, and shuts the gate."""
        self.cancel()
        preview.clear()
        if session is not None and session.segmentation_node.GetScene() is not None:
            views.clear_highlight(session.segmentation_node)
            session.apply_gate()

    def _looking(self, session: ReviewSession, finding_id: str | None) -> Steps[None]:
        preview.clear()
        yield
        session.apply_gate()
        yield
        if finding_id is None:
            views.clear_highlight(session.segmentation_node)
            return
        finding = session.finding(finding_id)
        ids = session.segment_ids(finding["segments"])
        views.highlight(session.segmentation_node, ids)
        yield
        yield from self._going(session, ids, finding)
        undecided = session.review.decision_on(finding_id) is None
        if self._wants_preview() and finding.get("repair") and undecided:
            try:
                after = yield from session.repairing(finding)
            except ValueError:
                return  # It no longer fits; whoever accepts it is told so.
            lost = yield from session.losing(after)
            yield from preview.steps(session.segmentation_node, after, lost)

    def _going(self, session: ReviewSession, ids: list[str], finding: Mapping[str, Any]) -> Steps[None]:
        """Moves the views to a finding's place, or to the middle of what it concerns."""
        place = finding.get("location_ras_mm")
        bounds = yield from views.bounds_steps(session.segmentation_node, ids, place)
        if place is not None:
            place = frames.to_world(session.segmentation_node, place)
        elif bounds is not None:
            place = [(bounds[2 * n] + bounds[2 * n + 1]) / 2 for n in range(3)]
        if place is not None:
            yield from views.jumping(place, bounds)
        yield
