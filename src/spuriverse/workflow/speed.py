"""How fast this machine is beside the one that the forecast's seconds are from."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass

REFERENCE = "Intel Xeon with AVX-512 and AMX, kernels for AVX2"
"""The machine on which the seconds of the forecast were measured."""

REFERENCE_GFLOPS = 105.0
"""Its speed in float32 on one core: 10^9 operations per second in products of matrices."""

REFERENCE_START_SECONDS = 0.12
"""The time in which it starts Python and loads numpy."""

_SIDE, _PRODUCT_SECONDS, _LEAST_PRODUCTS = 512, 0.2, 3
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Speed:
    """How many times as long as on the reference machine something takes here.

    Attributes:
        products: Training and answering, which are products of matrices.
        starts: Starting a job, reading, counting and drawing.
    """

    products: float = 1.0
    starts: float = 1.0


def measure_speed() -> Speed:
    """Start Python once and multiply float32 matrices for a fifth of a second, on one thread.

    That is done in a process of its own: threads and kernels are settled when numpy is loaded.
    What else the machine does meanwhile counts, as it will count for the jobs.

    Returns:
        The speed; that of the reference machine where nothing could be measured.
    """
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    started = time.time()
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            env={**os.environ, **one},
            capture_output=True,
            check=True,
            timeout=_PATIENCE_SECONDS,
        )
        found = json.loads(done.stdout)
        seconds, gflops = float(found["ready"]) - started, float(found["gflops"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return Speed()
    if seconds <= 0 or gflops <= 0:
        return Speed()
    return Speed(REFERENCE_GFLOPS / gflops, seconds / REFERENCE_START_SECONDS)


def main() -> None:
    """Print what is measured within the process that `measure_speed` starts."""
    import numpy as np

    ready = time.time()
    factor = np.ones((_SIDE, _SIDE), np.float32)
    products, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < _PRODUCT_SECONDS or products < _LEAST_PRODUCTS:
        factor @ factor
        products += 1
    print(json.dumps({"ready": ready, "gflops": 2e-9 * _SIDE**3 * products / spent}))


if __name__ == "__main__":
    main()
