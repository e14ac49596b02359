"""The part of the configuration that a job depends on."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spuriverse.config import Config, parse_config


def configure(**sections: Any) -> Config:
    return parse_config(sections)


def test_a_key_of_another_annotator_leaves_the_annotator_alone() -> None:
    usual = configure().annotator_settings()
    assert usual["annotator"] == "statistics"
    assert configure(curation={"repairs": 7}).annotator_settings() == usual
    assert configure(curation={"minimum_effect": 0.4}).annotator_settings() != usual


def test_a_tiny_model_s_own_width_and_bias_go_before_the_usual_ones() -> None:
    config = configure()
    for model in config.zoo.models:
        recipe, world = config.zoo_recipe(model.name), config.zoo_world(model.name)
        assert recipe["width"] == (model.width or config.zoo.width)
        assert world["association"] == (model.association or config.world.association)
        assert "models" not in recipe


def test_another_tiny_model_does_not_change_how_the_others_are_trained() -> None:
    config = configure()
    more = {"name": "more", "world": "biased", "seed": 9}
    models = [*(m.model_dump() for m in config.zoo.models), more]
    assert configure(zoo={"models": models}).zoo_recipe("biased-0") == config.zoo_recipe("biased-0")


@pytest.mark.parametrize(
    ("synthesis", "aspect"),
    [
        ({}, 1.0),
        (
            {
                "backend": "remote",
                "remote": {"model": "m", "provider": "openai", "size": "1536x1024"},
            },
            1.5,
        ),
        (
            {
                "backend": "remote",
                "remote": {"model": "m", "provider": "stability", "aspect_ratio": "3:2"},
            },
            1.5,
        ),
        (
            {"backend": "diffusers", "diffusers": {"checkpoint": "p", "width": 768, "height": 512}},
            1.5,
        ),
    ],
)
def test_the_aspect_of_images_is_known_by_backend(synthesis: dict[str, Any], aspect: float) -> None:
    pairs = {"pairs": "independent"} if synthesis else {}
    assert configure(synthesis={**synthesis, **pairs}).image_aspect == aspect


def test_an_edited_anchor_has_any_aspect() -> None:
    section = {
        "backend": "diffusers",
        "pairs": "minimal",
        "diffusers": {"checkpoint": "p", "edit_from": "anchor", "editing": "image_to_image"},
    }
    assert configure(synthesis=section).image_aspect is None


def test_images_are_bought_from_a_server_alone() -> None:
    assert configure().bought_images() == {}
    counts = {"images_per_group": 4, "fresh_images_per_group": 2}
    bought = configure(
        synthesis={
            **counts,
            "backend": "remote",
            "pairs": "independent",
            "remote": {"model": "ultra", "usd_per_image": 0.08},
        }
    ).bought_images()
    assert bought == {"model": "synthesis.remote", "per_candidate": 12, "usd_per_image": 0.08}


def test_a_backend_is_told_its_own_keys_and_who_keeps_what_was_paid_for() -> None:
    world = configure().image_backend()
    assert world["backend"] == "world"
    assert world["world"] == configure().world.model_dump()
    remote = configure(
        synthesis={"backend": "remote", "pairs": "independent", "remote": {"model": "ultra"}}
    ).image_backend()
    assert remote["model"] == "ultra"
    assert remote["store"] == configure().replies
    assert "world" not in remote


@given(
    step=st.integers(1, 4),
    steps=st.integers(1, 4),
    fresh=st.integers(0, 3),
    further=st.integers(0, 3),
)
def test_no_seed_of_an_image_belongs_to_two_batches(
    step: int, steps: int, fresh: int, further: int
) -> None:
    config = configure(
        verification={"sequential": True, "step": step, "most_images": step * steps},
        synthesis={"fresh_images_per_group": fresh, "gates": {"further_seeds": further}},
    )
    batches = [*map(str, range(config.verification.steps)), "fresh"]
    seeds = [config.batch_seeds(batch) for batch in batches]
    every = [seed for batch in seeds for part in batch.values() for seed in part]
    assert len(every) == len(set(every))
    wanted = [len(batch["wanted"]) for batch in seeds]
    assert sum(wanted[:-1]) == config.verification.most_images
    assert wanted[-1] == fresh


def test_attributes_are_kept_in_any_case_only_after_the_last_batch() -> None:
    config = configure(
        verification={"sequential": True, "step": 2, "most_images": 6, "least_attributes": 5}
    )
    assert [config.batch_least(batch) for batch in "012"] == [0, 0, 5]


def test_a_study_is_told_its_own_keys() -> None:
    config = configure()
    assert config.study_settings("kinds") == {"layers": config.finetuning.layers}
    assert "proportions" in config.study_settings("tradeoff")
    assert "regimes" in config.study_settings("regimes")
    assert "type_counts" in config.study_settings("ablation")


def test_further_splits_do_not_train_the_first_ones_again() -> None:
    usual = configure()
    more = configure(finetuning={"seeds": [0, 1, 2, 3, 4, 5], "mitigations": {"seeds": [0, 1]}})
    assert more.training_settings() == usual.training_settings()
    assert more.mitigation_settings() == usual.mitigation_settings()
    assert "methods" not in usual.mitigation_settings("methods")
    slower = configure(finetuning={"learning_rate": 1e-5})
    assert slower.training_settings() != usual.training_settings()
    assert slower.adapter_settings()["learning_rate"] == 1e-5


def test_what_is_measured_on_are_other_images_than_the_groups() -> None:
    config = configure()
    draws = {config.test_backend(draw)["seed"] for draw in (1, 2)}
    assert len(draws | {config.image_backend()["seed"]}) == 3


def test_candidates_of_known_truth_follow_the_seed_of_the_run() -> None:
    config = configure(seed=5)
    assert config.calibration_candidates()["seed"] == 5
    assert config.calibration_settings()["seed"] == 5
    assert config.calibration_settings()["threshold"] == config.verification.threshold


def test_groups_are_paired_where_they_differ_in_the_attribute_alone() -> None:
    assert configure().verification_rule()["paired"]
    independent = {"backend": "remote", "pairs": "independent", "remote": {"model": "ultra"}}
    assert not configure(synthesis=independent).verification_rule()["paired"]
    assert configure().image_counts()["images"] == configure().synthesis.images_per_group


def test_base_models_of_an_association_differ_in_it_and_show_attributes_equally_often() -> None:
    config = configure(
        finetuning={"study": {"associations": [0.7, 0.99], "association_seeds": [5]}}
    )
    weak, strong = (config.zoo_world(model.name) for model in config.associated_models)
    assert (weak["association"], strong["association"]) == (0.7, 0.99)
    shown = [world["attribute_rate"] / world["association"] for world in (weak, strong)]
    assert shown[0] == pytest.approx(shown[1])
    assert strong["attribute_rate"] == pytest.approx(config.world.attribute_rate)
    assert config.zoo_recipe("association-07-5") == config.zoo_recipe("biased-0")
