"""A wrong config is refused with the key, the value and what is accepted."""

import os
import threading
from pathlib import Path
from typing import Annotated, Literal, Self

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from spuriverse.config import (
    Config,
    check_config,
    check_overlays,
    lay_over,
    parse_config,
)
from spuriverse.problems import Problem


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(Section):
    name: str = Field(description="Name.")
    size: int = Field(3, ge=1, le=9)


class Training(Section):
    rate: float = Field(0.1, gt=0)
    seeds: tuple[int, ...] = Field((1, 2), min_length=1)
    part: Literal["test", "train"] = "test"
    shuffle: bool = True
    limit: int | None = Field(None, ge=1)
    low: float = 0.0
    high: float = 1.0

    @model_validator(mode="after")
    def check_order(self) -> Self:
        if self.low > self.high:
            raise ValueError("low must not exceed high; swap them.")
        return self


class Root(Section):
    training: Training = Training()
    entries: list[Entry] = []
    shares: dict[str, Annotated[float, Field(ge=0, le=1)]] = {}


def refusal(mapping: dict[str, object]) -> str:
    with pytest.raises(Problem) as caught:
        parse_config(mapping, Root)
    return str(caught.value)


def test_defaults() -> None:
    assert parse_config({}, Root) == Root()
    assert parse_config({}) == Config()


def test_yaml_lists_become_tuples() -> None:
    assert parse_config({"training": {"seeds": [7]}}, Root).training.seeds == (7,)


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        (
            {"trainig": {}},
            "The config key trainig does not exist: did you mean training; "
            "the keys accepted there are training, entries, shares.",
        ),
        (
            {"entries": [{"name": "a", "zzz": 1}]},
            "The config key entries[0].zzz does not exist: the keys accepted there are name, size.",
        ),
        ({"entries": [{}]}, "The config key entries[0].name is missing: give text."),
        (
            {"entries": [{"name": "a", "size": 12}]},
            "The config key entries[0].size is 12: give a whole number from 1 to 9.",
        ),
        (
            {"entries": [{"name": "a", "size": "3"}]},
            'The config key entries[0].size is "3": give a whole number from 1 to 9, '
            "written without quotes as 3.",
        ),
        (
            {"training": {"rate": "2e-4"}},
            'The config key training.rate is "2e-4": give a number greater than 0, '
            "written without quotes as 0.0002.",
        ),
        (
            {"training": {"rate": "1e-7"}},
            'The config key training.rate is "1e-7": give a number greater than 0, '
            "written without quotes as 1.0e-07.",
        ),
        (
            {"entries": [{"name": "a", "size": "2e-4"}]},
            'The config key entries[0].size is "2e-4": give a whole number from 1 to 9.',
        ),
        (
            {"training": {"part": "tset"}},
            'The config key training.part is "tset": give one of test, train.',
        ),
        (
            {"training": {"shuffle": 1}},
            "The config key training.shuffle is 1: give true or false.",
        ),
        (
            {"training": {"limit": "all"}},
            'The config key training.limit is "all": give a whole number at least 1 or null.',
        ),
        (
            {"training": {"seeds": []}},
            "The config key training.seeds is []: give a list of at least 1, each a whole number.",
        ),
        (
            {"training": {"seeds": [1, 2.5]}},
            "The config key training.seeds[1] is 2.5: give a whole number.",
        ),
        (
            {"training": None},
            "The config key training is null: give a mapping with the keys "
            "rate, seeds, part, shuffle, limit, low, high.",
        ),
        (
            {"training": {"low": 2.0}},
            "The config key training is refused: low must not exceed high; swap them.",
        ),
        (
            {"shares": {"red": 2}},
            "The config key shares.red is 2: give a number from 0 to 1.",
        ),
        (
            {"training": {"rate": -1, "shuffle": "no", "epoch": 1}},
            "The configuration has 3 problems:\n"
            "  1. The config key training.rate is -1: give a number greater than 0.\n"
            '  2. The config key training.shuffle is "no": give true or false.\n'
            "  3. The config key training.epoch does not exist: the keys accepted there are rate, "
            "seeds, part, shuffle, limit, low, high.",
        ),
    ],
)
def test_refusals(mapping: dict[str, object], sentence: str) -> None:
    assert refusal(mapping) == sentence


def test_a_long_value_is_cut() -> None:
    assert len(refusal({"training": {"part": "x" * 1000}})) < 200


def test_values_and_what_does_not_fit_together_are_refused_in_one_message() -> None:
    with pytest.raises(Problem) as caught:
        parse_config(
            {
                "zoo": {"steps": "many"},
                "curation": {"source_model": "gpt", "annotator": "lvlm"},
                "verification": {"models": ["gpt"]},
            }
        )
    said = str(caught.value)
    assert said.startswith("The configuration has 4 problems:\n  1. The config key zoo.steps is")
    for words in ("source_model names 'gpt'", "needs annotator_model", "verification.models names"):
        assert said.count(words) == 1


