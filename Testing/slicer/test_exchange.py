"""What goes to the worker and back is what is in the scene, voxel for voxel and millimetre for millimetre."""

import numpy as np
import pytest


@pytest.fixture
def oblique(scene):
    """A small oblique scan and a segmentation with two layers that overlap."""
    import slicer
    from FMAssistLib import masks, voxels

    angle = np.deg2rad(20)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine[:3, :3] *= [-0.8, 0.9, 2.5]
    affine[:3, 3] = [12.5, -30.25, 7]
    rng = np.random.default_rng(7)
    grey = rng.integers(-1000, 2000, (9, 11, 13)).astype(np.int16)
    volume = slicer.util.addVolumeFromArray(grey, affine, "Oblique")
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Two")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    crops = {}
    for number, name in enumerate(("liver", "liver tumour")):
        sid = node.GetSegmentation().AddEmptySegment(name, name)
        crops[sid] = masks.Crop((2 + number, 3, 1), rng.random((4, 5, 6)) > 0.4)
        crops[sid].mask[0, 0, 0] = crops[sid].mask[-1, -1, -1] = True
    voxels.write_crops(node, crops)
    return volume, node, grey, affine, crops


def written(generator):
    return list(generator)


def test_volume_arrives_exactly(oblique, tmp_path):
    from FMAssistLib import exchange

    from fmassist.volume import read_volume

    volume, _node, voxels, affine, _crops = oblique
    shares = written(exchange.write_volume(volume, tmp_path / "volume.nrrd"))
    assert shares[-1] == 1.0
    read = read_volume(tmp_path / "volume.nrrd")
    assert (read.voxels == voxels.T).all()
    assert np.allclose(read.geometry.index_to_ras_mm, affine, atol=1e-9)


def test_large_volume_is_written_in_pieces(oblique, tmp_path, monkeypatch):
    from FMAssistLib import exchange

    monkeypatch.setattr(exchange, "PIECE_BYTES", 600)
    shares = written(exchange.write_volume(oblique[0], tmp_path / "volume.nrrd"))
    assert len(shares) == 5, "two slices of 286 bytes fit into a piece, and there are nine"
    assert shares == sorted(shares)


def test_overlapping_segments_arrive_with_names_and_places(oblique, tmp_path):
    from FMAssistLib import exchange

    from fmassist.volume import read_segmentation

    volume, node, voxels, affine, crops = oblique
    names = exchange.unique_names(node)
    written(exchange.write_segmentation(node, volume, tmp_path / "labels.seg.nrrd", names))
    read = read_segmentation(tmp_path / "labels.seg.nrrd")
    assert np.allclose(read.geometry.index_to_ras_mm, affine, atol=1e-9)
    assert [segment.name for segment in read.segments] == ["liver", "liver tumour"]
    for sid, crop in crops.items():
        mask = np.transpose(read.mask(read.segment(sid)))
        expected = np.zeros(voxels.shape, bool)
        i, j, k = crop.first
        expected[k : k + 4, j : j + 5, i : i + 6] = crop.mask
        assert (mask == expected).all()
    assert not (tmp_path / "labels.seg.nrrd.part").exists()


def test_only_the_segments_named_are_handed_over(oblique, tmp_path):
    from FMAssistLib import exchange

    from fmassist.volume import read_segmentation

    volume, node, *_ = oblique
    written(exchange.write_segmentation(node, volume, tmp_path / "one.seg.nrrd", {"liver": "liver"}))
    assert [s.name for s in read_segmentation(tmp_path / "one.seg.nrrd").segments] == ["liver"]


