"""How tensors use the processor of this machine."""

import ctypes
import platform

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 2**30


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
