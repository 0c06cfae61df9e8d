"""The curators' section: rule, version, own folder."""


def test_curators_see_rule_versions_and_their_own_folder(sitting, tmp_path):
    ui = sitting.check().ui
    assert "knowledge 2026-11-01" in ui.versionLabel.text, "the version behind the result"
    assert "in use: 20" in ui.versionLabel.text
    (tmp_path / "rules").mkdir()
    own = tmp_path / "rules" / "own.ttl"
    own.write_text("@prefix r: <https://w3id.org/fmassist/rule/> .\n\nr:side a r:Rule .\n", encoding="utf-8")
    ui.knowledgeFolderLineEdit.text = str(tmp_path)
    sitting.select("f1")
    assert "rules/own.ttl (own), line 3" in ui.ruleLabel.text
    assert "with 1 of your own files on top" in ui.versionLabel.text
    own.write_text("\n" + own.read_text(encoding="utf-8"), encoding="utf-8")
    sitting.press(ui.reloadButton)
    assert "rules/own.ttl (own), line 4" in ui.ruleLabel.text
    job = sitting.module.panel.inputs.job()
    sitting.module.logic.start = lambda started: None
    sitting.module.panel.running.start(job)
    assert job.arguments[-2:] == ["--knowledge", str(tmp_path)]


def test_rules_and_histories_are_those_that_the_library_reads(app, tmp_path):
    from FMAssistLib import curators

    from fmassist.knowledge.load import load_knowledge
    from fmassist.knowledge.workshop.sources import read_sources

    knowledge = load_knowledge()
    shipped = next(iter(sorted(knowledge.rules)))
    prefixes = "@prefix fmx: <https://w3id.org/fmassist/ontology#> .\n"
    prefixes += "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    prefixes += "@prefix variant: <https://w3id.org/fmassist/variant/> .\n"
    own = f'{prefixes}<{shipped}> a fmx:Rule .\nvariant:third_lung a fmx:Variant ; rdfs:label "a third lung" .\n'
    (tmp_path / "own.ttl").write_text(own, encoding="utf-8")
    sources = read_sources(own=tmp_path)
    for iri in knowledge.rules:
        file, line = sources.where(iri)
        assert curators.rule_place(iri, str(tmp_path)) == f"{file}, line {line}"
    assert curators.rule_place(shipped, str(tmp_path)) == "own.ttl (own), line 4"
    variants = {iri.rsplit("/", 1)[-1]: variant.label for iri, variant in knowledge.variants.items()}
    assert dict(curators.histories()) == variants
    assert dict(curators.histories(str(tmp_path))) == {**variants, "third_lung": "a third lung"}
    assert curators.version_in_use() == knowledge.version
