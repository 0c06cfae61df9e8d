"""Small DICOM series of CT, written one file a slice under names that mean nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid


def write_series(folder: Path, series: str, *, count: int, seed: int) -> None:
    """Writes `count` slices of 8 × 8 voxels, 5 mm apart."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    for number in range(count):
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = CTImageStorage
        meta.MediaStorageSOPInstanceUID = f"{series}.{number + 1}"
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        path = folder / f"{generate_uid(entropy_srcs=[series, str(number)])}.dcm"
        header = FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
        header.SOPClassUID, header.SOPInstanceUID = CTImageStorage, f"{series}.{number + 1}"
        header.SeriesInstanceUID, header.StudyInstanceUID = series, "1.2.3"
        header.FrameOfReferenceUID = "1.2.3.9"
        header.Modality, header.PatientName = "CT", "Doe^Jane"
        header.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        header.ImagePositionPatient = [0, 0, 5.0 * number]
        header.PixelSpacing, header.SliceThickness = [1, 1], 5
        header.Rows = header.Columns = 8
        header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
        header.BitsAllocated, header.BitsStored, header.HighBit, header.PixelRepresentation = 16, 16, 15, 1
        header.RescaleSlope, header.RescaleIntercept = 1, 0
        header.InstanceNumber = number + 1
        header.PixelData = random.integers(-1000, 1000, (8, 8)).astype(np.int16).tobytes()
        header.save_as(path, enforce_file_format=True)
