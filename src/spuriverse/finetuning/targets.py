"""Which modules of a vision-language model get an adapter, found from its module tree."""

import re
from dataclasses import dataclass
from typing import Any

from spuriverse.problems import Problem

_LANGUAGE = r"(?:^|\.)(?:language_model|text_model)\.(?:.+\.)?layers\.\d+\."
_VISION = r"(?:^|\.)(?:vision_tower|vision_model|visual)\.(?:.+\.)?(?:layers?|blocks)\.\d+\."

TOWERS: dict[str, tuple[str, ...]] = {
    "language": (_LANGUAGE,),
    "vision": (_VISION,),
    "both": (_LANGUAGE, _VISION),
}
"""Value of `finetuning.layers` -> where the layers of these towers are, in the names that the
architectures of transformers give them. Embeddings, the projector between the towers and the head
of the vocabulary keep their weights."""

_LAYER = re.compile(r"^(?P<stem>.+\.)(?P<index>\d+)\.(?P<leaf>.+)$")


@dataclass(frozen=True)
class Targets:
    """Modules that get an adapter.

    Attributes:
        pattern: Regular expression that matches their names and no others, as peft takes it.
        modules: Their names.
    """

    pattern: str
    modules: tuple[str, ...]


def find_targets(model: Any, layers: str) -> Targets:
    """Find the linear modules in the layers of one tower or of both.

    Layers of the vision tower above the one whose features the model takes (LLaVA's
    `vision_feature_layer`) are left out: they would never get a gradient.

    Args:
        model: A model of transformers, whatever its family.
        layers: A key of `TOWERS`.

    Raises:
        Problem: `layers` is unknown, or the model has no such layers.
    """
    from torch.nn import Linear

    if layers not in TOWERS:
        raise Problem(f"finetuning.layers is '{layers}'; known are {', '.join(TOWERS)}.")
    linear = [name for name, module in model.named_modules() if isinstance(module, Linear)]
    unused = _unused(model, linear)
    chosen: list[str] = []
    for tower in TOWERS[layers]:
        inside = [name for name in linear if re.search(tower, name) and name not in unused]
        if not inside:
            raise Problem(
                f"{type(model).__name__} has no linear layers where finetuning.layers '{layers}'"
                " looks for them (language_model or text_model; vision_tower, vision_model or"
                " visual); choose other layers, or add the architecture's names to"
                " spuriverse.finetuning.targets."
            )
        chosen += inside
    return Targets(_pattern(chosen, linear), tuple(chosen))


def _unused(model: Any, linear: list[str]) -> set[str]:
    """Vision layers whose output the model never reads."""
    taken = getattr(getattr(model, "config", None), "vision_feature_layer", None)
    indices = {n: int(m["index"]) for n in linear if re.search(_VISION, n) and (m := _layer(n))}
    if taken is None or not indices:
        return set()
    depth = max(indices.values()) + 1
    last = max(i if i >= 0 else depth + 1 + i for i in (taken if _is_list(taken) else [taken]))
    return {name for name, index in indices.items() if index >= last}


def _pattern(chosen: list[str], linear: list[str]) -> str:
    """One alternative for each stack of layers; the indices only where not all are chosen."""
    stacks: dict[str, tuple[set[str], set[str]]] = {}
    for name in chosen:
        if match := _layer(name):
            indices, leaves = stacks.setdefault(match["stem"], (set(), set()))
            indices.add(match["index"])
            leaves.add(match["leaf"])
    there = {(m["stem"], m["index"]) for name in linear if (m := _layer(name))}
    parts = []
    for stem, (indices, leaves) in stacks.items():
        whole = indices == {index for other, index in there if other == stem}
        number = r"\d+" if whole else f"({'|'.join(sorted(indices, key=int))})"
        parts.append(f"{re.escape(stem)}{number}\\.({'|'.join(map(re.escape, sorted(leaves)))})")
    return "|".join(parts)


def _layer(name: str) -> re.Match[str] | None:
    return _LAYER.match(name)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)
