from .heatmap_page import choose_shown, render_heatmaps
from .notebooks import render_notebook
from .sample_page import render_sample
from .sheet_page import render_sheets

__all__ = [
    "choose_shown",
    "render_heatmaps",
    "render_notebook",
    "render_sample",
    "render_sheets",
]
