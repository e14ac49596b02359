"""The mitigations: every module of this folder is one, and is found by itself."""

import importlib
import pkgutil

from spuriverse.finetuning.mitigations.method import Method


def _find_methods() -> dict[str, Method]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    methods = [importlib.import_module(f"{__name__}.{name}").METHOD for name in names]
    return {method.name: method for method in methods}


METHODS: dict[str, Method] = _find_methods()
"""Name of a mitigation -> the mitigation, in alphabetical order of the modules."""
