"""What cannot be loaded as asked is one sentence that says what to do."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest

from spuriverse.models import load_model
from spuriverse.problems import Problem


class Stopped(Exception):
    """Raised in place of loading, with what would have been loaded how."""


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(checkpoint: Any, **settings: Any) -> None:
        raise Stopped(checkpoint, settings)

    monkeypatch.setattr("transformers.AutoModelForImageTextToText.from_pretrained", stop)


def sentence(problem: pytest.ExceptionInfo) -> str:
    text = str(problem.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


# --- checkpoints of the Hub -------------------------------------------------------------------


def test_a_checkpoint_of_the_hub_is_asked_for_with_revision_and_token(
    stopped: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "hf_secret")
    with pytest.raises(Stopped) as asked:
        load_model("owner/name-7b", revision="abc", token_env="MY_TOKEN")
    checkpoint, settings = asked.value.args
    assert checkpoint == "owner/name-7b"
    assert settings["revision"] == "abc"
    assert settings["token"] == "hf_secret"


def test_a_checkpoint_out_of_reach_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(Problem) as problem:
        load_model("nobody/nothing", revision="v1")
    message = sentence(problem)
    assert "nobody/nothing at revision v1" in message
    assert "hf download nobody/nothing" in message
    assert "HF_TOKEN" in message
    assert "hf_secret" not in message


def test_a_gated_checkpoint_is_a_problem_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from huggingface_hub.errors import GatedRepoError

    def refuse(*_: Any, **__: Any) -> None:
        try:
            raise GatedRepoError(
                "403 Client Error", response=SimpleNamespace(headers={}, request=None)
            )
        except GatedRepoError as error:
            raise OSError("You are trying to access a gated repo.\nMore") from error

    monkeypatch.setattr("transformers.AutoModelForImageTextToText.from_pretrained", refuse)
    with pytest.raises(Problem) as problem:
        load_model("owner/gated", token_env="MY_TOKEN")
    message = sentence(problem)
    assert "MY_TOKEN" in message
    assert "https://huggingface.co/owner/gated" in message


def test_a_missing_folder_is_not_looked_for_on_the_hub(
    stopped: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "zoo").mkdir()
    monkeypatch.chdir(tmp_path)
    for folder in ("zoo/base", "no/such/folder", "./zoo2/base", "base", Path("zoo2/base")):
        with pytest.raises(Problem, match="There is no model folder"):
            load_model(folder)


def test_a_missing_package_is_a_problem(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ImportError("Package `num2words` is required.\nMore")

    monkeypatch.setattr("transformers.AutoProcessor.from_pretrained", fail)
    with pytest.raises(Problem) as problem:
        load_model(tiny_folder)
    assert "num2words" in sentence(problem)


# --- where and how exact ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gpus", "device", "placed"),
    [
        (0, "auto", None),
        (1, "auto", "cuda"),
        (1, "cpu", None),
        (1, "cuda", "cuda"),
        (4, "auto", "auto"),
    ],
)
def test_the_model_goes_to_the_gpus_there_are(
    stopped: None,
    tiny_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    gpus: int,
    device: Any,
    placed: str | None,
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: gpus)
    with pytest.raises(Stopped) as asked:
        load_model(tiny_folder, device=device)
    assert asked.value.args[1].get("device_map") == placed


def test_four_bits_are_asked_of_bitsandbytes(
    stopped: None, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda emulated: True)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    with pytest.raises(Stopped) as asked:
        load_model(tiny_folder, quantisation="4-bit", dtype="auto")
    assert asked.value.args[1]["quantization_config"].load_in_4bit
    assert asked.value.args[1]["dtype"] == "auto"


def test_what_this_machine_cannot_do_is_a_problem(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    with pytest.raises(Problem) as problem:
        load_model(tiny_folder, device="cuda")
    assert "device: cuda" in sentence(problem)
    with pytest.raises(Problem) as problem:
        load_model(tiny_folder, quantisation="4-bit")
    assert "4 bits, which needs a CUDA GPU" in sentence(problem)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    with pytest.raises(Problem) as problem:
        load_model(tiny_folder, quantisation="4-bit", device="cpu")
    assert "needs a CUDA GPU" in sentence(problem)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Problem) as problem:
        load_model(tiny_folder, quantisation="4-bit")
    assert "bitsandbytes" in sentence(problem)


@pytest.mark.parametrize("dtype", ["auto", "bfloat16", "float16"])
def test_a_cpu_computes_in_float32_whatever_is_asked_for(
    tiny_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    dtype: Literal["auto", "bfloat16", "float16"],
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    assert str(load_model(tiny_folder, dtype=dtype).model.dtype) == "torch.float32"


# --- kernels of attention ---------------------------------------------------------------------


def test_a_kernel_that_is_there_is_taken(tiny_folder: Path) -> None:
    model = load_model(tiny_folder, attention="eager")
    assert model.model.config._attn_implementation == "eager"
    chosen = load_model(tiny_folder).model.config._attn_implementation
    assert chosen == "sdpa"


def test_flash_attention_without_a_gpu_is_replaced_and_said(
    tiny_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = load_model(tiny_folder, attention="flash_attention_2", device="cpu")
    assert model.model.config._attn_implementation == "sdpa"
    assert "flash_attention_2 (there is no GPU); transformers chooses another" in caplog.text


def test_a_kernel_that_the_architecture_lacks_is_replaced_and_said(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kind = "transformers.AutoModelForImageTextToText.from_pretrained"
    from transformers import AutoModelForImageTextToText

    load = AutoModelForImageTextToText.from_pretrained

    def refuse(checkpoint: Any, **settings: Any) -> Any:
        if "attn_implementation" in settings:
            raise ValueError(
                "Tiny does not support an attention implementation through sdpa.\nMore"
            )
        return load(checkpoint, **settings)

    monkeypatch.setattr(kind, refuse)
    assert load_model(tiny_folder, attention="sdpa").model is not None
    assert "kernel sdpa (Tiny does not support" in caplog.text
