"""Where a model hands its image to its language model, found from its module tree."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from spuriverse.problems import Problem

if TYPE_CHECKING:
    import torch

PROJECTORS = (
    *("multi_modal_projector", "connector", "merger", "mm_projector", "projector", "aligner"),
    *("perceiver_resampler", "embed_vision"),
)
"""What the architectures of transformers call the module between vision tower and language model:
LLaVA, Mllama, Gemma 3, PaliGemma and InternVL the first, Idefics and SmolVLM the second, Qwen-VL
the third."""

Change = Callable[["torch.Tensor"], "torch.Tensor"]
"""Takes what the projector makes of one image, (tokens, width), and returns the same shape."""


def find_projector(model: Any) -> str:
    """Return the name of the module whose output the language model is given of an image.

    Args:
        model: A model of transformers, whatever its family, with or without an adapter.

    Raises:
        Problem: The module tree holds no such module, or several.
    """
    names = [name for name, _ in model.named_modules() if name.split(".")[-1] in PROJECTORS]
    depth = min((name.count(".") for name in names), default=0)
    outermost = [name for name in names if name.count(".") == depth]
    if len(outermost) != 1:
        found = ", ".join(outermost) or "none"
        raise Problem(
            f"{type(model).__name__} has no single module between its vision tower and its language"
            f" model (found: {found}; looked for: {', '.join(PROJECTORS)}); add the architecture's"
            " name to spuriverse.models.projector, or leave the projection out."
        )
    return outermost[0]


@contextmanager
def changed_images(model: Any, change: Change) -> Iterator[None]:
    """Change what the language model is given of every image, as long as the block lasts.

    An image that the model splits into tiles is changed tile by tile.

    Args:
        model: A model of transformers.
        change: Called with the output of the projector for one image or tile.

    Raises:
        Problem: As in `find_projector`.
    """
    name = find_projector(model)
    owner = model.get_submodule(name.rpartition(".")[0])
    # Models that read images of any size run them through the projector in one row, and only
    # their vision tower is told where one ends.
    grids: list[Any] = []

    def remember(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given = inspect.signature(module.forward).bind_partial(*args, **kwargs).arguments
        grids[:] = [value for key, value in given.items() if key.endswith("grid_thw")]

    def replace(module: Any, args: Any, output: Any) -> Any:
        import torch

        sizes = _tokens_per_image(output, grids)
        parts = output.reshape(-1, output.shape[-1]).split(sizes)
        return torch.cat([change(part) for part in parts]).reshape(output.shape)

    handles = [
        owner.register_forward_pre_hook(remember, with_kwargs=True),
        model.get_submodule(name).register_forward_hook(replace),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _tokens_per_image(output: "torch.Tensor", grids: list[Any]) -> list[int]:
    """How many tokens each image or tile has; several patches of a grid may become one token."""
    if output.ndim > 2:
        return [output.shape[-2]] * (output.shape[:-1].numel() // output.shape[-2])
    if not grids or grids[0] is None:
        return [len(output)]
    patches = [int(grid.prod()) for grid in grids[0]]
    return [len(output) * n // sum(patches) for n in patches]
