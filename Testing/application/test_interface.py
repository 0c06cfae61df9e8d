"""`import fmassist as fma`: the same study gives the same verdict, in whatever form it comes."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import fmassist as fma


@pytest.fixture(scope="module")
def study(case):
    return fma.check(case.folder / "seg.nii.gz", image=case.folder / "ct.nii.gz")


def as_simpleitk(array, affine):
    import SimpleITK

    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(array.T))
    lps = np.diag([-1, -1, 1, 1]) @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    return image


def as_nibabel(array, affine):
    nibabel = pytest.importorskip("nibabel")
    return nibabel.Nifti1Image(array, affine)


def as_monai(array, affine):
    data = pytest.importorskip("monai.data")
    return data.MetaTensor(np.asarray(array)[None].astype(np.float32), affine=affine)


def as_torchio(array, affine):
    torchio = pytest.importorskip("torchio")
    return torchio.ScalarImage(tensor=np.asarray(array)[None].astype(np.float32), affine=affine)


def as_pair(array, affine):
    return array, affine


def as_vtk(array, affine):
    slicer = pytest.importorskip("slicer_core.vtkSegmentationCore", reason="needs 3D Slicer's libraries (slicer-core)")
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    image = slicer.vtkOrientedImageData()
    image.SetDimensions(*array.shape)
    matrix = vtkMatrix4x4()
    for row in range(4):
        for column in range(4):
            matrix.SetElement(row, column, float(affine[row, column]))
    image.SetImageToWorldMatrix(matrix)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(array.T).ravel(), deep=True))
    return image


@pytest.mark.parametrize("form", [as_simpleitk, as_nibabel, as_monai, as_torchio, as_pair, as_vtk])
def test_every_form_gives_the_verdict_of_the_files(case, study, form):
    again = fma.check(form(case.labels, case.affine), image=form(case.image, case.affine))
    assert again.verdict == study.verdict
    assert [f.id for f in again.findings] == [f.id for f in study.findings]
    ours = {s["segment"]: s["volume_ml"] for s in study.rows()}
    assert {s["segment"]: s["volume_ml"] for s in again.rows()} == pytest.approx(ours, rel=1e-4)


def test_affine_may_be_given_once_for_all_arrays(case, study):
    again = fma.check(case.labels, image=case.image, affine=case.affine)
    assert [f.id for f in again.findings] == [f.id for f in study.findings]


def test_what_is_no_image_is_refused_in_a_line(case):
    with pytest.raises(fma.InputError, match="affine"):
        fma.check(case.labels)
    with pytest.raises(fma.InputError, match="class 'dict'"):
        fma.check({"labels": case.labels})
    with pytest.raises(fma.InputError, match="whole number"):
        fma.check((case.labels + 0.5, case.affine))
    with pytest.raises(fma.InputError, match="values for each voxel"):
        fma.check((np.stack([case.labels, case.labels]), case.affine))


def test_several_channels_of_monai_are_not_taken_for_one(case):
    data = pytest.importorskip("monai.data")
    one_hot = data.MetaTensor(np.stack([case.labels == 0, case.labels == 1]).astype(np.float32), affine=case.affine)
    with pytest.raises(fma.InputError, match="2 values for each voxel"):
        fma.check(one_hot)


def test_a_study_says_what_a_researcher_asks(study):
    assert study.verdict in ("plausible", "review", "implausible")
    assert set(study.scores) == {row["segment"] for row in study.rows()}
    assert study.scores == {s["name"]: s["wrong_probability"] for s in study.document["segments"]}, "one truth"
    assert all(score is None or 0 <= score <= 1 for score in study.scores.values())
    flagged = {name for finding in study.findings if finding.severity != "info" for name in finding.segments}
    assert set(list(study.scores)[: len(flagged)]) == flagged, "what is named comes first"
    frame = study.table()
    assert len(frame) == len(study.scores)
    assert frame["volume_ml"].dtype == float
    assert "<script" not in study._repr_html_()
    assert study.verdict in repr(study)


def test_show_outside_a_notebook_says_what_to_do(study):
    with pytest.raises(fma.InputError, match="no notebook"):
        study.show()


def test_a_page_within_a_notebook_cannot_leave_its_frame():
    from fmassist.report.notebook import framed

    page = framed('<p title="x">&</p><script>alert(1)</script>', height_px=100)
    assert "<script>" not in page
    assert 'sandbox="allow-popups"' in page


def test_write_is_what_the_command_line_writes(case, study, tmp_path, capsys):
    from fmassist.cli.main import main

    study.write(tmp_path / "ours")
    labels, image = str(case.folder / "seg.nii.gz"), str(case.folder / "ct.nii.gz")
    assert main(["check", "--labels", labels, "--image", image, "--out", str(tmp_path / "theirs")]) in (0, 3)
    names = sorted(path.name for path in (tmp_path / "theirs").iterdir())
    assert sorted(path.name for path in (tmp_path / "ours").iterdir()) == names
    for name in ("findings.json", "segmentation.seg.nrrd", "report.html", "evidence.json"):
        assert (tmp_path / "ours" / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes(), name
    with pytest.raises(fma.InputError, match="not empty"):
        study.write(tmp_path / "ours")


def test_recheck_from_the_folder_and_from_memory(study, tmp_path):
    study.write(tmp_path / "result")
    ids = [finding.id for finding in study.findings]
    for source in (tmp_path / "result", tmp_path / "result" / "evidence.json", study):
        assert [finding.id for finding in fma.recheck(source).findings] == ids
    known = fma.recheck(tmp_path / "result", context={"age": 9, "sex": "female"})
    assert known.context.age_years == 9


def test_apply_gives_back_the_kidneys(case):
    exchanged = case.labels.copy()
    exchanged[case.labels == 2], exchanged[case.labels == 3] = 3, 2
    before = fma.check((exchanged, case.affine))
    ids = [finding.id for finding in before.findings if finding.repair is not None]
    after = fma.apply(before, ids[0])
    assert np.array_equal(after.segmentation.layers[0], case.labels)
    assert before.segmentation.layers[0] is not after.segmentation.layers[0]
    assert after.repairs["applied"]
    with pytest.raises(fma.InputError, match="no finding of this segmentation"):
        fma.apply(before, "nonsense")


def test_compare_tells_who_agrees_with_anatomy(case, tmp_path):
    exchanged = case.labels.copy()
    exchanged[case.labels == 2], exchanged[case.labels == 3] = 3, 2
    compared = fma.compare([(case.labels, case.affine), (exchanged, case.affine)])
    assert {d.kind for d in compared.differences} >= {"other side"}
    assert len(compared.table()) == len(compared.differences)
    compared.write(tmp_path / "out")
    document = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    assert [model["folder"] for model in document["models"]] == ["A", "B"]
    assert (tmp_path / "out" / "B" / "report.html").is_file()


def test_threads_check_without_mixing_studies(case):
    mirrored = case.labels[::-1]
    shapes = [(case.labels, case.affine), (mirrored, case.affine)]
    alone = [[f.id for f in fma.check(shape).findings] for shape in shapes]
    assert alone[0] != alone[1]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda n: [f.id for f in fma.check(shapes[n % 2]).findings], range(4)))
    assert together == [alone[n % 2] for n in range(4)]


OWN_RULE = """
@prefix fmx: <https://w3id.org/fmassist/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix st: <https://w3id.org/fmassist/structure/> .

