"""How much of a dependency is left empty? As much as its reports stray from what was foretold, twice over.

The night file's `target` is the share that is filled while nothing is known. Once load follows what the learnt costs
foretell, report after report, less need be kept back, and the share rises up to `TARGET_BEST`; it falls again within
seconds when reports begin to stray. Speed and safety pull against each other only for a fixed share: one that is high
enough on a quiet night is too high on a rough one.
"""

TARGET_BEST = 0.97
"""A queue in front of a dependency filled beyond this grows with every breath of the load."""
STRAYS = 2.0
STRAYS_OF_THE_DOOR = 1.0
"""Of a dependency that nobody inside needs: who meets its queue waits for their permit, and loses nothing."""


def target_of(target: float, *, stray: float, protects_inside: bool) -> float:
    """The share of a dependency's capacity to fill; `stray` as a share of capacity."""
    strays = STRAYS if protects_inside else STRAYS_OF_THE_DOOR
    return max(target, min(max(target, TARGET_BEST), 1.0 - strays * stray))
