from .annotations import ANNOTATED, compare_annotations, train_with_annotations
from .answers import ANSWER_COLUMNS, ANSWER_SHOWN, write_answer
from .backbones import class_questions, compare_zones, true_ranks
from .diversity import embed_attributes, nearest_distances, tabulate_diversity
from .encoders import rank_by_encoders, ranks_of_encoders
from .interventions import (
    INTERVENTIONS,
    PREDICTORS,
    measure_interventions,
    relate_interventions,
)
from .natural_images import render_natural_images
from .naturalness import compare_gaps, compare_images
from .open_answers import (
    CHOICE,
    OPEN,
    ask_adapters_openly,
    compare_protocols,
    compare_tradeoffs,
    with_all_answers,
)
from .open_replies import (
    NONE,
    compare_replies,
    judge_replies,
    match_reply,
    reply_openly,
    settle_replies,
)
from .second_paper import compare_with_base, measure_adapters
from .source_models import compare_sources
from .towers import VARIANTS, WORLDS, compare_towers, measure_worlds, train_worlds

__all__ = [
    "ANNOTATED",
    "ANSWER_COLUMNS",
    "ANSWER_SHOWN",
    "CHOICE",
    "INTERVENTIONS",
    "NONE",
    "OPEN",
    "PREDICTORS",
    "VARIANTS",
    "WORLDS",
    "ask_adapters_openly",
    "class_questions",
    "compare_annotations",
    "compare_gaps",
    "compare_images",
    "compare_protocols",
    "compare_replies",
    "compare_sources",
    "compare_towers",
    "compare_tradeoffs",
    "compare_with_base",
    "compare_zones",
    "embed_attributes",
    "judge_replies",
    "match_reply",
    "measure_adapters",
    "measure_interventions",
    "measure_worlds",
    "nearest_distances",
    "rank_by_encoders",
    "ranks_of_encoders",
    "relate_interventions",
    "render_natural_images",
    "reply_openly",
    "settle_replies",
    "tabulate_diversity",
    "train_with_annotations",
    "train_worlds",
    "true_ranks",
    "with_all_answers",
    "write_answer",
]
