"""The door of one night: answers requests, tells the conductor how the house stands, publishes what it decides."""

from collections.abc import Callable

from msgspec.structs import replace

from kickoff.admission.orders import Health, LaneCounts, Orders, Reading
from kickoff.door import metrics, recovery
from kickoff.door.announcements import Announcements
from kickoff.door.journal import Log
from kickoff.door.lottery import rows_of
from kickoff.door.origins import opened_to, readers
from kickoff.door.problems import problem
from kickoff.door.router import Pages, Router
from kickoff.door.seam import Reply
from kickoff.door.state import House, random_number
from kickoff.door.told import Told
from kickoff.facts import Lane
from kickoff.night import Night
from kickoff.plumbing.key_files import Keys
from kickoff.settings import DoorSettings
from kickoff.units import AtUs, Place
from kickoff.waiting_room.draw import Draw
from kickoff.waiting_room.eta import personal_s
from kickoff.waiting_room.line import Line
from kickoff.waiting_room.places import Blocks
from kickoff.waiting_room.snapshot import SHUT, LaneStatus, Snapshot


class Door:
    """One door. It has no socket and no clock: `request.at_us` and the `at` of each call are the time."""

    def __init__(
        self,
        night: Night,
        keys: Keys,
        *,
        log: Log,
        places: Blocks | None,
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
        self.answer = opened_to(self.house.settings.origins, self._router.answer)
        """`answer(request) -> Reply | Forward | Parked`. Call `commit` before the reply leaves."""
        self.commit = self.house.journal.commit
        """Write the facts of all answers since the last call; False: send `unwritten` where a reply `needs_log`."""

    def unwritten(self, instead_of: Reply) -> Reply:
        """What goes out instead of a promise that could not be written down, to whoever might have read that."""
        told = problem(
            "unwritten", "Ask again shortly: the same place is yours.", retry_s=personal_s(5.0, self.house.draw())
        )
        return replace(told, headers=(*told.headers, *readers(instead_of)))

    def recover(self, told: Told, *, last_given: dict[str, int]) -> None:
        """Read back what happened before: once, before the first request."""
        self._announcements.forget_told(recovery.recover(self.house, told, last_given=last_given))

    def ready(self) -> None:
        """From now on `/readyz` says yes."""
        self.house.is_ready = True

    def close(self) -> None:
        """From now on `/readyz` says no: no balancer sends anybody here."""
        self.house.is_ready = False

    @property
    def is_open(self) -> bool:
        """Whether the door is open to all: no line, no permit, no deadline."""
        return self.house.backend_open

    def heard(self, health: tuple[Health, ...], *, doors: int = 1) -> None:
        """The back end's word: kept for the reading, the permit's measure, and a fact each time it is new.

        `doors`: so many share its sign-in service.
        """
        self.house.health = health
        for row in self._announcements.health_rows(health) if self.house.leads else ():
            self.house.journal.record(row)
        for word in health:
            if word.dependency == "sign_in":
                self.house.permit.follow(word.capacity_per_s / doors)

    def reading(self, at: AtUs) -> Reading:
        """The house at this tick."""
        house = self.house
        for line in house.lines.values():
            line.calls.lapse(at=at, call_s=house.snapshot.call_s)
        counts = house.counts
        lanes = {name: counted(line) for name, line in house.lines.items()}
        return Reading(
            at=at,
            health=house.health,
            inside=house.inside(at),
            held=house.held(at),
            joined_total=sum(lane.joined_total for lane in lanes.values()),
            called_total=sum(lane.called_total for lane in lanes.values()),
            passed_total=counts.passed,
            lapsed_total=sum(lane.lapsed_total for lane in lanes.values()),
            # Streams granted: a change of channel is a lease too, but lets nobody in.
            leased_total=len(house.leases),
            signed_in_total=counts.signed_in,
            sign_in_failed_total=counts.sign_in_failed,
            lanes=lanes,
            paused=house.paused,
            cap_per_s=house.cap_per_s,
            guaranteed=house.guaranteed,
            late=house.grace.waiting(),
            bitrate_kbps=house.bitrate_kbps,
            ladder_kbps=house.ladder_kbps,
        )

    def publish(self, snapshot: Snapshot, orders: Orders | None = None) -> None:
        """Show the next snapshot, call everyone up to its serving number, tell the match clock and the rate."""
        house = self.house
        if house.lottery.is_open and snapshot.state not in SHUT:
            if house.lottery.keeps_list:
                self.put_in_order(house.lottery.hold(house.lines), at=snapshot.at)
            else:
                house.lottery.forgo()
        if house.is_shared:
            snapshot = never_back(snapshot, house.snapshot)
        house.grace.forget(at_us=snapshot.at)
        house.show(snapshot)
        house.orders = orders or house.orders
        main, slow, known = (house.lines[lane].book for lane in (Lane.MAIN, Lane.SLOW, Lane.KNOWN))
        house.networks.watch(
            strangers=main.last_given + slow.last_given, in_main=main.given, known=known.last_given, at_us=snapshot.at
        )
        for name, line in house.lines.items():
            house.call(line, min(snapshot.lanes[name].serving, line.book.last_given), at=snapshot.at)
        rows = self._announcements.match_rows(snapshot.at)
        if orders and house.leads:
            serving = {name: lane.serving for name, lane in snapshot.lanes.items()}
            rows += self._announcements.rate_rows(orders, snapshot.at)
            rows += self._announcements.told_rows(orders, serving, snapshot.at)
        for row in rows if house.leads else ():
            house.journal.record(row)
        house.journal.commit()

    def put_in_order(self, draw: Draw | None, *, at: AtUs) -> None:
        """Take up what was drawn, once; None: nothing yet. It is in each log: a restarted door may read no other."""
        lottery, lines = self.house.lottery, self.house.lines
        if draw is None or lottery.held is not None or not self.house.rules.draw:
            return
        lottery.take_up(draw, lines)
        for row in rows_of(draw, at=at):
            self.house.journal.record(row)
        for line in lines.values():
            line.order_anew()

    def everybody_called(self, lanes: dict[str, LaneStatus]) -> dict[str, LaneStatus]:
        """The lanes of a door that is open to all: everyone who has come may come in, at no wait."""
        return {
            name: LaneStatus(serving=Place(given), rate_per_s=lanes[name].rate_per_s, eta=(0.0, 0.0, 0.0))
            for name, given in self.given().items()
        }

    def serving(self) -> dict[str, int]:
        """Lane → everyone up to this place was called."""
        return {name: line.calls.serving for name, line in self.house.lines.items()}

    def given(self) -> dict[str, int]:
        """Lane → places given."""
        return {name: line.book.last_given for name, line in self.house.lines.items()}

    def metrics(self, at: AtUs) -> Reply:
        """The text that Prometheus scrapes."""
        return metrics.metrics(self.house, at)


def never_back(snapshot: Snapshot, shown: Snapshot) -> Snapshot:
    """The snapshot with no serving number below what was shown: a new leader may not have heard the last one's word."""
    if all(lane.serving >= shown.lanes[name].serving for name, lane in snapshot.lanes.items() if name in shown.lanes):
        return snapshot
    lanes = {
        name: replace(lane, serving=max(lane.serving, shown.lanes[name].serving)) if name in shown.lanes else lane
        for name, lane in snapshot.lanes.items()
    }
    return replace(snapshot, lanes=lanes)


def counted(line: Line) -> LaneCounts:
    """What the conductor is told of one lane."""
    return LaneCounts(
        joined_total=line.book.given,
        called_total=line.calls.called_total,
        passed_total=line.calls.passed_total,
        lapsed_total=line.calls.lapsed_total,
        leased_total=line.leased,
        sign_ins_total=line.sign_ins,
    )
