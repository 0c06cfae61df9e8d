"""Code planted in places of models: each place is a function that makes a model in a folder, and gives its path.

What is planted leaves a mark: it makes the file that `FMASSIST_TEST_MARK` names. A new way in gets a new place here.
"""

from __future__ import annotations

import json
import pickle
import py_compile
import zipfile

import numpy as np

MARK = "FMASSIST_TEST_MARK"
PROGRAM = f"import os; open(os.environ['{MARK}'], 'w').close()\n"
EXPRESSION = f"__import__('builtins').open(__import__('os').environ['{MARK}'], 'w')"
CONV = {"_target_": "torch.nn.Conv3d", "in_channels": 1, "out_channels": 2, "kernel_size": 1}
OUTPUTS = {"pred": {"channel_def": {"0": "background", "1": "liver"}}}
METADATA = {"name": "b", "license": "MIT", "network_data_format": {"inputs": {"image": {}}, "outputs": OUTPUTS}}
SHELL = "touch $FMASSIST_TEST_MARK"


class Harm:
    """Unpickled, it leaves the mark."""

    def __reduce__(self):
        return (eval, (EXPRESSION,))


def bundle(folder, config, *, ending="json", weights=True, text=None):
    for part in ("configs", "models"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "configs" / "metadata.json").write_text(json.dumps(METADATA))
    said = text if text is not None else json.dumps(config)
    (folder / "configs" / f"inference.{ending}").write_text(said)
    if weights:
        from safetensors.numpy import save_file

        tensors = {"weight": np.zeros((2, 1, 1, 1, 1), np.float32), "bias": np.zeros(2, np.float32)}
        save_file(tensors, folder / "models" / "model.safetensors")
    return folder


def step(target, **more):
    return {"network_def": CONV, "preprocessing": {"_target_": "Compose", "transforms": [{"_target_": target, **more}]}}


def network(**changes):
    return {"network_def": {**CONV, **changes}}


