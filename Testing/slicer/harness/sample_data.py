"""`SampleData.SampleDataLogic.registerCustomSampleDataSource`, with Slicer's arguments and its checks."""

# ruff: noqa: N802, N803 - Slicer's own names

from __future__ import annotations

import types

import slicer


class SampleDataLogic:
    """Registers sources; what they fetch is theirs to say (`customDownloader`)."""

    @staticmethod
    def registerCustomSampleDataSource(
        category="Custom",
        sampleName=None,
        uris=None,
        fileNames=None,
        nodeNames=None,
        customDownloader=None,
        thumbnailFileName=None,
        loadFileTypes=None,
        loadFiles=None,
        loadFileProperties=None,
        checksums=None,
        loadFileType=None,
    ):
        columns = {
            "uris": uris,
            "fileNames": fileNames,
            "nodeNames": nodeNames,
            "loadFiles": loadFiles,
            "loadFileTypes": loadFileTypes or loadFileType,
            "checksums": checksums,
        }
        if isinstance(uris, str):
            columns = {name: [value] for name, value in columns.items()}
        elif isinstance(uris, (list, tuple)):
            for name in ("nodeNames", "loadFiles", "loadFileTypes", "checksums"):
                if columns[name] is None or isinstance(columns[name], str):
                    columns[name] = [columns[name]] * len(uris)
        # As in Slicer: a source without addresses ends here, since None has no length.
        if len({len(column) for column in columns.values()}) != 1:
            raise ValueError("All fields of sample data source must have the same length")
        if not hasattr(slicer.modules, "sampleDataSources"):
            slicer.modules.sampleDataSources = {}
        source = types.SimpleNamespace(
            sampleName=sampleName, customDownloader=customDownloader, thumbnailFileName=thumbnailFileName, **columns
        )
        slicer.modules.sampleDataSources.setdefault(category, []).append(source)


def make() -> types.ModuleType:
    """The module `SampleData`."""
    module = types.ModuleType("SampleData")
    module.SampleDataLogic = SampleDataLogic
    return module
