"""MM-SpuBench: images that CLIP confuses, questions about what misled it, accuracy by type."""
