"""Figures for people."""

from spuriverse.figures.ablation import plot_ablation
from spuriverse.figures.evaluation import plot_evaluation
from spuriverse.figures.funnel import plot_funnel
from spuriverse.figures.main_results import plot_main_results
from spuriverse.figures.mitigations import plot_mitigations
from spuriverse.figures.prompting import plot_prompting
from spuriverse.figures.style import save_figure
from spuriverse.figures.tradeoff import plot_tradeoff
from spuriverse.figures.types import plot_types

__all__ = [
    "plot_ablation",
    "plot_evaluation",
    "plot_funnel",
    "plot_main_results",
    "plot_mitigations",
    "plot_prompting",
    "plot_tradeoff",
    "plot_types",
    "save_figure",
]
