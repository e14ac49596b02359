"""Models that read no prompts stand among others, but are not prompted, trained or explained."""

from typing import Any

import pytest

from spuriverse.config import Config, parse_config
from spuriverse.models import Classes, ModelSpec
from spuriverse.problems import Problem

CLIP: dict[str, Any] = {"name": "clip", "backend": "zero_shot", "checkpoint": "openai/clip"}
RESNET: dict[str, Any] = {
    "name": "resnet",
    "backend": "classifier",
    "checkpoint": "m/resnet",
    "classes": {"cat": ["tabby", 282]},
    "gated": True,
}
LLAVA = {"name": "llava", "backend": "transformers", "checkpoint": "m/llava", "billions": 7}
MODELS = [CLIP, RESNET, LLAVA]


def own(**sections: Any) -> Config:
    given = {
        "benchmarks": {"world": None, "own": {"mine": {"source": "mine.csv"}}},
        "spubench": None,
        "models": MODELS,
        "curation": {"source_model": "clip", "annotator": "lvlm", "annotator_model": "llava"},
        "synthesis": {
            "backend": "diffusers",
            "pairs": "independent",
            "diffusers": {"checkpoint": "p"},
            "gates": {"attribute": "none"},
        },
        "verification": {"models": ["clip", "resnet"]},
        "evaluation": {"models": None},
    }
    return parse_config({**given, **sections})


def test_they_collect_errors_verify_and_are_evaluated_beside_others() -> None:
    config = own()
    assert config.misfits_of(["all"]) == []
    assert config.source_model == "clip"
    assert config.evaluated_models == ["clip", "resnet", "llava"]
    assert config.verifying_models == ["clip", "resnet"]
    assert config.billions_of("clip") == 0
    assert config.threads_of("clip") == config.evaluation.threads


def test_the_spec_says_how_they_are_asked_and_survives_being_made_plain() -> None:
    settings = own(evaluation={"models": None, "batch_size": 9}).model_dump()
    clip = ModelSpec.from_config("clip", settings)
    assert clip.classes is not None
    assert clip.classes.by == "zero_shot"
    assert next(iter(clip.classes.templates)) == "a photo of a {}"
    assert clip.batch_size == 9
    resnet = ModelSpec.from_config("resnet", settings)
    assert resnet.classes == Classes("classifier", named={"cat": ["tabby", 282]})
    for spec in (clip, resnet, ModelSpec.from_config("llava", settings)):
        assert ModelSpec.from_params(spec.as_params()) == spec


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (
            {"evaluation": {"models": ["clip"], "strategies": ["direct", "guiding", "explain"]}},
            "evaluation.models names 'clip', which tells classes apart and reads no prompt, but"
            " would be asked by guiding, explain; set evaluation.strategies to",
        ),
        (
            {"evaluation": {"models": ["llava"], "strategies": ["guiding"]}},
            "verification.models names 'clip', which tells classes apart",
        ),
        (
            {"curation": {"annotator": "lvlm", "annotator_model": "clip", "source_model": "clip"}},
            r"not clip: a model of models that replies in words \(llava\)",
        ),
    ],
)
def test_what_needs_words_is_refused_while_planning(sections: dict, words: str) -> None:
    with pytest.raises(Problem, match=words):
        own(**sections)


def test_those_that_read_prompts_may_be_asked_by_more() -> None:
    asked = {"models": None, "strategies": ["direct", "guiding"], "prompting_models": ["llava"]}
    assert own(evaluation=asked).strategies_of("clip") == ["direct"]


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ({"finetuning": {"base_model": "clip"}}, "only these can be trained"),
        ({"explain": {"models": ["clip"]}}, "whose activations cannot be read"),
        ({"evaluation": {"models": ["clip"]}}, "spubench.strategies to"),
    ],
)
def test_they_are_not_trained_or_explained_and_mm_spubench_asks_them_directly(
    sections: dict, words: str
) -> None:
    with pytest.raises(Problem, match=words):
        parse_config({"models": MODELS, **sections})
    fine = {"models": ["clip", "biased-0"]}
    both = {"evaluation": fine, "spubench": {"strategies": ["direct"]}}
    assert parse_config({"models": MODELS, **both}).explained_models() == ["biased-0", "control-0"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"templates": []}, "templates"),
        ({"templates": ["a photo"]}, "templates"),
        ({"classes": {}}, "classes"),
        ({"answering": "generate"}, "answering"),
    ],
)
def test_a_wrong_entry_is_named(change: dict, words: str) -> None:
    with pytest.raises(Problem, match=words):
        parse_config({"models": [{**CLIP, **change}]})
