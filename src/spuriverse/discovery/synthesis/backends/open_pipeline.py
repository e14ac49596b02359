"""Open text-to-image checkpoints, through the automatic pipelines of diffusers.

Minimal pairs are edits: inpainting changes the region of the attribute alone, and what is outside
of it is put back to the pixel, so that the images of a pair are equal there.
"""

import hashlib
import inspect
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from spuriverse.discovery.synthesis.backends.checkpoints import find_checkpoint, load_pipelines
from spuriverse.discovery.synthesis.backends.interface import Description, Picture, Refusal
from spuriverse.discovery.synthesis.encoded import decode_image
from spuriverse.discovery.synthesis.kept import KeptImages
from spuriverse.models.remote import request_sha256
from spuriverse.problems import Problem
from spuriverse.questions import open_image
from spuriverse.tables import content_sha256

FORM = 1
"""Part of every key: raise it when the same record comes to be made in another way."""

SIDE_UNIT = 16
BLACK = (0, 0, 0)
"""Sides of images must be multiples of this many pixels."""


def load(
    *,
    checkpoint: str,
    folder: str | Path,
    revision: str | None = None,
    dtype: str = "auto",
    device: str = "auto",
    cpu_offload: bool = False,
    steps: int | None = None,
    guidance: float | None = None,
    negative_prompt: str = "",
    width: int = 1152,
    height: int = 768,
    batch_size: int = 1,
    minimal: bool = False,
    editing: str = "inpainting",
    edit_from: str = "core",
    regions: str | Path | None = None,
    strength: float = 0.9,
) -> "OpenPipeline":
    """Load a checkpoint.

    Args:
        checkpoint: Its folder, or its name on the Hub.
        folder: Where the images are kept.
        revision: Commit, tag or branch on the Hub.
        dtype: Number format of the weights on a GPU; "auto" is bfloat16. A CPU computes in float32.
        device: "cpu", "cuda", or "auto".
        cpu_offload: Whether parts that are not in use are kept in main memory.
        steps: Denoising steps; None for the pipeline's own default.
        guidance: Guidance scale; None for the pipeline's own default.
        negative_prompt: What images must not show.
        width: Width of the images, in pixels.
        height: Height of the images, in pixels.
        batch_size: Images made at once.
        minimal: Whether core and spurious images are minimal pairs.
        editing: How a minimal pair is made, "inpainting" or "image_to_image".
        edit_from: "core", to edit each core image into a spurious one, or "anchor", to edit the
            anchor's image into both.
        regions: Folder of masks <candidate>.png for inpainting, white where the attribute goes.
        strength: How far an edit may go, from 0 to 1.

    Raises:
        Problem: There is no such checkpoint, it makes no images of texts, or it lacks the kind of
            editing.
    """
    found = find_checkpoint(checkpoint, revision)
    draw, edit = load_pipelines(
        found,
        editing=editing if minimal else None,
        dtype=dtype,
        device=device,
        cpu_offload=cpu_offload,
    )
    if negative_prompt and "negative_prompt" not in _parameters(draw):
        raise Problem(f"The checkpoint {checkpoint} takes no negative_prompt; leave it empty.")
    settings = {
        "checkpoint": checkpoint,
        "revision": found.revision,
        "negative_prompt": negative_prompt,
        "scheduler": type(draw.scheduler).__name__,
        "steps": steps or _parameters(draw)["num_inference_steps"].default,
        "guidance": _parameters(draw)["guidance_scale"].default if guidance is None else guidance,
        "dtype": str(draw.dtype).removeprefix("torch."),
        "width": width,
        "height": height,
    }
    editor = None
    if minimal:
        masks = Path(regions) if regions and editing == "inpainting" else None
        editor = Editor(edit, editing, edit_from == "anchor", masks, strength)
    return OpenPipeline(draw, settings, KeptImages(folder), batch_size, editor)


