"""Asking several models the same questions."""

from pathlib import Path

import pandas as pd

from spuriverse.models import ModelSpec, ask_models


def test_every_model_is_asked_under_its_name(tiny_folder: Path, tiny_samples: pd.DataFrame) -> None:
    samples = tiny_samples.head(3)
    specs = [ModelSpec(name, str(tiny_folder), batch_size=2) for name in ("second", "first")]
    responses = ask_models(specs, samples, strategy="direct", threads=1)
    assert responses["model"].tolist() == ["second"] * 3 + ["first"] * 3
    assert responses["sample_id"].tolist() == samples["sample_id"].tolist() * 2


def test_where_nothing_is_asked_no_model_is_loaded(tiny_samples: pd.DataFrame) -> None:
    responses = ask_models(
        [ModelSpec("biased-0", "nowhere")],
        tiny_samples.head(0),
        strategy="direct",
        threads=1,
    )
    assert responses.empty
