# ruff: noqa: E501
"""Makes the shipped label maps from the published tables of tools and data sets.

    python -m fmassist.knowledge.workshop.make_label_maps TABLES CLASS_MAPS [--out Resources/label_maps]

`TABLES` is a folder with one tab-separated table of value and name for each tool (source, version, licence and traps in its
first line), `CLASS_MAPS` TotalSegmentator's `totalsegmentator_class_maps.json`. Each name is read as everywhere (see
`fmassist.knowledge.meaning`); what it stands for in one tool alone is said in `MEANT`. Maps that a person made stay as they
are and only get their row in the index. The last output is a table: how many names of each tool are understood.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from fmassist.knowledge.dictionary import FORMER_CODES
from fmassist.knowledge.load import load_knowledge
from fmassist.knowledge.meaning import is_judged
from fmassist.knowledge.model import Knowledge
from fmassist.knowledge.namespaces import ST

VERSION = "2026-12-01"


@dataclass(frozen=True)
class Plan:
    """One map to be made.

    Args:
        id: of the map.
        tables: keys of the tables whose rows it holds.
        title: tool and task, with its version.
        modality: `"CT"`, `"MR"` or `"CT MR"`.
        rank: 1 for the commonest kind of file to 3 for the rarest.
        only: value of the tables' third column, where one table holds several models.
    """

    id: str
    tables: tuple[str, ...]
    title: str
    modality: str
    rank: int = 2
    only: str | None = None


PLANS = (
    Plan("totalsegmentator:total_mr_56", ("totalsegmentator_total_mr_56",), "TotalSegmentator 2.3–2.4, total_mr with 56 classes", "MR", 2),
    Plan("totalsegmentator:total_2023", ("totalsegmentator_total_v2_before_2024-03-14",), "TotalSegmentator 2.0–2.1, total before 2024-03-14 (ribs in another order)", "CT", 3),
    *(Plan(f"moose:{name}", ("moose3_models",), f"MOOSE 3, {name}", "CT", 2, name) for name in ("clin_ct_organs", "clin_ct_cardiac", "clin_ct_muscles", "clin_ct_peripheral_bones", "clin_ct_ribs", "clin_ct_vertebrae", "clin_ct_digestive", "clin_ct_body_composition", "clin_ct_body", "clin_ct_lungs")),
    *(Plan(f"cads:{name}", ("cads_models",), f"CADS v1, model {name}", "CT", 2, name) for name in ("551", "552", "553", "554", "555", "556", "557", "558", "559")),
    Plan("cads:all", ("cads_all_167",), "CADS v1, all 167 structures", "CT", 3),
    Plan("mrsegmentator", ("mrsegmentator_40",), "MRSegmentator 1.2", "CT MR", 2),
    Plan("spineps:subregions", ("spineps_subregions",), "SPINEPS, seg-spine mask", "CT MR", 3),
    Plan("tptbox:vertebrae", ("tptbox_vertebra_instance",), "TPTBox / SPINEPS with VERIDAH, seg-vert mask", "CT MR", 3),
    Plan("tptbox:full_body", ("tptbox_full_body",), "TPTBox, Full_Body_Instance", "CT MR", 3),
    Plan("vibeseg", ("vibeseg_full_body",), "VIBESeg (TotalVibeSegmentator)", "MR", 2),
    Plan("totalspineseg", ("totalspineseg",), "TotalSpineSeg, step2_output", "CT MR", 2),
    Plan("verse", ("verse",), "VerSe 2019 and 2020", "CT", 1),
    Plan("ctspine1k", ("ctspine1k",), "CTSpine1K", "CT", 3),
    Plan("ctpelvic1k", ("ctpelvic1k",), "CTPelvic1K", "CT", 3),
    Plan("abdomenatlas:1.0", ("abdomenatlas_1_0",), "AbdomenAtlas 1.0", "CT", 1),
    Plan("abdomenatlas:1.1", ("abdomenatlas_1_1",), "AbdomenAtlas 1.1", "CT", 1),
    Plan("abdomenatlas:pants", ("abdomenatlas_pants",), "PanTS as in ShapeKit", "CT", 3),
    Plan("btcv", ("btcv_abdomen_13",), "BTCV (Synapse), 13 organs", "CT", 1),
    Plan("btcv:cervix", ("btcv_cervix",), "BTCV cervix", "CT", 3),
    Plan("synapse:8", ("synapse_8",), "Synapse, 8 organs as in TransUNet", "CT", 1),
    Plan("amos", ("amos22",), "AMOS22", "CT MR", 1),
    Plan("flare22", ("flare22",), "FLARE22", "CT", 1),
    Plan("flare23", ("flare23_plus",), "FLARE23", "CT", 2),
    Plan("word", ("word",), "WORD", "CT", 2),
    Plan("abdomenct1k", ("abdomenct1k",), "AbdomenCT-1K", "CT", 2),
    Plan("ct_org", ("ct_org",), "CT-ORG", "CT", 2),
    Plan("visceral", ("visceral_gold",), "VISCERAL as merged by CADS", "CT MR", 3),
    Plan("saros", ("saros_original",), "SAROS body regions", "CT", 2),
    Plan("saros:parts", ("saros_body_parts",), "SAROS body parts", "CT", 3),
    Plan("boa:regions", ("boa_body_regions",), "BOA body regions", "CT", 3),
    Plan("boa:tissues", ("boa_tissues",), "BOA tissues", "CT", 3),
    Plan("chaos:mr", ("chaos_mr_raw",), "CHAOS MR as published (63, 126, 189, 252)", "MR", 1),
    Plan("chaos:mr_nnunet", ("chaos_mr_nnunet",), "CHAOS MR, renumbered 1–4", "MR", 2),
    Plan("mm_whs", ("mm_whs_raw",), "MM-WHS 2017", "CT MR", 1),
    Plan("acdc", ("acdc",), "ACDC", "MR", 2),
    Plan("mnms", ("mnms",), "M&Ms", "MR", 2),
    Plan("lctsc", ("lctsc",), "LCTSC", "CT", 2),
    Plan("segthor", ("segthor",), "SegTHOR", "CT", 1),
    Plan("structseg:thorax", ("structseg_thoracic",), "StructSeg 2019, thorax", "CT", 3),
    Plan("lungmask:r231", ("lungmask_r231",), "lungmask R231", "CT", 2),
    Plan("lungmask:ltrclobes", ("lungmask_ltrclobes",), "lungmask LTRCLobes", "CT", 2),
    Plan("ribseg", ("ribseg",), "RibSeg v2 as mapped by CADS", "CT", 3),
    Plan("han_seg", ("han_seg",), "HaN-Seg as numbered by CADS", "CT MR", 2),
    Plan("dentalsegmentator", ("dentalsegmentator",), "DentalSegmentator 1.0", "CT", 1),
    Plan("toothfairy2", ("toothfairy2",), "ToothFairy2", "CT", 2),
    Plan("toothfairy3", ("toothfairy3",), "ToothFairy3", "CT", 2),
    Plan("kits", ("kits21_23",), "KiTS21 and KiTS23", "CT", 2),
    Plan("lits", ("lits",), "LiTS", "CT", 2),
    Plan("synthseg", ("synthseg",), "SynthSeg 2.0", "MR", 1),
    Plan("synthseg:parc", ("synthseg", "synthseg_parc"), "SynthSeg 2.0 --parc", "MR", 2),
    Plan("freesurfer:aseg", ("freesurfer_aseg",), "FreeSurfer aseg", "MR", 2),
    Plan("freesurfer:aparc", ("freesurfer_aseg", "freesurfer_aparc_dk"), "FreeSurfer aparc+aseg (DK, DKT)", "MR", 2),
    Plan("freesurfer:a2009s", ("freesurfer_aseg", "freesurfer_aparc_a2009s"), "FreeSurfer aparc.a2009s+aseg (Destrieux)", "MR", 2),
    Plan("fastsurfer", ("fastsurfer",), "FastSurferCNN", "MR", 3),
    Plan("neuromorphometrics", ("neuromorphometrics_malf",), "Neuromorphometrics (MICCAI 2012)", "MR", 2),
    Plan("monai:unest_brain", ("monai_unest_brain_132",), "MONAI wholeBrainSeg_Large_UNEST_segmentation 0.2.5", "MR", 2),
    Plan("monai:multi_organ", ("monai_multi_organ",), "MONAI multi_organ_segmentation 0.0.4", "CT", 3),
    Plan("monai:swin_btcv", ("monai_swin_btcv_13",), "MONAI swin_unetr_btcv_segmentation 0.5.6", "CT", 2),
    Plan("monai:pancreas", ("monai_pancreas",), "MONAI pancreas_ct_dints_segmentation 0.5.0", "CT", 3),
    Plan("monai:prostate", ("monai_prostate",), "MONAI prostate_mri_anatomy 0.3.4", "MR", 3),
    Plan("monai:renal", ("monai_renal_cect",), "MONAI renalStructures_CECT_segmentation 0.2.1", "CT", 3),
    Plan("monai:ventricular", ("monai_ventricular",), "MONAI ventricular_short_axis_3label 0.3.3", "MR", 3),
    Plan("monai:brats", ("monai_brats",), "MONAI brats_mri_segmentation 0.5.2", "MR", 3),
    Plan("brats2023", ("brats2023",), "BraTS 2023", "MR", 3),
    Plan("spl:abdomen", ("spl_abdominal",), "SPL abdominal atlas 2016", "CT", 3),
    Plan("spl:brain", ("spl_brain",), "SPL/NAC brain atlas 2017", "MR", 3),
)  # fmt: skip

BY_HAND = {
    "totalsegmentator:total": ("TotalSegmentator 2.18, total", "CT", 1, "totalsegmentator_total"),
    "totalsegmentator:total_mr": ("TotalSegmentator 2.18, total_mr", "MR", 1, "totalsegmentator_total_mr"),
    "meshnet:104": ("MeshNet, 104 regions", "MR", 2, "meshnet_104"),
    "meshnet:subcortical": ("MeshNet, subcortical", "MR", 2, "meshnet_subcortical"),
    "litemedsam": ("LiteMedSAM, by name", "CT MR", 3, "litemedsam"),
    "obelisk:8": ("OBELISK, 8 organs", "CT", 3, "obelisk_8"),
    "vista3d": ("VISTA3D bundle 0.5.4", "CT", 1, "vista3d"),
    "monai:wholebody_ct": ("MONAI wholeBody_ct_segmentation 0.2.5", "CT", 2, "wholebody_ct"),
}
"""Maps that a person made: title, modality, rank and file."""

SKIPPED_TASKS = ("total", "total_mr", "test", "total_highres_test")
LEGACY = ("LEGACY", "auxiliary", "v1")
MEANT = {
    "kits": {"tumor": "kidney_tumor", "cyst": "kidney_cyst"},
    "lits": {"tumor": "hepatic_tumor"},
    "monai:pancreas": {"tumor": "pancreatic_tumor", "cancer": "pancreatic_tumor", "lesion": "pancreatic_tumor"},
    "monai:renal": {"artery": "", "vein": "", "parenchyma": "kidney", "neoplasm": "kidney_tumor", "cyst": "kidney_cyst"},
    "btcv:cervix": {"small bowel": "small_bowel"},
    "monai:ventricular": {"myocardium": "myocardium_left_ventricle"},
    "acdc": {"myocardium": "myocardium_left_ventricle"},
    "mnms": {"myocardium": "myocardium_left_ventricle"},
    "boa:tissues": {"muscle": "skeletal_muscle"},
    "flare23": {"tumor": "tumor"},
    "totalsegmentator:total_v3": {},
    "saros": {"nolabel": ""},
    "dentalsegmentator": {"Mandibular canal": "inferior_alveolar_canal"},
    "totalspineseg": {"CSF": "vertebral_column_cerebrospinal_fluid"},
    "totalsegmentator:aorta_annulus": {"sinotubular_junction": "sinotubular_junction"},
    "neuromorphometrics": {"central": "", "lateral": "", "calcarine": "", "cingulate": "", "circular": "", "precentral": "", "postcentral": ""},
    "word": {"head_of_femur_left": "", "head_of_femur_right": "", "adrenal": "adrenal_glands"},
}  # fmt: skip
"""What a name stands for in one map alone, against what it would elsewhere; empty for nothing."""


def main(arguments: list[str] | None = None) -> None:
    """Make every map, its row in the index, and the table of what is understood."""
    parser = argparse.ArgumentParser(description="Make the shipped label maps from published tables.")
    parser.add_argument("tables", type=Path)
    parser.add_argument("class_maps", type=Path)
    parser.add_argument("--out", type=Path, default=Path("Resources/label_maps"))
    given = parser.parse_args(arguments)
    knowledge = load_knowledge()
    index = [(identity, file, title, modality, rank) for identity, (title, modality, rank, file) in BY_HAND.items()]
    said = []
    for plan, rows, source in (*_of_tables(given.tables), *_of_tasks(given.class_maps)):
        text, understood, count = _written(plan, rows, source, knowledge)
        file = re.sub(r"[^\w.]+", "_", plan.id)
        (given.out / f"{file}.sssom.tsv").write_text(text, encoding="utf-8")
        index.append((plan.id, file, plan.title, plan.modality, plan.rank))
        said.append((plan.id, understood, count))
    table = "id\tfile\ttitle\tmodality\trank\n" + "".join("\t".join(map(str, row)) + "\n" for row in sorted(index))
    (given.out / "index.tsv").write_text(table, encoding="utf-8")
    (given.out / "codes.tsv").write_text(_codes(given.tables, knowledge), encoding="utf-8")
    for identity, understood, count in said:
        sys.stdout.write(f"| {identity} | {understood} of {count} | {understood / count:.0%} |\n")
    names = set().union(*(set(v.values()) for v in json.loads(given.class_maps.read_text("utf-8")).values()))
    known = sum(knowledge.dictionary.by_name(name) is not None for name in names)
    sys.stdout.write(f"| all class names of TotalSegmentator | {known} of {len(names)} | {known / len(names):.0%} |\n")


def _of_tables(folder: Path) -> list[tuple[Plan, list[tuple[int, str]], str]]:
    found = []
    for plan in PLANS:
        rows: dict[int, str] = {}
        sources = []
        for key in plan.tables:
            lines = (folder / f"{key}.tsv").read_text(encoding="utf-8").splitlines()
            sources.append(lines[0].removeprefix("# source: ").split("; licence:")[0])
            for row in csv.DictReader(lines[1:], delimiter="\t"):
                model = row.get("model")
                if row["value"] and (plan.only is None or model == plan.only) and int(row["value"]) > 0:
                    rows.setdefault(int(row["value"]), row["name"].strip())
        if rows:
            found.append((plan, sorted(rows.items()), "; ".join(sources)))
        else:
            sys.stderr.write(f"no rows for {plan.id}\n")
    return found


def _codes(folder: Path, knowledge: Knowledge) -> str:
    """Codes with their modifiers and regions that published tables give to a name, where they mean one structure alone."""
    found: dict[tuple[str, ...], set[str]] = {}
    for table in ("slicertotalsegmentator_segment_names", "moose3_snomed", "totalsegmentator_snomed_pr612"):
        lines = (folder / f"{table}.tsv").read_text(encoding="utf-8").splitlines()
        for row in csv.DictReader(lines[1:], delimiter="\t"):
            match = knowledge.dictionary.by_name(row["name"])
            if row["code_scheme"] != "SCT" or not row["code"] or match is None:
                continue
            code = FORMER_CODES.get(row["code"], row["code"])
            key = (code, *((row.get(name) or "") for name in ("modifier_code", "region_code", "region_modifier_code")))
            found.setdefault(key, set()).add(match.iri.removeprefix(ST))
    head = "# source: SlicerTotalSegmentator 6a82370b, MOOSE 2afdd2c4, TotalSegmentator pull request 612 (SNOMED CT codes)\n"
    head += "code\tmodifier\tregion\tregion_modifier\tstructure\n"
    rows = []
    for key, keys in sorted(found.items()):
        # Of several that share a code, such as the pulmonary artery and its branches, the one that rules judge is meant.
        one = keys if len(keys) == 1 else {k for k in keys if is_judged(ST + k, knowledge)}
        if len(one) == 1:
            rows.append("\t".join((*key, *one)) + "\n")
    return head + "".join(rows)


def _of_tasks(path: Path) -> list[tuple[Plan, list[tuple[int, str]], str]]:
    found = []
    for task, classes in json.loads(path.read_text(encoding="utf-8")).items():
        if task in SKIPPED_TASKS:
            continue
        rank = 3 if any(word in task for word in LEGACY) else 2
        modality = "MR" if task.endswith("_mr") or "_mr_" in task else "CT"
        plan = Plan(f"totalsegmentator:{task}", (), f"TotalSegmentator 2.18, {task}", modality, rank)
        rows = sorted((int(value), name) for value, name in classes.items())
        found.append((plan, rows, "TotalSegmentator 0e65a448, resources/totalsegmentator_class_maps.json"))
    return found


def _written(plan: Plan, rows: list[tuple[int, str]], source: str, knowledge: Knowledge) -> tuple[str, int, int]:
    file = re.sub(r"[^\w.]+", "_", plan.id)
    prefix = plan.id.split(":")[0]
    text = io.StringIO()
    text.write(_HEAD.format(file=file, version=VERSION, id=plan.id, source=source.replace('"', "'"), prefix=prefix))
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(_COLUMNS)
    understood = 0
    for value, name in rows:
        key = _meant(plan.id, name, knowledge)
        understood += key is not None
        label = knowledge.structures[ST + key].label if key else ""
        target = f"st:{key}" if key else "sssom:NoTermFound"
        subject = f"{plan.id if ':' in plan.id else plan.id + ':labels'}/{value}"
        writer.writerow((subject, name, "skos:exactMatch", target, label, "semapv:LexicalMatching", value))
    return text.getvalue(), understood, len(rows)


def _meant(identity: str, name: str, knowledge: Knowledge) -> str | None:
    special = MEANT.get(identity, {})
    if name in special:
        return special[name] or None
    match = knowledge.dictionary.by_name(name)
    return None if match is None else match.iri.removeprefix(ST)


_COLUMNS = (
    "subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification", "label_value",
)  # fmt: skip
_HEAD = """#mapping_set_id: https://w3id.org/fmassist/label_maps/{file}
#mapping_set_version: {version}
#mapping_set_title: "{id}"
#license: https://creativecommons.org/licenses/by/4.0/
#mapping_date: {version}
#mapping_tool: "fmassist.knowledge.workshop.make_label_maps"
#creator_label:
#  - The FMAssist developers
#subject_source: "{source}"
#object_source: https://w3id.org/fmassist/ontology
#object_source_version: {version}
#extension_definitions:
#  - slot_name: label_value
#    type_hint: xsd:integer
#curie_map:
#  st: https://w3id.org/fmassist/structure/
#  skos: http://www.w3.org/2004/02/skos/core#
#  semapv: https://w3id.org/semapv/vocab/
#  sssom: https://w3id.org/sssom/
#  "{prefix}": https://w3id.org/fmassist/model/{prefix}/
"""


if __name__ == "__main__":
    main()
