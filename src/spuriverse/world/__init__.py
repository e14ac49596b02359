"""The embedded world: scenes, rendering, sampling, and the tiny models of the zoo."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
