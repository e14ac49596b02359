from .answers import ANSWER_COLUMNS, ANSWER_SHOWN, write_answer
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
    "measure_interventions",
    "relate_interventions",
    "render_natural_images",
    "write_answer",
]
