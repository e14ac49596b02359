"""The data contracts: one schema per table, files that always fit it, and stable ids."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
