"""The store that studies are put into does not wear out: a batch's last study is judged as its first."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode, Quad

from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.working import WORN, WorkingStore

GRAPH = NamedNode("urn:study")


def facts(count: int) -> list[Quad]:
    return [Quad(NamedNode(f"urn:{n}"), NamedNode("urn:is"), Literal(n), GRAPH) for n in range(count)]


def test_a_worn_store_is_given_up_between_two_studies_and_not_within_one():
    knowledge = load_knowledge().store
    working = WorkingStore(knowledge)
    first = working.store
    for _ in range(2):
        working.extend(facts(WORN // 2 + 1))
        assert working.store is first
        working.remove_graph(GRAPH)
    working.renew()
    assert working.store is not first
    assert len(working.store) == len(knowledge)


def test_what_is_put_in_never_reaches_the_knowledge():
    knowledge = load_knowledge().store
    before = len(knowledge)
    working = WorkingStore(knowledge)
    working.extend(facts(10))
    assert len(working.store) == before + 10
    assert len(knowledge) == before
