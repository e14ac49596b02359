from .forecast import announce
from .item_seconds import (
    ItemSeconds,
    find_seconds,
    read_seconds,
    record_seconds,
    seconds_file,
)
from .job import log, run_job
from .job_record import FIELD, current_record
from .plan import PLAN_COLUMNS, Share, count_jobs, describe_plan, make_plan
from .provenance import record
from .reach import CODE_CACHE, Code
from .run_lock import release_stale_lock
from .slurm_queue import refuse_leftovers
from .stale import find_stale

__all__ = [
    "CODE_CACHE",
    "FIELD",
    "PLAN_COLUMNS",
    "Code",
    "ItemSeconds",
    "Share",
    "announce",
    "count_jobs",
    "current_record",
    "describe_plan",
    "find_seconds",
    "find_stale",
    "log",
    "make_plan",
    "read_seconds",
    "record",
    "record_seconds",
    "refuse_leftovers",
    "release_stale_lock",
    "run_job",
    "seconds_file",
]
