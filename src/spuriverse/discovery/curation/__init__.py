"""From a model's answers to candidates: an error with a hypothesised spurious attribute."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
