"""The subset of a bundle's configuration that is data: what is read, what is made of it, what is not let through."""

from __future__ import annotations

import inspect
import json
from importlib import import_module

import pytest

from fmassist.errors import InputError
from fmassist.models.backends.bundle_config import plan_of
from fmassist.models.backends.bundle_kinds import Device, DType, Part, is_kind
from fmassist.models.backends.bundle_words import OutsideError, Words, allowed

WHOLE_BODY = {
    "imports": ["$import glob", "$import os"],
    "bundle_root": ".",
    "image_key": "image",
    "pixdim": [1.5, 1.5, 1.5],
    "ckpt_dir": "$@bundle_root + '/models'",
    "device": "$torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')",
    "network_def": {
        "_target_": "SegResNet", "spatial_dims": 3, "in_channels": 1, "out_channels": 105, "init_filters": 32,
        "blocks_down": [1, 2, 2, 4], "blocks_up": [1, 1, 1], "dropout_prob": 0.2,
    },
    "network": "$@network_def.to(@device)",
    "preprocessing": {
        "_target_": "Compose",
        "transforms": [
            {"_target_": "LoadImaged", "keys": "@image_key"},
            {"_target_": "EnsureTyped", "keys": "@image_key", "dtype": "$torch.float32", "device": "@device"},
            {"_target_": "EnsureChannelFirstd", "keys": "@image_key"},
            {"_target_": "Orientationd", "keys": "@image_key", "axcodes": "RAS"},
            {"_target_": "Spacingd", "keys": "@image_key", "pixdim": "@pixdim", "mode": "bilinear"},
            {"_target_": "NormalizeIntensityd", "keys": "@image_key", "nonzero": True},
            {"_target_": "ScaleIntensityd", "keys": "@image_key", "minv": -1.0, "maxv": 1.0, "_disabled_": True},
        ],
    },
    "inferer": {
        "_target_": "SlidingWindowInferer", "roi_size": [96, 96, 96], "sw_batch_size": 1, "overlap": 0.25,
        "padding_mode": "replicate", "mode": "gaussian", "device": "@device",
    },
    "postprocessing": {
        "_target_": "Compose",
        "transforms": [
            {"_target_": "Activationsd", "keys": "pred", "softmax": True},
            {
                "_target_": "Invertd", "keys": "pred", "transform": "@preprocessing", "orig_keys": "@image_key",
                "nearest_interp": True, "to_tensor": True,
            },
            {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
            {"_target_": "SaveImaged", "keys": "pred", "output_dir": "$os.getcwd()"},
        ],
    },
    "checkpointloader": {"_target_": "CheckpointLoader", "load_path": "$@ckpt_dir + '/model.pt'"},
}  # fmt: skip
"""As MONAI's model zoo writes it (wholeBody_ct_segmentation)."""


def in_folder(folder, config, ending="json"):
    (folder / "configs").mkdir(parents=True)
    text = config if isinstance(config, str) else json.dumps(config)
    (folder / "configs" / f"inference.{ending}").write_text(text)
    return folder


def test_a_bundle_of_the_model_zoo_is_data(tmp_path):
    plan = plan_of(in_folder(tmp_path / "b", WHOLE_BODY))
    assert plan.why is None
    network = plan.read["network_def"]
    assert (network.entry["module"], network.entry["name"]) == ("monai.networks.nets.segresnet", "SegResNet")
    steps = plan.read["preprocessing"].arguments["transforms"]
    assert [step.entry["name"] for step in steps] == [
        *("EnsureTyped", "EnsureChannelFirstd", "Orientationd", "Spacingd", "NormalizeIntensityd"),
    ]
    assert steps[0].arguments["dtype"] == DType("torch", "float32")
    assert isinstance(steps[0].arguments["device"], Device)
    assert steps[3].arguments["pixdim"] == [1.5, 1.5, 1.5]
    assert plan.read["load_path"] == "./models/model.pt"


def test_what_is_made_is_what_is_meant(tmp_path):
    pytest.importorskip("monai")
    from fmassist.models.backends.bundle_made import Maker

    plan = plan_of(in_folder(tmp_path / "b", WHOLE_BODY))
    maker = Maker("cpu")
    post = maker.make(plan.read["postprocessing"])
    before = maker.make(plan.read["preprocessing"])
    assert post.transforms[1].transform is before, "MONAI inverts what the very same object did"
    assert type(before.transforms[3]).__name__ == "Spacingd"
    assert maker.make(plan.read["inferer"]).roi_size == [96, 96, 96]


def test_every_object_of_the_list_is_the_one_that_it_says_and_takes_what_is_listed():
    """A look at the installed MONAI and PyTorch: an entry that another version changed is seen here."""
    pytest.importorskip("monai")
    from fmassist.models.backends.bundle_made import the_listed

    names, _ = allowed()
    entries = {(entry["module"], entry["name"]): entry for entry in names.values()}
    assert len(entries) > 40
    for (module, name), entry in entries.items():
        found = the_listed(entry)
        assert found.__module__ == module
        parameters = inspect.signature(found).parameters
        open_ended = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())
        for argument in entry["arguments"]:
            assert argument in parameters or open_ended, f"{name} has no {argument}"
        assert not {"pretrained", "select_fn", "other", "post_func", "func", "overrides"} & entry["arguments"].keys()
        public = vars(import_module(entry["public"]))
        assert all(public[one] is found for one in (name, *entry["also"]) if one in public)


