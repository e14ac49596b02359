from .advantages import (
    CGLA_COLUMNS,
    CGLA_SHOWN,
    SIGNATURE_COLUMNS,
    SIGNATURE_SHOWN,
    join_advantages,
    note_on_labels,
    tabulate_cgla,
    tabulate_signatures,
)
from .attention import Attention, answer_attention
from .cgla import SIGNATURES, likelihood_advantage, signature
from .gradcam import grad_cam
from .heatmaps import METHODS, map_saliency
from .likelihoods import measure_cgla
from .occlusion import cells, cover, occlusion_effects, rank_correlation
from .opening import PROMPTS, Answered, answer_plainly, choose_samples, open_explained
from .regions import intersection_over_union, read_mask, seen_box, share_inside, spread
from .separations import (
    HEATMAP_COLUMNS,
    HEATMAP_SHOWN,
    OCCLUSION_COLUMNS,
    OCCLUSION_SHOWN,
    tabulate_heatmaps,
    tabulate_occlusion,
)
from .statements import teach_attributes

__all__ = [
    "CGLA_COLUMNS",
    "CGLA_SHOWN",
    "HEATMAP_COLUMNS",
    "HEATMAP_SHOWN",
    "METHODS",
    "OCCLUSION_COLUMNS",
    "OCCLUSION_SHOWN",
    "PROMPTS",
    "SIGNATURES",
    "SIGNATURE_COLUMNS",
    "SIGNATURE_SHOWN",
    "Answered",
    "Attention",
    "answer_attention",
    "answer_plainly",
    "cells",
    "choose_samples",
    "cover",
    "grad_cam",
    "intersection_over_union",
    "join_advantages",
    "likelihood_advantage",
    "map_saliency",
    "measure_cgla",
    "note_on_labels",
    "occlusion_effects",
    "open_explained",
    "rank_correlation",
    "read_mask",
    "seen_box",
    "share_inside",
    "signature",
    "spread",
    "tabulate_cgla",
    "tabulate_heatmaps",
    "tabulate_occlusion",
    "tabulate_signatures",
    "teach_attributes",
]
