"""Runs the FMAssist command line in a process of its own, for the module in 3D Slicer.

    PythonSlicer fmassist_worker.py LIBRARY_FOLDER [--scratch FOLDER] [--codes FILE] check --labels … --out …
    PythonSlicer fmassist_worker.py LIBRARY_FOLDER torso --out FOLDER
    PythonSlicer fmassist_worker.py LIBRARY_FOLDER meanings --labels … [--image …] --out FILE
    PythonSlicer fmassist_worker.py LIBRARY_FOLDER studies --source … --out FILE
    PythonSlicer fmassist_worker.py LIBRARY_FOLDER scan --paths FILE --out FILE
    PythonSlicer fmassist_worker.py LIBRARY_FOLDER anew --labels … --image … --structure … --model … --out FOLDER

Progress comes as one JSON object a line on standard output (`FMASSIST_PROGRESS=json`, unless the caller set it); the
exit code is the command line's. The process ends when its standard input closes, so that it never outlives Slicer.
Temporary files go to the scratch folder: a process that is killed cannot remove them, and whoever killed it can.
With `--codes`, terminology and colour of every structure that the result speaks of are written beside it; `torso`
computes the sample scan, and labels of it that hold two mistakes; `meanings` writes what each segment is read as, by
code, name, or the label map that its number fits best; `studies` finds the scans of a batch's studies where the batch
found them, and `scan` reads one; `anew` has a model outline one structure anew and
writes its voxels and what a check says of it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
from pathlib import Path


def end_with_parent() -> None:
    """Ends this process at once when whoever started it is gone."""

    def watch() -> None:
        # Not sys.stdin: a thread that waits in its buffer would abort the interpreter's own end.
        try:
            while os.read(0, 1):
                pass
        except OSError:
            pass
        end_group()

    threading.Thread(target=watch, daemon=True).start()


def end_group() -> None:
    """Ends this process and whatever it started."""
    if hasattr(os, "killpg") and os.getpgid(0) == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def write_codes(path: Path, result: Path, knowledge_folder: str | None) -> None:
    """Writes what segments bear that stand for the structures of a result and of its proposed repairs."""
    from fmassist.knowledge.load import load_knowledge
    from fmassist.report.terminology import slicer_codes

    document = json.loads(result.read_text(encoding="utf-8"))
    structures = {segment["structure"] for segment in document["segments"] if segment["structure"]}
    repairs = [finding["repair"] for finding in document["findings"] if finding["repair"]]
    structures |= {step["target"] for repair in repairs for step in repair["steps"] if step["target"]}
    knowledge = load_knowledge(Path(knowledge_folder) if knowledge_folder else None)
    path.write_text(json.dumps(slicer_codes(sorted(structures), knowledge)), encoding="utf-8")


def write_torso(arguments: list[str]) -> int:
    """Computes the synthetic torso and writes it, with labels that hold two mistakes."""
    from fmassist.phantom import torso
    from fmassist.phantom.mistakes import with_two_mistakes
    from fmassist.volume import write_segmentation, write_volume

    folder, spacing_mm = Path(option(arguments, "--out") or ""), float(option(arguments, "--spacing") or 3)
    person = torso(spacing_mm=(spacing_mm,) * 3)
    write_volume(person.volume, folder / "torso.nrrd")
    write_segmentation(with_two_mistakes(person), folder / "labels.seg.nrrd")
    return 0


def outline_anew(arguments: list[str]) -> int:
    """Has a model outline one structure anew; writes `new.bits` (one bit a voxel, k slowest) and `anew.json`."""
    import numpy as np

    from fmassist.application.anew import outline_anew as ask
    from fmassist.application.read import read_inputs
    from fmassist.application.segment import require_ready
    from fmassist.application.types import Options
    from fmassist.cli.progress import progress_bar
    from fmassist.errors import FMAssistError
    from fmassist.knowledge.load import load_knowledge
    from fmassist.models.registry import find_model

    def said(name: str) -> str:
        return option(arguments, name) or ""

    try:
        knowledge = load_knowledge(Path(said("--knowledge")) if said("--knowledge") else None)
        with progress_bar() as progress:
            options = Options(knowledge, progress)
            inputs = read_inputs(
                Path(said("--labels")),
                Path(said("--image")),
                options,
                label_map=said("--label-map") or None,
                context=Path(said("--context")) if said("--context") else None,
                modality=said("--modality") or None,
            )
            model = find_model(said("--model"))
            require_ready(model, inputs.volume)
            made = ask(inputs, said("--structure"), model, options)
    except FMAssistError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    voxels = np.ascontiguousarray(np.transpose(made.mask))
    own = [f.message for f in made.study.result.findings if made.structure in f.segments and f.severity != "info"]
    boxes = np.array(made.prompt.boxes_ras_mm)
    out = Path(said("--out"))
    out.mkdir(parents=True, exist_ok=True)
    (out / "new.bits").write_bytes(np.packbits(voxels).tobytes())
    said_of_it = {
        "structure": made.structure,
        "shape": list(voxels.shape),
        "box_ras_mm": [boxes[:, 0].min(axis=0).tolist(), boxes[:, 1].max(axis=0).tolist()],
        "inside_ras_mm": made.prompt.points_ras_mm,
        "outside_ras_mm": made.prompt.outside_ras_mm,
        "findings": own,
    }
    (out / "anew.json").write_text(json.dumps(said_of_it), encoding="utf-8")
    return 0


def write_meanings(arguments: list[str]) -> int:
    """Writes the library's reading of every segment, by segment id, and the label map behind the numbers."""
    from fmassist.application.read import NO_MAP, read_inputs
    from fmassist.application.types import Options
    from fmassist.errors import FMAssistError
    from fmassist.knowledge.label_map import CATALOGUE
    from fmassist.knowledge.load import load_knowledge
    from fmassist.knowledge.meaning import understand

    folder, image = option(arguments, "--knowledge"), option(arguments, "--image")
    try:
        options = Options(load_knowledge(Path(folder) if folder else None))
        inputs = read_inputs(Path(option(arguments, "--labels") or ""), Path(image) if image else None, options)
    except FMAssistError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    label_map, understood = inputs.label_map, understand(inputs.segmentation, inputs.label_map, options.knowledge)
    names = {}
    for segment in inputs.segmentation.segments:
        meaning = understood.found.get(f"{segment.layer}:{segment.label}")
        # A guess is left to the person, who sees the name.
        if meaning is not None and not meaning.is_guess:
            by_map = segment.named_by == "label map"
            name = segment.name if by_map else options.knowledge.structures[meaning.iri].key
            names[segment.id] = (name, {"code": "code"}.get(meaning.source, "number" if by_map else "name"))
    said = {
        "names": names,
        "label_map": label_map.id if label_map.id in CATALOGUE and label_map.id != NO_MAP else "",
        "why": " ".join(label_map.notes),
        "question": label_map.question or "",
    }
    Path(option(arguments, "--out") or "").write_text(json.dumps(said), encoding="utf-8")
    return 0


