"""Tell a lock that a killed run left behind from the lock of a run that is alive.

Snakemake's lock is a file and stays after a `kill -9`. This one is held by the operating system
and goes with the process, so the process that gets it may remove Snakemake's.
"""

import fcntl
import logging
import shutil
from pathlib import Path

log = logging.getLogger(__name__)

_held: list[object] = []


def release_stale_lock(folder: str | Path = ".snakemake") -> bool:
    """Remove Snakemake's lock if no run of this folder is alive, and hold ours until we end.

    Args:
        folder: Snakemake's folder in the working directory.

    Returns:
        Whether no other run is alive. If one is, its lock stays and Snakemake refuses to start.
    """
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    file = (folder / "run.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return False
    _held.append(file)
    locks = folder / "locks"
    if locks.is_dir() and any(locks.iterdir()):
        log.warning("Removing the lock left behind by a killed run")
        shutil.rmtree(locks)
        locks.mkdir()
    return True
