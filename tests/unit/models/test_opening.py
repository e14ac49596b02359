"""Opening the model of a spec."""

from pathlib import Path

import pytest

from spuriverse.models import (
    Classes,
    ModelSpec,
    Server,
    open_chat,
    open_checkpoint,
    open_classifying,
    open_here,
    open_remote,
)
from spuriverse.problems import Problem


def test_a_checkpoint_is_opened_as_its_spec_says(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "terse.txt").write_text("$question")
    spec = ModelSpec("mine", str(tiny_folder), prompts=str(tmp_path), show_options=True)
    model = open_checkpoint(spec)
    assert (model.name, model.show_options) == ("mine", True)
    assert "terse" in model.strategies


def test_a_server_is_prepared_as_its_spec_says(tmp_path: Path) -> None:
    server = Server("big", "serve:it", str(tmp_path / "r.sqlite"), concurrency=3, temperature=0.5)
    model = open_remote(ModelSpec("gpt", server=server), address="http://127.0.0.1:1/v1")
    assert (model.name, model.model, model.base_url) == ("gpt", "big", "serve:it")
    assert (model.concurrency, model.temperature) == (3, 0.5)


def test_a_model_elsewhere_is_not_opened_here(tmp_path: Path) -> None:
    server = Server("big", "http://here/v1", str(tmp_path / "r.sqlite"))
    with pytest.raises(Problem, match="gpt is behind a server, and this step needs"):
        open_checkpoint(ModelSpec("gpt", server=server))
    with pytest.raises(Problem, match="tiny has a checkpoint, and this step needs"):
        open_remote(ModelSpec("tiny", "folder"))


def test_a_model_that_only_tells_classes_apart_is_not_opened_for_words(tiny_folder: Path) -> None:
    clip = ModelSpec("clip", str(tiny_folder), classes=Classes("zero_shot", ["a {}"]))
    for opens in (open_checkpoint, open_chat):
        with pytest.raises(Problem, match="clip only tells classes apart, and this step needs"):
            opens(clip)
    tiny = ModelSpec("tiny", str(tiny_folder))
    with pytest.raises(Problem, match="tiny is asked in words"):
        open_classifying(tiny)
    assert open_here(tiny).name == "tiny"
