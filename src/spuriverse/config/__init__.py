"""The configuration: its types, and reading it.

`sections` holds the types. `config.yaml`, `config/schema.json` and `docs/configuration.md` are
written from them by `python -m spuriverse.config`.
"""

from spuriverse.config.configuration import Config
from spuriverse.config.load import check_overlays, load_config, parse_config
from spuriverse.config.places import check_places, check_sizes, check_tokens

__all__ = [
    "Config",
    "check_overlays",
    "check_places",
    "check_sizes",
    "check_tokens",
    "load_config",
    "parse_config",
]
