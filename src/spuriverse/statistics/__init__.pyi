from .bootstrap import Estimate, cluster_bootstrap, finite_values
from .coverage import COVERAGE_COLUMNS, COVERAGE_SHOWN, Scenario, simulate_coverage
from .crossed import crossed_difference, crossed_share
from .discrete import discrete_q_values
from .exact import adjust_families, benjamini_hochberg, fisher_one_sided
from .exchange import Chances, exchange_pairs
from .flips import largest_flipped
from .jackknife import (
    FEWEST_CLUSTERS,
    clustered_difference,
    clustered_mean,
    clustered_share,
    independent_difference,
)
from .paired import holm, mcnemar_clustered
from .ranks import clustered_rank_correlation
from .separation import roc_area
from .sequential import independent_e_process, paired_e_process
from .splits import mean_over_splits
from .stratified import StratifiedEstimate, stratified_bootstrap
from .two_sample import Discrepancy, mean_discrepancy
from .unconditional import exact_difference, exact_paired_difference

__all__ = [
    "COVERAGE_COLUMNS",
    "COVERAGE_SHOWN",
    "FEWEST_CLUSTERS",
    "Chances",
    "Discrepancy",
    "Estimate",
    "Scenario",
    "StratifiedEstimate",
    "adjust_families",
    "benjamini_hochberg",
    "cluster_bootstrap",
    "clustered_difference",
    "clustered_mean",
    "clustered_rank_correlation",
    "clustered_share",
    "crossed_difference",
    "crossed_share",
    "discrete_q_values",
    "exact_difference",
    "exact_paired_difference",
    "exchange_pairs",
    "finite_values",
    "fisher_one_sided",
    "holm",
    "independent_difference",
    "independent_e_process",
    "largest_flipped",
    "mcnemar_clustered",
    "mean_discrepancy",
    "mean_over_splits",
    "paired_e_process",
    "roc_area",
    "simulate_coverage",
    "stratified_bootstrap",
]