@dataclass(frozen=True)
class Editor:
    """How minimal pairs are made.

    Attributes:
        pipeline: The pipeline that edits.
        editing: "inpainting" or "image_to_image".
        from_anchor: Whether the anchor's image is edited, rather than the core image.
        regions: Folder of masks; None to edit whole images.
        strength: How far an edit may go, from 0 to 1.
    """

    pipeline: Any
    editing: str
    from_anchor: bool
    regions: Path | None
    strength: float


@dataclass(frozen=True)
class _Order:
    """One image to make: all that it depends on, and the images that it starts from."""

    record: dict[str, Any]
    key: str
    source: Image.Image | None = None
    mask: Image.Image | None = None


class OpenPipeline:
    """Makes images with a checkpoint that is in memory; each is kept as soon as it is made."""

    name = "diffusers"

    def __init__(
        self,
        pipeline: Any,
        settings: Mapping[str, Any],
        kept: KeptImages,
        batch_size: int,
        editor: Editor | None,
    ) -> None:
        """Use a pipeline; see `load`."""
        # A minimal pair is two batches: the core images, and the spurious ones made of them.
        self.batch_size = batch_size if editor is None else 2 * batch_size
        self._batch = batch_size
        self._pipeline = pipeline
        self._settings = dict(settings)
        self._kept = kept
        self._editor = editor

    def make(self, descriptions: Sequence[Description]) -> list[Picture | Refusal]:
        """Make what was not made before; see `Backend`."""
        if self._editor is None:
            return self._draw(descriptions)
        if self._editor.from_anchor:
            return self._edit(descriptions, [open_image(d.anchor) for d in descriptions])
        cores = self._draw([_core_of(description) for description in descriptions])
        made = dict(enumerate(cores))
        edited = [
            i
            for i, description in enumerate(descriptions)
            if description.group == "spurious" and isinstance(cores[i], Picture)
        ]
        sources = [_decoded(cores[i]) for i in edited]
        again = self._edit([descriptions[i] for i in edited], sources)
        made.update(zip(edited, again, strict=True))
        return [made[i] for i in range(len(descriptions))]

    def _draw(self, descriptions: Sequence[Description]) -> list[Picture | Refusal]:
        return self._fill([self._order(description) for description in descriptions])

    def _edit(
        self, descriptions: Sequence[Description], sources: Sequence[Image.Image]
    ) -> list[Picture | Refusal]:
        pairs = zip(descriptions, sources, strict=True)
        return self._fill([self._edit_order(*pair) for pair in pairs])

    def _order(self, description: Description, **more: Any) -> _Order:
        record = {**self._settings, "prompt": description.text, "seed": description.seed, **more}
        return _Order(record, request_sha256({"form": FORM, **record}))

    def _edit_order(self, description: Description, source: Image.Image) -> _Order:
        assert self._editor is not None
        if self._editor.from_anchor:
            area = self._settings["width"] * self._settings["height"]
            source = source.resize(fitting_size(source.size, area), Image.Resampling.LANCZOS)
        settings: dict[str, Any] = {
            "strength": self._editor.strength,
            "source_sha256": hashlib.sha256(_encoded(source)).hexdigest(),
            "width": source.width,
            "height": source.height,
        }
        mask = None
        if self._editor.regions is not None:
            path = self._editor.regions / f"{description.candidate_id}.png"
            mask = open_mask(path).resize(source.size, Image.Resampling.NEAREST)
            settings["mask_sha256"] = hashlib.sha256(_encoded(mask)).hexdigest()
        order = self._order(description, **settings)
        return replace(order, source=source, mask=mask)

    def _fill(self, orders: Sequence[_Order]) -> list[Picture | Refusal]:
        """Make what is not kept, each once, in batches of one size."""
        missing = {order.key: order for order in orders if self._kept.get(order.key) is None}
        refused: dict[str, Refusal] = {}
        by_size = itertools.groupby(missing.values(), lambda o: o.source and o.source.size)
        for _, alike in by_size:
            for batch in _batches(alike, self._batch):
                refused |= self._make_batch(batch)
        return [refused.get(order.key) or self._picture(order) for order in orders]

    def _picture(self, order: _Order) -> Picture:
        kept = self._kept.get(order.key)
        if kept is None:
            raise Problem(f"An image that was just made is gone from {self._kept.folder}.")
        return Picture(kept.content, {**order.record, "batch": kept.record["batch"]})

    def _make_batch(self, orders: Sequence[_Order]) -> dict[str, Refusal]:
        """Make images and keep them; return those that the safety checker withheld."""
        import torch

        self._kept.require_room()
        first = orders[0]
        editing = first.source is not None and self._editor is not None
        pipeline = self._editor.pipeline if editing and self._editor else self._pipeline
        asked = {
            "prompt": [order.record["prompt"] for order in orders],
            "negative_prompt": [order.record["negative_prompt"] for order in orders],
            "num_inference_steps": first.record["steps"],
            "guidance_scale": first.record["guidance"],
            "width": first.record["width"],
            "height": first.record["height"],
            # Noise that is drawn on the CPU is the same on every device.
            "generator": [torch.Generator().manual_seed(o.record["seed"]) for o in orders],
            "image": [order.source for order in orders] if editing else None,
            "mask_image": [order.mask for order in orders] if first.mask else None,
            "strength": first.record.get("strength"),
        }
        able = _parameters(pipeline)
        if not first.record["negative_prompt"]:
            del asked["negative_prompt"]
        made = pipeline(**{k: v for k, v in asked.items() if v is not None and k in able})
        withheld = getattr(made, "nsfw_content_detected", None) or [False] * len(orders)
        refused = {}
        for order, image, filtered in zip(orders, made.images, withheld, strict=True):
            if filtered:
                reason = "the checkpoint's safety checker withheld the image"
                refused[order.key] = Refusal("filtered", reason, order.record)
            else:
                content = _encoded(_outside_as_before(image, order))
                self._kept.put(order.key, content, {**order.record, "batch": _batch_of(orders)})
        return refused