def test_segmentation_that_nobody_gave_a_grid_goes_on_its_own_labelmaps(oblique, tmp_path):
    import slicer
    from FMAssistLib import exchange

    from fmassist.volume import read_segmentation

    _volume, node, _voxels, affine, crops = oblique
    name = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    node.GetSegmentation().SetConversionParameter(name, "")
    written(exchange.write_segmentation(node, None, tmp_path / "own.seg.nrrd", exchange.unique_names(node)))
    read = read_segmentation(tmp_path / "own.seg.nrrd")
    assert np.allclose(read.geometry.index_to_ras_mm[:3, :3], affine[:3, :3], atol=1e-9)
    for sid, crop in crops.items():
        index = np.argwhere(read.mask(read.segment(sid)))
        first = affine[:3, :3] @ crop.first + affine[:3, 3]
        assert np.allclose(read.geometry.to_ras_mm(index.min(axis=0)), first), "where it was"
        assert len(index) == crop.mask.sum()


def test_segments_of_one_name_are_told_apart(scene):
    from FMAssistLib import exchange

    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Same")
    for sid in "abc":
        node.GetSegmentation().AddEmptySegment(sid, "rib")
    assert list(exchange.unique_names(node).values()) == ["rib", "rib (2)", "rib (3)"]


def test_file_names_hold_no_patient(planted):
    """The scan is called after what it is, whatever its node is called."""
    from FMAssistLib import jobs, logic

    planted.volume.SetName("DOE^JANE 1970-01-01")
    runner = logic.Runner()
    commands = []
    runner.command = lambda arguments: commands.append(arguments) or ["true"]
    runner.start(jobs.Job(["check"], planted.volume, planted.segmentation, {}))
    runner._start_worker()
    runner.close()
    assert "DOE" not in " ".join(commands[0])


def test_crops_survive_packing(oblique):
    from FMAssistLib import masks

    for crop in oblique[4].values():
        again = masks.unpack(masks.pack(crop))
        assert again.first == crop.first
        assert (again.mask == crop.mask).all()


def test_writing_one_segment_leaves_the_others_of_its_layer(planted):
    from FMAssistLib import masks, voxels

    before = masks.segment_digests(planted.segmentation)
    names = {name: sid for sid, name in masks.segment_names(planted.segmentation).items()}
    liver = names["liver"]
    ((_, crop),) = masks.crops(planted.segmentation, [liver])
    voxels.write_crops(planted.segmentation, {liver: masks.Crop(crop.first, crop.mask[:5])})
    after = masks.segment_digests(planted.segmentation)
    assert {sid for sid in before if before[sid] != after[sid]} == {liver}
    voxels.write_crops(planted.segmentation, {liver: crop})
    assert masks.segment_digests(planted.segmentation) == before


@pytest.mark.parametrize("layers", [1, 2])
def test_result_written_by_the_library_is_read_as_slicer_reads_it(oblique, tmp_path, layers, monkeypatch):
    import slicer
    from FMAssistLib import idle, masks, reading

    from fmassist.geometry import Geometry
    from fmassist.volume import Code, Segment, Segmentation, Terminology, write_segmentation

    monkeypatch.setattr(idle, "PIECE_VOXELS", 100)
    volume, _node, grey, affine, crops = oblique
    shape = grey.shape[::-1]
    arrays = []
    for value, crop in enumerate(crops.values(), start=1):
        array = np.zeros(shape, np.uint8)
        i, j, k = crop.first
        array[i : i + 6, j : j + 5, k : k + 4] = crop.mask.T * value
        arrays.append(array)
    if layers == 1:
        arrays = [np.where(arrays[0] > 0, arrays[0], arrays[1])]
    kidney = Terminology(
        Code("123037004", "SCT", "Anatomical Structure"),
        Code("64033007", "SCT", "Kidney"),
        Code("7771000", "SCT", "Left"),
    )
    segments = (
        Segment(label=1, name="kidney_left", color_rgb=(0.25, 0.5, 0.75), terminology=kidney),
        Segment(label=2, name="liver", layer=layers - 1),
    )
    file = tmp_path / "result.seg.nrrd"
    write_segmentation(Segmentation(tuple(arrays), Geometry(shape, affine), segments), file)
    ours = reading.read_segmentation(file, "Ours", volume)
    theirs = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Theirs")
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetScene(slicer.mrmlScene)
    storage.SetFileName(str(file))
    assert storage.ReadData(theirs)
    theirs.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    assert masks.segment_names(ours) == masks.segment_names(theirs)
    assert masks.whole_digest(ours) == masks.whole_digest(theirs), "voxels, place, names and codes"
    for sid in masks.segment_ids(ours):
        a, b = ours.GetSegmentation().GetSegment(sid), theirs.GetSegmentation().GetSegment(sid)
        assert a.GetColor() == pytest.approx(b.GetColor(), abs=1e-6)
        assert a.GetLabelValue() == b.GetLabelValue()
    assert "Kidney~SCT^7771000^Left" in masks.terminology_of(ours.GetSegmentation().GetSegment("Segment_1"))


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "no place"])
def test_damaged_result_is_refused_and_leaves_no_node(oblique, tmp_path, damage):
    import slicer
    from FMAssistLib import exchange, reading

    volume, node, *_ = oblique
    file = tmp_path / "result.seg.nrrd"
    written(exchange.write_segmentation(node, volume, file, exchange.unique_names(node)))
    content = file.read_bytes()
    if damage == "no place":
        content = content.replace(b"space origin", b"space nothing")
    file.write_bytes({"cut": content[:-20], "empty": b"", "text": b"hello", "no place": content}[damage])
    count = len(slicer.util.getNodesByClass("vtkMRMLSegmentationNode"))
    with pytest.raises(RuntimeError):
        reading.read_segmentation(file, "Broken", volume)
    assert len(slicer.util.getNodesByClass("vtkMRMLSegmentationNode")) == count


