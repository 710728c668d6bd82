"""How much of a dependency is left empty? As much as its reports go beyond what was foretold, twice over.

The night file's `target` is the share that is filled while nothing is known. Once load follows what the learnt costs
foretell, report after report, less need be kept back, and the share rises up to `TARGET_BEST`; it falls again within
seconds when reports begin to exceed it. Speed and safety pull against each other only for a fixed share: one that is
high enough on a quiet night is too high on a rough one. Load that was foretold and did not come, as while beats are
being stretched, asks for no reserve.
"""

TARGET_BEST = 0.97
"""A queue in front of a dependency filled beyond this grows with every breath of the load."""
EXCESSES = 2.0
EXCESSES_OF_THE_DOOR = 1.0
"""Of a dependency that nobody inside needs: who meets its queue waits for their permit, and loses nothing."""


def target_of(target: float, *, excess: float, protects_inside: bool) -> float:
    """The share of a dependency's capacity to fill; `excess` as a share of capacity."""
    kept = EXCESSES if protects_inside else EXCESSES_OF_THE_DOOR
    return max(target, min(max(target, TARGET_BEST), 1.0 - kept * excess))
