"""Images and segmentations in memory, and the files they come from."""

from fmassist.volume.segmentation import Code, Segment, Segmentation, Terminology
from fmassist.volume.volume import Volume

__all__ = ["Code", "Segment", "Segmentation", "Terminology", "Volume"]
