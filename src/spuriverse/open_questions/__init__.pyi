from .answers import ANSWER_COLUMNS, ANSWER_SHOWN, write_answer
from .interventions import (
    INTERVENTIONS,
    PREDICTORS,
    measure_interventions,
    relate_interventions,
)

__all__ = [
    "ANSWER_COLUMNS",
    "ANSWER_SHOWN",
    "INTERVENTIONS",
    "PREDICTORS",
    "measure_interventions",
    "relate_interventions",
    "write_answer",
]
