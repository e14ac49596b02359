"""The probabilities that a classifier gives classes, and the classes that it does not have."""

import numpy as np
import pytest
from classifiers import save_classifier
from PIL import Image

from spuriverse.models import Classes, ModelSpec, open_chances
from spuriverse.problems import Problem


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_classifier("vit", tmp_path_factory.mktemp("vit")))


def test_probabilities_are_among_all_classes(checkpoint: str) -> None:
    chances = open_chances(ModelSpec("tiny", checkpoint, classes=Classes("classifier")))
    images = [Image.new("RGB", (32, 32), tone) for tone in ("red", "blue")]
    seen = chances(images, ["tabby", "school bus", "daisy", "crane", "wolf"])
    assert seen.shape == (2, 5)
    assert np.allclose(seen.sum(axis=1), 1, atol=1e-5)
    assert np.allclose(chances(images, ["wolf", "daisy"]), seen[:, [4, 2]], atol=1e-6)


def test_a_class_that_the_classifier_does_not_have_is_refused_by_name(checkpoint: str) -> None:
    chances = open_chances(ModelSpec("tiny", checkpoint, classes=Classes("classifier")))
    with pytest.raises(Problem, match="tiny has no class for 'unicorn'"):
        chances([Image.new("RGB", (32, 32))], ["wolf", "unicorn"])


def test_only_a_classifier_has_probabilities(checkpoint: str) -> None:
    with pytest.raises(Problem, match="gives no probabilities"):
        open_chances(ModelSpec("tiny", checkpoint))
