from .averaging import average_adapters
from .comparison import (
    COMPARISON_COLUMNS,
    COMPARISON_SHOWN,
    CURVE_COLUMNS,
    compare_methods,
    tabulate_curves,
)
from .curves import operating_point, pareto_front
from .job import budget_of, study_job
from .levels import ENVELOPE, losses_at_levels
from .method import Budget, Knobs, Method, Nuisance, Point, Pools, Training
from .methods import METHODS
from .part_accuracies import PART_COLUMNS, PartAccuracies
from .point_models import PointModels, fit_nuisance
from .regret import ADAPTIVE, REGRET_COLUMNS, tabulate_regret
from .robust_card import CARD_FILE, RobustModelFacts, snippet, write_robust_card
from .robust_models import make_robust_model, training_pools
from .sets import build_pools, part_types, select_asked, select_further
from .settings import CHOICE_COLUMNS, choose_settings, curves_to_try, read_chosen_curves
from .study import study_split
from .transfer import (
    WAY_OUT_TRANSFER_COLUMNS,
    WAY_OUT_TRANSFER_SHOWN,
    tabulate_transfer_of_way_out,
)
from .way_out import (
    WAY_OUT_COLUMNS,
    WAY_OUT_SHOWN,
    robustness_at_losses,
    tabulate_way_out,
    tabulate_way_out_curves,
)
from .way_out_parts import WAY_OUT_PART_COLUMNS, tabulate_way_out_parts

__all__ = [
    "ADAPTIVE",
    "CARD_FILE",
    "CHOICE_COLUMNS",
    "COMPARISON_COLUMNS",
    "COMPARISON_SHOWN",
    "CURVE_COLUMNS",
    "ENVELOPE",
    "METHODS",
    "PART_COLUMNS",
    "REGRET_COLUMNS",
    "WAY_OUT_COLUMNS",
    "WAY_OUT_PART_COLUMNS",
    "WAY_OUT_SHOWN",
    "WAY_OUT_TRANSFER_COLUMNS",
    "WAY_OUT_TRANSFER_SHOWN",
    "Budget",
    "Knobs",
    "Method",
    "Nuisance",
    "PartAccuracies",
    "Point",
    "PointModels",
    "Pools",
    "RobustModelFacts",
    "Training",
    "average_adapters",
    "budget_of",
    "build_pools",
    "choose_settings",
    "compare_methods",
    "curves_to_try",
    "fit_nuisance",
    "losses_at_levels",
    "make_robust_model",
    "operating_point",
    "pareto_front",
    "part_types",
    "read_chosen_curves",
    "robustness_at_losses",
    "select_asked",
    "select_further",
    "snippet",
    "study_job",
    "study_split",
    "tabulate_curves",
    "tabulate_regret",
    "tabulate_transfer_of_way_out",
    "tabulate_way_out",
    "tabulate_way_out_curves",
    "tabulate_way_out_parts",
    "training_pools",
    "write_robust_card",
]
