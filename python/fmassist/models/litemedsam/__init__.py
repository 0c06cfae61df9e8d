"""LiteMedSAM, the embedded model: boxes in, masks out (Ma et al., Nat Commun 2024;15:654; TinyViT encoder)."""

from fmassist.models.litemedsam.model import LiteMedSam

__all__ = ["LiteMedSam"]
