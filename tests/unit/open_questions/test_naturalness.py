"""Natural images, and gaps on them beside those on synthetic ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from spuriverse.open_questions import (
    ANSWER_COLUMNS,
    compare_gaps,
    compare_images,
    render_natural_images,
)
from spuriverse.world import Optics

ATTRIBUTES = ("scene:sea", "prop:bell", "light:dusk", "border:cut-corners", "paint:lime")
PREDICTED = ("key", "cup", "fish", "moon", "star")


@pytest.fixture(scope="module")
def natural(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    types = pd.DataFrame(
        {
            "type_id": [f"t-{i}" for i in range(5)],
            "sample_id": [f"s-{i}" for i in range(5)],
            "attribute": ATTRIBUTES,
            "predicted": PREDICTED,
        }
    )
    samples = pd.DataFrame({"sample_id": types["sample_id"], "question": "What object is shown?"})
    return render_natural_images(
        types,
        samples,
        tmp_path_factory.mktemp("natural"),
        images=4,
        kind_rate=0.3,
        optics=Optics(),
        seed=0,
    )


def test_every_attribute_has_as_many_images_with_as_without(natural: pd.DataFrame) -> None:
    assert (natural.groupby(["attribute", "shows"]).size() == 4).all()
    assert natural["sample_id"].is_unique
    assert all(Path(path).is_file() for path in natural["image"])


def test_the_misleading_answer_is_offered_and_never_right(natural: pd.DataFrame) -> None:
    leads = dict(zip(ATTRIBUTES, PREDICTED, strict=True))
    for row in natural.itertuples():
        assert leads[row.attribute] in row.options
        assert row.options[row.answer] != leads[row.attribute]


def groups_of(natural: pd.DataFrame) -> pd.DataFrame:
    """Synthetic groups, which here are the natural images themselves."""
    subset = np.where(natural["shows"], "spurious", "core")
    named = "synthetic-" + natural["sample_id"]
    return natural.assign(subset=subset, cluster=natural["attribute"], sample_id=named)


def test_images_are_told_apart_where_the_encoder_sees_a_difference(natural: pd.DataFrame) -> None:
    rng = np.random.default_rng(0)

    def noise(images: list) -> np.ndarray:
        return rng.standard_normal((len(images), 3))

    found = compare_images(groups_of(natural), natural, noise, seed=0, permutations=50)
    assert len(found) == 10
    # An image beside itself is no nearer to the others than they are to it.
    assert (found["p_value"] > 0.5).all()


def answered(natural: pd.DataFrame, right: np.ndarray, names: pd.Series) -> pd.DataFrame:
    """Responses of the model `m`, right where asked."""
    choice = np.where(right, natural["answer"], (natural["answer"] + 1) % 4)
    return pd.DataFrame({"sample_id": names, "model": "m", "outcome": "answered", "choice": choice})


def test_the_gaps_are_those_of_the_answers(natural: pd.DataFrame) -> None:
    asked = groups_of(natural)
    synthetic = answered(natural, ~natural["shows"].to_numpy(), asked["sample_id"])
    always = answered(natural, np.ones(len(natural), bool), natural["sample_id"])
    tests = pd.DataFrame(
        {"attribute": ATTRIBUTES, "group": "spurious", "discrepancy": range(5), "q_value": 0.5}
    )
    table = compare_gaps(asked, synthetic, natural, always, tests, seed=0, resamples=100)
    assert list(table) == list(ANSWER_COLUMNS)
    gaps = table.set_index(["model", "condition", "measure"])["value"]
    assert gaps["m", "synthetic", "gap"] == 1
    assert gaps["m", "natural", "gap"] == 0
    assert gaps["m", "synthetic less natural", "gap – by attribute"] == 1
    assert gaps["encoder", "spurious group beside natural images", "attributes told apart"] == 0
    assert np.isnan(gaps["m", "synthetic and natural", "gaps of attributes"])
