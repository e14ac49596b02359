"""The attention heads of a language tower: find them, watch what they add, and remove them."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

_OUTPUT = re.compile(r"\.layers\.(\d+)\.self_attn\.o_proj$")
_VISION = re.compile(r"vision|visual")


@dataclass(frozen=True)
class Head:
    """One head: its layer's output projection takes `width` numbers of it, from `start` on.

    Attributes:
        module: Name of the output projection in the model.
        layer: From 0.
        number: Within the layer, from 0.
        start: Its first column.
        width: Its columns.
    """

    module: str
    layer: int
    number: int
    start: int
    width: int

    def __str__(self) -> str:
        return f"{self.layer}.{self.number}"


def find_heads(model: Any) -> list[Head]:
    """Return the heads of the language tower, layer by layer; none if it is built in another way.

    Args:
        model: A model of transformers whose decoder layers have `self_attn.o_proj`.
    """
    count = getattr(model.config.get_text_config(), "num_attention_heads", 0)
    found = []
    for name, module in model.named_modules():
        place = _OUTPUT.search(name)
        if not place or _VISION.search(name) or not count:
            continue
        width = module.in_features // count
        found += [
            Head(name, int(place[1]), number, number * width, width) for number in range(count)
        ]
    return found


@contextmanager
def without_head(model: Any, head: Head) -> Iterator[None]:
    """Let a head add nothing as long as the block lasts."""

    def remove(module: Any, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        changed = inputs[0].clone()
        changed[..., head.start : head.start + head.width] = 0
        return (changed, *inputs[1:])

    handle = model.get_submodule(head.module).register_forward_pre_hook(remove)
    try:
        yield
    finally:
        handle.remove()


@contextmanager
def recorded_salience(model: Any, heads: Sequence[Head]) -> Iterator[dict[Head, float]]:
    """Record how much of what its layer's heads make is each head's, where a pass ends.

    Args:
        model: The model.
        heads: Those to record.

    Yields:
        Head -> the norm of its numbers at the last position divided by that of all heads of its
        layer, mean over rows and passes; filled when the block ends.
    """
    sums, passes = dict.fromkeys(heads, 0.0), dict.fromkeys(heads, 0)
    salience: dict[Head, float] = {}
    with ExitStack() as hooks:
        for name in dict.fromkeys(head.module for head in heads):
            mine = [head for head in heads if head.module == name]

            def record(module: Any, inputs: tuple[Any, ...], mine: Sequence[Head] = mine) -> None:
                last = inputs[0][:, -1].detach().float()
                whole = last.norm(dim=-1).clamp(min=1e-12)
                for head in mine:
                    part = last[:, head.start : head.start + head.width].norm(dim=-1)
                    sums[head] += float((part / whole).sum())
                    passes[head] += len(last)

            handle = model.get_submodule(name).register_forward_pre_hook(record)
            hooks.callback(handle.remove)
        yield salience
    salience.update({head: sums[head] / max(1, passes[head]) for head in heads})
