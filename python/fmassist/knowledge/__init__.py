"""The anatomical ontology, the rules, the label maps and the reference ranges, as data under Resources/."""
