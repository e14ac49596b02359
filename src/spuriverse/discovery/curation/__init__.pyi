from .annotation import choose_candidates, propose_attributes
from .core_and_spurious import describe_with_lvlm
from .errors import collect_errors
from .funnel import (
    CHANGE_COLUMNS,
    COUNTED_COLUMNS,
    FUNNEL_COLUMNS,
    Curated,
    count_funnel,
    explain_changes,
)
from .lvlm import annotate_with_lvlm
from .recorded import RECORDED_VERDICT_COLUMNS, annotate_from_records
from .regions import REGION_COLUMNS, Annotated, annotate_with_regions
from .windows import measure_colours

__all__ = [
    "CHANGE_COLUMNS",
    "COUNTED_COLUMNS",
    "FUNNEL_COLUMNS",
    "RECORDED_VERDICT_COLUMNS",
    "REGION_COLUMNS",
    "Annotated",
    "Curated",
    "annotate_from_records",
    "annotate_with_lvlm",
    "annotate_with_regions",
    "choose_candidates",
    "collect_errors",
    "count_funnel",
    "describe_with_lvlm",
    "explain_changes",
    "measure_colours",
    "propose_attributes",
]
