from .audit import AUDIT_COLUMNS, tabulate_synthesis
from .groups import Groups, Seeds, describe_images, plan_seeds, synthesise_groups
from .published import Adopted, adopt_types

__all__ = [
    "AUDIT_COLUMNS",
    "Adopted",
    "Groups",
    "Seeds",
    "adopt_types",
    "describe_images",
    "plan_seeds",
    "synthesise_groups",
    "tabulate_synthesis",
]
