"""Find a text-to-image checkpoint, and load the pipelines that draw and edit."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spuriverse.cpu import number_format
from spuriverse.problems import Problem

_WAYS = {"inpainting": "AutoPipelineForInpainting", "image_to_image": "AutoPipelineForImage2Image"}


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint on the disk.

    Attributes:
        name: As the configuration names it.
        folder: Where it lies.
        revision: The commit on the Hub, or the digest of the folder's files.
    """

    name: str
    folder: Path
    revision: str


def find_checkpoint(name: str, revision: str | None) -> Checkpoint:
    """Find a checkpoint, and fetch it if it is on the Hub.

    Args:
        name: Its folder, or its name on the Hub.
        revision: Commit, tag or branch on the Hub; None for its main branch.

    Raises:
        Problem: There is none.
    """
    if Path(name).is_dir():
        return Checkpoint(name, Path(name), f"sha256:{_digest_of_files(Path(name))}")
    from diffusers import DiffusionPipeline

    try:
        folder = DiffusionPipeline.download(name, revision=revision, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise Problem(
            f"There is no checkpoint '{name}' to make images with: it is not a folder, and"
            f" the Hub does not provide it ({_first_line(error)}); correct"
            " synthesis.diffusers.checkpoint, or set HF_TOKEN if it needs a token."
        ) from error
    return Checkpoint(name, Path(folder), Path(folder).name)


def load_pipelines(
    checkpoint: Checkpoint, *, editing: str | None, dtype: str, device: str, cpu_offload: bool
) -> tuple[Any, Any]:
    """Load the pipeline that draws and, over the same weights, the one that edits.

    Args:
        checkpoint: The checkpoint.
        editing: "inpainting" or "image_to_image"; None for no editing.
        dtype: Number format of the weights on a GPU; "auto" is bfloat16. A CPU computes in float32.
        device: "cpu", "cuda", or "auto".
        cpu_offload: Whether parts that are not in use are kept in main memory.

    Returns:
        Both pipelines; the second is None without editing.

    Raises:
        Problem: It makes no images of texts, lacks the kind of editing, or there is no GPU.
    """
    import diffusers
    import torch

    gpu = torch.cuda.is_available() and device != "cpu"
    if not gpu and (cpu_offload or device == "cuda"):
        key = "cpu_offload" if cpu_offload else "device cuda"
        raise Problem(f"synthesis.diffusers.{key} needs a GPU, and there is none.")
    weights = number_format("bfloat16" if gpu and dtype == "auto" else dtype, gpu)
    try:
        draw = diffusers.AutoPipelineForText2Image.from_pretrained(
            checkpoint.folder, dtype=weights, use_safetensors=True, local_files_only=True
        )
    except (OSError, ValueError, AttributeError) as error:
        raise Problem(
            f"The checkpoint {checkpoint.name} cannot be loaded to make images from text"
            f" ({_first_line(error)}); name a text-to-image checkpoint in safetensors format."
        ) from error
    edit = _editing_pipeline(checkpoint, draw, editing) if editing else None
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    for pipeline in filter(None, (draw, edit)):
        pipeline.set_progress_bar_config(disable=True)
        if cpu_offload:
            pipeline.enable_model_cpu_offload()
        elif gpu:
            pipeline.to("cuda")
    return draw, edit


def _editing_pipeline(checkpoint: Checkpoint, draw: Any, editing: str) -> Any:
    import diffusers

    try:
        return getattr(diffusers, _WAYS[editing]).from_pipe(draw)
    except (ValueError, AttributeError) as error:
        other = next(way for way in _WAYS if way != editing)
        raise Problem(
            f"The checkpoint {checkpoint.name} cannot be used for {editing}, as its pipeline"
            f" {type(draw).__name__} has no such variant; set synthesis.diffusers.editing to"
            f" {other}, set pairs to independent, or name another checkpoint."
        ) from error


def _digest_of_files(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\n".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
