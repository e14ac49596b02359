from .ablation import plot_ablation
from .association import plot_association
from .calibration import plot_calibration
from .composites import plot_composites
from .defences import plot_defence_maps
from .evaluation import plot_evaluation
from .funnel import plot_funnel
from .main_results import plot_main_results
from .methods import plot_methods
from .mitigations import plot_mitigations
from .open_question import plot_open_question
from .probes import plot_probes
from .prompting import plot_prompting
from .relying import plot_cgla, plot_heatmaps, plot_signatures
from .sheets import collect_sheets, draw_sheets
from .spubench import plot_spubench_accuracy, plot_spubench_confusion, plot_spubench_strategies
from .style import save_figure
from .tradeoff import plot_tradeoff
from .types import plot_types
from .way_out import plot_way_out

__all__ = [
    "collect_sheets",
    "draw_sheets",
    "plot_ablation",
    "plot_association",
    "plot_calibration",
    "plot_cgla",
    "plot_composites",
    "plot_defence_maps",
    "plot_evaluation",
    "plot_funnel",
    "plot_heatmaps",
    "plot_main_results",
    "plot_methods",
    "plot_mitigations",
    "plot_open_question",
    "plot_probes",
    "plot_prompting",
    "plot_signatures",
    "plot_spubench_accuracy",
    "plot_spubench_confusion",
    "plot_spubench_strategies",
    "plot_tradeoff",
    "plot_types",
    "plot_way_out",
    "save_figure",
]
