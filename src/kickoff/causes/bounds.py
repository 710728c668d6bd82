"""How sure is sure enough? By what a wrong one costs: written by `make bench-explain ARGS=--bounds`."""

SURE = 0.875
"""Probability from which on a verdict is said."""
MALICE_SURE = 0.9875
"""The same for malice, alone or in a mixture: a wrong "malice" is the worst answer."""
