"""Cases that the module's tests and pictures share: a real CT with planted errors, and findings about them."""

from __future__ import annotations

import colorsys
import csv
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

FMX = "https://w3id.org/fmassist/rule/"


@dataclass
class Case:
    """A scan, a segmentation of somebody else's, and what a check says about it."""

    volume: Any
    segmentation: Any
    result: dict[str, Any]
    fragment_ras_mm: tuple[float, float, float]


def label_names() -> dict[int, str]:
    """TotalSegmentator's names by label."""
    from fmassist.resources import resource

    with resource("label_maps", "totalsegmentator_total.sssom.tsv").open(encoding="utf-8") as lines:
        rows = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t")
        return {int(row["label_value"]): row["subject_label"] for row in rows if row["label_value"]}


@lru_cache(maxsize=1)
def abdomen(folder):
    """`ct_abdomen` as it is: voxels [k, j, i], affine, labels [k, j, i]; read once, and never to be written on."""
    import slicer

    scan, labels = (slicer.util.loadVolume(str(folder / name)) for name in ("ct.nii.gz", "totalsegmentator.nii.gz"))
    found = slicer.util.arrayFromVolume(scan).copy(), np.array(volume_affine(scan))
    values = slicer.util.arrayFromVolume(labels).astype(np.uint8)
    for node in (scan, labels):
        slicer.mrmlScene.RemoveNode(node)
    return *found, values


def planted_abdomen(shared, upsample: int = 1) -> Case:
    """`ct_abdomen` with its TotalSegmentator labels, the kidneys exchanged and a piece of spleen in the pelvis.

    Args:
        shared: the developers' shared data.
        upsample: makes the grid so many times as fine along each axis, where size alone matters.
    """
    import slicer

    voxels, affine, array = abdomen(shared / "data" / "ct_abdomen")
    array = array.copy()
    names = label_names()
    values = {name: value for value, name in names.items()}
    left, right = array == values["kidney_left"], array == values["kidney_right"]
    array[left], array[right] = values["kidney_right"], values["kidney_left"]
    fragment = np.zeros(array.shape, bool)
    k, j, i = np.argwhere(array == values["urinary_bladder"]).mean(axis=0).round().astype(int)
    fragment[k + 12 : k + 18, j + 2 : j + 8, i - 14 : i - 8] = True
    fragment &= array == 0
    array[fragment] = values["spleen"]
    centre = np.argwhere(fragment).mean(axis=0)[::-1]
    place = tuple(float(x) for x in (affine @ [*centre, 1])[:3])
    kidneys = np.argwhere(left | right).mean(axis=0)[::-1]
    between = tuple(float(x) for x in (affine @ [*kidneys, 1])[:3])
    present = [names[int(value)] for value in np.unique(array) if value]
    if upsample > 1:
        voxels, affine, array = finer(voxels, affine, array, upsample)
    volume = slicer.util.addVolumeFromArray(voxels, affine, "Abdomen CT")
    volume.CreateDefaultDisplayNodes()
    segmentation = segmentation_from(array, names, volume, "Their segmentation")
    return Case(volume, segmentation, planted_result(present, values, place, between, int(fragment.sum())), place)


def finer(voxels, affine, labels, factor: int):
    """A scan and its labels [k, j, i] on a grid `factor` times as fine; the corner of the first voxel stays."""
    fine = affine.copy()
    fine[:3, :3] /= factor
    fine[:3, 3] = (affine @ [*[0.5 / factor - 0.5] * 3, 1])[:3]
    for axis in range(3):
        voxels, labels = np.repeat(voxels, factor, axis), np.repeat(labels, factor, axis)
    return voxels, fine, labels


def stand_in_for(result, seconds_a_stage: float = 0, study=None, **behaviour):
    """A command that writes `result` without computing anything, with the other files of a study where one is given.

    `behaviour` is what else `stand_in_cli.py` can be told to do.
    """
    import json
    import sys
    import tempfile
    from pathlib import Path

    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False, encoding="utf-8") as file:
        plan = {"result": result, "seconds_a_stage": seconds_a_stage, "study": study and str(study), **behaviour}
        json.dump(plan, file)
    script = str(Path(__file__).resolve().parent / "stand_in_cli.py")
    return lambda arguments: [sys.executable, script, file.name, *arguments]


def volume_affine(volume) -> list[list[float]]:
    """The volume's affine, index to RAS mm."""
    import vtk

    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return [[matrix.GetElement(r, c) for c in range(4)] for r in range(4)]


def segmentation_from(array, names, volume, title):
    """A segmentation node out of a label array [k, j, i], in one labelmap, as Slicer's import leaves it."""
    import slicer

    affine = np.array(volume_affine(volume))
    labelmap = slicer.util.addVolumeFromArray(array, affine, "labels", "vtkMRMLLabelMapVolumeNode")
    image = slicer.vtkSlicerSegmentationsModuleLogic.CreateOrientedImageDataFromVolumeNode(labelmap)
    image.UnRegister(None)
    slicer.mrmlScene.RemoveNode(labelmap)
    rep = slicer.vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", title)
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segmentation = node.GetSegmentation()
    segmentation.SetSourceRepresentationName(rep)
    for value in (int(value) for value in np.unique(array) if value):
        segment = slicer.vtkSegment()
        segment.SetName(names[value])
        segment.SetLabelValue(value)
        segment.SetColor(*colorsys.hsv_to_rgb(0.618 * value % 1, 0.55, 0.95))
        segment.AddRepresentation(rep, image)
        segmentation.AddSegment(segment, f"Segment_{value}")
    node.CreateDefaultDisplayNodes()
    return node


