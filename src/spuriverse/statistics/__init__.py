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
    newcombe_difference,
)
from spuriverse.statistics.paired import holm, mcnemar_clustered
from spuriverse.statistics.stratified import StratifiedEstimate, stratified_bootstrap

__all__ = [
    "Estimate",
    "StratifiedEstimate",
    "benjamini_hochberg",
    "cluster_bootstrap",
    "cluster_bootstrap_contrast",
    "cluster_bootstrap_difference",
    "fisher_one_sided",
    "holm",
    "mcnemar_clustered",
    "mcnemar_one_sided",
    "newcombe_difference",
    "stratified_bootstrap",
]
