"""What is known of a model before it is opened."""

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from spuriverse.config import Config
from spuriverse.models import ModelSpec, Server
from spuriverse.problems import Problem

OPEN = {"name": "open", "backend": "transformers", "checkpoint": "owner/open-7b"}
SERVED = {"name": "gpt", "backend": "openai", "model": "big", "price_in": 1.0, "price_out": 2.0}
RECORDED = {"name": "old", "backend": "recorded", "replies": {"aokvqa": "old.csv"}}


def configured(*models: dict[str, Any], **evaluation: Any) -> dict[str, Any]:
    settings = {"models": list(models), "evaluation": evaluation, "replies": "r.sqlite"}
    return Config.model_validate(settings).model_dump()


def test_a_tiny_model_is_asked_the_plain_question_from_its_folder() -> None:
    config = configured(batch_size=7, prompts="mine")
    spec = ModelSpec.from_config("biased-0", config)
    assert spec == ModelSpec("biased-0", "results/models/biased-0", batch_size=7)


def test_an_open_model_is_loaded_and_asked_as_its_entry_says() -> None:
    entry = {**OPEN, "revision": "abc", "dtype": "bfloat16", "billions": 7.0, "max_new_tokens": 9}
    spec = ModelSpec.from_config("open", configured(entry, batch_size=7, prompts="mine"))
    assert spec == ModelSpec(
        "open",
        "owner/open-7b",
        prompts="mine",
        revision="abc",
        dtype="bfloat16",
        show_options=True,
        answering="generate",
        max_new_tokens=9,
        batch_size=7,
    )
    own = ModelSpec.from_config("open", configured({**entry, "batch_size": 3}, batch_size=7))
    assert own.batch_size == 3


def test_fine_tuning_may_load_an_open_model_in_fewer_bits() -> None:
    config = configured({**OPEN, "quantisation": "4-bit"})
    assert ModelSpec.from_config("open", config).quantisation == "4-bit"
    assert ModelSpec.from_config("open", config, quantisation="none").quantisation == "none"


def test_a_server_is_asked_within_the_budget_and_its_replies_are_kept() -> None:
    config = configured({**SERVED, "base_url": "http://here/v1"}, budget_usd=5.0)
    server = ModelSpec.from_config("gpt", config).server
    assert server == Server(
        "big", "http://here/v1", "r.sqlite", "OPENAI_API_KEY", price_in=1.0, price_out=2.0,
        budget_usd=5.0,
    )  # fmt: skip


def test_replies_of_a_server_that_the_workflow_starts_are_known_by_its_command() -> None:
    serve = {"command": "serve {model} {port}", "billions": 7.0}
    server = ModelSpec.from_config("gpt", configured({**SERVED, "serve": serve})).server
    assert server is not None
    assert (server.base_url, server.api_key_env) == ("serve:serve {model} {port}", None)


@pytest.mark.parametrize("name", ["old", "nobody"])
def test_who_cannot_be_asked_is_named(name: str) -> None:
    with pytest.raises(Problem, match=f"The model {name} cannot be asked: "):
        ModelSpec.from_config(name, configured(RECORDED))


def test_a_spec_survives_the_way_to_a_job_in_plain_values() -> None:
    config = configured(OPEN, SERVED, prompts="mine")
    for name in ("biased-0", "open", "gpt"):
        spec = ModelSpec.from_config(name, config)
        params = spec.as_params()
        assert ModelSpec.from_params(params) == spec
        assert isinstance(params["server"], dict | None)


def test_a_model_is_in_one_place() -> None:
    with pytest.raises(ValueError, match="either a checkpoint or a server of the model m"):
        ModelSpec("m")
    with pytest.raises(ValueError, match="either"):
        ModelSpec("m", "folder", Server("m", "http://here/v1", "r.sqlite"))


def test_nothing_changes_a_spec() -> None:
    spec = ModelSpec("m", "folder")
    with pytest.raises(FrozenInstanceError):
        spec.name = "other"  # type: ignore[misc]
    assert replace(spec, name="other").name == "other"
