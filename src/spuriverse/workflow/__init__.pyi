from .countdown import Countdown, announce
from .durations import say_duration
from .expected_questions import evaluation_questions, spubench_questions
from .item_seconds import (
    FROZEN,
    ItemSeconds,
    find_seconds,
    read_seconds,
    record_seconds,
    seconds_file,
)
from .job import log, run_job
from .job_log import Ending, read_ending
from .job_record import FIELD, current_record, sidecar_of
from .plan import (
    PLAN_COLUMNS,
    Share,
    count_jobs,
    dearest_rows,
    describe_plan,
    describe_sources,
    make_plan,
)
from .prices import ASSUMED_TOKENS, say_price
from .provenance import record
from .quotes import UNRECORDED, Quote, read_quotes, rewrite_quotes
from .reach import CODE_CACHE, Code
from .reference import (
    RECORD,
    Difference,
    compare_run,
    compare_tables,
    pages,
    record_tables,
    rewrite_pages,
)
from .run_lock import release_stale_lock
from .slurm_queue import refuse_leftovers
from .stale import Stale, find_changed, find_stale
from .targets import Target, list_targets, refuse_unknown

__all__ = [
    "ASSUMED_TOKENS",
    "CODE_CACHE",
    "FIELD",
    "FROZEN",
    "PLAN_COLUMNS",
    "RECORD",
    "UNRECORDED",
    "Code",
    "Countdown",
    "Difference",
    "Ending",
    "ItemSeconds",
    "Quote",
    "Share",
    "Stale",
    "Target",
    "announce",
    "compare_run",
    "compare_tables",
    "count_jobs",
    "current_record",
    "dearest_rows",
    "describe_plan",
    "describe_sources",
    "evaluation_questions",
    "find_changed",
    "find_seconds",
    "find_stale",
    "list_targets",
    "log",
    "make_plan",
    "pages",
    "read_ending",
    "read_quotes",
    "read_seconds",
    "record",
    "record_seconds",
    "record_tables",
    "refuse_leftovers",
    "refuse_unknown",
    "release_stale_lock",
    "rewrite_pages",
    "rewrite_quotes",
    "run_job",
    "say_duration",
    "say_price",
    "seconds_file",
    "sidecar_of",
    "spubench_questions",
]
