"""How does a simulated device solve a challenge? As a browser does: it tries until a derived key begins as it must."""

import msgspec
from altcha import Challenge, Payload, solve_challenge

TRY_S_MAX = 30.0
SOLVE_S = (0.3, 2.0)
"""How long the page works on a challenge: from a desk's computer to an old phone."""


def solution_in(body: bytes) -> str:
    """The solution of the challenge in a JSON answer of the door, as it is sent back; empty: there is none in it."""
    if b'"challenge":' not in body:
        return ""
    challenge = Challenge.from_dict(msgspec.json.decode(body)["challenge"])
    solution = solve_challenge(challenge, timeout=TRY_S_MAX)
    return Payload(challenge, solution).to_base64() if solution else ""
