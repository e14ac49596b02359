"""Average LoRA adapters exactly."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from spuriverse.problems import Problem


def average_adapters(folders: Sequence[Path], folder: Path) -> None:
    """Write the adapter whose change of every weight is the mean of the changes of several.

    The mean of products of two matrices is not the product of their means: the matrices are
    stacked instead, which multiplies the rank by the number of adapters and is exact.

    Args:
        folders: Adapters of one base model with the same targets, rank and alpha.
        folder: Where the result goes; must exist.

    Raises:
        Problem: The adapters do not fit together.
    """
    import torch
    from safetensors.torch import load_file, save_file

    settings = [json.loads((f / "adapter_config.json").read_text("utf-8")) for f in folders]
    weights = [load_file(f / "adapter_model.safetensors") for f in folders]
    shapes = [{key: value.shape for key, value in one.items()} for one in weights]
    if any(s["lora_alpha"] != settings[0]["lora_alpha"] for s in settings) or any(
        shape != shapes[0] for shape in shapes
    ):
        raise Problem(
            f"The adapters {', '.join(map(str, folders))} differ in rank, alpha or targets and"
            " cannot be averaged; train them with the same settings."
        )
    n = len(folders)
    stacked = {
        key: torch.cat([one[key] for one in weights], 0)
        if ".lora_A." in key
        else torch.cat([one[key] / n for one in weights], 1)
        for key in weights[0]
    }
    # The update is scaled by alpha / r, which stays what it was.
    settings[0]["r"] *= n
    settings[0]["lora_alpha"] *= n
    shutil.copytree(folders[0], folder, dirs_exist_ok=True)
    whole = {key: value.contiguous() for key, value in stacked.items()}
    save_file(whole, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps(settings[0], indent=2), "utf-8")
