"""The mitigations: every module of this folder is one, and is found automatically."""

import importlib
import pkgutil

from spuriverse.finetuning.mitigations.method import Method
from spuriverse.problems import Problem


def _find_methods() -> dict[str, Method]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    methods = [importlib.import_module(f"{__name__}.{name}").METHOD for name in names]
    return {method.name: method for method in methods}


METHODS: dict[str, Method] = _find_methods()
"""Name of a mitigation -> the mitigation, in alphabetical order of the modules."""


def find_method(name: str) -> Method:
    """Return the mitigation of a name.

    Raises:
        Problem: There is none.
    """
    if name not in METHODS:
        raise Problem(
            f"There is no mitigation '{name}' (finetuning.mitigations.methods); known are"
            f" {', '.join(METHODS)}."
        )
    return METHODS[name]
