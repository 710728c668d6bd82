"""How does a simulated device solve a challenge? As a browser does: it tries until a derived key begins as it must."""

from typing import NamedTuple

import msgspec
from altcha import Challenge, Payload, solve_challenge

TRY_S_MAX = 30.0
SOLVE_S = (0.3, 2.0)
"""How long a page works on a challenge at the full price, in the mean: from a desk's computer to an old phone."""
MEAN_TRIES = 256
TRIES_AT_ONCE = 16
"""A browser begins so many together, and looks at them when all are done."""
REHEARSED_COST = 32
"""The full price of a rehearsed door, of which the least is a whole round: work is not rehearsed, only its time."""
CALL_SHARE = 0.05
"""What a try costs whatever the price, as a share of a full-price one: a browser derives a key by two calls."""


class Work(NamedTuple):
    """A challenge that was solved, and how much there was to do."""

    proof: str
    share: float
    """Of the mean work at the full price."""


def solution_in(body: bytes) -> str:
    """The solution of the challenge in a JSON answer of the door, as it is sent back; empty: there is none in it."""
    return work_in(body).proof


def work_in(body: bytes) -> Work:
    """As `solution_in`, of a rehearsed door: with how long it takes, by the tries that it took and their price."""
    if b'"challenge":' not in body:
        return Work("", 0.0)
    challenge = Challenge.from_dict(msgspec.json.decode(body)["challenge"])
    solution = solve_challenge(challenge, timeout=TRY_S_MAX)
    if solution is None:
        return Work("", 0.0)
    share = challenge.parameters.cost / REHEARSED_COST + CALL_SHARE
    tries = (solution.counter // TRIES_AT_ONCE + 1) * TRIES_AT_ONCE
    return Work(Payload(challenge, solution).to_base64(), tries / MEAN_TRIES * share)
