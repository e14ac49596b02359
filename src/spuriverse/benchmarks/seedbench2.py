"""SEED-Bench-2: SEED-Bench with more types of questions; the files have the same forms.

Only its questions about a single image are read; those about several, interleaved or generated
images and about videos are skipped, and the log says how many.
"""

from spuriverse.benchmarks.seedbench import read_rows

__all__ = ["read_rows"]
