"""Who says whether an image shows an attribute: one module per judge, each with `load`."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from spuriverse.discovery.synthesis.judges.interface import Judge
from spuriverse.problems import Problem

JUDGES = ("probe", "lvlm", "clip")


def load_judge(settings: Mapping[str, Any]) -> Judge:
    """Return the judge that `settings["attribute"]` names; its `load` takes the settings.

    Raises:
        Problem: There is no such judge, or it cannot be used as the settings say.
    """
    name = settings["attribute"]
    if name not in JUDGES:
        raise Problem(f"There is no judge of attributes '{name}'; use one of {', '.join(JUDGES)}.")
    judge: Judge = import_module(f"{__name__}.{name}").load(settings)
    return judge


__all__ = ["JUDGES", "Judge", "load_judge"]
