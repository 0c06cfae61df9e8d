"""Voxel grids in patient space. Everything inside FMAssist is RAS millimetres."""

from fmassist.geometry.grid import Geometry
from fmassist.geometry.lattice import LatticeMap, lattice_map
from fmassist.geometry.orientation import Reorientation, reorientation

__all__ = ["Geometry", "LatticeMap", "Reorientation", "lattice_map", "reorientation"]
