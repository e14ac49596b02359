"""MM-SpuBench: images that CLIP confuses, questions about what misled it, accuracy by type."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
