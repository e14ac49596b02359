"""Time and memory on the device, and what a part of `gpu.py` needs to run there."""

import gc
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any


class Skipped(Exception):
    """Why a part, or a piece of it, cannot be measured on this machine."""


@dataclass(frozen=True)
class Setting:
    """Where and how much is measured.

    Attributes:
        device: "cuda" or "cpu".
        tiny: Models with a few numbers, to see that everything runs.
        quick: Fewer repetitions.
        folder: An empty folder for images and checkpoints.
    """

    device: str
    tiny: bool
    quick: bool
    folder: Path

    @property
    def batches(self) -> int:
        """Batches that are timed."""
        return 1 if self.tiny else 2 if self.quick else 4


def best_of(times: int, run: Callable[[], Any], setting: Setting) -> float:
    """Seconds of the fastest of several runs, after one that is not timed."""
    run()
    return min(timed(run, setting) for _ in range(times))


def timed(run: Callable[[], Any], setting: Setting) -> float:
    """Seconds of a run, until the device has done all of it."""
    import torch

    begun = time.perf_counter()
    run()
    if setting.device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - begun


def peak_memory(setting: Setting) -> float:
    """Most GiB of the device that were taken since this was last asked, of the process on a CPU."""
    import torch

    if setting.device == "cuda":
        peak = torch.cuda.max_memory_reserved() / 2**30
        torch.cuda.reset_peak_memory_stats()
        return peak
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def free_memory() -> None:
    """Give back what nothing uses any more."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def need_memory(setting: Setting, gigabytes: float) -> None:
    """Skip what does not fit on the device."""
    if setting.tiny or setting.device != "cuda":
        return
    import torch

    free = torch.cuda.mem_get_info()[0] / 1e9
    if free < gigabytes:
        raise Skipped(f"needs {gigabytes:.0f} GB of the device, of which {free:.0f} GB are free")


def need_disk(setting: Setting, gigabytes: float) -> None:
    """Skip what does not fit on the disk."""
    free = shutil.disk_usage(setting.folder).free / 1e9
    if not setting.tiny and free < gigabytes:
        raise Skipped(f"needs {gigabytes:.0f} GB in {setting.folder}, which has {free:.0f} GB free")


def has_bitsandbytes(setting: Setting) -> bool:
    """Whether 4 bits and paged optimisers can be had."""
    return setting.device == "cuda" and find_spec("bitsandbytes") is not None
