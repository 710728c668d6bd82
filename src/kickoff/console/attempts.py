"""How often may one network try a password, and one account a code? A bucket of tries for each, that fills again."""

from msgspec import Struct

from kickoff.units import US_PER_S

TRIES = 5
EACH_S = 30.0
"""A try comes back after so long."""
NETWORKS_MAX = 10_000
"""Networks remembered; beyond that the oldest is forgotten, which gives it its tries back."""


class _Bucket(Struct):
    tries: float
    at_us: int


class Attempts:
    """Counts tries by network. A try that succeeds is given back."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    def take(self, network: str, *, at_us: int) -> float:
        """Take a try: 0 where there was one, else the seconds until there is one again."""
        bucket = self._buckets.pop(network, None) or _Bucket(float(TRIES), at_us)
        if len(self._buckets) >= NETWORKS_MAX:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[network] = bucket
        passed_s = max(0, at_us - bucket.at_us) / US_PER_S
        bucket.tries = min(float(TRIES), bucket.tries + passed_s / EACH_S)
        bucket.at_us = at_us
        if bucket.tries < 1:
            return (1 - bucket.tries) * EACH_S
        bucket.tries -= 1
        return 0.0

    def give_back(self, network: str) -> None:
        """The try was right: it does not count."""
        if bucket := self._buckets.get(network):
            bucket.tries = min(float(TRIES), bucket.tries + 1)
