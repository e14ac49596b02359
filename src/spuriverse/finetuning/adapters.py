"""Which modules of a vision-language model get a LoRA adapter."""

from typing import Any

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