def small_batch(data, out) -> None:
    """Two studies of the synthetic abdomen, done as the batch does them; one of them has its kidneys exchanged.

    Args:
        data: folder for scans, labels and the list of them.
        out: the batch's folder.
    """
    from dataclasses import replace

    from fmassist.batch.one import do
    from fmassist.batch.plan import Plan, Study
    from fmassist.batch.tables import write_summary
    from fmassist.phantom import torso
    from fmassist.volume import write_segmentation, write_volume

    studies = []
    other = {"kidney_left": "kidney_right", "kidney_right": "kidney_left"}
    case = torso(seed=1, spacing_mm=(6.0, 6.0, 6.0), field_of_view="abdomen")
    for name, names in (("good", {}), ("worse", other)):
        segments = tuple(replace(s, name=names.get(s.name, s.name)) for s in case.segmentation.segments)
        labels, image = data / f"{name}.seg.nrrd", data / f"{name}.nrrd"
        write_segmentation(replace(case.segmentation, segments=segments), labels)
        write_volume(case.volume, image)
        studies.append(Study(name, labels=str(labels), image=(str(image),)))
    rows = [do(study, Plan(out=str(out))).row for study in studies]
    failed = [row.reason for row in rows if row.outcome == "failed"]
    if failed:
        raise RuntimeError(failed[0])
    write_summary(out, "summary", rows)
    with (data / "list.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "labels", "image"])
        writer.writerows([study.id, study.labels, study.image[0]] for study in studies)


def planted_result(present, values, place, between, fragment_voxels) -> dict[str, Any]:
    """What a check says about the planted errors, in the form of `findings.json`."""
    swap = {
        "id": "r1",
        "label": "exchange the kidneys",
        "steps": [{"action": "swap", "segment": "kidney_left", "target": "kidney_right", "component": None}],
        "resolves": ["f1"],
        "introduces": [],
    }
    drop = {
        "id": "r2",
        "label": "remove the stray piece",
        "steps": [{"action": "drop", "segment": "spleen", "target": None, "component": 1}],
        "resolves": ["f2"],
        "introduces": [],
    }
    swapped = {
        "id": "pair_swapped",
        "label": "left and right kidney were exchanged",
        "probability": 0.93,
        "segments": ["kidney_left", "kidney_right"],
        "explains": ["f1"],
        "unexplained": ["f2"],
    }
    findings = [
        finding(
            "f1",
            "side",
            "block",
            ["kidney_left", "kidney_right"],
            "The left kidney lies on the right, and the right kidney on the left.",
            [("distance of the left kidney's centre to the midline", 62.0, "mm", "at most 0 mm")],
            between,
            causes=[swapped],
            repair=swap,
            excused_by=["situs inversus (1 in 8,000 to 25,000)"],
            rationale="Names of paired organs are exchanged far more often than organs are.",
        ),
        finding(
            "f2",
            "fragments",
            "review",
            ["spleen"],
            "A piece of the spleen lies 200 mm from the rest, in the pelvis.",
            [
                ("volume of the piece", fragment_voxels * 0.027, "mL", "at most 1 mL"),
                ("volume of the spleen", 212.0, "mL", "80 to 300 mL"),
            ],
            place,
            repair=drop,
            excused_by=["accessory spleen (10 to 30 %, near the hilum)"],
        ),
        finding(
            "f3",
            "cut_off",
            "info",
            ["heart"],
            "The heart is cut by the upper border; its size is not judged.",
            [],
            None,
        ),
    ]
    flagged = {name for item in findings[:2] for name in item["segments"]}
    return {
        "schema_version": "1.0",
        "verdict": "implausible",
        "segments": [
            {
                "key": f"0:{values[name]}",
                "label": values[name],
                "layer": 0,
                "name": name,
                "structure": f"https://w3id.org/fmassist/structure/{name}",
                "structure_label": name.replace("_", " "),
                "status": "flagged" if name in flagged else "plausible",
            }
            for name in present
        ],
        "findings": findings,
        "causes": [swapped],
        "rules": {"run": 412, "passed": 409, "failed": 3, "not_applicable": 188, "error": 0},
        "versions": {"program": "0.1", "knowledge": "2026-11-01", "model": None},
    }


def finding(identifier, rule, severity, segments, message, evidence, place, **more) -> dict[str, Any]:
    """One finding, with everything that `findings.json` has."""
    return {
        "id": identifier,
        "rule": FMX + rule,
        "kind": "implausible" if severity == "block" else "needs_confirmation",
        "severity": severity,
        "segments": segments,
        "message": message,
        "evidence": [
            {"quantity": quantity, "value": value, "unit": unit, "expected": expected}
            for quantity, value, unit, expected in evidence
        ],
        "location_ras_mm": None if place is None else list(place),
        "causes": more.get("causes", []),
        "repair": more.get("repair"),
        "sources": more.get("sources", ["Gray's Anatomy, 42nd edition"]),
        "excused_by": more.get("excused_by", []),
        "rationale": more.get("rationale", ""),
        "probability": 0.95,
    }
