"""The namespaces of the knowledge, in one place."""

FMX = "https://w3id.org/fmassist/ontology#"
"""Vocabulary and groups of structures."""
ST = "https://w3id.org/fmassist/structure/"
"""One class for each structure."""
RULE = "https://w3id.org/fmassist/rule/"
EV = "https://w3id.org/fmassist/evidence#"
"""Measured facts."""
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
DCTERMS = "http://purl.org/dc/terms/"
SH = "http://www.w3.org/ns/shacl#"

PREFIXES = "\n".join(
    f"PREFIX {prefix}: <{iri}>"
    for prefix, iri in {
        "fmx": FMX,
        "st": ST,
        "rule": RULE,
        "ev": EV,
        "rdf": RDF,
        "rdfs": RDFS,
        "owl": OWL,
        "xsd": XSD,
        "dcterms": DCTERMS,
    }.items()
)
"""Stands before every pattern's query, so that a curator need not repeat it."""


def short(iri: str) -> str:
    """The local name of an IRI, such as `kidney_left`."""
    return iri.rsplit("#", 1)[-1].rsplit("/", 1)[-1]
