"""Judges of attributes: a probe that learns, a model that is asked, and a CLIP model."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from spuriverse.discovery.synthesis.judges import load_judge
from spuriverse.discovery.synthesis.judges.lvlm import words_of
from spuriverse.models import ModelSpec, Server
from spuriverse.problems import Problem
from spuriverse.world import Optics, render_arrays, render_files, sample_independent_scene

PAIR = ("border:teal-frame", "light:sunset")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """A few hundred scenes with their lists of attributes, as a benchmark has them."""
    folder = tmp_path_factory.mktemp("benchmark")
    rng = np.random.default_rng(0)
    scenes = [sample_independent_scene(rng, 0.6) for _ in range(900)]
    paths = [folder / f"{number}.png" for number in range(len(scenes))]
    render_files(scenes, paths, Optics())
    rows = {"image": map(str, paths), "attributes": [list(s.attributes) for s in scenes]}
    return pd.DataFrame({**rows, "benchmark": "world"})


def test_the_probe_learns_attributes_from_a_benchmark(samples, describe) -> None:
    judge = load_judge({"attribute": "probe", "samples": samples})
    rng = np.random.default_rng(1)
    scenes = [sample_independent_scene(rng, 0.9) for _ in range(600)]
    images = [Image.fromarray(pixels) for pixels in render_arrays(scenes, Optics())]
    for attribute in PAIR:
        said = judge.are_present([describe(attribute=attribute)] * len(images), images)
        shows = np.array([attribute in scene.attributes for scene in scenes])
        assert shows.sum() > 20
        assert np.mean(np.array(said)[shows]) > 0.8
        assert np.mean(np.array(said)[~shows]) < 0.2


def test_the_probe_opens_one_image_after_the_other(samples, describe, most_open) -> None:
    judge = load_judge({"attribute": "probe", "samples": samples})
    judge.are_present([describe(attribute=PAIR[0])], [Image.new("RGB", (64, 64))])
    assert 1 <= most_open() <= 2


def test_the_probe_is_in_doubt_about_what_it_never_saw(samples, describe) -> None:
    judge = load_judge({"attribute": "probe", "samples": samples})
    image = Image.new("RGB", (64, 64))
    assert judge.are_present([describe(attribute="scene:car park")], [image]) == [None]
    assert judge.are_present([], []) == []


def test_the_model_is_asked_in_words_and_in_doubt_where_it_does_not_say(tmp_path, describe) -> None:
    asked = []

    def answer(request: Request) -> Response:
        content = request.get_json()["messages"][0]["content"]
        asked.append(content[1]["text"])
        assert content[0]["image_url"]["url"].startswith("data:image/png;base64,")
        replies = ["Yes, it does.", "no", "It is hard to say."]
        message = {"role": "assistant", "content": replies[len(asked) - 1]}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        body = {"id": "1", "object": "chat.completion", "created": 0, "model": "m"}
        return Response(json.dumps({**body, "choices": [choice]}), content_type="application/json")

    with HTTPServer(host="127.0.0.1") as http:
        http.expect_request("/v1/chat/completions").respond_with_handler(answer)
        server = Server(
            model="m",
            base_url=http.url_for("/v1"),
            store=str(tmp_path / "replies.sqlite"),
            concurrency=1,
        )
        spec = ModelSpec("judge", server=server).as_params()
        judge = load_judge({"attribute": "lvlm", "attribute_spec": spec})
        images = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
        wanted = [describe(attribute="background:tall_grass")] * 3
        assert judge.are_present(wanted, images) == [True, False, None]
    assert asked[0].endswith("background: tall grass")
    assert "core" not in asked[0]


def test_an_attribute_is_put_into_words() -> None:
    assert words_of("border:teal-frame") == "border: teal frame"
    assert words_of("a red bus") == "a red bus"


def test_clip_compares_both_descriptions(tmp_path: Path, describe) -> None:
    """A tiny random CLIP model: its verdict is the softmax of its own logits."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor

    spec = spec_from_file_location("pipelines", Path(__file__).with_name("pipelines.py"))
    assert spec is not None
    assert spec.loader is not None
    pipelines = module_from_spec(spec)
    spec.loader.exec_module(pipelines)
    torch.manual_seed(0)
    text = pipelines._clip_encoder().config.to_dict()
    sizes = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2}
    vision = {**sizes, "num_attention_heads": 4, "image_size": 32, "patch_size": 8}
    config = CLIPConfig(text_config=text, vision_config=vision, projection_dim=32)
    CLIPModel(config).save_pretrained(tmp_path)
    size = {"size": {"shortest_edge": 32}, "crop_size": {"height": 32, "width": 32}}
    tokenizer = pipelines._clip_tokenizer(tmp_path / "files")
    CLIPProcessor(CLIPImageProcessor(**size), tokenizer).save_pretrained(tmp_path)

    known = {"attribute": "clip", "clip_checkpoint": str(tmp_path), "clip_revision": None}
    image = Image.new("RGB", (40, 30), "tan")
    wanted = describe(spurious_text="a key in a teal frame")
    model, processor = (
        CLIPModel.from_pretrained(tmp_path).eval(),
        CLIPProcessor.from_pretrained(tmp_path),
    )
    texts = [wanted.spurious_text, wanted.core_text]
    with torch.inference_mode():
        prepared = processor(text=texts, images=[image], return_tensors="pt", padding=True)
        share = float(model(**prepared).logits_per_image.softmax(1)[0, 0])
    for threshold in (share - 0.001, share + 0.001):
        judge = load_judge({**known, "clip_threshold": threshold})
        assert judge.are_present([wanted] * 2, [image] * 2) == [threshold < share] * 2


def test_a_checkpoint_that_is_no_clip_model_is_a_sentence(tmp_path: Path) -> None:
    known = {"attribute": "clip", "clip_checkpoint": str(tmp_path), "clip_revision": None}
    with pytest.raises(Problem, match="There is no CLIP model"):
        load_judge({**known, "clip_threshold": 0.5})


def test_an_unknown_judge_is_a_sentence() -> None:
    with pytest.raises(Problem, match="no judge of attributes 'oracle'; use one of probe, lvlm"):
        load_judge({"attribute": "oracle"})
