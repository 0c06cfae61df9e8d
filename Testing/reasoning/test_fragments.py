"""Which pieces of a structure are stray: all that can't join its main piece beyond the border of the image."""

from __future__ import annotations

from reasoning.paper import piece, segment

from fmassist.reasoning.fragments import strays


def test_a_piece_at_the_border_is_stray_where_the_main_one_is_seen_whole():
    liver = segment(
        1, "liver", piece((60, 20, 40), (120, 100, 120)), piece((20, 20, -590), (20, 20, 20), ("inferior",))
    )
    apart = strays(liver)
    assert apart.count == 1
    assert apart.farthest_gap_mm == 560.0  # from 20 mm below the origin down to 580


def test_two_pieces_at_the_border_may_be_one_beyond_it():
    colon = segment(
        1,
        "colon",
        piece((-80, 40, -560), (40, 40, 80), ("inferior",)),
        piece((80, 40, -570), (40, 40, 60), ("inferior",)),
    )
    assert strays(colon).count == 0


def test_dust_is_stray_though_evidence_lists_its_largest_pieces_alone():
    """A liver of 100,000 single voxels has the volume of a liver: what is not listed lies apart all the same."""
    from dataclasses import replace

    specks = [piece((4.0 * n, 0, 0), (2, 2, 2)) for n in range(32)]
    liver = replace(segment(1, "liver", *specks), volume_ml=800.0, component_count=100_000)
    apart = strays(liver)
    assert apart.count == 99_999
    assert apart.share > 0.999
