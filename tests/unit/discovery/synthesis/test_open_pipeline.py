"""Open checkpoints: tiny random SD, SD3 and Flux pipelines, saved and loaded like any other."""

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spuriverse.discovery.synthesis.backends import Backend, Picture, load_backend
from spuriverse.discovery.synthesis.backends.open_pipeline import fitting_size
from spuriverse.problems import Problem

FAMILIES = ("sd", "sd3", "flux")
PAINTED = 24


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    spec = spec_from_file_location("pipelines", Path(__file__).with_name("pipelines.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    root = tmp_path_factory.mktemp("pipelines")
    return {name: module.save_pipeline(name, root / name) for name in (*FAMILIES, "lcm")}


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("regions")
    mask = np.zeros((64, 64), np.uint8)
    mask[:, :PAINTED] = 255
    Image.fromarray(mask).save(folder / "teal_key.png")
    Image.fromarray(np.zeros_like(mask)).save(folder / "black.png")
    return folder


@pytest.fixture
def make_backend(folders: dict[str, Path], tmp_path: Path) -> Callable[..., Backend]:
    def make(family: str = "sd", **changes: Any) -> Backend:
        settings = {
            "backend": "diffusers",
            "checkpoint": str(folders[family]),
            "folder": tmp_path / "kept",
            "steps": 2,
            "width": 64,
            "height": 64,
        }
        return load_backend({**settings, **changes})

    return make


def pixels(made: Any) -> np.ndarray:
    assert isinstance(made, Picture)
    return np.asarray(Image.open(BytesIO(made.content)).convert("RGB"))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_record_gives_the_same_bytes(family, make_backend, describe, tmp_path) -> None:
    wanted = [describe(1), describe(2), describe(1, text="a moon")]
    first = make_backend(family).make(wanted)
    again = make_backend(family, folder=tmp_path / "elsewhere").make(wanted[::-1])[::-1]
    assert [made.record for made in first] == [made.record for made in again]
    assert [made.content for made in first] == [made.content for made in again]
    assert len({made.content for made in first}) == len(wanted)
    assert pixels(first[0]).shape == (64, 64, 3)
    record = first[0].record
    assert record["checkpoint"].endswith(family)
    assert record["revision"].startswith("sha256:")
    assert (record["seed"], record["steps"], record["prompt"]) == (1, 2, "a key , core")
    assert record["scheduler"].endswith("Scheduler")


@pytest.mark.parametrize("family", FAMILIES)
def test_inpainting_changes_the_region_and_nothing_else(
    family, make_backend, describe, regions
) -> None:
    backend = make_backend(family, minimal=True, regions=regions)
    core, spurious = backend.make([describe(1), describe(1, "spurious")])
    left, right = pixels(core), pixels(spurious)
    assert (left[:, :PAINTED] != right[:, :PAINTED]).mean() > 0.5
    np.testing.assert_array_equal(left[:, PAINTED:], right[:, PAINTED:])
    assert spurious.record["strength"] == 0.9
    assert len(spurious.record["source_sha256"]) == len(spurious.record["mask_sha256"]) == 64


def test_both_groups_may_be_edits_of_the_anchor(
    make_backend, describe, regions, encode_noise, tmp_path
) -> None:
    anchor = tmp_path / "anchor.png"
    anchor.write_bytes(encode_noise(0, width=80, height=48))
    backend = make_backend(minimal=True, regions=regions, edit_from="anchor")
    wanted = [describe(1, group, anchor=str(anchor)) for group in ("core", "spurious")]
    left, right = map(pixels, backend.make(wanted))
    width = left.shape[1]
    assert left.shape == (48, 80, 3)
    outside = width * PAINTED // 64 + 1
    np.testing.assert_array_equal(left[:, outside:], right[:, outside:])
    assert (left[:, : outside - 2] != right[:, : outside - 2]).mean() > 0.5


def test_image_to_image_needs_no_region(make_backend, describe) -> None:
    backend = make_backend(minimal=True, editing="image_to_image", strength=0.5)
    core, spurious = backend.make([describe(1), describe(1, "spurious")])
    assert (pixels(core) != pixels(spurious)).any()
    assert "mask_sha256" not in spurious.record


def test_a_batch_is_as_good_as_one_image_at_a_time(make_backend, describe, tmp_path) -> None:
    """Rounding may differ by a grey level, so the record says what was made at once."""
    wanted = [describe(seed) for seed in (1, 2, 3)]
    alone = make_backend().make(wanted)
    together = make_backend(batch_size=2, folder=tmp_path / "together").make(wanted)
    for one, other in zip(alone, together, strict=True):
        assert np.abs(pixels(one).astype(int) - pixels(other)).max() <= 2
    batches = [made.record["batch"] for made in together]
    assert batches[0] == batches[1] != ""
    assert batches[2] == "" == alone[0].record["batch"]


def test_what_is_kept_is_not_made_again(make_backend, describe, tmp_path) -> None:
    first = make_backend().make([describe(1)])
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*.png")}
    again = make_backend().make([describe(1), describe(2)])
    assert again[0] == first[0]
    assert len(list((tmp_path / "kept").rglob("*.png"))) == len(files) + 1 == 2
    assert all(path.stat().st_mtime_ns == time for path, time in files.items())


def test_an_unknown_checkpoint_is_a_sentence(make_backend) -> None:
    with pytest.raises(Problem, match="There is no checkpoint 'no/such-thing'"):
        make_backend(checkpoint="no/such-thing")


def test_a_folder_without_a_pipeline_is_a_sentence(make_backend, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Problem, match="cannot be loaded to make images from text"):
        make_backend(checkpoint=str(tmp_path / "empty"))


def test_a_checkpoint_without_inpainting_is_a_sentence(make_backend, describe, regions) -> None:
    with pytest.raises(Problem, match="cannot be used for inpainting") as problem:
        make_backend("lcm", minimal=True, regions=regions)
    assert "set synthesis.diffusers.editing to image_to_image" in str(problem.value)
    backend = make_backend("lcm", minimal=True, editing="image_to_image")
    assert len({made.content for made in backend.make([describe(1), describe(1, "spurious")])}) == 2


@pytest.mark.parametrize(
    ("candidate", "said"), [("none", "There is no mask"), ("black", "black everywhere")]
)
def test_a_mask_that_is_missing_or_black_is_a_sentence(
    make_backend, describe, regions, candidate, said
) -> None:
    backend = make_backend(minimal=True, regions=regions)
    with pytest.raises(Problem, match=said):
        backend.make([describe(1, "spurious", candidate_id=candidate)])


def test_a_gpu_that_is_not_there_is_a_sentence(make_backend) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(Problem, match="cpu_offload needs a GPU"):
        make_backend(cpu_offload=True)


def test_a_fitting_size_keeps_ratio_and_area() -> None:
    width, height = fitting_size((3000, 2000), 1152 * 768)
    assert width % 16 == height % 16 == 0
    assert abs(width / height - 1.5) < 0.03
    assert abs(width * height / (1152 * 768) - 1) < 0.03
