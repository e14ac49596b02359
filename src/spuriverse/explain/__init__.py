"""Where a model looks: Grad-CAM, attention, and the check by covering what they mark."""

from spuriverse.explain.advantages import (
    CGLA_COLUMNS,
    CGLA_SHOWN,
    SIGNATURE_COLUMNS,
    SIGNATURE_SHOWN,
    join_advantages,
    tabulate_cgla,
    tabulate_signatures,
)
from spuriverse.explain.attention import Attention, answer_attention
from spuriverse.explain.covering import cells, cover, covering_effects, rank_correlation
from spuriverse.explain.gradcam import grad_cam
from spuriverse.explain.heatmaps import METHODS, map_salience
from spuriverse.explain.likelihoods import measure_cgla
from spuriverse.explain.opening import (
    PROMPTS,
    Answered,
    answer_plainly,
    choose_samples,
    open_explained,
)
from spuriverse.explain.page import choose_shown, render_heatmaps
from spuriverse.explain.regions import (
    intersection_over_union,
    read_mask,
    seen_box,
    share_inside,
    spread,
)
from spuriverse.explain.separations import (
    COVERING_COLUMNS,
    COVERING_SHOWN,
    HEATMAP_COLUMNS,
    HEATMAP_SHOWN,
    tabulate_covering,
    tabulate_heatmaps,
)
from spuriverse.explain.statements import teach_attributes

__all__ = [
    "CGLA_COLUMNS",
    "CGLA_SHOWN",
    "COVERING_COLUMNS",
    "COVERING_SHOWN",
    "HEATMAP_COLUMNS",
    "HEATMAP_SHOWN",
    "METHODS",
    "PROMPTS",
    "SIGNATURE_COLUMNS",
    "SIGNATURE_SHOWN",
    "Answered",
    "Attention",
    "answer_attention",
    "answer_plainly",
    "cells",
    "choose_samples",
    "choose_shown",
    "cover",
    "covering_effects",
    "grad_cam",
    "intersection_over_union",
    "join_advantages",
    "map_salience",
    "measure_cgla",
    "open_explained",
    "rank_correlation",
    "read_mask",
    "render_heatmaps",
    "seen_box",
    "share_inside",
    "spread",
    "tabulate_cgla",
    "tabulate_covering",
    "tabulate_heatmaps",
    "tabulate_signatures",
    "teach_attributes",
]
