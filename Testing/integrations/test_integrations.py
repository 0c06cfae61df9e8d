"""Each tool's own objects and files go in, and the verdict is that of the same files by themselves."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

import fmassist as fma
from fmassist import integrations
from fmassist.errors import InputError
from fmassist.knowledge.label_map import load_label_map

TOTAL = "totalsegmentator:total"


@pytest.fixture(scope="module")
def study(case):
    return fma.check(case.folder / "seg.nii.gz", image=case.folder / "ct.nii.gz", label_map=TOTAL)


def said(study):
    return "\n".join(f.message for f in study.findings if f.severity != "info")


def tensors(case, labels):
    data = pytest.importorskip("monai.data", reason="MONAI is not installed")
    return tuple(
        data.MetaTensor(np.array(array)[None].astype(np.float32), affine=case.affine) for array in (labels, case.image)
    )


def test_monai_puts_the_verdict_beside_the_labels(case, study):
    pred, image = tensors(case, case.labels)
    from monai.transforms import Compose, Identityd

    chain = Compose(
        [
            Identityd(keys=["pred", "image"]),
            integrations.CheckAnatomyd("pred", image_key="image", label_map=TOTAL, keep_study=True),
        ]
    )
    found = chain({"pred": pred, "image": image})
    assert found["pred_verdict"] == study.verdict
    assert found["pred_wrong_probability"] == pytest.approx(study.score)
    assert found["pred_findings"] == said(study)
    assert [f.id for f in found["pred_study"].findings] == [f.id for f in study.findings]
    assert found["pred"] is pred


def test_monai_batches_what_the_transform_adds(case):
    good, image = tensors(case, case.labels)
    mirrored, _ = tensors(case, case.mirrored)
    from monai.data import list_data_collate

    check = integrations.CheckAnatomyd("pred", label_map=TOTAL)
    batch = list_data_collate([check({"pred": pred, "image": image}) for pred in (good, mirrored)])
    assert batch["pred_verdict"][1] == "implausible" != batch["pred_verdict"][0]
    assert batch["pred_wrong_probability"][1] > batch["pred_wrong_probability"][0]


def test_monai_refuses_channels_before_the_argmax_and_passes_over_missing_keys(case):
    pred, _ = tensors(case, case.labels)
    check = integrations.CheckAnatomyd(["pred", "other"], label_map=TOTAL, allow_missing_keys=True)
    assert "other_verdict" not in check({"pred": pred})
    with pytest.raises(InputError):
        check({"pred": pred.repeat(3, 1, 1, 1)})


def test_ignite_tells_the_shares_after_each_epoch(case):
    engines = pytest.importorskip("ignite.engine", reason="Ignite is not installed")
    good, image = tensors(case, case.labels)
    mirrored, _ = tensors(case, case.mirrored)
    outputs = [[{"pred": good, "image": image}, {"pred": good, "image": image}], [{"pred": mirrored, "image": image}]]
    evaluator = engines.Engine(lambda _engine, batch: batch)
    integrations.AnatomyHandler(TOTAL, every=2).attach(evaluator)
    state = evaluator.run(outputs, max_epochs=1)
    # Of three studies the first and the third are looked at: the one that is as it should be and the mirrored one.
    assert state.metrics["anatomy_implausible"] == 0.5
    assert state.metrics["anatomy_plausible"] + state.metrics["anatomy_review"] == 0.5
    assert 0 < state.metrics["anatomy_wrong_probability"] < 1
    assert evaluator.run([[]], max_epochs=1).metrics == {}


def test_ignite_works_within_an_evaluator_of_monai(case):
    pytest.importorskip("ignite.engine", reason="Ignite is not installed")
    good, _ = tensors(case, case.labels)
    import torch
    from monai.data import list_data_collate
    from monai.engines import SupervisedEvaluator

    class Same(torch.nn.Module):
        """A network whose output is the labels that it is given as its image."""

        def forward(self, labels):
            return labels

    evaluator = SupervisedEvaluator(
        device=torch.device("cpu"),
        val_data_loader=[list_data_collate([{"image": good, "label": good}])],
        network=Same(),
        val_handlers=[
            integrations.AnatomyHandler(TOTAL, pairs=lambda state: [(one["pred"], None) for one in state.output])
        ],
    )
    evaluator.run()
    alone = fma.check(case.folder / "seg.nii.gz", label_map=TOTAL)
    assert evaluator.state.metrics[f"anatomy_{alone.verdict}"] == 1.0


def test_torchio_subject(case, study):
    tio = pytest.importorskip("torchio", reason="TorchIO is not installed")
    subject = tio.Subject(
        ct=tio.ScalarImage(tensor=np.array(case.image)[None].astype(np.float32), affine=case.affine),
        seg=tio.LabelMap(tensor=case.labels[None].copy(), affine=case.affine),
    )
    assert said(integrations.check_subject(subject, label_map=TOTAL)) == said(study)
    subject["second"] = tio.LabelMap(tensor=case.labels[None].copy(), affine=case.affine)
    with pytest.raises(InputError, match="2 images of the kind LabelMap"):
        integrations.check_subject(subject)
    assert integrations.check_subject(subject, labels="seg", label_map=TOTAL).verdict == study.verdict
    with pytest.raises(InputError, match="no label map"):
        integrations.check_subject({"ct": subject["ct"]})


@pytest.fixture
def predictions(case, tmp_path):
    """A folder as `nnUNetv2_predict` leaves it, and its input folder."""
    names = load_label_map(TOTAL).names
    there = sorted(int(value) for value in np.unique(case.labels) if value)
    # nnU-Net's labels are consecutive, so the values are numbered anew.
    anew = np.zeros(256, dtype=np.uint8)
    anew[there] = np.arange(1, len(there) + 1)
    labels = {"background": 0, **{names[value]: n for n, value in enumerate(there, 1)}}
    out, images = tmp_path / "predictions", tmp_path / "imagesTs"
    out.mkdir()
    images.mkdir()
    import SimpleITK as sitk

    image = sitk.ReadImage(str(case.folder / "seg.nii.gz"))
    numbered = sitk.GetImageFromArray(anew[sitk.GetArrayFromImage(image)])
    numbered.CopyInformation(image)
    sitk.WriteImage(numbered, str(out / "person_001.nii.gz"))
    shutil.copy(case.folder / "ct.nii.gz", images / "person_001_0000.nii.gz")
    description = {"channel_names": {"0": "CT"}, "labels": labels, "numTraining": 1, "file_ending": ".nii.gz"}
    (out / "dataset.json").write_text(json.dumps(description))
    (out / "plans.json").write_text("{}")
    return out, images


def test_nnunet_predictions_are_checked_by_the_names_of_their_dataset(predictions, study, tmp_path):
    out, images = predictions
    found = dict(integrations.check_nnunet(out, images=images, out=tmp_path / "checked"))
    assert list(found) == ["person_001"]
    assert found["person_001"].verdict == study.verdict
    assert {s.structure for s in found["person_001"].result.segments} == {s.structure for s in study.result.segments}
    assert (tmp_path / "checked" / "person_001" / "report.html").is_file()


def test_a_folder_that_nnunet_did_not_write_is_refused_in_a_line(predictions, tmp_path):
    out, _ = predictions
    with pytest.raises(InputError, match=r"no dataset\.json"):
        integrations.check_nnunet(tmp_path)
    (out / "dataset.json").write_text("{}")
    with pytest.raises(InputError, match="file_ending"):
        integrations.check_nnunet(out)
    (out / "dataset.json").write_text('{"file_ending": ".nrrd"}')
    with pytest.raises(InputError, match="no prediction"):
        integrations.check_nnunet(out)


def test_totalsegmentator_by_its_task_from_file_and_from_what_it_returns(case, study):
    nibabel = pytest.importorskip("nibabel", reason="nibabel is not installed")
    image = nibabel.load(case.folder / "seg.nii.gz")  # what totalsegmentator() returns
    assert said(integrations.check_totalsegmentator(image, case.folder / "ct.nii.gz")) == said(study)
    assert integrations.check_totalsegmentator(case.folder / "seg.nii.gz").verdict == study.verdict
    with pytest.raises(InputError, match=r"known are .*total"):
        integrations.check_totalsegmentator(image, task="nonsense")


def test_no_library_is_imported_before_its_part_is_used():
    code = (
        "import sys, fmassist.integrations as i; dir(i); i.check_nnunet; i.check_totalsegmentator; i.check_subject; "
        "i.AnatomyHandler; print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "monai", "ignite", "torchio", "nibabel", "SimpleITK", "numpy", "numba", "scipy", "pyoxigraph"}
    assert not heavy & set(ran.stdout.split())
    assert set(integrations.__all__) == set(dir(integrations))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = integrations.nonsense
