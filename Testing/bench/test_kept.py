"""A long run that was stopped goes on with what it had measured."""

from fmassist.bench.calibration import calibrate, rescored
from fmassist.bench.kept import keep, kept
from fmassist.bench.score import Scored
from fmassist.bench.trials import OURS, Tally

SITUS = ("https://w3id.org/fmassist/rule/direction-right", "review", "situs_inversus")
SWAP = ("https://w3id.org/fmassist/rule/direction-right", "review", "pair_swapped")


def case(kind: str, half: str, finding: tuple[str, str, str], true: bool) -> Scored:
    return Scored(1, half, kind, 3, 0.5, true, 1, int(true), findings=((*finding, true),), told=("a cause",))


def test_a_person_s_part_comes_back_as_it_was(tmp_path):
    tally = Tally({OURS: [case("leak", "test", SWAP, True)]}, {"holes": 2}, 1, 3)
    keep(tally, tmp_path / "1.json")
    assert kept(tmp_path / "1.json") == tally
    assert kept(tmp_path / "2.json") is None


def test_suspicion_is_learned_on_the_tuning_half_by_what_explains_a_finding():
    tuned = [case("pair_swapped", "tune", SWAP, True)] * 20 + [case("untouched", "tune", SITUS, False)] * 20
    # What the test half says is not learned from.
    tested = [case("pair_swapped", "test", SWAP, False), case("untouched", "test", SITUS, True)]
    tally = Tally({OURS: [*tuned, *tested]})
    swapped, calm = (c.score for c in rescored(tally, calibrate(tally)).scored[OURS][-2:])
    assert swapped > 0.85
    assert calm < 0.2
