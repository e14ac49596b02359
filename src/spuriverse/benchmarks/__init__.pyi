from .class_folders import count_other_files, read_classes, stream_images
from .class_questions import ask_classes, is_class_folder
from .composing import Cutout, Placement, draw_placement, lay, open_ground, read_cutout, stream
from .composite_parts import Folders, check_parts, find_parts, number_of
from .composites import Composing, choose_parts, make_composites_benchmark
from .drawn_grounds import DRAWN, PLAIN
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
    "DRAWN",
    "PLAIN",
    "RECORD",
    "REPEATED",
    "Collected",
    "Composing",
    "Cutout",
    "Described",
    "Folders",
    "Placement",
    "Retrieved",
    "Row",
    "ask_classes",
    "check_parts",
    "choose_parts",
    "collect_rows",
    "count_other_files",
    "download_hub",
    "download_url",
    "draw_placement",
    "find_parts",
    "is_class_folder",
    "lay",
    "make_composites_benchmark",
    "make_easy_vqa_benchmark",
    "make_world_benchmark",
    "number_of",
    "open_ground",
    "read_classes",
    "read_companion",
    "read_cutout",
    "read_groups",
    "read_questions",
    "read_records",
    "reader_of",
    "record_source",
    "stream",
    "stream_images",
]
