"""Pasting: the region at its place in one picture of a pair, a placebo in the other."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from planted import LEFT, OBJECTS, PATCH, QUESTION, RED, SIDE, TOP, WRONG, Planted, plant

from spuriverse.discovery.synthesis.backends import Description, Picture, Refusal, load_backend
from spuriverse.discovery.synthesis.backends.paste import RegionEditor, edit_regions
from spuriverse.discovery.synthesis.regions import cover_region, feathered_mask
from spuriverse.tables import write_table

BOX = (LEFT / SIDE, TOP / SIDE, (LEFT + PATCH) / SIDE, (TOP + PATCH) / SIDE)
AT_PATCH = np.s_[TOP : TOP + PATCH, LEFT : LEFT + PATCH]
MARGIN = SIDE // 8
"""Of what is pasted, since the patch lies in the middle."""
WITH_MARGIN = np.s_[TOP - MARGIN : TOP + PATCH + MARGIN, LEFT - MARGIN : LEFT + PATCH + MARGIN]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    return plant(tmp_path_factory.mktemp("pictures"))


def regions_of(planted: Planted, box: tuple[float, ...] = BOX) -> pd.DataFrame:
    """The planted patch as a `regions` table."""
    misled = planted.errors.loc[planted.errors["predicted"] == WRONG, "image"]
    exemplars = [image for image in misled if image in planted.patched][:3]
    rows = [
        {
            "attribute": "region:1",
            "wrong": WRONG,
            "image": image,
            "exemplar": exemplars.index(image) + 1 if image in exemplars else 0,
            "share": 1.0,
            "size": box[2] - box[0],
            "distance": 0.0,
            **dict(zip(("left", "top", "right", "bottom"), box, strict=True)),
        }
        for image in sorted(planted.patched)
    ]
    return pd.DataFrame(rows)


def editor(planted: Planted, **settings: object) -> RegionEditor:
    box = settings.pop("box", BOX)
    chosen = {"feather": 0.0, "seed": 0, **settings}
    regions = regions_of(planted, box)  # type: ignore[arg-type]
    return edit_regions(planted.samples, planted.responses, regions, **chosen)  # type: ignore[arg-type]


@pytest.fixture
def ask(describe: Callable[..., Description]) -> Callable[..., Description]:
    def make(seed: int, group: str, **changes: str) -> Description:
        said = {
            "candidate_id": "region_1_star",
            "attribute": "region:1",
            "question": QUESTION,
            "answer": "star",
            **changes,
        }
        return describe(seed, group, **said)

    return make


def pixels(made: Picture | Refusal) -> np.ndarray:
    assert isinstance(made, Picture), made
    return np.asarray(Image.open(BytesIO(made.content)).convert("RGB")).astype(int)


def carrier_of(planted: Planted, picture: np.ndarray) -> pd.Series:
    """The sample whose picture is the same outside of the patch and its margin."""
    outside = np.ones((SIDE, SIDE), dtype=bool)
    outside[WITH_MARGIN] = False
    for sample in planted.samples.itertuples():
        own = np.asarray(Image.open(sample.image))
        if (own[outside] == picture[outside]).all():
            return sample
    raise AssertionError("no picture of the benchmark was edited")


# --- pasting ----------------------------------------------------------------------------------


def test_the_region_is_pasted_at_its_place_into_pictures_without_it(planted: Planted, ask) -> None:
    made = editor(planted).make([ask(seed, "spurious") for seed in range(1, 6)])
    chosen = dict(zip(planted.samples["sample_id"], planted.responses["choice"], strict=True))
    for picture in map(pixels, made):
        assert (picture[AT_PATCH] == RED).all()
        carrier = carrier_of(planted, picture)
        assert carrier.image not in planted.patched
        assert carrier.options[carrier.answer] == "star"
        assert chosen[carrier.sample_id] == carrier.answer
        assert WRONG in carrier.options


def test_the_placebo_differs_and_is_not_the_region(planted: Planted, ask) -> None:
    for seed in range(1, 6):
        spurious, core = map(
            pixels, editor(planted).make([ask(seed, "spurious"), ask(seed, "core")])
        )
        carrier = np.asarray(Image.open(carrier_of(planted, core).image)).astype(int)
        changed = (spurious != core).any(axis=-1)
        assert changed[AT_PATCH].all() and changed.sum() == changed[WITH_MARGIN].sum()
        assert (core[AT_PATCH] != carrier[AT_PATCH]).any()
        assert np.abs(core[AT_PATCH] - RED).mean() > 30


def test_no_carrier_serves_twice_and_the_rest_is_refused(planted: Planted, ask) -> None:
    made = editor(planted).make([ask(seed, "core") for seed in range(1, 80)])
    pictures = [pixels(m) for m in made if isinstance(m, Picture)]
    carriers = {carrier_of(planted, picture).image for picture in pictures}
    assert len(carriers) == len(pictures) > 5
    rest = made[len(pictures) :]
    assert all(isinstance(m, Refusal) and not m.another_seed for m in rest)
    assert f"only {len(pictures)} pictures" in rest[0].reason


def test_the_same_description_gives_the_same_bytes(planted: Planted, ask) -> None:
    first, again = (editor(planted).make([ask(2, "core")])[0] for _ in range(2))
    assert first == again
    other = editor(planted, seed=1).make([ask(2, "core")])[0]
    assert (pixels(other) != pixels(first)).any()


def test_the_order_of_the_tables_does_not_matter(planted: Planted, ask) -> None:
    regions = regions_of(planted).iloc[::-1]
    turned = edit_regions(
        planted.samples.iloc[::-1], planted.responses, regions, seed=0, feather=0.0
    )
    asked = [ask(seed, group) for seed in range(1, 4) for group in ("core", "spurious")]
    assert turned.make(asked) == editor(planted).make(asked)


def test_a_feathered_edge_lies_inside_what_is_pasted(planted: Planted, ask) -> None:
    hard, soft = (
        pixels(editor(planted, feather=f).make([ask(1, "spurious")])[0]) for f in (0.0, 0.25)
    )
    middle = np.s_[TOP + 2 : TOP + PATCH - 2, LEFT + 2 : LEFT + PATCH - 2]
    assert (soft[middle] == RED).all()
    changed = (soft != hard).any(axis=-1)
    assert changed.any() and changed.sum() == changed[WITH_MARGIN].sum()
    carrier = np.asarray(Image.open(carrier_of(planted, hard).image))
    outside = np.ones((SIDE, SIDE), dtype=bool)
    outside[WITH_MARGIN] = False
    assert (soft[outside] == carrier[outside]).all()


def test_a_property_of_whole_pictures_is_refused(planted: Planted, ask) -> None:
    made = editor(planted, box=(0.0, 0.0, 1.0, 1.0)).make([ask(1, "spurious")])[0]
    assert isinstance(made, Refusal) and "whole pictures" in made.reason


def test_pictures_of_the_wrong_answer_are_not_pasted_from(planted: Planted, ask) -> None:
    backend = editor(planted)
    shown = backend.samples["image"].isin(planted.patched)
    of_wrong = backend.samples.assign(text=backend.samples["text"].mask(shown, WRONG))
    made = replace(backend, samples=of_wrong).make([ask(1, "spurious")])[0]
    assert isinstance(made, Refusal) and f"of '{WRONG}' itself" in made.reason


def test_an_unknown_region_and_an_answer_without_pictures_are_refused(
    planted: Planted, ask
) -> None:
    made = editor(planted).make(
        [ask(1, "core", attribute="region:9"), ask(1, "core", answer="boat")]
    )
    assert all(isinstance(m, Refusal) and not m.another_seed for m in made)
    assert "region:9" in made[0].reason and "only 0 pictures" in made[1].reason


def test_pictures_of_other_sizes_are_pasted_at_the_same_share(
    planted: Planted, tmp_path: Path, ask
) -> None:
    sizes = {image: (64, 48) for image in planted.samples["image"] if image not in planted.patched}
    images = []
    for number, image in enumerate(planted.samples["image"]):
        if image in sizes:
            bigger = str(tmp_path / f"{number}.png")
            Image.open(image).resize(sizes[image]).save(bigger)
            image = bigger
        images.append(image)
    regions = regions_of(planted)
    backend = edit_regions(
        planted.samples.assign(image=images), planted.responses, regions, seed=0, feather=0.0
    )
    picture = pixels(backend.make([ask(1, "spurious")])[0])
    assert picture.shape == (48, 64, 3)
    assert np.abs(picture[14:22, 34:46] - RED).max() < 40


# --- covering ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fill", ["grey", "blur", "telea"])
def test_covering_hides_the_region_and_its_control_does_not(
    planted: Planted, ask, fill: str
) -> None:
    backend = editor(planted, edit="cover", fill=fill)
    spurious, core = map(pixels, backend.make([ask(1, "spurious"), ask(1, "core")]))
    assert (spurious[AT_PATCH] == RED).all()
    assert np.abs(core[AT_PATCH] - RED).mean() > 20
    covered = (spurious != core).any(axis=-1)
    covered[AT_PATCH] = False
    assert 0 < covered.sum() <= PATCH**2


def test_inpainting_continues_what_is_around_the_region() -> None:
    ground = np.zeros((48, 64, 3), dtype=np.uint8)
    ground[..., 1] = np.linspace(0, 252, 64, dtype=np.uint8)
    shown = ground.copy()
    shown[16:32, 24:40] = RED
    mask = feathered_mask((64, 48), [(24 / 64, 16 / 48, 40 / 64, 32 / 48)], feather=0.0)
    filled = np.asarray(cover_region(Image.fromarray(shown), mask, "telea"), dtype=int)
    assert (filled[mask == 0] == ground[mask == 0]).all()
    assert np.abs(filled - ground).max() < 40


def test_a_region_without_room_beside_it_is_refused(planted: Planted, ask) -> None:
    backend = editor(planted, edit="cover", box=(0.1, 0.1, 0.9, 0.9))
    made = backend.make([ask(1, "spurious")])[0]
    assert isinstance(made, Refusal) and "no room" in made.reason


# --- loading ----------------------------------------------------------------------------------


def test_it_is_loaded_by_its_name_from_tables(planted: Planted, tmp_path: Path, ask) -> None:
    responses = planted.responses.assign(
        model="m",
        strategy="direct",
        protocol="corrected",
        reply="",
        option_scores=[[0.0] * len(OBJECTS)] * len(planted.responses),
        prompt_sha256="-",
        seconds=0.0,
        tokens=0,
    )
    tables = {"samples": planted.samples, "responses": responses, "regions": regions_of(planted)}
    paths = {name: str(tmp_path / f"{name}.parquet") for name in tables}
    for name, table in tables.items():
        write_table(table, Path(paths[name]), name)
    settings = {"backend": "paste", "seed": 0, "edit": "paste", "fill": "blur", "feather": 0.0}
    loaded = load_backend({**settings, **paths, "samples": [paths["samples"]]})
    asked = [ask(1, "core"), ask(1, "spurious")]
    assert loaded.make(asked) == editor(planted).make(asked)
