"""What the jobs of a model ask of a machine."""

from typing import Any

from spuriverse.config import parse_config

SERVE = {"command": "server --port {port}", "billions": 30}
MODELS: list[dict[str, Any]] = [
    {"name": "gpt", "backend": "openai", "model": "gpt"},
    {"name": "served", "backend": "openai", "model": "s", "api_key_env": None, "serve": SERVE},
    {"name": "llava", "backend": "transformers", "checkpoint": "llava", "billions": 7},
]
CONFIG = parse_config({"models": MODELS, "evaluation": {"threads": 3}})


def test_an_open_model_gets_the_row_of_its_size() -> None:
    row = CONFIG.cluster.size_of(7)
    assert CONFIG.size_of("llava") == row
    assert CONFIG.gpus_of("llava") == row.gpu > 0
    assert CONFIG.threads_of("llava") == row.cpus


def test_a_tiny_model_needs_no_gpu_and_takes_the_threads_of_evaluation() -> None:
    assert CONFIG.gpus_of("biased-0") == 0
    assert CONFIG.threads_of("biased-0") == 3


def test_a_model_behind_a_server_needs_one_thread_here() -> None:
    for name in ("gpt", "served"):
        assert CONFIG.gpus_of(name) == 0
        assert CONFIG.threads_of(name) == 1


def test_evaluation_keeps_the_gpus_of_a_server_it_starts_busy() -> None:
    assert CONFIG.evaluation_gpus("gpt") == 0
    assert CONFIG.evaluation_gpus("served") == CONFIG.cluster.size_of(30).gpu > 0
    assert CONFIG.evaluation_gpus("llava") == CONFIG.gpus_of("llava")
    assert CONFIG.serving_of("llava") is None


def test_only_an_open_pipeline_makes_images_on_a_gpu() -> None:
    def gpus(backend: str, **settings: Any) -> int:
        section = {"backend": backend, "pairs": "independent", **settings}
        return parse_config({"synthesis": section}).image_gpus

    assert gpus("remote", remote={"model": "ultra"}) == 0
    assert gpus("diffusers", diffusers={"checkpoint": "p", "device": "cpu", "billions": 12}) == 0
    assert gpus("diffusers", diffusers={"checkpoint": "p", "device": "cuda", "billions": 12}) > 0
