"""Discover, verify, measure and unlearn spurious correlations of vision-language models."""

__version__ = "0.2.0"
