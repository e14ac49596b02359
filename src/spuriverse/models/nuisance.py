"""The directions in which an attribute moves what a language model is given of an image."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from spuriverse.models.local import LocalModel
from spuriverse.models.projector import changed_images
from spuriverse.problems import Problem
from spuriverse.questions import open_image

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

_AT_ONCE = 32


@dataclass(frozen=True)
class NuisanceProjection:
    """A subspace of whole images, and where images without the attributes lie in it.

    Attributes:
        directions: Shape (rank, tokens x width), orthonormal rows.
        centre: Shape (tokens x width), the mean image without the attributes.
        strength: Share of the way to the centre; 0 changes nothing, 1 is a projection.
    """

    directions: "torch.Tensor"
    centre: "torch.Tensor"
    strength: float = 1.0

    def __call__(self, image: "torch.Tensor") -> "torch.Tensor":
        """Return an image with its components along the directions set to those of the centre.

        Args:
            image: What the projector makes of it, shape (tokens, width). One with another number of
                tokens than the pairs had is returned as it is.
        """
        if image.numel() != self.centre.numel() or not len(self.directions) or not self.strength:
            return image
        flat = image.reshape(-1).float()
        directions = self.directions.to(flat)
        away = directions @ (flat - self.centre.to(flat))
        moved = flat - self.strength * (away @ directions)
        return moved.to(image.dtype).reshape(image.shape)


def fit_projection(
    model: LocalModel,
    spurious: Sequence[str | Path],
    core: Sequence[str | Path],
    *,
    rank: int,
    strength: float = 1.0,
) -> NuisanceProjection:
    """Find the directions in which the images of minimal pairs differ most.

    They are the first right singular vectors of the differences of the projector's output, all
    tokens of an image side by side: what an attribute changes, it changes at several places at
    once. (Token by token the same does much worse in the embedded world.) The differences are not
    centred: their mean is what the attributes have in common.

    Args:
        model: The model whose images are to be changed; an adapter on it counts.
        spurious: Paths of n images with an attribute.
        core: Paths of the same images without it, in the same order.
        rank: Number of directions, at most n.
        strength: As in `NuisanceProjection`.

    Raises:
        Problem: There are too few pairs whose images become equally many tokens, or as in
            `find_projector`.
    """
    import torch

    by_size: dict[int, list[torch.Tensor]] = {}
    sums: dict[int, torch.Tensor] = {}
    for start in range(0, len(spurious), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        for shown, bare in _both_features(model, spurious[part], core[part]):
            size = bare.numel()
            by_size.setdefault(size, []).append(shown - bare)
            sums[size] = sums[size] + bare if size in sums else bare
    size = max(by_size, key=lambda size: len(by_size[size]), default=0)
    differences = by_size.get(size, [])
    if len(differences) < max(1, rank):
        raise Problem(
            f"{len(differences)} of {len(spurious)} minimal pairs become equally many tokens in"
            f" {model.name}, and a projection of rank {rank} needs at least {max(1, rank)}; give"
            " more pairs, pictures of one size, or a lower rank."
        )
    centre = sums[size] / len(differences)
    return NuisanceProjection(_leading(torch.stack(differences), rank), centre, strength)


def _both_features(
    model: LocalModel, spurious: Sequence[str | Path], core: Sequence[str | Path]
) -> list[tuple["torch.Tensor", "torch.Tensor"]]:
    """The features of both images of every pair, or of their tiles, flattened.

    A pair with an image that cannot be opened, or whose images become unlike many tokens, is left
    out.
    """
    opened = []
    for pair in zip(spurious, core, strict=True):
        try:
            opened.append([open_image(path) for path in pair])
        except Problem as problem:
            log.warning("A minimal pair is left out: %s", problem)
    if not opened:
        return []
    features = [_image_features(model, images) for images in zip(*opened, strict=True)]
    if len(features[0]) != len(features[1]):
        log.warning("%d minimal pairs are left out: their images differ in size", len(opened))
        return []
    pairs = zip(*features, strict=True)
    return [(shown, bare) for shown, bare in pairs if shown.numel() == bare.numel()]


def _leading(rows: "torch.Tensor", rank: int) -> "torch.Tensor":
    """The first right singular vectors, by the smaller of the two Gram matrices."""
    import torch

    if rank == 0:
        return rows[:0]
    gram = (rows @ rows.T).double()
    _, vectors = torch.linalg.eigh(gram)
    leading = (vectors.flip(1)[:, :rank].T.to(rows.dtype)) @ rows
    # Directions along which no pair differs are none; the rest are made orthonormal exactly.
    lengths = leading.norm(dim=1)
    leading = leading[lengths > 1e-6 * lengths.max()] if lengths.max() > 0 else leading[:0]
    return torch.linalg.qr(leading.T)[0].T.contiguous() if len(leading) else leading


def _image_features(model: LocalModel, images: Sequence[Image.Image]) -> list["torch.Tensor"]:
    """The projector's output for every image or tile, in order, flattened and on the CPU."""
    import torch

    seen: list[torch.Tensor] = []

    def look(image: "torch.Tensor") -> "torch.Tensor":
        seen.append(image.detach().float().cpu().reshape(-1))
        return image

    inputs = model.encode(images, [model.wrap("")] * len(images))
    with changed_images(model.model, look), torch.inference_mode():
        model.model(**inputs, logits_to_keep=1)
    return seen
