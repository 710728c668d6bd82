"""How often may a place try to sign in? Once at a time; after ten wrong passwords, once in half a minute.

A pass is good for minutes and more: without this one place could hold the whole permit, or guess passwords all night.
"""

from kickoff.units import US_PER_S

WRONG_MAX = 10
WAIT_S = 30.0
IN_FLIGHT_WAIT_S = 2.0
PLACES_MAX = 100_000
"""So many places with a wrong password are remembered; of more, the oldest is forgotten."""

PlaceKey = tuple[str, int]
"""(lane, place)."""


class Tries:
    """The sign-ins of one night, by place. Instants in microseconds UTC."""

    def __init__(self) -> None:
        self._in_flight: set[PlaceKey] = set()
        self._wrong: dict[PlaceKey, tuple[int, int]] = {}
        """(how many, when the last)."""

    def wait_s(self, key: PlaceKey, *, at_us: int) -> float:
        """How long this place must wait before it may try; 0: not at all."""
        if key in self._in_flight:
            return IN_FLIGHT_WAIT_S
        many, last = self._wrong.get(key, (0, 0))
        return max(0.0, WAIT_S - (at_us - last) / US_PER_S) if many >= WRONG_MAX else 0.0

    def begin(self, key: PlaceKey) -> None:
        """A try is on its way; bounded by the permit, which the caller has taken."""
        self._in_flight.add(key)

    def finish(self, key: PlaceKey, *, is_wrong: bool, at_us: int) -> None:
        """It was answered. `is_wrong`: login or password; a back end that fails is nobody's guess."""
        self._in_flight.discard(key)
        if is_wrong:
            many, _ = self._wrong.pop(key, (0, 0))
            self._wrong[key] = (many + 1, at_us)
            if len(self._wrong) > PLACES_MAX:
                del self._wrong[next(iter(self._wrong))]
