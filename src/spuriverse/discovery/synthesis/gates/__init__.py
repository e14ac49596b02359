"""Gates that images pass before any model is asked: one module per gate, each with `load`."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from spuriverse.discovery.synthesis.gates.interface import PASSED, UNJUDGED, Gate, Shown

GATES = ("size", "blank", "attribute", "duplicate")
"""In the order in which images pass them: what costs most comes late, what remembers last."""


def load_gates(settings: Mapping[str, Any]) -> list[Gate]:
    """Return the gates that the settings ask for.

    Args:
        settings: The configuration's `synthesis.gates`; `aspect`, the ratio of sides that is asked
            for, or None; `samples`, the benchmarks' table; `attribute_spec`, a
            `ModelSpec.as_params` of the model that is asked about attributes, if one is.

    Raises:
        Problem: A gate cannot be used as the settings say.
    """
    modules = (import_module(f"{__name__}.{name}") for name in GATES)
    return [gate for module in modules if (gate := module.load(settings)) is not None]


__all__ = ["GATES", "PASSED", "UNJUDGED", "Gate", "Shown", "load_gates"]
