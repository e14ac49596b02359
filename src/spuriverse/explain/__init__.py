"""Where a model looks: Grad-CAM, attention, and the check by covering what they mark."""

from spuriverse.explain.attention import Attention, answer_attention
from spuriverse.explain.covering import cells, cover, covering_effects, rank_correlation
from spuriverse.explain.gradcam import grad_cam
from spuriverse.explain.heatmaps import METHODS, PROMPTS, choose_samples, map_salience
from spuriverse.explain.regions import (
    intersection_over_union,
    read_mask,
    seen_box,
    share_inside,
    spread,
)

__all__ = [
    "METHODS",
    "PROMPTS",
    "Attention",
    "answer_attention",
    "cells",
    "choose_samples",
    "cover",
    "covering_effects",
    "grad_cam",
    "intersection_over_union",
    "map_salience",
    "rank_correlation",
    "read_mask",
    "seen_box",
    "share_inside",
    "spread",
]
