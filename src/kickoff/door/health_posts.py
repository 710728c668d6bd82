"""What was posted of each dependency last? Kept by every door, told from door to door, read at each tick."""

from kickoff.admission.orders import Health
from kickoff.admission.signals import DEPENDENCIES_MAX


class HealthPosts:
    """The last reading of each dependency that a service posted."""

    def __init__(self) -> None:
        self._latest: dict[str, Health] = {}

    def take(self, reading: Health) -> bool:
        """Take a sound reading; False: no newer than the last one, or one name too many."""
        known = self._latest.get(reading.dependency)
        if known is not None and reading.at <= known.at:
            return False
        if not self.has_room_for(reading.dependency):
            return False
        self._latest[reading.dependency] = reading
        return True

    def has_room_for(self, dependency: str) -> bool:
        """Whether the name is known or may still be."""
        return dependency in self._latest or len(self._latest) < DEPENDENCIES_MAX

    def latest(self) -> tuple[Health, ...]:
        """The last reading of each, however old."""
        return tuple(self._latest.values())
