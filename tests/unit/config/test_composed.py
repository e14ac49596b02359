"""What a configuration of cut-outs on backgrounds must say."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from spuriverse.config import Config, check_config, parse_config
from spuriverse.problems import Problem

RESNET = {"name": "resnet", "backend": "classifier", "checkpoint": "m/resnet"}
LLAVA = {"name": "llava", "backend": "transformers", "checkpoint": "m/llava"}


def composed(known: Any = (RESNET,), **section: Any) -> Config:
    given = {"cutouts": "cut", "backgrounds": "back", **section}
    return parse_config(
        {
            "benchmarks": {"world": None, "composites": given},
            "spubench": None,
            "models": list(known),
            "curation": {"source_model": "resnet"},
        }
    )


def test_every_model_that_can_be_asked_is_asked() -> None:
    assert composed([RESNET, LLAVA]).composed_models == ["resnet", "llava"]
    assert composed([RESNET, LLAVA], models=["resnet"]).composed_models == ["resnet"]


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"backgrounds": None}, "composites needs backgrounds"),
        ({"smallest": 0.7}, "smallest must not exceed largest"),
        ({"checked_by": "llava"}, "checked_by names 'llava', which is no model"),
        ({"checked_by": "nobody"}, "checked_by names 'nobody'"),
        ({"options": 77}, "is 77, but 'llava' reads questions"),
        ({"models": ["nobody"]}, "names 'nobody', which cannot be asked"),
        ({"models": []}, "names no model"),
        ({"drawn": ["tartan"]}, "tartan"),
    ],
)
def test_what_does_not_fit_is_told(section: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Problem, match=sentence):
        composed([RESNET, LLAVA], **section)


def test_a_backend_that_lays_cut_outs_needs_some() -> None:
    with pytest.raises(Problem, match=r"synthesis\.backend composites lays the cut-outs of"):
        parse_config({"synthesis": {"backend": "composites"}})
    with pytest.raises(Problem, match="backend composites makes minimal pairs only"):
        parse_config({"synthesis": {"backend": "composites", "pairs": "independent"}})


def test_models_that_tell_classes_apart_choose_from_any_number() -> None:
    assert composed(options=77).benchmarks.composites is not None


def test_missing_stamps_are_told_with_their_package(tmp_path: Path) -> None:
    stamps, photographs = tmp_path / "tuxpaint/stamps", tmp_path / "tuxpaint/templates"
    config = composed(cutouts=str(stamps), backgrounds=str(photographs)).model_dump(mode="json")
    with pytest.raises(Problem) as told:
        check_config(config, ["composites"])
    assert "apt-get install tuxpaint-stamps-default" in str(told.value)
    assert "apt-get install tuxpaint-data" in str(told.value)
    stamps.mkdir(parents=True)
    photographs.mkdir()
    check_config(config, ["composites"])


def test_the_file_of_the_page_is_accepted_as_it_stands() -> None:
    page = (Path(__file__).parents[3] / "docs" / "composites.md").read_text(encoding="utf-8")
    first = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0]
    assert parse_config(yaml.safe_load(first)).composed_models == ["my-network"]
