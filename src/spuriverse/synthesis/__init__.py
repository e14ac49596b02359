"""Counterfactual images of a candidate: the same question, with and without the attribute."""

from spuriverse.synthesis.audit import AUDIT_COLUMNS, tabulate_synthesis
from spuriverse.synthesis.backends import (
    BACKENDS,
    Backend,
    Description,
    Picture,
    Refusal,
    load_backend,
)
from spuriverse.synthesis.gates import GATES, load_gates
from spuriverse.synthesis.groups import (
    Groups,
    Seeds,
    describe_images,
    plan_seeds,
    synthesise_groups,
)
from spuriverse.synthesis.published import Adopted, adopt_types

__all__ = [
    "AUDIT_COLUMNS",
    "BACKENDS",
    "GATES",
    "Adopted",
    "Backend",
    "Description",
    "Groups",
    "Picture",
    "Refusal",
    "Seeds",
    "adopt_types",
    "describe_images",
    "load_backend",
    "load_gates",
    "plan_seeds",
    "synthesise_groups",
    "tabulate_synthesis",
]
