"""The button that fills the 3D view with a result, structure by structure, and keeps it up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import slicer
from slicer.i18n import tr as _

from FMAssistLib import masks, surfaces, views
from FMAssistLib.session import ReviewSession


class View3D:
    """Surfaces of the result under review.

    Args:
        button: pressed to show or to hide.
        session: gives the result, or None.
        changed: called when something here has begun or ended.
    """

    def __init__(self, button: Any, session: Callable[[], ReviewSession | None], changed: Callable[[], None]) -> None:
        self._button, self._session, self._changed = button, session, changed
        self._maker: surfaces.Maker | None = None
        button.clicked.connect(self.toggle)

    @property
    def busy(self) -> bool:
        """Whether surfaces are being made."""
        return self._maker is not None

    def toggle(self, *_arguments: object) -> None:
        """Shows the result in the 3D view, or takes it out again."""
        session = self._session()
        if session is None:
            return
        if surfaces.shown(session.segmentation_node):
            surfaces.drop(session.segmentation_node)
            self._changed()
        else:
            self._make(session, masks.segment_ids(session.segmentation_node), views.centre_3d)

    def renew(self) -> None:
        """Brings the 3D view up to date after a decision that changed voxels."""
        session = self._session()
        if session is None or self._maker is not None or not session.stale_surfaces:
            return
        if surfaces.shown(session.segmentation_node):
            self._make(session, session.stale_surfaces)
        else:
            session.stale_surfaces = set()

    def close(self) -> None:
        """Nothing that is under way here goes on."""
        if self._maker is not None:
            self._maker.close()
            self._maker = None

    def label(self) -> None:
        """Says on the button what it would do."""
        session = self._session()
        if self._maker is None:
            in_3d = session is not None and surfaces.shown(session.segmentation_node)
            self._button.text = _("Hide in &3D") if in_3d else _("Show in &3D")

    def _make(self, session: ReviewSession, ids: Iterable[str], then: Callable[[], None] = lambda: None) -> None:
        waiting = set(ids)

        def done(message: str) -> None:
            self._maker = None
            if message:
                surfaces.drop(session.segmentation_node)
                slicer.util.errorDisplay(_("The 3D view could not be filled.") + f"\n\n{message}")
            self._changed()
            then()
            self.renew()

        def told(share: float) -> None:
            self._button.text = _("3D: {percent} %").format(percent=round(100 * share))

        session.stale_surfaces -= waiting
        self._maker = surfaces.Maker(session.segmentation_node, waiting, done, told)
        self._maker.start()
        self._changed()
