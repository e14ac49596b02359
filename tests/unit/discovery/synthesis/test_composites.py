"""Groups from cut-outs: the same cut-out at the same place, on a background and on grey."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from cut_outs import save_folders
from PIL import Image

from spuriverse.benchmarks import Folders, find_parts
from spuriverse.discovery.synthesis.backends import (
    Backend,
    Description,
    Picture,
    Refusal,
    load_backend,
)
from spuriverse.tables import write_table

QUESTION = "What is shown?"
SIDE = 64


@pytest.fixture(scope="module")
def composer(tmp_path_factory: pytest.TempPathFactory) -> Backend:
    folder = tmp_path_factory.mktemp("parts")
    cutouts, backgrounds = save_folders(folder)
    folders = Folders(str(cutouts), backgrounds=str(backgrounds), drawn=["spots"])
    write_table(find_parts(folders, refused_at_most=0), folder / "parts.parquet", "composite_parts")
    settings = {"parts": str(folder / "parts.parquet"), "question": QUESTION, "side": SIDE}
    return load_backend({"backend": "composites", **settings, "sizes": [0.4, 0.6], "seed": 0})


@pytest.fixture
def ask(describe: Callable[..., Description]) -> Callable[..., Description]:
    def make(seed: int, group: str, **changes: str) -> Description:
        said = {"attribute": "background:sea", "question": QUESTION, "answer": "wolf", **changes}
        return describe(seed, group, candidate_id="background_sea_daisy", **said)

    return make


def pixels(made: Picture | Refusal) -> np.ndarray:
    assert isinstance(made, Picture), made
    return np.asarray(Image.open(BytesIO(made.content)).convert("RGB")).astype(int)


def test_a_pair_differs_in_the_background_alone(
    composer: Backend, ask: Callable[..., Description]
) -> None:
    core, spurious = map(pixels, composer.make([ask(1, "core"), ask(1, "spurious")]))
    grey = core[0, 0]
    assert grey.min() == grey.max()
    same = (core == spurious).all(axis=-1)
    shown = (np.abs(core - grey) > 40).any(axis=-1)
    assert shown.sum() > 100
    assert same[shown].mean() > 0.7  # but for the soft edge
    assert same[~shown].mean() < 0.2


def test_seeds_go_through_all_pairs_of_cut_out_and_background(
    composer: Backend, ask: Callable[..., Description]
) -> None:
    made = composer.make([ask(seed, "spurious") for seed in range(1, 13)])
    laid = [str(each.record["checkpoint"]).partition("seed 0, ")[2] for each in made]
    assert len(set(laid[:6])) == 6
    assert laid[6:] == laid[:6]
    assert len({each.content for each in made if isinstance(each, Picture)}) == 12


def test_the_same_is_made_again(composer: Backend, ask: Callable[..., Description]) -> None:
    wanted = [ask(seed, group) for seed in (1, 2) for group in ("core", "spurious")]
    assert composer.make(wanted) == composer.make(wanted)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"attribute": "background:moon"}, "background:moon is no kind of background"),
        ({"attribute": "light:dark"}, "light:dark is no kind of background"),
        ({"answer": "unicorn"}, "no cut-out that answers 'What is shown.' with 'unicorn'"),
        ({"question": "What else?"}, "no cut-out that answers 'What else"),
    ],
)
def test_what_cannot_be_laid_is_refused(
    composer: Backend, ask: Callable[..., Description], changes: dict[str, str], reason: str
) -> None:
    (refusal,) = composer.make([ask(1, "spurious", **changes)])
    assert isinstance(refusal, Refusal)
    assert not refusal.another_seed
    assert reason.replace(".", "?") in refusal.reason


def test_drawn_backgrounds_serve_as_well(
    composer: Backend, ask: Callable[..., Description]
) -> None:
    (made,) = composer.make([ask(1, "spurious", attribute="background:spots")])
    assert len(np.unique(pixels(made)[:, 0], axis=0)) > 1
