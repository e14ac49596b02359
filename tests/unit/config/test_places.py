"""What the configuration names must be there, and must fit together, before any job starts."""

from pathlib import Path
from typing import Any

import pytest

from spuriverse.config import Config, check_places, parse_config
from spuriverse.problems import Problem


def recorded(path: str, **curation: str) -> dict[str, Any]:
    return {
        "benchmarks": {"world": None, "aokvqa": {"source": path}},
        "models": [{"name": "gpt-4o", "backend": "recorded", "replies": {"aokvqa": path}}],
        "curation": {"source_model": "gpt-4o", "annotator": "recorded", **curation},
    }


def test_a_missing_source_says_what_to_put_where(tmp_path: Path) -> None:
    path = tmp_path / "aokvqa.csv"
    config = parse_config(recorded(str(path)))
    with pytest.raises(Problem, match=r"benchmarks\.aokvqa\.source is .*aokvqa\.csv, which does"):
        check_places(config)
    path.touch()
    check_places(config)


def test_missing_images_and_replies_are_told_by_their_key(tmp_path: Path) -> None:
    source = tmp_path / "own.csv"
    source.touch()
    own = {"mine": {"source": str(source), "images": str(tmp_path / "pictures")}}
    with pytest.raises(Problem, match=r"benchmarks\.own\.mine\.images is .*pictures"):
        check_places(parse_config({"benchmarks": {"own": own}}))
    settings = recorded(str(source))
    settings["models"][0]["replies"]["aokvqa"] = str(tmp_path / "gone.csv")
    with pytest.raises(Problem, match=r"models\[0\]\.replies\.aokvqa is .*gone\.csv"):
        check_places(parse_config(settings))


def test_what_is_fetched_is_not_looked_for() -> None:
    download = {"hub": "lab/set", "revision": "main"}
    check_places(parse_config({"benchmarks": {"seedbench": {"source": download}}}))


def test_replies_in_the_benchmarks_own_file_are_fetched_once() -> None:
    config = parse_config(recorded("m.csv"))
    assert config.places() == {"aokvqa": "m.csv"}
    settings = recorded("m.csv")
    settings["models"][0]["replies"]["aokvqa"] = "n.csv"
    assert parse_config(settings).places() == {"aokvqa": "m.csv", "gpt-4o-aokvqa": "n.csv"}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"url": "https://x.org/a.csv"}, "needs the file's sha256"),
        ({"hub": "lab/set"}, "hub needs a revision"),
        ({"hub": "lab/set", "url": "https://x.org/a.csv"}, "give a path, or url and sha256"),
        ({"url": "file:///etc/passwd", "sha256": "0" * 64}, "text that matches"),
    ],
)
def test_an_incomplete_source_is_refused(source: dict[str, str], words: str) -> None:
    with pytest.raises(Problem, match=words):
        parse_config({"benchmarks": {"aokvqa": {"source": source}}})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"curation": {"source_model": "gpt-5"}},
            "names 'gpt-5', which cannot be asked; choose from biased-0",
        ),
        ({"curation": {"annotator": "lvlm"}}, "lvlm needs annotator_model"),
        ({"curation": {"annotator": "recorded"}}, "recorded needs verdicts"),
        ({"benchmarks": {"world": None}}, "no benchmark is left"),
        ({"benchmarks": {"own": {"world": {"source": "x.csv"}}}}, "rename it"),
        (
            {**recorded("m.csv"), "benchmarks": {"aokvqa": {"source": "m.csv"}}},
            "no replies to benchmarks.world; set that to null",
        ),
        (
            {"models": [{"name": "biased-0", "backend": "openai", "model": "m"}]},
            "name 'biased-0' twice",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Problem, match=words.replace("[", r"\[")):
        parse_config(change)


def test_only_the_embedded_world_can_be_depicted() -> None:
    assert Config().types_from == "world"
    assert parse_config(recorded("m.csv")).types_from == "nowhere"
