"""What was heard in other words than a beat's? Each stream's story so far, and what could not be read, counted."""

from collections import Counter, deque
from collections.abc import Iterable

from kickoff.audience.player_events import Story

UNKNOWN_MAX = 100
"""So many unknown keys are counted by name, the others together."""
SAMPLES_MAX = 5
SAMPLE_CHARACTERS = 200


class EventBook:
    """One door's. A story is kept for streams that speak in events; there are no more of them than leases."""

    def __init__(self) -> None:
        self.stories: dict[int, Story] = {}
        self.malformed = 0
        self.samples: deque[str] = deque(maxlen=SAMPLES_MAX)
        """The latest events that could not be read, and why."""
        self.unknown: Counter[str] = Counter()

    def could_not_read(self, why: str) -> None:
        """Count a malformed event, and keep it as a sample."""
        self.malformed += 1
        self.samples.append(why[:SAMPLE_CHARACTERS])

    def count_unknown(self, keys: Iterable[str]) -> None:
        """Count keys that are in no specification."""
        for key in keys:
            self.unknown[key if key in self.unknown or len(self.unknown) < UNKNOWN_MAX else "(other)"] += 1