<https://example.org/tiny-liver> a fmx:ReferenceRange ;
    fmx:structure st:liver ; fmx:quantity "volume" ; fmx:unit "mL" ;
    fmx:low 1.0 ; fmx:high 2.0 ; fmx:population "a test" ; fmx:estimated "made up for a test" .
"""
"""Knowledge in which no liver is of a plausible size."""


def test_threads_check_under_different_knowledge(case, tmp_path):
    (tmp_path / "own.ttl").write_text(OWN_RULE)
    folders = [None, tmp_path]
    alone = [[f.message for f in fma.check(case.folder / "seg.nii.gz", knowledge=own).findings] for own in folders]
    assert alone[0] != alone[1]
    with ThreadPoolExecutor(2) as pool:
        together = list(
            pool.map(
                lambda n: [f.message for f in fma.check(case.folder / "seg.nii.gz", knowledge=folders[n % 2]).findings],
                range(4),
            )
        )
    assert together == [alone[n % 2] for n in range(4)]


PUBLIC = {
    "check": "labels image label_map context modality affine knowledge progress",
    "recheck": "evidence label_map context knowledge",
    "apply": "study ids",
    "segment": "image model boxes prompts structures label_map context modality affine knowledge device progress",
    "compare": "labels image label_maps context modality affine knowledge progress",
}
"""What other people's programs rely on: a name that goes warns for one minor version before (docs/python.md)."""


def test_public_names_and_arguments_stay():
    for name, arguments in PUBLIC.items():
        assert list(inspect.signature(getattr(fma, name)).parameters) == arguments.split()
    expected = {*PUBLIC, "CheckedStudy", "ComparedStudies", "FMAssistError", "InputError", "__version__"}
    assert set(fma.__all__) == expected
    assert set(dir(fma)) == expected
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = fma.nonsense


def test_import_loads_nothing_heavy():
    said = subprocess.run(
        [sys.executable, "-I", "-c", "import sys, fmassist; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"numpy", "SimpleITK", "pyoxigraph", "torch", "monai", "rich", "typer"} & set(said)


def test_types_are_shipped():
    from importlib.resources import files

    assert (files("fmassist") / "py.typed").is_file()