def write_studies(arguments: list[str]) -> int:
    """Writes where the scan of each study lies, by the study's id.

    The source is a folder that `fmassist batch` was started with, or one that holds its list.
    """
    from fmassist.batch.sources.lists import LISTS

    source = Path(option(arguments, "--source") or "")
    lists = sorted(path for path in source.glob("*") if path.suffix.lower() in LISTS and path.is_file())
    known: dict[str, list[str]] = {}
    # Beside a list may lie any file; a folder without one is looked through itself.
    reasons = [scans_of(one, known) for one in [*lists, source] if one != source or not known]
    if not known:
        sys.stderr.write(f"{reasons[-1]}\n")
        return 2
    Path(option(arguments, "--out") or "").write_text(json.dumps(known), encoding="utf-8")
    return 0


def scans_of(source: Path, known: dict[str, list[str]]) -> str:
    """Adds where the scans of a source's studies lie; says why there are none, where there are none."""
    from fmassist.batch.sources import find_studies
    from fmassist.errors import FMAssistError

    try:
        known.update({study.id: list(study.image) for study in find_studies([source]) if study.image})
    except FMAssistError as error:
        return str(error)
    return ""


def write_scan(arguments: list[str]) -> int:
    """Reads a scan from its file, its folder or the slices of its series, and writes it as one NRRD."""
    from fmassist.errors import FMAssistError
    from fmassist.volume import read_volume, write_volume

    out = Path(option(arguments, "--out") or "")
    paths = json.loads(Path(option(arguments, "--paths") or "").read_text(encoding="utf-8"))
    source = Path(paths[0])
    if len(paths) > 1:
        source = out.with_name("slices")
        source.mkdir()
        # Windows asks for a right to make links.
        put = shutil.copyfile if os.name == "nt" else os.symlink
        for number, path in enumerate(paths):
            put(path, source / f"{number:06d}.dcm")
    try:
        write_volume(read_volume(source), out)
    except FMAssistError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def option(arguments: list[str], name: str) -> str | None:
    """The value after an option, or None."""
    return arguments[arguments.index(name) + 1] if name in arguments[:-1] else None


def main() -> int:
    """Runs `fmassist` with the arguments given after the library's folder."""
    if hasattr(os, "setpgid"):
        os.setpgid(0, 0)  # A group of its own: cancelling ends helpers as well.
    os.environ.setdefault("FMASSIST_PROGRESS", "json")
    os.environ.setdefault("PYTHONUTF8", "1")
    root, *arguments = sys.argv[1:]
    if root:
        sys.path.append(root)
    end_with_parent()
    own: dict[str, str] = {}
    while arguments[:1] in (["--scratch"], ["--codes"]):
        own[arguments[0]] = arguments[1]
        arguments = arguments[2:]
    if "--scratch" in own:
        # The names under which the systems know it; what this process starts goes there as well.
        os.environ.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), own["--scratch"]))
    codes = Path(own["--codes"]) if "--codes" in own else None
    asked = {"meanings": write_meanings, "studies": write_studies, "scan": write_scan, "anew": outline_anew}
    asked["torso"] = write_torso
    if arguments and arguments[0] in asked:
        return asked[arguments[0]](arguments)
    sys.argv = ["fmassist", *arguments]
    from fmassist.cli.main import main as command_line

    try:
        code = int(command_line() or 0)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    if codes is not None and code in (0, 3):
        write_codes(codes, Path(option(arguments, "--out") or "") / "findings.json", option(arguments, "--knowledge"))
    return code


if __name__ == "__main__":
    sys.exit(main())
