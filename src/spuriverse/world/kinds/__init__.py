"""The kinds of spurious attribute: every module of this folder is one, found automatically."""

import importlib
import pkgutil

from spuriverse.world.canvas import Kind


def _find_kinds() -> dict[str, Kind]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    kinds = [importlib.import_module(f"{__name__}.{name}").KIND for name in names]
    return {kind.name: kind for kind in kinds}


KINDS: dict[str, Kind] = _find_kinds()
"""Name of a kind -> the kind, in alphabetical order of the modules."""