UNET = {"_target_": "UNet", "spatial_dims": 3, "in_channels": 1, "out_channels": 2, "channels": [8, 16], "strides": [2]}
POPEN = {"args": ["sh", "-c", SHELL]}
WINDOW = {"_target_": "SlidingWindowInferer", "roi_size": [8, 8, 8]}
CONFIGS = {
    "a function of the system": {"network_def": {"_target_": "os.system", "command": SHELL}},
    "a function of the system by a wildcard's neighbour": {
        "network_def": {"_target_": "posix.system", "command": SHELL}
    },
    "a walk over attributes": {"network_def": {"_target_": "torch.nn.functional.np.f2py.subprocess.Popen", **POPEN}},
    "a walk from an allowed class": {"network_def": {"_target_": "torch.nn.Conv3d.__init__.__globals__", **POPEN}},
    "a walk from a transform": step("monai.transforms.io.array.os.system", command=SHELL),
    "a walk in preprocessing": step("monai.transforms.utils.np.f2py.subprocess.Popen", **POPEN),
    "a walk in postprocessing": {
        "network_def": CONV,
        "postprocessing": {"_target_": "monai.transforms.Compose.__call__.__globals__", **POPEN},
    },
    "an inferer": {"network_def": CONV, "inferer": {"_target_": "subprocess.Popen", **POPEN}},
    "what is required first": network(_requires_=[{"_target_": "subprocess.Popen", **POPEN}]),
    "what is required first, as text": network(_requires_="$" + EXPRESSION),
    "a debugger": network(_debug_=True),
    "a debugger as a mode": network(_mode_="debug"),
    "a mode that gives a function": network(_mode_="callable"),
    "what switches a part off": network(_disabled_="$" + EXPRESSION),
    "an expression as the network": {"network_def": "$" + EXPRESSION},
    "an expression as an argument": network(kernel_size="$" + EXPRESSION),
    "an expression in a list": network(kernel_size=[1, "$" + EXPRESSION, 1]),
    "an expression as a name": {"network_def": {**CONV, "$" + EXPRESSION: 1}},
    "an expression as a target": {"network_def": {"_target_": "$" + EXPRESSION}},
    "an import in an expression": {"network_def": "$import os"},
    "a reference that is an f-string": {"f": 1, "network_def": {**CONV, "kernel_size": "$'@f{" + EXPRESSION + "}'"}},
    "an f-string": network(kernel_size="$f'{" + EXPRESSION + "}'"),
    "a comprehension": network(kernel_size="$[x for x in [" + EXPRESSION + "]][0]"),
    "a lambda": network(kernel_size="$(lambda: " + EXPRESSION + ")()"),
    "an attribute of a reference": {"a": CONV, "network_def": "$@a.__class__.__init__.__globals__"},
    "a referred part": {"network_def": "@evil", "evil": {"_target_": "subprocess.Popen", **POPEN}},
    "a referred part's list": {"network_def": "@evil::0", "evil": [{"_target_": "subprocess.Popen", **POPEN}]},
    "a name resolved by MONAI": {
        **network(),
        "inferer": {"_target_": "SlidingWindowInfererAdapt", "merger_cls": "this.X"},
    },
    "a merger": {**network(), "inferer": {"_target_": "PatchInferer", "merger_cls": "monai.inferers.merger.this.X"}},
    "an activation as a path": {"network_def": {**UNET, "act": "os.system"}},
    "an activation with a function": {"network_def": {**UNET, "act": ["PRELU", {"hook": "$" + EXPRESSION}]}},
    "a norm as a path": {"network_def": {**UNET, "norm": ["torch.nn.functional.np.f2py", {}]}},
    "a mode as a path": {**network(), "inferer": {**WINDOW, "mode": "os.system"}},
    "a device as an expression": {**network(), "inferer": {**WINDOW, "sw_device": "$" + EXPRESSION}},
    "the bundle's own code": {"network_def": {"_target_": "scripts.net.Net"}},
    "the bundle's own code as a step": step("scripts.net.Net"),
    "a lambda transform": step("Lambdad", keys="image", func="$lambda x: " + EXPRESSION),
    "a function for a crop": step("CropForegroundd", keys="image", source_key="image", select_fn="$" + EXPRESSION),
    "a function for activations": {
        "network_def": CONV,
        "postprocessing": {"_target_": "Activationsd", "keys": "pred", "other": "$lambda x: " + EXPRESSION},
    },
    "a post function of an inversion": {
        "network_def": CONV,
        "preprocessing": {"_target_": "Compose", "transforms": []},
        "postprocessing": {
            "_target_": "Invertd",
            "keys": "pred",
            "transform": "@preprocessing",
            "post_func": "$" + EXPRESSION,
        },
    },
    "a key that is an expression": {
        "network_def": CONV,
        "image_key": "$" + EXPRESSION,
        "preprocessing": {"_target_": "Compose", "transforms": [{"_target_": "LoadImaged", "keys": "@image_key"}]},
    },
    "a patch size": {"network_def": CONV, "patch_size": "$" + EXPRESSION},
    "a place of weights": {"network_def": CONV, "checkpointloader": {"load_path": "$" + EXPRESSION}},
    "a place of weights as an f-string": {
        "f": 1,
        "network_def": CONV,
        "checkpointloader": {"load_path": "$'@f{" + EXPRESSION + "}'"},
    },
    "imports": {"imports": ["$" + EXPRESSION], "network_def": CONV},
    "a bundle root": {"bundle_root": "$" + EXPRESSION, "network_def": CONV},
    "a device": {"device": "$" + EXPRESSION, "network_def": CONV},
    "VISTA3D by name only": {"network_def": "$vista3d and " + EXPRESSION},
    "VISTA3D with a program as its argument": {
        "network_def": "$monai.networks.nets.vista3d132(in_channels=" + EXPRESSION + ")",
    },
    "VISTA3D as a class of others": {"network_def": {"_target_": "subprocess.Popen", "vista3d": 1, **POPEN}},
}
"""Those that hold nothing but data after all (imports, the bundle's root and device are FMAssist's to settle) run."""

YAML = {
    "a YAML tag": "network_def: !!python/object/apply:os.system ['touch $FMASSIST_TEST_MARK']\n",
    "a YAML tag for a module": "network_def: !!python/name:os.system\n",
    "an expression in YAML": 'network_def:\n  _target_: torch.nn.Conv3d\n  kernel_size: "$' + EXPRESSION + '"\n',
    "a merge key in YAML": "a: &a\n  _target_: os.system\n  command: x\nnetwork_def:\n  <<: *a\n",
}


def macro(folder):
    (folder / "evil.json").parent.mkdir(parents=True, exist_ok=True)
    (folder / "evil.json").write_text(json.dumps({"n": "$" + EXPRESSION}))
    return bundle(folder, {"network_def": f"%{folder / 'evil.json'}::n"})


def beside(*names):
    """Files of Python beside a configuration that is data."""

    def make(folder):
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith(".pyc"):
                source = folder.parent / "source.py"
                source.write_text(PROGRAM)
                py_compile.compile(str(source), cfile=str(path))
            else:
                path.write_text(PROGRAM)
        return bundle(folder, network())

    return make


def pickled(name, how):
    def make(folder):
        import torch

        bundle(folder, network(), weights=False)
        path = folder / "models" / name
        path.write_bytes(pickle.dumps({"w": Harm()})) if how == "plain" else torch.save({"w": Harm()}, path)
        return folder

    return make


def fold(folder):
    import torch

    bundle(folder, network())
    torch.save({"w": Harm()}, folder / "models" / "fold_1.pt")
    card = {
        "schema": 1,
        "id": "b",
        "version": "1",
        "title": "b",
        "backend": "monai_bundle",
        "task": "x",
        "modality": ["any"],
        "body_region": "x",
        "prompts": ["none"],
        "licence": {"name": "MIT"},
        "labels": {"values": {"1": {"name": "liver"}}},
        "options": {"folds": ["fold_1.pt"]},
    }
    (folder / "fmassist-model.json").write_text(json.dumps(card))
    return folder


