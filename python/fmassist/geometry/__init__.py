"""Voxel grids in patient space. Everything inside FMAssist is RAS millimetres."""

from fmassist.geometry.grid import Geometry
from fmassist.geometry.lattice import LatticeMap, lattice_map
from fmassist.geometry.lps import geometry_from_lps, index_to_lps_mm
from fmassist.geometry.orientation import Reorientation, reorientation

__all__ = [
    "Geometry",
    "LatticeMap",
    "Reorientation",
    "geometry_from_lps",
    "index_to_lps_mm",
    "lattice_map",
    "reorientation",
]
