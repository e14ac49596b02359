from .easy_vqa import make_easy_vqa_benchmark, read_companion
from .hub_retrieval import download_hub
from .readers import reader_of
from .records import read_records
from .retrieval import RECORD, Retrieved, download_url, record_source
from .rows import REPEATED, Collected, Row, collect_rows
from .spubench_published import Described, read_questions
from .spuriverse_hub import read_groups
from .world import make_world_benchmark

__all__ = [
    "RECORD",
    "REPEATED",
    "Collected",
    "Described",
    "Retrieved",
    "Row",
    "collect_rows",
    "download_hub",
    "download_url",
    "make_easy_vqa_benchmark",
    "make_world_benchmark",
    "read_companion",
    "read_groups",
    "read_questions",
    "read_records",
    "reader_of",
    "record_source",
]