def one_file(name, backend, content):
    """A network in one file, described."""

    def make(folder):
        import hashlib

        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        content(path)
        card = {
            "schema": 1,
            "id": "n",
            "version": "1",
            "title": "n",
            "backend": backend,
            "task": "x",
            "modality": ["any"],
            "body_region": "x",
            "prompts": ["none"],
            "licence": {"name": "MIT"},
            "labels": {"values": {"1": {"name": "liver"}}},
            "files": [{"path": name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}],
        }
        path.with_suffix(".json").write_text(json.dumps(card))
        return path

    return make


def scripted(path):
    import torch

    class Network(torch.nn.Module):
        def forward(self, image):
            return image

    torch.jit.script(Network()).save(str(path))


def pickle_at(path):
    path.write_bytes(pickle.dumps(Harm()))


def nnunet(**changes):
    def make(folder):
        (folder / "fold_0").mkdir(parents=True)
        said = {"labels": {"background": 0, "liver": 1}, "channel_names": {"0": "CT"}, "licence": "CC0"}
        (folder / "dataset.json").write_text(json.dumps(said))
        plans = {"configurations": {"3d": {"architecture": {"network_class_name": "os.system"}}}, **changes}
        (folder / "plans.json").write_text(json.dumps(plans))
        (folder / "fold_0" / "checkpoint_final.pth").write_bytes(pickle.dumps({"w": Harm()}))
        (folder / "nnunetv2.py").write_text(PROGRAM)
        return folder

    return make


def described_as(backend, **changes):
    def make(folder):
        nnunet()(folder)
        card = {
            "schema": 1,
            "id": "n",
            "version": "1",
            "title": "n",
            "backend": backend,
            "task": "x",
            "modality": ["any"],
            "body_region": "x",
            "prompts": ["none"],
            "licence": {"name": "MIT"},
            **changes,
        }
        (folder / "fmassist-model.json").write_text(json.dumps(card))
        (folder / "evil.py").write_text(PROGRAM)
        return folder

    return make


def zipped(name, content, mode=0):
    def make(folder):
        folder.mkdir(parents=True)
        path = folder / "model.zip"
        with zipfile.ZipFile(path, "w") as archive:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, content)
        return path

    return make


def zip_of_code(folder):
    bundle(folder / "b", CONFIGS["the bundle's own code"])
    (folder / "b" / "scripts").mkdir()
    (folder / "b" / "scripts" / "net.py").write_text(PROGRAM)
    path = folder / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((folder / "b").rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder))
    return path


PLACES = {
    **{name: (lambda folder, config=config: with_code(bundle(folder, config))) for name, config in CONFIGS.items()},
    **{name: (lambda folder, text=text: bundle(folder, {}, ending="yaml", text=text)) for name, text in YAML.items()},
    "a macro that reads another file": macro,
    "files with the names of modules": beside("torch.py", "monai.py", "json.py", "sitecustomize.py", "configs/json.py"),
    "an __init__.py": beside("__init__.py", "scripts/__init__.py", "configs/__init__.py", "models/__init__.py"),
    "bytecode": beside("monai.pyc", "__pycache__/monai.cpython-311.pyc", "scripts/__pycache__/net.cpython-311.pyc"),
    "a path file": beside("evil.pth", "site-packages/evil.pth"),
    "a conftest and a setup": beside("conftest.py", "setup.py", "hubconf.py", "usercustomize.py"),
    "weights that are a pickle": pickled("model.pt", "plain"),
    "weights that are torch's zip": pickled("model.pt", "zip"),
    "weights that call themselves safetensors": pickled("model.safetensors", "plain"),
    "weights of a fold": fold,
    "a TorchScript program": one_file("n.ts", "torchscript", scripted),
    "a TorchScript program called .pt": one_file("n.pt", "torchscript", scripted),
    "a pickle called TorchScript": one_file("n.ts", "torchscript", pickle_at),
    "a pickle called ONNX": one_file("n.onnx", "onnx", pickle_at),
    "nnU-Net's plans and checkpoint": nnunet(),
    "nnU-Net's reader": nnunet(image_reader_writer="evil.Reader"),
    "nnInteractive's plans": described_as("nninteractive", prompts=["box"]),
    "a description of a back end that is a path": described_as("../evil"),
    "a description of a package's model": described_as("package"),
    "a description whose task is a program": described_as("totalsegmentator", options={"task": "__import__('os')"}),
    "an archive that leaves its folder": zipped("../../evil.py", PROGRAM),
    "an archive with a link": zipped("configs", "/tmp", mode=0o120777),
    "an archive of the bundle's own code": zip_of_code,
}


def with_code(folder):
    (folder / "scripts").mkdir(exist_ok=True)
    for name in ("scripts/__init__.py", "scripts/net.py"):
        (folder / name).write_text(PROGRAM)
    return folder
