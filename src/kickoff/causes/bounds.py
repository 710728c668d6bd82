"""How sure is sure enough? Chosen on tuning nights by a rule: `make bench-explain ARGS=--bounds`."""

SURE = 0.95
"""Probability from which on a verdict is said."""
MALICE_SURE = 0.99
"""The same for malice, alone or in a mixture: a wrong "malice" is the worst answer."""
