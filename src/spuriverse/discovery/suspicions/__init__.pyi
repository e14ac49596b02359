from .evidence import (
    GRADES,
    MOVES,
    PASTED,
    SHORTCUT_COLUMNS,
    list_tried,
    read_shortcuts,
    weigh_suspicions,
)
from .naming import measure_presence, name_by_words
from .natural import NATURAL_COLUMNS, compare_natural_pairs
from .trials import FEWEST_PAIRS, Extent, make_trials

__all__ = [
    "FEWEST_PAIRS",
    "GRADES",
    "MOVES",
    "NATURAL_COLUMNS",
    "PASTED",
    "SHORTCUT_COLUMNS",
    "Extent",
    "compare_natural_pairs",
    "list_tried",
    "make_trials",
    "measure_presence",
    "name_by_words",
    "read_shortcuts",
    "weigh_suspicions",
]
