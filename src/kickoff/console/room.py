"""What do the console's paths speak to? The parts of one night's console, together."""

import asyncio

from kickoff.clock import Clock
from kickoff.console.accounts import People
from kickoff.console.answers import Clerk
from kickoff.console.attempts import Attempts
from kickoff.console.door_link import DoorLink
from kickoff.console.evening import Evenings
from kickoff.console.sessions import Sessions
from kickoff.console.trail import Trail
from kickoff.console.watch import Series, Watch, series_of
from kickoff.door.networks import Proxies
from kickoff.night import Night
from kickoff.run_folder import RunFolder
from kickoff.units import US_PER_S


class Room:
    """The parts that the paths speak to."""

    def __init__(
        self,
        *,
        night: Night,
        folder: RunFolder,
        watch: Watch,
        door: DoorLink,
        clerk: Clerk,
        people: People,
        trail: Trail,
        sessions: Sessions,
        evenings: Evenings,
        clock: Clock,
        proxies: Proxies,
    ) -> None:
        self.night = night
        self.folder = folder
        self.watch = watch
        self.door = door
        self.clerk = clerk
        self.people = people
        self.trail = trail
        self.sessions = sessions
        self.evenings = evenings
        self.clock = clock
        self.proxies = proxies
        self.attempts = Attempts()
        """By network."""
        self.codes = Attempts()
        """Wrong codes, by the account whose password was right: their digits are few, and networks are many."""
        self.listeners = 0
        self.checking = asyncio.Semaphore(1)

    def series(self) -> Series:
        """What the plots show now."""
        until_s = min(self.night.schedule.end, (self.clock.now() - self.night.at(0)) / US_PER_S)
        return series_of(self.watch.seen, self.watch.points, starts_at=self.night.at(0), until_s=until_s)

    def close(self) -> None:
        """Give back what is held open."""
        self.people.close()
        self.trail.close()
        self.evenings.close()
