"""LoRA adapters: how one is put on a model and taken off again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from spuriverse.finetuning.targets import Targets
from spuriverse.models import LocalModel, load_adapter


def attach_adapter(model: Any, targets: Targets, *, rank: int, alpha: int, dropout: float) -> Any:
    """Return the model with a fresh LoRA adapter on the target modules.

    Args:
        model: A model of transformers; its own weights are frozen.
        targets: Of this model, as `find_targets` returns them.
        rank: LoRA r.
        alpha: LoRA alpha; the update is scaled by alpha / r.
        dropout: LoRA dropout.
    """
    from peft import LoraConfig, get_peft_model

    settings = LoraConfig(
        r=rank,
        lora_alpha=alpha,
        lora_dropout=dropout,
        target_modules=targets.pattern,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, settings)


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
def attached_adapter(
    base: LocalModel, folder: Path, *, scale: float = 1.0, merged: bool = False
) -> Iterator[LocalModel]:
    """Let the base model answer with a saved adapter as long as the block lasts.

    Args:
        base: The model the adapter was trained on.
        folder: As `finetune_adapter` wrote it.
        scale: Factor of the adapter's change of the weights; 0 is the base model, 1 the
            fine-tuned one.
        merged: Whether the change is added to the weights meanwhile. A tiny model answers in two
            thirds of the time, scores differ in their last digits, and the adapter cannot be
            switched off.

    Yields:
        The base model itself, which has the adapter on it.

    Raises:
        Problem: The folder holds no whole adapter, or one of another base model.
    """
    from peft.tuners.lora import LoraLayer

    model = load_adapter(base.model, folder)
    layers = [module for module in model.modules() if isinstance(module, LoraLayer)]
    for layer in layers:
        layer.scale_layer(scale)
    model.eval()
    with _merged(layers) if merged else nullcontext():
        try:
            yield base
        finally:
            detach_adapter(base, model)


@contextmanager
def _merged(layers: Sequence[Any]) -> Iterator[None]:
    """Adapters within their layers' weights, which are afterwards what they were, to the bit."""
    weights = [layer.get_base_layer().weight for layer in layers]
    kept = [weight.data.clone() for weight in weights]
    for layer in layers:
        layer.merge()
    try:
        yield
    finally:
        for weight, values in zip(weights, kept, strict=True):
            weight.data = values
