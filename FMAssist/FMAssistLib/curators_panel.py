"""The curators' part of the panel: versions, a folder of one's own rules, and what a check again changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt
from slicer.i18n import tr as _

from FMAssistLib import comparison, curators
from FMAssistLib.parameters import Parameters
from FMAssistLib.session import ReviewSession


class CuratorsPanel:
    """Shows which knowledge is in use and lets it be read again.

    Args:
        ui: the loaded panel's widgets.
        read_again: called when the knowledge was read again, with its version.
    """

    def __init__(self, ui: Any, read_again: Callable[[str], None]) -> None:
        self._ui, self._read_again = ui, read_again
        self.parameters: Parameters | None = None
        ui.reloadButton.clicked.connect(self.reload)
        ui.chooseFolderButton.clicked.connect(self.choose_folder)
        ui.knowledgeChangeBrowser.placeholderText = _("What changed shows here after a re-check.")

    @property
    def folder(self) -> str:
        """The curator's own folder, or empty."""
        return self.parameters.knowledgeFolder if self.parameters is not None else ""

    def reload(self, *_arguments: object) -> None:
        """Reads the knowledge again; a run reads it anew anyway, so this brings the lists up to date."""
        self._read_again(_("Knowledge read again: {version}").format(version=curators.version_in_use(self.folder)))

    def choose_folder(self, *_arguments: object) -> None:
        """Asks for a folder of one's own knowledge."""
        folder = qt.QFileDialog.getExistingDirectory(None, _("Folder of knowledge"), self.folder)
        if folder and self.parameters is not None:
            self.parameters.knowledgeFolder = str(folder)

    def show(self, session: ReviewSession | None) -> None:
        """Says which version the next check takes, and which is behind the result shown."""
        lines = [_("in use: {version}").format(version=curators.version_in_use(self.folder))]
        if session is not None:
            lines.append(_("this result: {versions}").format(versions=curators.version_text(session.review.result)))
        self._ui.versionLabel.text = "\n".join(lines)

    def show_change(self, change: comparison.Change | None) -> None:
        """Says what a check again changed, in one line for all and in full for curators."""
        label = self._ui.changeLabel
        label.visible = change is not None
        label.text = change.summary() if change is not None else ""
        if change is not None:
            label.toolTip = change.text()
        self._ui.knowledgeChangeBrowser.plainText = change.text() if change is not None else ""
