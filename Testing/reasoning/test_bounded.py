"""However many findings there are, a verdict stays a size somebody can open, and nothing in it is lost."""

from __future__ import annotations

from fmassist.reasoning.bounded import MOST_EXPLAINED, MOST_FINDINGS, REST, bounded
from fmassist.reasoning.findings import Cause, Finding
from fmassist.terms import Kind, Severity


def finding(number: int, causes: tuple[Cause, ...] = ()) -> Finding:
    return Finding(
        id=f"f{number}",
        rule="https://w3id.org/fmassist/rule/no-overlap",
        kind=Kind.IMPLAUSIBLE,
        severity=Severity.BLOCK,
        segments=(f"s{number}", "common"),
        message="They overlap.",
        evidence=(),
        location_ras_mm=None,
        causes=causes,
    )


def test_a_usual_verdict_stays_as_it_is():
    cause = Cause("c", "c", 0.9, explains=("f1", "f2"))
    findings = [finding(n, (cause,)) for n in range(30)]
    assert bounded(findings, [cause], rule="r/") == (findings, [cause])


def test_what_is_beyond_measure_is_one_finding_that_names_every_segment():
    count = 2 * MOST_FINDINGS
    everything = Cause("c", "c", 0.9, explains=tuple(f"f{n}" for n in range(count)))
    kept, causes = bounded([finding(n, (everything,)) for n in range(count)], [everything], rule="r/")
    assert len(kept) == MOST_FINDINGS + 1
    rest = kept[-1]
    assert (rest.id, rest.severity) == (REST, Severity.BLOCK)
    assert f"{MOST_FINDINGS:,} more" in rest.message
    told = {name for f in kept for name in f.segments}
    assert told == {"common", *(f"s{n}" for n in range(count))}
    assert {name for cause in causes for name in cause.explains} == {f.id for f in kept}
    for f in kept[:-1]:
        assert len(f.causes[0].explains) == MOST_EXPLAINED
        assert f.causes[0].explains[0] == f.id
