"""What a segment stands for: by code, by name once confirmed, by the user, or not at all."""

import pytest

STRUCTURES = ["kidney_left", "kidney_right", "liver", "vertebrae_L1", "rib_left_10", "lung_upper_lobe_left"]
KIDNEY_LEFT = "list~SCT^123037004^Anatomical Structure~SCT^64033007^Kidney~SCT^7771000^Left~region~^^~^^"
TISSUE = "list~SCT^85756007^Tissue~SCT^85756007^Tissue~^^~region~^^~^^"


@pytest.fixture
def propose(scene):
    from FMAssistLib import meanings

    def make(*segments):
        node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Theirs")
        for number, (name, terminology) in enumerate(segments):
            node.GetSegmentation().AddEmptySegment(f"s{number}", name)
            node.GetSegmentation().GetSegment(f"s{number}").SetTag("TerminologyEntry", terminology)
        return meanings.propose(node, STRUCTURES)

    return make


@pytest.mark.parametrize(
    ("name", "structure"),
    [
        ("Left kidney", "kidney_left"),
        ("kidney_left", "kidney_left"),
        ("Kidney, L", "kidney_left"),
        ("KIDNEY RIGHT", "kidney_right"),
        ("Vertebra L1", "vertebrae_L1"),
        ("left rib 10", "rib_left_10"),
        ("upper lobe of left lung", "lung_upper_lobe_left"),
        ("kidney", None),
        ("left rib 1", None),
        ("Segment_1", None),
        ("livers", None),
    ],
)
def test_name_is_read_as_words_and_never_guessed(propose, name, structure):
    (meaning,) = propose((name, TISSUE))
    assert meaning.structure == structure
    assert meaning.needs_confirmation == (structure is not None)


def test_code_wins_over_the_name_and_needs_no_confirmation(propose):
    (meaning,) = propose(("Segment_1", KIDNEY_LEFT))
    assert (meaning.structure, meaning.source, meaning.needs_confirmation) == ("kidney_left", "terminology", False)


def test_only_what_was_confirmed_or_set_is_used(propose):
    from FMAssistLib.meanings import confirmed

    found = propose(("Segment_1", KIDNEY_LEFT), ("liver", TISSUE), ("x", TISSUE))
    assert confirmed(found, {}, names_confirmed=False) == {"s0": "kidney_left"}
    assert confirmed(found, {}, names_confirmed=True) == {"s0": "kidney_left", "s1": "liver"}
    assert confirmed(found, {"s0": "", "s2": "liver"}, names_confirmed=False) == {"s2": "liver"}


def test_real_structures_all_find_themselves(app):
    from FMAssistLib import meanings

    from fmassist.resources import resource

    known = meanings.known_structures(resource("label_maps", "totalsegmentator_total.sssom.tsv"))
    assert len(known) == 117
    assert len({meanings.words_of(name) for name in known}) == 117, "two structures would be taken for each other"