def test_what_follows_from_a_refused_value_is_not_refused_as_well() -> None:
    with pytest.raises(Problem) as caught:
        parse_config({"models": [{"name": "m", "backend": "openai", "model": 3}]})
    assert "models[0].model is 3" in str(caught.value) and "problems" not in str(caught.value)


OPEN = {"name": "open", "backend": "transformers", "checkpoint": "org/open"}
SERVED = {"name": "gpt", "backend": "openai", "model": "gpt", "timeout": 60}
PUBLISHED = {
    "benchmarks": {
        "world": None,
        "spuriverse": {"source": {"hub": "a/b", "revision": "c"}},
        "aokvqa": {"source": {"hub": "a/c", "revision": "c"}},
    },
    "models": [OPEN, SERVED],
    "curation": {"source_model": "gpt"},
    "evaluation": {"models": ["open"]},
}


def test_keys_that_a_target_does_not_need_are_not_compared_with_others() -> None:
    wrong = {
        **PUBLISHED,
        "curation": {"source_model": "gpt", "annotator": "lvlm"},
        "explain": {"heatmaps": ["gone"]},
        "spubench": {"published": {"source": {"hub": "a/d", "revision": "e"}}},
        "evaluation": {"models": ["open"], "prompting_models": ["gone"]},
        "finetuning": {"base_model": "gone"},
    }
    check_config(wrong, ["results/tables/main_results.csv"])
    for targets, words in {
        (): ["annotator_model", "explain.heatmaps"],
        ("spubench",): ["explain.heatmaps"],
        ("finetuning_study",): ["finetuning.base_model"],
        ("results/tables/curation_funnel.csv",): ["annotator_model"],
    }.items():
        with pytest.raises(Problem) as caught:
            check_config(wrong, targets)
        assert all(word in str(caught.value) for word in words)
        assert len(str(caught.value).splitlines()) == (len(words) + 1 if len(words) > 1 else 1)


@pytest.mark.parametrize(
    ("change", "targets", "words"),
    [
        (
            {"curation": {"source_model": None}},
            [],
            "curation.source_model is null, which stands for finetuning.base_model 'biased-0', a "
            "tiny model .* benchmarks.aokvqa to null",
        ),
        (
            {"evaluation": {"models": ["biased-0"]}},
            [],
            "evaluation.models names 'biased-0', a tiny",
        ),
        ({}, ["finetuning_study"], "finetuning.base_model names 'biased-0', a tiny .* be taught"),
    ],
)
def test_a_tiny_model_that_would_meet_real_questions_is_refused(
    change: dict[str, object], targets: list[str], words: str
) -> None:
    check_config(PUBLISHED, [])
    with pytest.raises(Problem, match=words):
        check_config({**PUBLISHED, **change}, targets)


def test_a_model_that_is_not_evaluated_is_left_out_of_what_only_some_are_asked() -> None:
    config = check_config(
        {
            **PUBLISHED,
            "spubench": {"published": {"source": {"hub": "a/d", "revision": "e"}}},
            "evaluation": {
                "models": ["open"],
                "strategies": ["direct", "chain_of_thought"],
                "prompting_models": ["gpt"],
            },
            "models": [OPEN, SERVED, {**OPEN, "name": "other"}],
            "explain": {"heatmaps": ["other"]},
        },
        [],
    )
    assert config.strategies_of("open") == ["direct"] and config.mapped_models == []


def test_without_names_all_that_can_be_asked_are_evaluated() -> None:
    old = {"name": "old", "backend": "recorded", "replies": {"aokvqa": "r.csv"}}
    given = {**PUBLISHED, "models": [old, OPEN, SERVED], "evaluation": {"models": None}}
    assert parse_config(given).evaluation.models == ["open", "gpt"]
    with pytest.raises(Problem, match=r"evaluation\.models names no model"):
        parse_config({**given, "models": [old], "curation": {"source_model": "old"}})


def test_an_overlay_extends_models_by_name(tmp_path: Path) -> None:
    base, overlay = tmp_path / "a.yaml", tmp_path / "b.yaml"
    base.write_text(yaml.safe_dump({"models": [OPEN, SERVED]}))
    overlay.write_text(
        "models:\n"
        "  - {name: gpt, price_in: 2.5}\n"
        "  - {name: mine, backend: openai, model: m}\n"
        "  - {name: open, backend: openai, model: o}\n"
    )
    # Snakemake puts the later list in the place of the earlier one.
    replaced = {"models": yaml.safe_load(overlay.read_text())["models"]}
    given = {"models": [{"name": "gpt", "price_out": "10"}]}
    laid = lay_over(replaced, given, [base, overlay])
    assert [m["name"] for m in laid["models"]] == ["open", "gpt", "mine"]
    assert laid["models"][1] == {**SERVED, "price_in": 2.5, "price_out": 10}
    other, gpt, _ = parse_config(laid).models
    assert (gpt.price_in, gpt.timeout) == (2.5, 60) and other.backend == "openai"


