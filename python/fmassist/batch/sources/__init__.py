"""Finding the studies of a batch: in lists, folders, BIDS data sets, DICOM trees, or by a pattern of names."""

from fmassist.batch.sources.find import find_studies

__all__ = ["find_studies"]
