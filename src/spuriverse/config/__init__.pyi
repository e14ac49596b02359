from .configuration import Config
from .load import check_config, check_overlays, lay_over, parse_config
from .places import check_places, check_sizes, check_tokens

__all__ = [
    "Config",
    "check_config",
    "check_overlays",
    "check_places",
    "check_sizes",
    "check_tokens",
    "lay_over",
    "parse_config",
]
