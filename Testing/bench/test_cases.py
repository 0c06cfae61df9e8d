"""The benchmark's people and errors are spread as it claims."""

from collections import Counter

from fmassist.bench.cases import anatomies
from fmassist.bench.injectors import KINDS
from fmassist.bench.trials import wishes
from fmassist.phantom.fields import FIELDS
from fmassist.phantom.variants import VARIANTS


def test_two_hundred_people_show_every_variant_and_every_field_of_view():
    people = anatomies(200)
    assert len({p.seed for p in people}) == 200
    assert {v for p in people for v in p.variants} == set(VARIANTS)
    assert all(any(p.variants == {v} for p in people) for v in VARIANTS)
    assert any(len(p.variants) == 2 for p in people)
    assert {p.field_of_view for p in people} == set(FIELDS)
    assert Counter(p.sex for p in people)["male"] > 60


def test_halves_are_split_by_anatomy_and_about_even():
    halves = Counter(p.half for p in anatomies(200))
    assert set(halves) == {"tune", "test"}
    assert 70 <= halves["test"] <= 130


def test_nobody_has_two_variants_that_exclude_each_other():
    for person in anatomies(200):
        assert not {"kidney_left_absent", "kidney_right_absent"} <= person.variants
        assert not {"vertebra_L6", "lumbar_4"} <= person.variants
        assert "prostate_absent" not in person.variants or person.sex == "male"


def test_every_error_is_asked_for_about_equally_often():
    asked = Counter()
    for number in range(200):
        wanted = wishes(number, 6)
        asked.update(next(wanted) for _ in range(6))
    assert len(asked) == 3 * len(KINDS)
    assert max(asked.values()) - min(asked.values()) <= 1
