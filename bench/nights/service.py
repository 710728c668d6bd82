"""A service of limited capacity, second by second: how long its queue is, whom it refuses, who tries again.

A fluid model: calls come, up to a limit they queue, the others are refused; of those refused a share tries again,
spread evenly over twice the mean delay. With quick retries the load stays when its cause is gone [Bronson 2021].
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Service(Struct, frozen=True, kw_only=True):
    """What a service was like in each second."""

    wait_s: Floats
    refused: Floats
    """Share of the calls of this second that were refused."""
    use: Floats
    """Share of its capacity in use."""
    capacity: Floats
    """Calls a second."""


def serve(offered: Floats, capacity: Floats, *, limit_s: float, persistence: float, retry_s: float) -> Service:
    """Run the service over the first calls of each second."""
    seconds = len(offered)
    again = np.zeros(seconds + 200)
    wait, refused, use = np.zeros(seconds), np.zeros(seconds), np.zeros(seconds)
    span = max(1, min(150, round(2 * retry_s)))
    queue = 0.0
    for second in range(seconds):
        came = offered[second] + again[second]
        room = capacity[second]
        queue += came
        served = min(queue, room)
        queue -= served
        most = limit_s * room
        turned_away = max(0.0, queue - most)
        if turned_away > 0:
            queue -= turned_away
            again[second + 1 : second + 1 + span] += turned_away * persistence / span
        refused[second] = turned_away / came if came > 0 else 0.0
        wait[second] = queue / max(room, 1e-9)
        use[second] = served / max(room, 1e-9)
    return Service(wait_s=wait, refused=np.minimum(refused, 1.0), use=use, capacity=capacity)
