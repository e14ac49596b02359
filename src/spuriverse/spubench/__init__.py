"""MM-SpuBench: images that CLIP confuses, questions about what misled it, accuracy by type."""

from spuriverse.spubench.accuracy import (
    ACCURACY_COLUMNS,
    ACCURACY_SHOWN,
    CONFUSION_SHOWN,
    CONFUSION_TABLE_COLUMNS,
    MACRO,
    accuracy_by_type,
    confusion_between_types,
    read_asked,
)
from spuriverse.spubench.class_folders import read_classes
from spuriverse.spubench.confusion import ZONE_COLUMNS, Confusions, collect_confusions
from spuriverse.spubench.proposals import propose_core_and_spurious
from spuriverse.spubench.published import read_published_questions
from spuriverse.spubench.questions import write_questions
from spuriverse.spubench.scenes import describe_scenes, render_class_images, save_regions
from spuriverse.spubench.strategies import (
    ALL,
    STRATEGY_COLUMNS,
    STRATEGY_SHOWN,
    compare_strategies,
)
from spuriverse.spubench.zero_shot import ZeroShotClassifier, load_classifier

__all__ = [
    "ACCURACY_COLUMNS",
    "ACCURACY_SHOWN",
    "ALL",
    "CONFUSION_SHOWN",
    "CONFUSION_TABLE_COLUMNS",
    "MACRO",
    "STRATEGY_COLUMNS",
    "STRATEGY_SHOWN",
    "ZONE_COLUMNS",
    "Confusions",
    "ZeroShotClassifier",
    "accuracy_by_type",
    "collect_confusions",
    "compare_strategies",
    "confusion_between_types",
    "describe_scenes",
    "load_classifier",
    "propose_core_and_spurious",
    "read_asked",
    "read_classes",
    "read_published_questions",
    "render_class_images",
    "save_regions",
    "write_questions",
]
