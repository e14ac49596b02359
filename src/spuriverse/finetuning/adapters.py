"""LoRA adapters: which modules get one, and how one is put on a model and taken off again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from spuriverse.models import LocalModel
from spuriverse.problems import Problem

_LANGUAGE = r".*language_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)$"
_VISION = r".*vision_tower.*\.(q_proj|k_proj|v_proj|out_proj|fc1|fc2)$"

TARGETS: dict[str, str] = {
    "language": _LANGUAGE,
    "vision": _VISION,
    "both": f"({_LANGUAGE}|{_VISION})",
}
"""Value of `finetuning.layers` -> regular expression over module names (LLaVA's)."""


def attach_adapter(model: Any, *, layers: str, rank: int, alpha: int, dropout: float) -> Any:
    """Return the model with fresh LoRA adapters on the linear layers of one tower or both.

    Args:
        model: A LLaVA-like model; its own weights are frozen.
        layers: A key of `TARGETS`.
        rank: LoRA r.
        alpha: LoRA alpha; the update is scaled by alpha / r.
        dropout: LoRA dropout.

    Raises:
        Problem: The model has no module that matches, or `layers` is unknown.
    """
    from peft import LoraConfig, get_peft_model

    if layers not in TARGETS:
        raise Problem(f"finetuning.layers is '{layers}'; known are {', '.join(TARGETS)}.")
    settings = LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules=TARGETS[layers],
        task_type="CAUSAL_LM",
    )
    try:
        return get_peft_model(model, settings)
    except ValueError as error:
        raise Problem(
            f"No module of {type(model).__name__} matches finetuning.layers '{layers}'; add the"
            " architecture's module names to spuriverse.finetuning.adapters."
        ) from error


def detach_adapter(base: LocalModel, model: Any, forward: Any = None) -> None:
    """Take an adapter off again, so that the base model is what it was before.

    Args:
        base: The base model.
        model: It with the adapter, as `attach_adapter` returns it.
        forward: The forward of the base model, if it had one of its own in its instance.
    """
    base.model = model.unload().eval()
    base.model.requires_grad_(False)
    # TRL's trainer gives the instance another forward.
    base.model.__dict__.pop("forward", None)
    if forward is not None:
        base.model.forward = forward


@contextmanager
def attached_adapter(base: LocalModel, folder: Path, *, scale: float = 1.0) -> Iterator[LocalModel]:
    """Let the base model answer with a saved adapter as long as the block lasts.

    Args:
        base: The model the adapter was trained on.
        folder: As `finetune_adapter` wrote it.
        scale: Factor of the adapter's change of the weights; 0 is the base model, 1 the
            fine-tuned one.

    Yields:
        The base model itself, which has the adapter on it.
    """
    from peft import PeftModel
    from peft.tuners.lora import LoraLayer

    model = PeftModel.from_pretrained(base.model, str(folder))
    for module in model.modules():
        if isinstance(module, LoraLayer):
            module.scale_layer(scale)
    model.eval()
    try:
        yield base
    finally:
        detach_adapter(base, model)
