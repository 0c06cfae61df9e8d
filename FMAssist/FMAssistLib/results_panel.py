"""The results of the scene: which one is on the desk, found again in a scene that is opened, or beside another one."""

from __future__ import annotations

from typing import Any

import slicer

from FMAssistLib import display, storage, views
from FMAssistLib.protocols import Desk, RunsJobs
from FMAssistLib.results_list import ResultsList
from FMAssistLib.session import ReviewSession
from FMAssistLib.side_by_side import SideBySide


class ResultsPanel:
    """Opens and compares results.

    Args:
        ui: the loaded panel's widgets.
        runner: holds the result looked at.
        desk: the panel.
    """

    def __init__(self, ui: Any, runner: RunsJobs, desk: Desk) -> None:
        self._ui, self._runner, self._desk = ui, runner, desk
        self.list = ResultsList(ui, self._chosen)
        self._beside = SideBySide()
        ui.compareButton.toggled.connect(lambda on: self._compare(bool(on)))

    def refresh(self) -> None:
        """Lists what is there, with the one looked at chosen."""
        session = self._runner.session
        self.list.refresh(session.segmentation_node if session is not None else None)

    def close(self) -> None:
        """The module goes away."""
        self.list.close()

    def leave(self) -> None:
        """Nothing stands beside the result any more."""
        self._ui.compareButton.checked = False
        self._beside.leave()

    def scene_opened(self) -> None:
        """Finds a reviewed result in a scene that was just opened."""
        if self._runner.session is None:
            for node in storage.reviewed(slicer.mrmlScene):
                if self._open(node):
                    break
        if self._desk.verdict.session is not self._runner.session:
            self._desk.show(self._runner.session)
        self.refresh()

    def _open(self, node: Any) -> bool:
        session = ReviewSession.restore(node)
        if session is None:
            return False
        # The scene may have been saved by something that knows no gate, in the middle of looking at a finding.
        views.clear_highlight(node)
        session.apply_gate()
        self._runner.session = session
        if self._desk.parameters is not None:
            self._desk.parameters.policy = session.policy
        return True

    def _chosen(self, node: Any) -> None:
        session = self._runner.session
        if self._runner.running or self._desk.held or (session and session.segmentation_node is node):
            self.refresh()
            return
        self._desk.verdict.leave()
        if self._open(node):
            self._desk.show(self._runner.session)
            if self._runner.session.volume_node is not None:
                views.show_volume(self._runner.session.volume_node)
        self._desk.refresh()

    def _compare(self, on: bool) -> None:
        """Shows the result looked at beside another one of the list, or alone again."""
        session = self._runner.session
        if not on:
            self._beside.leave()
            display.show_only(session.segmentation_node if session is not None else None)
            self._desk.verdict.look()
            return
        nodes = self.list.nodes
        other = next((n for n in reversed(nodes) if session is not None and n is not session.segmentation_node), None)
        beside = ReviewSession.restore(other) if other is not None else None
        if beside is None or self._desk.held:
            self._ui.compareButton.checked = False
            return
        self._desk.verdict.leave()
        views.clear_highlight(other)
        beside.apply_gate()
        self._desk.work.run(self._beside.showing(session, beside), failed=self._failed)

    def _failed(self, error: Exception) -> None:
        slicer.util.errorDisplay(str(error))
        self._desk.refresh()
