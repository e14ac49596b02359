"""Whatever a model of the smoke scale has learned, later steps have sets to work on.

A model trained for seconds answers in ways that depend on the last digits of its sums. Here answers
of very different models take the place of trained ones, on the way from the errors to the figure.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from spuriverse.benchmarks import make_world_benchmark
from spuriverse.config import parse_config
from spuriverse.discovery.curation import choose_candidates, collect_errors, propose_attributes
from spuriverse.discovery.synthesis import plan_seeds, synthesise_groups
from spuriverse.discovery.synthesis.backends import load_backend
from spuriverse.discovery.verification import (
    group_samples,
    keep_at_least,
    select_types,
    verify_candidates,
)
from spuriverse.evaluation import sample_non_spurious
from spuriverse.finetuning import (
    held_out_responses,
    render_test_sets,
    split_types,
    study_samples,
    tabulate_tradeoff,
)
from spuriverse.report.figures import plot_tradeoff
from spuriverse.world import read_world

SMOKE = Path(__file__).parents[2] / "config" / "smoke.yaml"
CONFIG = parse_config(yaml.safe_load(SMOKE.read_text(encoding="utf-8")))
NATURAL = 3000


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The pool of the smoke scale with more natural images, so that every colour is asked for."""
    statistics, optics = read_world(CONFIG.world.model_dump())
    world = CONFIG.benchmarks.world
    assert world is not None
    return make_world_benchmark(
        tmp_path_factory.mktemp("world"),
        independent=world.independent,
        natural=NATURAL,
        kind_rate=world.kind_rate,
        statistics=statistics,
        optics=optics,
        seed=0,
    )


def answer(asked: pd.DataFrame, manner: str, seed: int) -> pd.DataFrame:
    """Answers of a model that guesses, insists on a place or a word, or is right but for slips."""
    rng = np.random.default_rng(seed)
    choices = []
    for options, right in zip(asked["options"], asked["answer"], strict=True):
        guess = int(rng.integers(len(options)))
        words = sorted(options)
        choice = {
            "guesses": guess,
            "first place": 0,
            "first word": list(options).index(words[0]),
            "last word": list(options).index(words[-1]),
            "mostly right": right if rng.random() < 0.95 else guess,
        }
        choices.append(choice[manner])
    return pd.DataFrame(
        {
            "sample_id": asked["sample_id"],
            "model": "biased-0",
            "outcome": "answered",
            "choice": pd.array(choices, dtype="Int64"),
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "manner"),
    [
        (0, "guesses"),
        (1, "first place"),
        (2, "first word"),
        (3, "last word"),
        (4, "mostly right"),
    ],
)
def test_from_any_answers_there_is_a_way_to_the_figure(
    samples: pd.DataFrame, tmp_path: Path, manner: str, seed: int
) -> None:
    curation, verification, tuning = CONFIG.curation, CONFIG.verification, CONFIG.finetuning
    responses = answer(samples, manner, seed)
    proposals = propose_attributes(
        samples,
        responses,
        false_discovery_rate=curation.false_discovery_rate,
        minimum_effect=curation.minimum_effect,
        least_attributes=curation.least_attributes,
    )
    errors = collect_errors(samples, responses)
    candidates = choose_candidates(
        errors, proposals, anchors_per_attribute=curation.anchors_per_attribute, seed=seed
    )
    backend = {
        "backend": "world",
        "world": CONFIG.world.model_dump(),
        "seed": seed,
        "minimal": True,
    }
    groups = synthesise_groups(
        candidates,
        samples,
        tmp_path,
        backend=load_backend(backend),
        parts=plan_seeds(images=2, fresh=2, further=0),
        minimal=True,
    ).groups
    asked_groups = group_samples(candidates, samples, groups)
    decided = verify_candidates(
        asked_groups,
        answer(asked_groups, manner, seed + 10),
        threshold=verification.threshold,
        false_discovery_rate=verification.false_discovery_rate,
        paired=True,
    )
    kept = keep_at_least(decided, candidates, verification.least_attributes)
    types = select_types(candidates, kept)
    assert types["attribute"].nunique() >= verification.least_attributes
    non_spurious = sample_non_spurious(
        samples,
        errors,
        candidates,
        types,
        per_anchor=CONFIG.evaluation.non_spurious_per_anchor,
        validation_samples=tuning.validation_samples,
        seed=seed,
        drawn_anew=True,
    )
    splits = split_types(
        types,
        seeds=tuning.seeds,
        validation_share=tuning.validation_share,
        test_share=tuning.test_share,
    )
    assert set(splits["part"]) == {"train", "validation", "test"}
    test_sets = render_test_sets(
        candidates[candidates["candidate_id"].isin(types["candidate_id"])],
        candidates,
        samples,
        tmp_path / "test",
        backend=CONFIG.test_backend(2),
        aligned=tuning.aligned_per_type,
        ordinary=tuning.ordinary,
        stored_as=tmp_path / "test",
    )
    asked = study_samples(types, samples, asked_groups, non_spurious, test_sets)
    runs = {
        (proportion, split): held_out_responses(
            asked, answer(asked, manner, seed + split), splits, types, split
        )
        for proportion in ("base", "0", "1")
        for split in tuning.seeds
    }
    figure = plot_tradeoff(tabulate_tradeoff(runs), base_model="biased-0")
    note = " ".join(text.get_text() for text in figure.texts)
    assert "not drawn" not in note
    assert set(test_sets["subset"]) == {"aligned", "aligned_without_cue", "ordinary"}
