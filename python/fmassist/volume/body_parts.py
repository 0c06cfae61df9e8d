"""The parts of the body that an examination may be said to be of."""

BODY_PARTS = frozenset(
    {
        "ABDOMEN", "ABDOMENPELVIS", "ANKLE", "ARM", "BRAIN", "BREAST", "CERVICALSPINE", "CHEST", "CHESTABDOMEN",
        "CHESTABDPELVIS", "CSPINE", "CTSPINE", "ELBOW", "EXTREMITY", "FOOT", "HAND", "HEAD", "HEADNECK",
        "HEART", "HIP", "JAW", "KIDNEY", "KNEE", "LEG", "LIVER", "LOWERLIMB", "LSPINE", "LSSPINE",
        "LUMBARSPINE", "LUNG", "MEDIASTINUM", "NECK", "NECKCHEST", "NECKCHESTABDOMEN", "NECKCHESTABDPELV",
        "PANCREAS", "PELVIS", "PELVISLOWEXTREMT", "PROSTATE", "SACRUM", "SHOULDER", "SKULL", "SPINE", "SPLEEN",
        "SSPINE", "THIGH", "THORACICSPINE", "THORAX", "TLSPINE", "TSPINE", "UPPERLIMB", "UTERUS", "WHOLEBODY",
        "WHOLESPINE", "WRIST",
    }
)  # fmt: skip
"""PS3.16 Annex L's body parts that concern this program, and nothing a person typed: free text may name somebody."""
