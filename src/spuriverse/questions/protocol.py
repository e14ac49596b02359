"""How the numbers are defined."""

PROTOCOL = "corrected"
"""The only protocol there is so far; every record and table names it (see docs/protocols.md)."""
