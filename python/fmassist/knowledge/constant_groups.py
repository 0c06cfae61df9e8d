"""The typed form of the numbers that reasoning takes for granted: their names alone. The data says what each means.

The data calls a number `group-name`, and its parts, where it has several, `group-name-low` or `group-name-block`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """A range."""

    low: float
    high: float


class BySeverity(NamedTuple):
    """One number for each severity of a finding."""

    block: float
    review: float
    info: float

    def of(self, severity: str) -> float:
        """That of this severity."""
        return float(getattr(self, str(severity)))


@dataclass(frozen=True)
class Abduction:
    """How likely failures without a cause are."""

    unexplained_prior: BySeverity


@dataclass(frozen=True)
class Asked:
    """What was asked of a model."""

    most: float
    in_view: float
    pairs_for_one: int
    almost_all: float


@dataclass(frozen=True)
class Fit:
    """How well a label fits the typical body."""

    place_mm: float
    place_share: float
    log_extent: float
    log_volume: float
    freedom: float
    in_view: float
    worst: float
    unseen: float


@dataclass(frozen=True)
class Registration:
    """Laying the typical body over a study."""

    least_labels: int
    tolerance_mm: float
    half_seen: float
    gives: float
    cut_weight: float


@dataclass(frozen=True)
class Causes:
    """Causes of the whole study."""

    many: int
    most_undone: float
    likely: float


@dataclass(frozen=True)
class Chains:
    """Vertebrae, ribs, and where ribs join the spine."""

    first_thoracic: int
    rib_head_reach_mm: float
    head_margin_mm: float
    at_its_height: float
    as_its_neighbours: float
    usual_heads: Span
    widest_heads: Span


@dataclass(frozen=True)
class TwoModels:
    """Comparing two models."""

    agree: float
    size_ratio: float
    overlap: float


@dataclass(frozen=True)
class Comparison:
    """Comparing two structures slab by slab."""

    least_slabs: int
    slabs_in_part: int


@dataclass(frozen=True)
class Confidence:
    """How likely a finding is true."""

    by_severity: BySeverity
    prior_weight: float


@dataclass(frozen=True)
class Derivation:
    """What is derived from place and meaning."""

    margin_levels: float
    enough_anchors: int
    organ_reach_mm: float
    lateral_share: float


@dataclass(frozen=True)
class Doubles:
    """Two segments of one structure."""

    same_place: float
    beside_voxels: float


@dataclass(frozen=True)
class Gate:
    """What a repair may not harm."""

    most_lost: float
    worse_by: float
    least_ml: float


@dataclass(frozen=True)
class Grading:
    """Evidence that a structure is wrong, from the others."""

    least_people: int
    least_others: int
    nearest: int
    part_wider: float
    good_spread: float
    good_tail: float
    wrong_spread: float
    wrong_tail: float
    share_changed: float
    prior_log_odds: float
    mismatch: float
    last_long_rib: int
    enough_links: int
    least_shift_mm: float
    shifted: float


@dataclass(frozen=True)
class Declared:
    """Causes that cannot be undone."""

    gross_cost: float


@dataclass(frozen=True)
class Exchanges:
    """Exchanged labels."""

    poor_fit: float
    side_cost: float
    tissue_cost: float
    stays_gain: float
    worth: float
    another_cost: float
    most_worth: float


@dataclass(frozen=True)
class Leaks:
    """One structure that took from its neighbours."""

    robbed_at_least: int
    common_cost: float


@dataclass(frozen=True)
class Numbers:
    """Miscounted vertebrae and ribs."""

    touching_mm: float
    a_level_mm: float
    touching_gain: float
    long: float
    last_ribs: int
    upper_chest: int
    open_ended_cost: float
    body_worth: float
    most_body: float
    no_rib_fits: float
    organ_spread_levels: float
    spacing_spread: float
    least_of_level: float


@dataclass(frozen=True)
class Scale:
    """Wrong voxel sizes."""

    spread: float
    axis_spread: float
    far: float
    most_worth: float
    turned: float
    child_years: int


@dataclass(frozen=True)
class Scene:
    """Place and size in the field of view."""

    mirror_place_cost: float
    out_of_view_mm: float
    half_in_view: float
    size_margin: float
    most_size_cost: float


@dataclass(frozen=True)
class Segments:
    """Causes of single segments."""

    miscount_cost: float
    no_gap: float
    moved_mm: float
    level_share: float
    level_cost: float
    large_share: float
    large_cost: float
    well_placed: float
    well_placed_cost: float
    beside_gain: float
    most_beside: int


@dataclass(frozen=True)
class WholeStudy:
    """Causes of the whole study, by its labels and image."""

    coherent: float
    fits_body: float
    map_worth: float
    most_map_worth: float
    off_image: float
    off_edges: float
    fits: float
    elsewhere: float
    surely_elsewhere: float
    tells: float
    several: int
    a_quarter: float
    shifted_hu: float
    most_tissues: float
    torn: float
    many_pieces: int
    stray_worth: float
    piecemeal: float


@dataclass(frozen=True)
class Turns:
    """Turned and mirrored studies."""

    least_gain: float
    fits: float
    much_better: float
    least_gain_in_all: float
    worth: float
    most_worth: float
    most: float
    several: int


@dataclass(frozen=True)
class Kin:
    """Structures of one kind."""

    least_muscles: int
    least_voxels: int


@dataclass(frozen=True)
class Levels:
    """Heights in vertebral levels."""

    sacral_level_mm: float
    lower_level_mm: float
    most_levels: float
    enough_organs: int
    child_to_giant: Span


@dataclass(frozen=True)
class Midline:
    """The middle of the body."""

    sure_plane: float


@dataclass(frozen=True)
class Oddities:
    """Structures that are odd among the others."""

    enough: float
    enough_of_few: float
    few_others: int
    least_off_mm: float
    least_factor: float
    most_single: int
    share_of_study: float
    least_in_view_mm: float
    sure_share: float
    sure_of_part: float
    least_witnesses: int
    loose_mm: float


@dataclass(frozen=True)
class Opposite:
    """Ribs against those of the other side."""

    least_pairs: int
    least_off_mm: float
    least_median_mm: float
    last_in_steps: int
    fits_mm: float
    times_better: float
    least_partner_ml: float


@dataclass(frozen=True)
class Posterior:
    """Shares among rival causes."""

    mimic_cost: float
    prior_weight: float
    uncounted: float


@dataclass(frozen=True)
class Proposals:
    """Which repairs are offered."""

    clear: float
    worse_by: float
    most_dropped: float


@dataclass(frozen=True)
class Relations:
    """How structures lie to each other in people."""

    prior_people: float
    prior_mm: float
    prior_size: float


@dataclass(frozen=True)
class Silent:
    """Causes that nothing but the typical body shows."""

    sure: float
    share: float


@dataclass(frozen=True)
class Testing:
    """Testing a hypothesis."""

    question_cost: float
    fallback_prior: float
    remains: float


@dataclass(frozen=True)
class WhichMap:
    """Which label map labels were written with."""

    most_known: float
    alike: float
    margin: float
    fits: float
    enough_tests: int
    far_better: float
    doubted: float
    unnamed: float
    spread_hu: float
    few: int
    short: float
    anchors: int
    off_levels: float
    apart: float
    held_by_the_right: float
    held_by_chance: float
    meant: float
    turned_fits: float
    turned_tests: int


@dataclass(frozen=True)
class Constants:
    """All of them."""

    abduction: Abduction
    asked: Asked
    fit: Fit
    registration: Registration
    causes: Causes
    chains: Chains
    two_models: TwoModels
    comparison: Comparison
    confidence: Confidence
    derivation: Derivation
    doubles: Doubles
    gate: Gate
    grading: Grading
    declared: Declared
    exchanges: Exchanges
    leaks: Leaks
    numbers: Numbers
    scale: Scale
    scene: Scene
    segments: Segments
    whole_study: WholeStudy
    turns: Turns
    kin: Kin
    levels: Levels
    midline: Midline
    oddities: Oddities
    opposite: Opposite
    posterior: Posterior
    proposals: Proposals
    relations: Relations
    silent: Silent
    testing: Testing
    which_map: WhichMap