def test_segmentation_made_of_surfaces_is_handed_over_and_stays_as_it_is(oblique, tmp_path):
    import slicer
    from FMAssistLib import exchange, masks, reading, surfaces

    from fmassist.volume import read_segmentation

    volume, node, *_ = oblique
    node.CreateClosedSurfaceRepresentation()
    surface_node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Surfaces")
    surface_node.GetSegmentation().SetSourceRepresentationName(surfaces.representation())
    polydata = node.GetSegmentation().GetSegment("liver").GetRepresentation(surfaces.representation())
    segment = slicer.vtkSegment()
    segment.SetName("liver")
    segment.AddRepresentation(surfaces.representation(), polydata)
    surface_node.GetSegmentation().AddSegment(segment, "liver")
    file = tmp_path / "labels.seg.nrrd"
    written(exchange.write_segmentation(surface_node, volume, file, {"liver": "liver"}))
    (made,) = read_segmentation(file).segments
    assert made.name == "liver"
    assert read_segmentation(file).mask(made).sum() > 0
    copy = reading.copy_segmentation(surface_node, "Copy", volume)
    assert masks.segment_names(copy) == {"liver": "liver"}
    assert not surface_node.GetSegmentation().ContainsRepresentation(masks.representation())


def test_labels_on_another_grid_are_put_on_the_scans(oblique, tmp_path, monkeypatch):
    import slicer
    from FMAssistLib import exchange, idle

    from fmassist.volume import read_segmentation

    _volume, node, grey, affine, crops = oblique
    monkeypatch.setattr(idle, "PIECE_VOXELS", 50)
    fine_affine = affine.copy()
    fine_affine[:3, :3] /= 2
    fine_affine[:3, 3] = (affine @ [-0.25, -0.25, -0.25, 1])[:3]
    fine = slicer.util.addVolumeFromArray(np.zeros([2 * n for n in grey.shape], np.int16), fine_affine, "Fine")
    names = exchange.unique_names(node)
    whole, parts = tmp_path / "whole.seg.nrrd", tmp_path / "parts.seg.nrrd"
    written(exchange.write_segmentation(node, fine, parts, names))
    monkeypatch.setattr(idle, "PIECE_VOXELS", 10**9)
    written(exchange.write_segmentation(node, fine, whole, names))
    assert parts.read_bytes() == whole.read_bytes(), "slab by slab as in one go"
    read = read_segmentation(parts)
    assert read.geometry.shape == (26, 22, 18)
    for name, crop in crops.items():
        (segment,) = [s for s in read.segments if s.name == name]
        assert read.mask(segment).sum() == 8 * crop.mask.sum(), "each voxel has become eight"
