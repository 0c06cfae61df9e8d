"""Which scan belongs to a segmentation, as the scene knows it; nothing is guessed across patients."""

from __future__ import annotations

from typing import Any

import slicer


def scan_of(segmentation_node: Any) -> Any:
    """The scan that a segmentation was made on, or None where the scene does not say.

    It is the image that the segmentation's geometry refers to; else the only scan of the same study in the subject
    hierarchy; else the scene's only scan, where it covers the segmentation and no patient's record stands against it.
    """
    if segmentation_node is None:
        return None
    role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
    reference = segmentation_node.GetNodeReference(role)
    if is_scan(reference):
        return reference
    scans = [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if is_scan(node)]
    study = _study(segmentation_node)
    if study:
        same = [node for node in scans if _study(node) == study]
        return same[0] if len(same) == 1 else None
    if len(scans) == 1 and not _study(scans[0]) and _covers(scans[0], segmentation_node):
        return scans[0]
    return None


def is_scan(node: Any) -> bool:
    """Whether a node is an image; label maps derive from the same class and are none."""
    return node is not None and node.GetClassName() == "vtkMRMLScalarVolumeNode"


def of_another_study(volume_node: Any, segmentation_node: Any) -> bool:
    """Whether a scan and a segmentation stand under different patients or studies in the subject hierarchy."""
    if volume_node is None or segmentation_node is None:
        return False
    role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
    if segmentation_node.GetNodeReference(role) is volume_node:
        return False
    studies = _study(volume_node), _study(segmentation_node)
    return all(studies) and studies[0] != studies[1]


def _study(node: Any) -> int:
    """The study, or else the patient, that a node stands under in the subject hierarchy; 0 for none."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.GetItemByDataNode(node) if hierarchy is not None else 0
    constants = slicer.vtkMRMLSubjectHierarchyConstants
    for level in (constants.GetDICOMLevelStudy(), constants.GetDICOMLevelPatient()):
        above = hierarchy.GetItemAncestorAtLevel(item, level) if item else 0
        if above:
            return int(above)
    return 0


def _covers(volume_node: Any, segmentation_node: Any) -> bool:
    """Whether a segmentation lies within a scan's box, but for a tenth of its own size."""
    ours, theirs = [0.0] * 6, [0.0] * 6
    volume_node.GetRASBounds(ours)
    segmentation_node.GetRASBounds(theirs)
    for axis in range(3):
        low, high = theirs[2 * axis : 2 * axis + 2]
        room = 0.1 * (high - low)
        if high < low or low < ours[2 * axis] - room or high > ours[2 * axis + 1] + room:
            return False
    return True
