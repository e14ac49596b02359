from .answers import ANSWER_COLUMNS, ANSWER_SHOWN, write_answer
from .diversity import embed_attributes, nearest_distances, tabulate_diversity
from .interventions import (
    INTERVENTIONS,
    PREDICTORS,
    measure_interventions,
    relate_interventions,
)
from .natural_images import render_natural_images
from .naturalness import compare_gaps, compare_images

__all__ = [
    "ANSWER_COLUMNS",
    "ANSWER_SHOWN",
    "INTERVENTIONS",
    "PREDICTORS",
    "compare_gaps",
    "compare_images",
    "embed_attributes",
    "measure_interventions",
    "nearest_distances",
    "relate_interventions",
    "render_natural_images",
    "tabulate_diversity",
    "write_answer",
]
