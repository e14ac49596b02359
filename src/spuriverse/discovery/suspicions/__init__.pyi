from .evidence import (
    GRADES,
    MOVES,
    PASTED,
    SHORTCUT_COLUMNS,
    list_tried,
    read_shortcuts,
    weigh_suspicions,
)
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
    "read_shortcuts",
    "weigh_suspicions",
]
