"""Voxel grids in patient space. Everything inside FMAssist is RAS millimetres."""

from fmassist.geometry.grid import Geometry

__all__ = ["Geometry"]