def fitting_size(size: tuple[int, int], area: int) -> tuple[int, int]:
    """Return width and height in about the same ratio, multiples of `SIDE_UNIT`, of that area."""
    scale = (area / (size[0] * size[1])) ** 0.5
    width, height = (max(SIDE_UNIT, round(s * scale / SIDE_UNIT) * SIDE_UNIT) for s in size)
    return width, height


def open_mask(path: Path) -> Image.Image:
    """Return a mask with two values: 255 where an image is to be changed.

    Raises:
        Problem: There is no mask, it is not an image, or it is black everywhere.
    """
    if not path.is_file():
        raise Problem(
            f"There is no mask {path}; draw one, white where the attribute is or should be, or set"
            " synthesis.diffusers.editing to image_to_image."
        )
    grey = open_image(path, ground=BLACK).convert("L")
    mask = grey.point(lambda value: 255 if value >= 128 else 0)
    if not mask.getbbox():
        raise Problem(f"The mask {path} is black everywhere; paint white what may change.")
    return mask


def _batch_of(orders: Sequence[_Order]) -> str:
    """Say which images were made at once; empty for one that was made alone."""
    keys = "\n".join(order.key for order in orders)
    return content_sha256(keys) if len(orders) > 1 else ""


def _core_of(description: Description) -> Description:
    if description.group == "core":
        return description
    return replace(description, group="core", text=description.core_text)


def _outside_as_before(image: Image.Image, order: _Order) -> Image.Image:
    if order.mask is None or order.source is None:
        return image
    return Image.composite(image, order.source, order.mask)


def _decoded(made: Picture | Refusal) -> Image.Image:
    image = decode_image(made.content) if isinstance(made, Picture) else None
    assert image is not None
    return image


def _encoded(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _parameters(pipeline: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(pipeline.__call__).parameters


def _batches(orders: Iterable[_Order], size: int) -> Iterable[list[_Order]]:
    rest = iter(orders)
    while batch := list(itertools.islice(rest, size)):
        yield batch
