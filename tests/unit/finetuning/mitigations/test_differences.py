"""What attributes change in pixels, taken from minimal pairs of whatever origin."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from spuriverse.finetuning.mitigations.differences import DifferenceBank, add_change
from spuriverse.problems import Problem

laws = settings(deadline=None, derandomize=True, max_examples=25)


def picture(seed: int, size: tuple[int, int] = (16, 12)) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def pasted_pair(folder: Path, size: tuple[int, int] = (16, 12)) -> tuple[Path, Path]:
    """A photograph and the same with a thing pasted into it."""
    core = picture(0, size)
    spurious = core.copy()
    spurious.paste((255, 0, 0), (2, 2, 6, 6))
    core.save(folder / "core.png")
    spurious.save(folder / "spurious.png")
    return folder / "spurious.png", folder / "core.png"


@laws
@given(st.integers(0, 99), st.integers(0, 99))
def test_amplitude_0_gives_the_picture_to_the_bit(seed: int, other: int) -> None:
    change = np.random.default_rng(other).normal(0, 100, (12, 16, 3)).astype(np.float32)
    same = add_change(picture(seed), change, 0.0)
    np.testing.assert_array_equal(np.asarray(same), np.asarray(picture(seed)))


@laws
@given(st.integers(0, 99), st.tuples(st.integers(1, 40), st.integers(1, 40)))
def test_a_difference_fits_whatever_picture_it_is_for(seed: int, size: tuple[int, int]) -> None:
    bank = _BANK[0]
    change = bank.draw(np.random.default_rng(seed), size)
    assert change.shape == (size[1], size[0], 3)
    assert add_change(picture(seed, size), change, 1.0).size == size


_BANK: list[DifferenceBank] = []


@pytest.fixture(scope="module", autouse=True)
def bank(tmp_path_factory: pytest.TempPathFactory) -> DifferenceBank:
    _BANK[:] = [DifferenceBank([pasted_pair(tmp_path_factory.mktemp("pair"))])]
    return _BANK[0]


def test_a_difference_changes_as_much_of_a_picture_as_the_attribute_did(bank) -> None:
    for seed in range(8):
        change = bank.draw(np.random.default_rng(seed), (16, 12))
        touched = (np.abs(change).max(axis=2) > 0).sum()
        # A turn by a quarter stretches what is 4 x 4 of 16 x 12 pixels.
        assert 8 <= touched <= 40


def test_draws_are_the_same_for_the_same_seed_and_differ_otherwise(bank) -> None:
    drawn = [bank.draw(np.random.default_rng(seed), (16, 12)) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()


def test_large_photographs_are_kept_small(tmp_path: Path) -> None:
    bank = DifferenceBank([pasted_pair(tmp_path, (1600, 1200))])
    assert bank.draw(np.random.default_rng(0), (1600, 1200)).shape == (1200, 1600, 3)
    assert bank._changes[0].shape == (336, 448, 3)


def test_a_pair_that_cannot_be_used_is_left_out_and_none_at_all_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = pasted_pair(tmp_path)
    picture(3, (9, 9)).save(tmp_path / "small.png")
    bad = [(good[0], tmp_path / "small.png"), (good[0], tmp_path / "missing.png")]
    assert len(DifferenceBank([bad[0], good, bad[1]])) == 1
    assert "2 of 3 minimal pairs are left out" in caplog.text
    with pytest.raises(Problem, match="no minimal pair whose difference"):
        DifferenceBank(bad)
