"""Figures for people."""

from spuriverse.figures.ablation import plot_ablation
from spuriverse.figures.calibration import plot_calibration
from spuriverse.figures.evaluation import plot_evaluation
from spuriverse.figures.funnel import plot_funnel
from spuriverse.figures.main_results import plot_main_results
from spuriverse.figures.mitigations import plot_mitigations
from spuriverse.figures.prompting import plot_prompting
from spuriverse.figures.relying import plot_cgla, plot_heatmaps, plot_signatures
from spuriverse.figures.sheet_page import sheet_page
from spuriverse.figures.sheets import collect_sheets, draw_sheets
from spuriverse.figures.spubench import (
    plot_spubench_accuracy,
    plot_spubench_confusion,
    plot_spubench_strategies,
)
from spuriverse.figures.style import save_figure
from spuriverse.figures.tradeoff import plot_tradeoff
from spuriverse.figures.types import plot_types

__all__ = [
    "collect_sheets",
    "draw_sheets",
    "plot_ablation",
    "plot_calibration",
    "plot_cgla",
    "plot_evaluation",
    "plot_funnel",
    "plot_heatmaps",
    "plot_main_results",
    "plot_mitigations",
    "plot_prompting",
    "plot_signatures",
    "plot_spubench_accuracy",
    "plot_spubench_confusion",
    "plot_spubench_strategies",
    "plot_tradeoff",
    "plot_types",
    "save_figure",
    "sheet_page",
]
