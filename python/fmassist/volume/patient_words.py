"""A segment's name without the patient's: in hospitals both are typed into the same field.

A DICOM file says whom it is of, so a name within it that repeats that can be known. A file that says nothing of its
patient cannot be cleaned this way: its segments keep the names that somebody gave them.
"""

from __future__ import annotations

import re
from typing import Any

from fmassist.volume.segmentation import segment_name

TAGS = (
    *("PatientName", "PatientID", "OtherPatientIDs", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName"),
    *(
        "PatientBirthDate",
        "PatientAddress",
        "PatientTelephoneNumbers",
        "AccessionNumber",
        "StudyID",
        "IssuerOfPatientID",
    ),
    *("ReferringPhysicianName", "OperatorsName", "PerformingPhysicianName", "PhysiciansOfRecord", "ContentCreatorName"),
    *("InstitutionName", "RequestingPhysician"),
)
SHORTEST = 4
"""Letters or digits; shorter ones, such as the study 1 or a doctor Li, would stand in many a structure's name."""
_WORD = re.compile(r"[^\W_]+")


def patient_words(dataset: Any) -> frozenset[str]:
    """Words and numbers by which the file says whom it is of, in lower case."""
    found: set[str] = set()
    for tag in TAGS:
        said = str(dataset.get(tag) or "")
        found.update(word.casefold() for word in _WORD.findall(said) if len(word) >= SHORTEST)
    return frozenset(found)


def name_without(given: object, label: int, words: frozenset[str]) -> str:
    """The name, or `label N` where it repeats one of the words."""
    said = str(given or "").casefold()
    return segment_name("" if any(word in said for word in words) else given, label)
