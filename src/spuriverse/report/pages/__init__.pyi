from .composites_page import render_composites
from .headline import Measured, Tile, Tradeoff
from .heatmap_page import choose_shown, render_heatmaps
from .landing import Run, Shown, show_run
from .notebooks import render_notebook
from .products import CATEGORIES, FILES, PRODUCTS, Product, find_product, read_caption
from .sample_browser import BROWSED_COLUMNS, Browsed, collect_browsed, render_browser
from .sheet_page import render_sheets
from .shortcut_page import render_shortcuts

__all__ = [
    "BROWSED_COLUMNS",
    "CATEGORIES",
    "FILES",
    "PRODUCTS",
    "Browsed",
    "Measured",
    "Product",
    "Run",
    "Shown",
    "Tile",
    "Tradeoff",
    "choose_shown",
    "collect_browsed",
    "find_product",
    "read_caption",
    "render_browser",
    "render_composites",
    "render_heatmaps",
    "render_notebook",
    "render_sheets",
    "render_shortcuts",
    "show_run",
]
