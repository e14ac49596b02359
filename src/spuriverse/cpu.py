"""How numbers are computed on the processor of this machine, the same on every x86-64 with AVX2."""

import ctypes
import logging
import os
import platform
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

PINNED = {
    "MKL_CBWR": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "DNNL_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "ARROW_USER_SIMD_LEVEL": "AVX2",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
}
"""Which instructions the libraries may use, as their environment variables say it."""

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 2**30


def pin_kernels() -> None:
    """Let this process and those that it starts sum in the same order on every processor.

    Wider instructions sum in another order, and training from scratch makes something of the last
    digits. Libraries read these variables when they are loaded, so this comes before numpy.
    """
    os.environ.update(PINNED)


def describe_processor() -> str:
    """Return the processor's name with its vendor, family and model numbers.

    The name alone does not tell virtual machines on different processors apart.
    """
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return platform.processor() or platform.machine()
    first = cpuinfo.read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
    fields = (line.partition(":") for line in first.splitlines())
    known = {key.strip(): value.strip() for key, _, value in fields}
    name = known.get("model name") or platform.machine()
    if not {"vendor_id", "cpu family", "model"} <= known.keys():
        return name
    vendor, family, model = known["vendor_id"], known["cpu family"], known["model"]
    return f"{name} ({vendor}, family {family}, model {model})"


def number_format(asked: str, on_gpu: bool) -> Any:
    """Return the format in which a model computes.

    Args:
        asked: "auto", "float32", "bfloat16" or "float16".
        on_gpu: Whether it runs on a GPU.

    Returns:
        On a CPU float32 always: without instructions for shorter formats, which few have, these
        are tens of times slower. On a GPU what is asked for, a `torch.dtype` or "auto"; float16
        in place of bfloat16 where the GPU has none.
    """
    import torch

    if not on_gpu:
        if asked not in ("auto", "float32"):
            log.info("computing in float32, as there is no GPU for %s", asked)
        return torch.float32
    if asked in ("auto", "bfloat16") and not torch.cuda.is_bf16_supported(False):
        return torch.float16
    return asked if asked == "auto" else getattr(torch, asked)


def use_cpu(threads: int) -> None:
    """Set the threads of forward passes, and let the process keep the memory that they free.

    glibc gives large blocks back to the system and takes them again for the next batch, page by
    page, on which a tiny model spends a sixth of its time. From here on up to 1 GiB of freed memory
    stays with the process; without glibc nothing but the threads changes.

    Args:
        threads: Threads of an operation.
    """
    import torch

    torch.set_num_threads(threads)
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_MMAP_THRESHOLD, _KEPT_BYTES)
        libc.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
