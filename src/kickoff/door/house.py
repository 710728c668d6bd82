"""The door of one night: answers requests, tells the conductor how the house stands, publishes what it decides."""

from collections.abc import Callable

from kickoff.admission.orders import Health, Orders, Reading
from kickoff.door import metrics, recovery
from kickoff.door.announcements import Announcements
from kickoff.door.journal import Log
from kickoff.door.problems import problem
from kickoff.door.router import Pages, Router
from kickoff.door.seam import Reply
from kickoff.door.state import House, random_number
from kickoff.facts import Records
from kickoff.night import Night
from kickoff.plumbing.key_files import Keys
from kickoff.settings import DoorSettings
from kickoff.units import AtUs, Place
from kickoff.waiting_room.places import Blocks
from kickoff.waiting_room.snapshot import LaneStatus, Snapshot


class Door:
    """One door. It has no socket and no clock: `request.at_us` and the `at` of each call are the time."""

    def __init__(
        self,
        night: Night,
        keys: Keys,
        *,
        log: Log,
        places: Blocks,
        backend_open: bool = False,
        settings: DoorSettings | None = None,
        live_base: str = "http://127.0.0.1:8081",
        pages: Pages | None = None,
        draw: Callable[[], int] = random_number,
        epoch: int = 0,
    ) -> None:
        self.epoch = epoch
        """Snapshots published before this start."""
        self.house = House(
            night,
            keys,
            log=log,
            places=places,
            settings=settings or DoorSettings(),
            live_base=live_base,
            backend_open=backend_open,
            draw=draw,
        )
        self._announcements = Announcements(night)
        self._router = Router(self.house, pages)
        self.answer = self._router.answer
        """`answer(request) -> Reply | Forward`. Call `commit` before the reply leaves."""
        self.commit = self.house.journal.commit
        """Write the facts of all answers since the last call; False: send `unwritten` where a reply `needs_log`."""

    def unwritten(self) -> Reply:
        """What goes out instead of a promise that could not be written down."""
        return problem("unwritten", "Ask again shortly: the same place is yours.", retry_s=5.0)

    def recover(self, records: list[Records], *, last_given: int) -> None:
        """Read back what happened before: once, before the first request."""
        self._announcements.forget_told(recovery.recover(self.house, records, last_given=last_given))

    def ready(self) -> None:
        """From now on `/readyz` says yes."""
        self.house.is_ready = True

    @property
    def is_open(self) -> bool:
        """Whether the door is open to all: no line, no permit, no deadline."""
        return self.house.backend_open

    def heard(self, health: tuple[Health, ...]) -> None:
        """The back end's word: kept for the reading, the permit's measure, and a fact each time it is new."""
        self.house.health = health
        for row in self._announcements.health_rows(health):
            self.house.journal.record(row)
        for word in health:
            if word.dependency == "sign_in":
                self.house.permit.follow(word.capacity_per_s)

    def reading(self, at: AtUs) -> Reading:
        """The house at this tick."""
        house = self.house
        house.calls.lapse(at=at, call_s=house.snapshot.call_s)
        counts = house.counts
        return Reading(
            at=at,
            health=house.health,
            inside=house.inside(at),
            joined_total=house.book.last_given,
            called_total=house.calls.called_total,
            passed_total=counts.passed,
            lapsed_total=house.calls.lapsed_total,
            # Streams granted: a change of channel is a lease too, but lets nobody in.
            leased_total=len(house.leases),
            signed_in_total=counts.signed_in,
            sign_in_failed_total=counts.sign_in_failed,
            paused=house.paused,
            cap_per_s=house.cap_per_s,
            bitrate_kbps=house.bitrate_kbps,
        )

    def publish(self, snapshot: Snapshot, orders: Orders | None = None) -> None:
        """Show the next snapshot, call everyone up to its serving number, tell the match clock and the rate."""
        house = self.house
        house.show(snapshot)
        house.orders = orders or house.orders
        house.call(min(snapshot.lanes["main"].serving, house.book.last_given), at=snapshot.at)
        for row in self._announcements.match_rows(snapshot.at):
            house.journal.record(row)
        for row in self._announcements.rate_rows(orders, snapshot.at) if orders else ():
            house.journal.record(row)
        house.journal.commit()

    def everybody_called(self, lanes: dict[str, LaneStatus]) -> dict[str, LaneStatus]:
        """The lanes of a door that is open to all: everyone who has come may come in, at no wait."""
        given = Place(self.house.book.last_given)
        return {
            name: LaneStatus(serving=given, rate_per_s=lane.rate_per_s, eta=(0.0, 0.0, 0.0))
            for name, lane in lanes.items()
        }

    def metrics(self, at: AtUs) -> Reply:
        """The text that Prometheus scrapes."""
        return metrics.metrics(self.house, at)
