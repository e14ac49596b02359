"""Interval estimates for clustered observations and exact tests for counts."""

from spuriverse.statistics.bootstrap import (
    Estimate,
    cluster_bootstrap,
    cluster_bootstrap_contrast,
    cluster_bootstrap_difference,
)
from spuriverse.statistics.exact import (
    benjamini_hochberg,
    fisher_one_sided,
    mcnemar_one_sided,
)
from spuriverse.statistics.paired import holm, mcnemar_clustered
from spuriverse.statistics.sequential import independent_e_process, paired_e_process
from spuriverse.statistics.stratified import StratifiedEstimate, stratified_bootstrap
from spuriverse.statistics.unconditional import exact_difference, exact_paired_difference

__all__ = [
    "Estimate",
    "StratifiedEstimate",
    "benjamini_hochberg",
    "cluster_bootstrap",
    "cluster_bootstrap_contrast",
    "cluster_bootstrap_difference",
    "exact_difference",
    "exact_paired_difference",
    "fisher_one_sided",
    "holm",
    "independent_e_process",
    "mcnemar_clustered",
    "mcnemar_one_sided",
    "newcombe_difference",
    "paired_e_process",
    "stratified_bootstrap",
]
