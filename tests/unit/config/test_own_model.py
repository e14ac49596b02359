"""A model that is known by its name alone gets an overlay."""

from pathlib import Path

import pytest
import yaml

from spuriverse.config import lay_over, parse_config
from spuriverse.config.own_model import describe_model, main, write_overlay
from spuriverse.problems import Problem

ROOT = Path(__file__).resolve().parents[3]
MEASURE = yaml.safe_load((ROOT / "config/measure.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("model", "entry"),
    [
        (
            "Qwen/Qwen2.5-VL-3B-Instruct",
            {"name": "Qwen2.5-VL-3B-Instruct", "backend": "transformers", "billions": 3},
        ),
        ("org/tiny.model", {"name": "tiny.model", "checkpoint": "org/tiny.model"}),
        ("openai/clip-vit-base-patch32", {"backend": "zero_shot"}),
        ("laion/CLIP-ViT-H-14-laion2B-s32B-b79K", {"backend": "zero_shot"}),
        ("google/siglip2-base-patch16-224", {"backend": "zero_shot"}),
        ("timm/resnet50.a1_in1k", {"backend": "classifier", "name": "resnet50.a1_in1k"}),
        ("gpt-4o-mini", {"backend": "openai", "api_key_env": "OPENAI_API_KEY"}),
        ("gemini-2.0-flash", {"api_key_env": "GEMINI_API_KEY"}),
        ("claude-3-7-sonnet-20250219", {"model": "claude-3-7-sonnet-20250219"}),
    ],
)
def test_a_name_says_where_a_model_is(model: str, entry: dict[str, object]) -> None:
    assert describe_model(model).items() >= entry.items()


def test_a_folder_is_a_checkpoint_wherever_the_run_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    with pytest.raises(Problem, match=r"has no config\.json"):
        describe_model("mine")
    (tmp_path / "mine/config.json").write_text("{}")
    assert describe_model("mine/")["checkpoint"] == str(tmp_path / "mine")
    assert describe_model("./mine")["name"] == "mine"


@pytest.mark.parametrize(
    ("content", "backend"),
    [
        ('{"model_type": "clip", "architectures": ["CLIPModel"]}', "zero_shot"),
        ('{"model_type": "siglip"}', "zero_shot"),
        ('{"model_type": "clip_vision_model"}', "transformers"),
        ('{"model_type": "vit", "architectures": ["ViTForImageClassification"]}', "classifier"),
        ('{"architecture": "resnet50", "pretrained_cfg": {}}', "classifier"),
        ('{"model_type": "llava"}', "transformers"),
    ],
)
def test_a_folder_says_how_it_is_asked(content: str, backend: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text(content)
    assert describe_model(str(folder))["backend"] == backend
    config = parse_config(lay_over(MEASURE, {"models": [describe_model(str(folder))]}))
    assert config.evaluated_models == ["mine"]


@pytest.mark.parametrize("content", ["", "[1]", "no"])
def test_a_folder_without_json_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(Problem, match="does not hold JSON"):
        describe_model(str(tmp_path))


@pytest.mark.parametrize(
    ("model", "words"), [("", "No model is named"), ("llama", "no provider is known")]
)
def test_a_name_that_says_nothing_is_refused(
    model: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([model]) == 1
    assert words in capsys.readouterr().err


def test_the_overlay_measures_the_model_and_stays_as_a_person_left_it(tmp_path: Path) -> None:
    path = write_overlay("org/m-7b", tmp_path / "local", limit=20)
    overlay = yaml.safe_load(path.read_text())
    config = parse_config(lay_over(MEASURE, overlay))
    assert config.evaluated_models == config.spubench_models() == ["m-7b"]
    assert (config.evaluation.limit, overlay["results"]) == (20, "results/measure/m-7b-20")
    path.write_text("seed: 3\n")
    assert write_overlay("org/m-7b", tmp_path / "local", limit=20).read_text() == "seed: 3\n"
    assert write_overlay("org/m-7b", tmp_path / "local") != path
