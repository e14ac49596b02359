"""What every script of the workflow does around its one call into the library."""

import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spuriverse.problems import Pause, Problem
from spuriverse.progress import TOLD
from spuriverse.workflow.job_log import LINE, PAUSED, TIME, TOLD_LATER
from spuriverse.workflow.job_record import recording

log = logging.getLogger("spuriverse")

# Some of them write the addresses that they ask, which may be signed.
_CHATTY = (
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "openai",
    "urllib3",
    "matplotlib",
    "fontTools",
)


HEAVY = ("torch", "transformers")
"""Libraries that only jobs may load that train or ask a model."""


def run_job(main: Callable[[Any], None], snakemake: Any) -> None:
    """Run a script's main function as a job of the workflow.

    The job logs to its log file, and what people should see at once to standard error. A `Problem`
    becomes one line of the log and exit code 1; anything else is our fault and leaves its stack
    trace there. The workflow reads it and tells it (`spuriverse.workflow.job_log`).

    Args:
        main: Takes the job's `snakemake` object.
        snakemake: What Snakemake gives to a script.
    """
    _end_with_workflow()
    _prepare_libraries()
    _log_to(Path(snakemake.log[0]), _name_of(snakemake))
    try:
        with recording(snakemake):
            main(snakemake)
        _note_heavy_imports()
    except Pause as pause:
        log.log(PAUSED, "%s", pause, extra={TOLD_LATER: True})
        sys.exit(1)
    except Problem as problem:
        log.error("%s", problem, extra={TOLD_LATER: True})
        sys.exit(1)
    except Exception:
        log.exception("Rule %s failed", snakemake.rule, extra={TOLD_LATER: True})
        sys.exit(1)


def _end_with_workflow() -> None:
    """End this job when the workflow is killed: a rerun must not meet a second writer."""
    import psutil

    starters = (p for p in psutil.Process().parents() if p.name() not in ("bash", "sh", "dash"))
    workflow = next(starters, None)
    if workflow is None:
        return

    def watch() -> None:
        workflow.wait()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _prepare_libraries() -> None:
    """Models come from folders or from what is already cached; nothing is sent anywhere."""
    # Where it is installed, pandera loads it to invent tables, which no job does: 0.2 s of each.
    sys.modules.setdefault("hypothesis", None)  # type: ignore[arg-type]
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    if not sys.stderr.isatty():
        os.environ.setdefault("TQDM_DISABLE", "1")


def _note_heavy_imports() -> None:
    """Say in the log what took seconds to load: a job that counts or draws must need none of it."""
    if loaded := [name for name in HEAVY if name in sys.modules]:
        log.info("This job loaded %s", " and ".join(loaded))


def _name_of(snakemake: Any) -> str:
    """Tell the job from others that run beside it: rule and wildcards."""
    return " ".join([snakemake.rule, *map(str, getattr(snakemake, "wildcards", ()))])


def _is_for_terminal(record: logging.LogRecord) -> bool:
    """Warnings and worse, but a library's deprecations; and what a long loop tells."""
    if getattr(record, TOLD_LATER, False):
        return False
    worse = record.levelno >= logging.WARNING and record.name != "py.warnings"
    return worse or getattr(record, TOLD, False)


class _TerminalFormatter(logging.Formatter):
    """What a long loop tells begins with the name of its job."""

    def __init__(self, job: str) -> None:
        super().__init__(LINE, TIME)
        self._job = job

    def formatMessage(self, record: logging.LogRecord) -> str:
        if getattr(record, TOLD, False):
            return f"{record.asctime} {self._job}: {record.message}"
        return super().formatMessage(record)


def _log_to(path: Path, job: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    logging.addLevelName(PAUSED, "PAUSED")
    lines = logging.Formatter(LINE, TIME)
    file = logging.FileHandler(path, mode="w", encoding="utf-8")
    file.setFormatter(lines)
    terminal = logging.StreamHandler()
    terminal.setFormatter(_TerminalFormatter(job))
    terminal.addFilter(_is_for_terminal)
    logging.basicConfig(level=logging.INFO, handlers=[file, terminal], force=True)
    logging.captureWarnings(True)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