def test_another_object_under_a_name_of_the_list_is_refused(monkeypatch):
    unet = pytest.importorskip("monai.networks.nets.unet")
    from fmassist.models.backends.bundle_made import the_listed

    entry = allowed()[0]["UNet"]
    import subprocess

    for other in (subprocess.Popen, None, type("UNet", (), {"__module__": "elsewhere"})):
        monkeypatch.setattr(unet, "UNet", other)
        with pytest.raises(InputError, match="has another UNet"):
            the_listed(entry)


EXPRESSIONS = {
    "$@a": 3,
    "$-@a": -3,
    "$[1, @a, (2, 'x')]": [1, 3, [2, "x"]],
    "$'a' + 'b'": "ab",
    "$np.float32": DType("numpy", "float32"),
    "@list::1": 5,
    "@list#1": 5,
    "plain text": "plain text",
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_names_numbers_and_references_are_read(text):
    assert Words({"x": text, "a": 3, "list": [4, 5]}).read("x") == EXPRESSIONS[text]


OUTSIDE = (
    *("$1 if True else 2", "$[i for i in (1, 2)]", "$len('x')", "$int", "$@a.real", "$@a[0]", "$@a()", "$2 ** 99999"),
    *("$'x' * 10 ** 9", "$f'{1}'", "$torch", "$torch.load", "$os.environ", "$np.load", "$torch.float32.__class__"),
    *("$(x := 1)", "$lambda: 1", "$print(1)", "$__import__('os')", "$1; 2", "$import os", "$", "%file.json::a"),
    *("text with @a inside", "@a.b", "@", "@@a", "@a::0::1", "@missing", "@loop", "mail@example.org", "a$b"),
    *("$'@a{x}'", "$reference_of_a_bundle_0", "$'reference_of_a_bundle_0'", "$1e999", "$b'x'", "$...", "$1j"),
    *("$" + "(" * 500 + "1" + ")" * 500, "$" + "-" * 900 + "1", "x" * 1001, "$monai.networks.nets.UNet(3)"),
    *("$monai.networks.nets.UNet(**@a)", "$subprocess.Popen(args=1)", "$torch.device('cpu')"),
)


@pytest.mark.parametrize("text", OUTSIDE)
def test_nothing_else_is_read(text):
    with pytest.raises(OutsideError):
        Words({"x": text, "a": 3, "loop": "@loop"}).read("x")


def test_a_configuration_that_grows_as_it_is_read_is_stopped():
    bomb = {f"a{n}": [f"@a{n + 1}"] * 10 for n in range(9)}
    read = Words({**bomb, "a9": [0] * 10, "x": "@a0"}).read("x")  # one object many times over, not many objects
    assert read[0] is read[9]
    with pytest.raises(OutsideError, match="larger than any"):
        Words({"x": list(range(30_000))}).read("x")
    deep = []
    for _ in range(60):
        deep = [deep]
    with pytest.raises(OutsideError, match="nested too deeply"):
        Words({"x": deep}).read("x")


KINDS = (
    *(("size", 64, True), ("size", [8, [16, 32]], True), ("size", 10**5, False), ("size", "64", False)),
    *(("size", 1.5, False), ("size", True, False), ("count", 65, False), ("count", [2, 2], True)),
    *(("number", 1e300, False), ("number", float("nan"), False), ("flag", True, True), ("flag", "True", False)),
    *(("overlap", 0.99, False), ("spacing", [1.5, 0.01, 1], False), ("spacing", [1.5, -1, 0], True)),
    *(("key", "image_1", True), ("key", "../x", False), ("key", "x.y", False), ("keys", ["a", "b"], True)),
    *(("axcodes", "LIA", True), ("axcodes", "RAX", False), ("dtype", "float32", True), ("dtype", "object", False)),
    *(("device", "cpu", True), ("device", "meta", False), ("choices:a|b", ["A", "b"], True)),
    *(("choices:a|b", "c", False), ("layer:act", "prelu", True), ("layer:act", ["PRELU", {"init": 0.2}], True)),
    *(("layer:act", ["PRELU", {"hook": 1}], False), ("layer:act", "os.system", False), ("layer:norm", "PRELU", False)),
    *(("transforms", [1], False), ("transforms", [], True), ("transform", None, False), ("off", False, True)),
)


@pytest.mark.parametrize(("kind", "value", "fits"), KINDS)
def test_values_are_of_their_kind(kind, value, fits):
    assert is_kind(value, kind, allowed()[1]) is fits


def test_a_network_that_no_machine_holds_is_refused_before_it_is_made():
    pytest.importorskip("torch")
    from fmassist.models.backends.bundle_made import Maker

    given = {"in_channels": 4096, "out_channels": 4096, "kernel_size": 64}
    with pytest.raises(InputError, match="thousand million weights"):
        Maker("cpu").make(Part(allowed()[0]["Conv3d"], given))


@pytest.mark.parametrize(
    "text", ["[" * 5000, '{"network_def": NaN}', '{"a": 1, "a": 2}', '{"a": "\\ud800"}', '{"a": 1e999}', ""]
)
def test_what_is_no_plain_json_is_one_clear_line(text, tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        plan_of(in_folder(tmp_path / "b", text))


def test_a_yaml_bomb_is_stopped(tmp_path):
    pytest.importorskip("yaml")
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    text = "\n".join([*lines, "network_def:\n  _target_: torch.nn.Conv3d\n  in_channels: *a8\n"])
    with pytest.raises(InputError, match="can't be read"):
        plan_of(in_folder(tmp_path / "b", text, "yaml"))


def test_a_yaml_alias_of_itself_is_stopped(tmp_path):
    pytest.importorskip("yaml")
    with pytest.raises(InputError, match="can't be read"):
        plan_of(in_folder(tmp_path / "b", "a: &a [*a]\nnetwork_def: {_target_: torch.nn.Conv3d}\n", "yaml"))


@pytest.mark.parametrize("where", ["_target_", "an argument"])
def test_a_reason_shows_no_escapes(where, tmp_path):
    network = {"_target_": "torch.nn.Conv3d", "in_channels": 1, "out_channels": 2, "kernel_size": 1}
    hostile = "x\x1b[2J\nfmassist: trusted\u202e"
    plan = plan_of(
        in_folder(
            tmp_path / "b", {"network_def": {**network, **({where: hostile} if where == "_target_" else {hostile: 1})}}
        )
    )
    assert plan.why is not None
    assert not {"\x1b", "\n", "\u202e"} & set(plan.why)
