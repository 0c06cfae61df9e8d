"""Implicit shapes in the body plan's millimetres: negative inside, zero on the surface, about a distance outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Field = NDArray[np.float32]
Vector = tuple[float, float, float]


class Shape(Protocol):
    """A closed surface, given by its distance and a box around it."""

    def box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest corner."""
        ...

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """Signed distance at broadcastable coordinates, negative inside."""
        ...


@dataclass(frozen=True)
class Capsule:
    """A rod with round ends whose radius changes linearly from `start` to `end`."""

    start: Vector
    end: Vector
    start_radius: float
    end_radius: float

    def box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """See `Shape`."""
        ends = np.array((self.start, self.end), dtype=float)
        radius = max(self.start_radius, self.end_radius)
        return ends.min(0) - radius, ends.max(0) + radius

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """See `Shape`."""
        (ax, ay, az), (bx, by, bz) = self.start, self.end
        dx, dy, dz = bx - ax, by - ay, bz - az
        length2 = max(dx * dx + dy * dy + dz * dz, 1e-6)
        x, y, z = x - np.float32(ax), y - np.float32(ay), z - np.float32(az)
        along = np.clip((x * dx + y * dy + z * dz) / np.float32(length2), 0.0, 1.0)
        away = np.sqrt((x - along * dx) ** 2 + (y - along * dy) ** 2 + (z - along * dz) ** 2)
        return np.asarray(away - (self.start_radius + along * (self.end_radius - self.start_radius)), np.float32)


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid with semi-axes along the columns of `axes` (identity when None)."""

    centre: Vector
    semi_axes: Vector
    axes: NDArray[np.float64] | None = None

    def box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """See `Shape`."""
        axes = np.eye(3) if self.axes is None else self.axes
        reach = np.sqrt(((axes * np.array(self.semi_axes)) ** 2).sum(1))
        return np.array(self.centre) - reach, np.array(self.centre) + reach

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """See `Shape`."""
        offset = [x - np.float32(self.centre[0]), y - np.float32(self.centre[1]), z - np.float32(self.centre[2])]
        axes = np.eye(3) if self.axes is None else self.axes
        norm2: Field = np.float32(0.0)  # type: ignore[assignment]
        for column, semi in enumerate(self.semi_axes):
            a, b, c = (axes[:, column] / semi).astype(np.float32)
            if b == c == 0:
                norm2 = norm2 + (a * offset[0]) ** 2
            elif a == c == 0:
                norm2 = norm2 + (b * offset[1]) ** 2
            elif a == b == 0:
                norm2 = norm2 + (c * offset[2]) ** 2
            else:
                norm2 = norm2 + (a * offset[0] + b * offset[1] + c * offset[2]) ** 2
        mean = np.float32(np.prod(self.semi_axes) ** (1 / 3))
        return np.asarray((np.sqrt(norm2) - 1) * mean, np.float32)


@dataclass(frozen=True)
class Plate:
    """A triangle of a given thickness with round edges."""

    corners: tuple[Vector, Vector, Vector]
    thickness: float

    def box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """See `Shape`."""
        corners = np.array(self.corners)
        return corners.min(0) - self.thickness / 2, corners.max(0) + self.thickness / 2

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """See `Shape`."""
        # Distance to the plane where the foot of the perpendicular lies inside, else to the nearest edge.
        a, b, c = (np.array(corner, dtype=np.float64) for corner in self.corners)
        normal = np.cross(b - a, c - a)
        normal /= np.linalg.norm(normal)
        height = (x - a[0]) * normal[0] + (y - a[1]) * normal[1] + (z - a[2]) * normal[2]
        inside = np.ones(height.shape, dtype=bool)
        edge = np.full(height.shape, np.inf, dtype=np.float32)
        for p, q in ((a, b), (b, c), (c, a)):
            inward = np.cross(normal, q - p)
            inside &= (x - p[0]) * inward[0] + (y - p[1]) * inward[1] + (z - p[2]) * inward[2] >= 0
            rod = Capsule(_vector(p), _vector(q), 0.0, 0.0)
            edge = np.minimum(edge, rod.distance(x, y, z))
        return np.asarray(np.where(inside, np.abs(height), edge) - self.thickness / 2, np.float32)


@dataclass(frozen=True)
class Prism:
    """An elliptic cylinder standing on a tilted axis in the sagittal plane: a vertebral body."""

    centre: Vector
    half_width: float
    half_depth: float
    half_height: float
    tilt: float
    """Radians by which its top leans forward."""

    def box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """See `Shape`."""
        reach = np.array(
            (
                self.half_width,
                self.half_depth * abs(np.cos(self.tilt)) + self.half_height * abs(np.sin(self.tilt)),
                self.half_height * abs(np.cos(self.tilt)) + self.half_depth * abs(np.sin(self.tilt)),
            )
        )
        return np.array(self.centre) - reach, np.array(self.centre) + reach

    def distance(self, x: Field, y: Field, z: Field) -> Field:
        """See `Shape`."""
        cos, sin = np.cos(self.tilt), np.sin(self.tilt)
        y, z = y - self.centre[1], z - self.centre[2]
        forward, up = y * cos - z * sin, y * sin + z * cos
        waist = 1 - 0.06 * (1 - (up / self.half_height) ** 2)  # the body is slimmer between its end plates
        radial = np.sqrt(
            ((x - self.centre[0]) / (self.half_width * waist)) ** 2 + (forward / (self.half_depth * waist)) ** 2
        )
        return np.asarray(np.maximum((radial - 1) * self.half_depth, np.abs(up) - self.half_height), np.float32)


@dataclass(frozen=True)
class Union:
    """Several shapes as one."""

    parts: tuple[Shape, ...]


def tube(points: ArrayLike, radii: ArrayLike, *, step_mm: float = 9.0) -> Union:
    """A smooth tube through `points` (n, 3) with a radius at each, as a chain of capsules.

    The curve is a centripetal cubic spline over the chord length, so it doesn't overshoot at sharp bends.
    """
    from scipy.interpolate import CubicSpline, PchipInterpolator

    knots = np.asarray(points, dtype=float)
    widths = np.broadcast_to(np.asarray(radii, dtype=float), len(knots))
    chord = np.linalg.norm(np.diff(knots, axis=0), axis=1)
    at = np.concatenate([[0.0], np.cumsum(np.sqrt(chord))])
    count = max(2, int(np.ceil(chord.sum() / step_mm)) + 1)
    if len(knots) == 2:
        samples, sample_radii = knots, widths
    else:
        where = np.linspace(0, at[-1], count)
        samples = CubicSpline(at, knots)(where)
        sample_radii = PchipInterpolator(at, widths)(where)
    return Union(
        tuple(
            Capsule(_vector(p), _vector(q), float(r), float(s))
            for p, q, r, s in zip(samples[:-1], samples[1:], sample_radii[:-1], sample_radii[1:], strict=True)
        )
    )


def join(shapes: Iterable[Shape | Union]) -> Union:
    """One union of shapes and unions."""
    parts: list[Shape] = []
    for shape in shapes:
        parts.extend(shape.parts if isinstance(shape, Union) else (shape,))
    return Union(tuple(parts))


def rotation(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> NDArray[np.float64]:
    """Axes turned by degrees about z (yaw), x (pitch), y (roll), in this order from the left."""
    a, b, c = np.deg2rad((yaw, pitch, roll))
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_y = np.array([[np.cos(c), 0, np.sin(c)], [0, 1, 0], [-np.sin(c), 0, np.cos(c)]])
    return np.asarray(about_z @ about_x @ about_y)


def mirror(points: Sequence[Sequence[float]], side: int) -> list[Vector]:
    """Points given for the right side, on the side asked for (+1 right, −1 left)."""
    return [(side * x, y, z) for x, y, z in points]


def _vector(point: NDArray[np.float64]) -> Vector:
    return float(point[0]), float(point[1]), float(point[2])
