"""Where the vision encoder of a checkpoint keeps its patches, by family.

To add a family, add a function to `TOWERS` that finds the layer and lays its patches out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spuriverse.problems import Problem

if TYPE_CHECKING:
    import torch

    Grid = Callable[["torch.Tensor"], "torch.Tensor"]


@dataclass(frozen=True)
class Tower:
    """A layer of the vision encoder whose patches reach the language model.

    Attributes:
        layer: Its output is what Grad-CAM weighs.
        to_grid: Lays that output, or its gradient, out as (images, channels, rows, columns): the
            `reshape_transform` of pytorch-grad-cam.
        rows: Rows of patches.
        columns: Columns of patches.
    """

    layer: Any
    to_grid: "Grid"
    rows: int
    columns: int


def find_tower(name: str, model: Any, inputs: dict[str, Any]) -> Tower:
    """Return the tower of a checkpoint for a batch of images of one size.

    Args:
        name: What the model is called, for messages.
        model: The checkpoint's model.
        inputs: What its processor made of the images.

    Raises:
        Problem: The family is none of `TOWERS`, or the images have different grids.
    """
    family = model.config.model_type
    if family not in TOWERS:
        raise Problem(
            f"The heat maps do not know where the vision encoder of {name} ({family}) keeps its"
            f" patches, only that of {', '.join(TOWERS)}; leave it out of explain.models or add"
            " its family to spuriverse.spubench.explain.towers."
        )
    return TOWERS[family](model, inputs)


def _llava(model: Any, inputs: dict[str, Any]) -> Tower:
    """CLIP or SigLIP: the first normalisation of the last block that is used."""
    tower, config = model.base_model.vision_tower, model.config
    used = config.vision_feature_layer
    used = used if isinstance(used, int) else max(used, key=lambda i: i % len(_hidden(tower)))
    layer = _hidden(tower).index(_block(tower, used))
    side = config.vision_config.patch_size
    rows, columns = (length // side for length in inputs["pixel_values"].shape[-2:])
    skip = int(config.vision_feature_select_strategy == "default")

    def to_grid(hidden: "torch.Tensor") -> "torch.Tensor":
        return hidden[:, skip:].transpose(1, 2).unflatten(2, (rows, columns))

    return Tower(tower.encoder.layers[layer].layer_norm1, to_grid, rows, columns)


def _hidden(tower: Any) -> list[Any]:
    return list(tower.encoder.layers)


def _block(tower: Any, used: int) -> Any:
    """The block whose output is the hidden state `used`; state 0 is what enters the first block."""
    blocks = _hidden(tower)
    return blocks[(used - 1) if used >= 0 else used]


def _qwen(model: Any, inputs: dict[str, Any]) -> Tower:
    """Qwen2-VL and 2.5: patches of all images in one row, merge block by merge block.

    Qwen2.5-VL also sorts the blocks by window, which is undone here.
    """
    import torch

    tower = model.base_model.visual
    grids = inputs["image_grid_thw"]
    if (grids != grids[0]).any():
        raise Problem(
            "Heat maps are made of images of one size at a time, and these have different grids of"
            " patches; pass images of one size."
        )
    frames, rows, columns = grids[0].tolist()
    merge = model.config.vision_config.spatial_merge_size
    order = torch.arange(len(grids) * frames * rows * columns // merge**2)
    if hasattr(tower, "window_size"):
        from transformers.vision_utils import get_vision_window_index

        window, _ = get_vision_window_index(
            grids, merge, tower.window_size, model.config.vision_config.patch_size
        )
        order = torch.argsort(window.cpu())

    def to_grid(hidden: "torch.Tensor") -> "torch.Tensor":
        blocks = hidden.unflatten(0, (-1, merge**2))[order.to(hidden.device)]
        shape = (len(grids), frames, rows // merge, columns // merge, merge, merge, -1)
        laid = blocks.reshape(shape).mean(1).permute(0, 5, 1, 3, 2, 4)
        return laid.reshape(len(grids), -1, rows, columns)

    return Tower(tower.blocks[-1].norm1, to_grid, rows, columns)


TOWERS: dict[str, Callable[[Any, dict[str, Any]], Tower]] = {
    "llava": _llava,
    "qwen2_vl": _qwen,
    "qwen2_5_vl": _qwen,
}
"""Family, as transformers calls it -> how its tower is found."""
