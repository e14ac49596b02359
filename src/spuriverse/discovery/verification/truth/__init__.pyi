from .calibration import CALIBRATION_COLUMNS, tabulate_calibration
from .calibration_candidates import (
    ask_calibration_candidates,
    draw_calibration_candidates,
    render_calibration_candidates,
)
from .clip_defences import (
    DEFENCE_COLUMNS,
    DEFENCE_SHOWN,
    draw_defence_maps,
    measure_defences,
    occlusion_maps,
)
from .clip_shortcuts import CLIP_COLUMNS, measure_clip
from .pool import Pool, read_pool
from .savings import SAVINGS_COLUMNS, tabulate_savings
from .shortcuts import (
    DISCOVERY_COLUMNS,
    PLANTED_SHORTCUT_COLUMNS,
    measure_gaps,
    name_suspicions,
    score_discovery,
    tabulate_planted_shortcuts,
)
from .shrinkage import SHRINKAGE_COLUMNS, tabulate_shrinkage
from .simulation import SIMULATED_COLUMNS, SIMULATED_SHOWN, simulate_calibration

__all__ = [
    "CALIBRATION_COLUMNS",
    "CLIP_COLUMNS",
    "DEFENCE_COLUMNS",
    "DEFENCE_SHOWN",
    "DISCOVERY_COLUMNS",
    "PLANTED_SHORTCUT_COLUMNS",
    "SAVINGS_COLUMNS",
    "SHRINKAGE_COLUMNS",
    "SIMULATED_COLUMNS",
    "SIMULATED_SHOWN",
    "Pool",
    "ask_calibration_candidates",
    "draw_calibration_candidates",
    "draw_defence_maps",
    "measure_clip",
    "measure_defences",
    "measure_gaps",
    "name_suspicions",
    "occlusion_maps",
    "read_pool",
    "render_calibration_candidates",
    "score_discovery",
    "simulate_calibration",
    "tabulate_calibration",
    "tabulate_planted_shortcuts",
    "tabulate_savings",
    "tabulate_shrinkage",
]
