"""The shape of what is known of one sign."""

from msgspec import Struct


class Card(Struct, frozen=True, kw_only=True):
    """One sign: the edges of its classes, the weight of each class for each cause, what is usual under each."""

    edges: tuple[float, ...]
    """Rising; a measure at an edge belongs to the class above it. There is one class more than edges."""
    weights: tuple[tuple[float, ...], ...]
    """One row a cause, one column a class; natural logarithms."""
    usual: tuple[float, ...]
    """The median measure where each cause is at work."""
