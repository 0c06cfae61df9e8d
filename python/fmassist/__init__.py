"""FMAssist: foundation-model segmentations, reconciled with an anatomical ontology before anything is shown."""

__version__ = "0.1.0"
