"""Who makes the images: one module per backend, each with a function `load`."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from spuriverse.discovery.synthesis.backends.interface import (
    GROUPS,
    Backend,
    Description,
    Group,
    Picture,
    Refusal,
)
from spuriverse.problems import Problem

BACKENDS = {
    "world": "world",
    "diffusers": "open_pipeline",
    "remote": "remote",
    "paste": "paste",
    "composites": "composites",
}
"""Name in the configuration -> module; the package diffusers has taken its own name."""


def load_backend(settings: Mapping[str, Any]) -> Backend:
    """Return who makes images as the settings say.

    Args:
        settings: Key backend, a key of `BACKENDS`; the others as the module's `load` takes them.

    Raises:
        Problem: There is no such backend, or it cannot be used as the settings say.
    """
    name = settings["backend"]
    if name not in BACKENDS:
        raise Problem(f"There is no image backend '{name}'; use one of {', '.join(BACKENDS)}.")
    module = import_module(f"{__name__}.{BACKENDS[name]}")
    backend: Backend = module.load(**{k: v for k, v in settings.items() if k != "backend"})
    return backend


__all__ = [
    "BACKENDS",
    "GROUPS",
    "Backend",
    "Description",
    "Group",
    "Picture",
    "Refusal",
    "load_backend",
]
