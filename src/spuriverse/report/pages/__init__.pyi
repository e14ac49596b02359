from .headline import Measured, Tile, Tradeoff
from .heatmap_page import choose_shown, render_heatmaps
from .landing import Run, Shown, show_run
from .notebooks import render_notebook
from .products import CATEGORIES, FILES, PRODUCTS, Product, find_product, read_caption
from .sample_page import render_sample
from .sheet_page import render_sheets

__all__ = [
    "CATEGORIES",
    "FILES",
    "PRODUCTS",
    "Measured",
    "Product",
    "Run",
    "Shown",
    "Tile",
    "Tradeoff",
    "choose_shown",
    "find_product",
    "read_caption",
    "render_heatmaps",
    "render_notebook",
    "render_sample",
    "render_sheets",
    "show_run",
]
