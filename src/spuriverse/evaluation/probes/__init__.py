"""The probes: every module of this folder is one, and is found automatically."""

import importlib
import pkgutil
from collections.abc import Sequence

from spuriverse.evaluation.probe import Probe
from spuriverse.problems import Problem


def _find_probes() -> dict[str, Probe]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    probes = [importlib.import_module(f"{__name__}.{name}").PROBE for name in names]
    return {probe.name: probe for probe in probes}


PROBES: dict[str, Probe] = _find_probes()
"""Name of a probe -> the probe, in alphabetical order of the modules."""


def find_probes(names: Sequence[str] | None) -> list[Probe]:
    """Return the probes of some names, in their order; all of them for None.

    Raises:
        Problem: There is no such probe.
    """
    chosen = list(PROBES) if names is None else names
    if unknown := [name for name in chosen if name not in PROBES]:
        raise Problem(
            f"There is no probe '{unknown[0]}' (probes.names); known are {', '.join(PROBES)}."
        )
    return [PROBES[name] for name in chosen]
