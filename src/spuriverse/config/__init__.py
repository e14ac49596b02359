"""The configuration: its types, and reading it.

`sections` holds the types. `config.yaml`, `config/schema.json` and `docs/configuration.md` are
written from them by `python -m spuriverse.config`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
