"""Images and segmentations in memory, and the files they come from."""

from fmassist.volume.align import labels_on_image
from fmassist.volume.read import read_volume
from fmassist.volume.read_segmentation import read_segmentation
from fmassist.volume.reorient import reorient_segmentation, reorient_volume
from fmassist.volume.segmentation import Code, Segment, Segmentation, Terminology
from fmassist.volume.volume import Volume
from fmassist.volume.whole_file import whole_file
from fmassist.volume.write import write_segmentation, write_volume

__all__ = [
    "Code",
    "Segment",
    "Segmentation",
    "Terminology",
    "Volume",
    "labels_on_image",
    "read_segmentation",
    "read_volume",
    "reorient_segmentation",
    "reorient_volume",
    "whole_file",
    "write_segmentation",
    "write_volume",
]