def test_an_attribute_rate_above_the_association_is_refused() -> None:
    with pytest.raises(Problem, match="attribute_rate must not exceed association"):
        parse_config({"world": {"association": 0.5, "attribute_rate": 0.8}})


# --- overlays on a command line ---------------------------------------------------------------


def test_overlays_that_can_be_laid_over_the_config_pass(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("seed: 1\n")
    (tmp_path / "b.json").write_text('{"seed": 2}')
    check_overlays([tmp_path / "a.yaml", tmp_path / "b.json"])


def test_a_missing_file_names_those_that_exist(tmp_path: Path) -> None:
    for name in ("paper.yaml", "smoke.yaml"):
        (tmp_path / name).touch()
    with pytest.raises(Problem, match=r"\(paper\.yaml, smoke\.yaml\), perhaps paper\.yaml\.$"):
        check_overlays([tmp_path / "papr.yaml"])


def test_a_file_of_a_folder_without_any_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="its folder has no YAML file"):
        check_overlays([tmp_path / "nowhere" / "config.yaml"])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("smok.yaml", None, "perhaps smoke.yaml"),
        ("tradeoff.pdf", None, "write targets before --configfile"),
        ("list.yaml", b"- 1\n", r"holds \[1\]: give it lines like `key: value`"),
        ("text.yaml", b"just text\n", 'holds "just text"'),
        ("half.yaml", b"a: 1\nb: [1,\n", "^YAML cannot read line 3 of the config file "),
        ("other.yaml", b"a: \xff\xfe\n", "^YAML cannot read the config file "),
        ("there.pdf", b"%PDF-1.4", "write targets before --configfile"),
        ("there.csv", b"a,b", "write targets before --configfile"),
    ],
)
def test_a_file_that_is_no_overlay_is_refused(
    tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    (tmp_path / "smoke.yaml").touch()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Problem, match=words) as caught:
        check_overlays([tmp_path / "smoke.yaml", tmp_path / name])
    assert name in str(caught.value)


def test_a_pipe_is_left_for_its_reader(tmp_path: Path) -> None:
    pipe = tmp_path / "overlay"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("seed: 1\n",))
    writer.start()
    check_overlays([pipe])
    assert pipe.read_text() == "seed: 1\n"
    writer.join()


@pytest.mark.parametrize(
    ("section", "key"),
    [
        ({"verification": {"most_images": 30}}, "most_images"),
        ({"synthesis": {"images_per_group": 30}}, "images_per_group"),
    ],
)
def test_a_calibration_without_enough_images_is_refused(section: dict, key: str) -> None:
    with pytest.raises(Problem, match=rf"calibration\.images = 20 is below .*{key} = 30"):
        parse_config(section)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"world": None}, "no source of images is left"),
        ({"world": {"min_rank": 5, "max_rank": 4}}, "min_rank must not exceed max_rank"),
        ({"sources": {"mine": {"folder": "f"}}}, "sources need a clip checkpoint"),
        ({"sources": {"mine": {"folder": "f"}}, "clip": "c"}, "annotator scenes only reads"),
        ({"annotator": "lvlm"}, "spubench.annotator lvlm needs annotator_model"),
        (
            {"models": ["gpt"]},
            "spubench.models names 'gpt', which cannot be asked; choose from biased-0",
        ),
        ({"templates": ["a photo"]}, "text that matches"),
        (
            {"question_form": "feature"},
            "spubench.question_form feature would be asked of 'biased-0'.*; set it to object, or"
            " name entries of models in spubench.models",
        ),
    ],
)
def test_a_spubench_that_cannot_be_made_is_refused(section: dict, words: str) -> None:
    with pytest.raises(Problem, match=words):
        parse_config({"spubench": section})


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("5", 5),
        ("0.5", 0.5),
        ("true", True),
        ("null", None),
        ("biased-0", "biased-0"),
        ("1e", "1e"),
    ],
)
def test_nested_values_of_the_command_line_are_read_as_yaml(text: str, read: object) -> None:
    given = {"zoo": {"steps": text, "models": [{"name": text}]}, "results": text}
    found = lay_over({"zoo": {"steps": 3, "width": 8}, "results": text}, given)
    assert found["zoo"] == {"steps": read, "width": 8, "models": [{"name": read}]}
    # What is not nested has been read by Snakemake.
    assert found["results"] == text
