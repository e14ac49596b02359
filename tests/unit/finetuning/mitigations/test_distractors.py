"""Made-up changes of pictures, and which of them a split leaves out."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from spuriverse.finetuning.mitigations.methods.distractors import FAMILIES, Distractors


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("size", [(64, 64), (33, 50)])
def test_a_family_changes_a_picture_and_keeps_its_size(name: str, size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).uniform(60, 200, (*size[::-1], 3)).astype(np.float32)
    family, _ = FAMILIES[name]
    changed = [family(pixels.copy(), np.random.default_rng(seed)) for seed in range(6)]
    assert all(found.shape == pixels.shape and np.isfinite(found).all() for found in changed)
    assert any(np.abs(found - pixels).max() > 5 for found in changed)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_left_out_if_a_kind_that_it_resembles_is_held_out(name: str) -> None:
    hook = Distractors(pd.DataFrame({"sample_id": ["a"]}), {"?"}, seed=0)
    family, kinds = FAMILIES[name]
    for kind in kinds:
        assert family not in hook.leave_out({kind}).families
    assert family in hook.leave_out({"no such kind"}).families
    every = {kind for _, like in FAMILIES.values() for kind in like}
    assert not hook.leave_out(every).families


def test_a_question_that_the_changes_might_answer_keeps_its_picture() -> None:
    hook = Distractors(pd.DataFrame({"sample_id": ["a"]}), {"What?"}, seed=0).leave_out(())
    picture = Image.new("RGB", (16, 16), (90, 120, 60))
    assert hook.repaint(SimpleNamespace(question="How many?"), picture) is None
    shown = [hook.repaint(SimpleNamespace(question="What?"), picture) for _ in range(4)]
    assert any(found is not None and found.size == picture.size for found in shown)
