from .accuracy import (
    ACCURACY_COLUMNS,
    ACCURACY_SHOWN,
    CONFUSION_SHOWN,
    CONFUSION_TABLE_COLUMNS,
    MACRO,
    WHOLE,
    accuracy_by_type,
    confusion_between_types,
    note_on_form,
    read_asked,
)
from .browsing import browsed_questions
from .confusion import ZONE_COLUMNS, Confusions, collect_confusions
from .proposals import propose_core_and_spurious
from .published import read_published_questions
from .questions import write_questions
from .scenes import describe_scenes, render_class_images, render_without, save_regions
from .strategies import ALL, STRATEGY_COLUMNS, STRATEGY_SHOWN, compare_strategies
from .zero_shot import ZeroShotClassifier, load_classifier

__all__ = [
    "ACCURACY_COLUMNS",
    "ACCURACY_SHOWN",
    "ALL",
    "CONFUSION_SHOWN",
    "CONFUSION_TABLE_COLUMNS",
    "MACRO",
    "STRATEGY_COLUMNS",
    "STRATEGY_SHOWN",
    "WHOLE",
    "ZONE_COLUMNS",
    "Confusions",
    "ZeroShotClassifier",
    "accuracy_by_type",
    "browsed_questions",
    "collect_confusions",
    "compare_strategies",
    "confusion_between_types",
    "describe_scenes",
    "load_classifier",
    "note_on_form",
    "propose_core_and_spurious",
    "read_asked",
    "read_published_questions",
    "render_class_images",
    "render_without",
    "save_regions",
    "write_questions",
]
