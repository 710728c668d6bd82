import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kickoff.gestures.outbox.delivery import ATTEMPTS_MAX, STREAK_MAX
from kickoff.gestures.outbox.http import Clockwork, Receiver, deliver
from kickoff.gestures.outbox.sql import Handed, Outbox
from kickoff.gestures.policy import allot
from kickoff.gestures.sql import Ledger, open_ledger
from kickoff.units import US_PER_S, AtUs
from tests.gestures.nights import case, cases, night_with
from tests.gestures.outbox.billing import SECRET, Billing

PEOPLE = 120
LATE = AtUs(10**6 * US_PER_S)


class Timekeeper:
    """A clock that moves when somebody sleeps, and by a moment with each look."""

    def __init__(self) -> None:
        self.at = AtUs(1_000 * US_PER_S)
        self.slept_s: list[float] = []

    def now(self) -> AtUs:
        """A moment later with each look."""
        self.at = AtUs(self.at + 1_000)
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Later at once."""
        self.slept_s.append(seconds)
        self.at = AtUs(self.at + round(seconds * US_PER_S))

    @property
    def clockwork(self) -> Clockwork:
        """As the sender takes it."""
        return Clockwork(now=self.now, sleep=self.sleep)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A list that was posted, and revised."""
    made = open_ledger(tmp_path / "ledger.sqlite")
    people = cases(PEOPLE, seed=1)
    revised = [msgspec.structs.replace(one, lost_ms=one.lost_ms // 3) for one in people[20:]]
    for listed in (people, revised):
        allotment = allot(listed, night_with())
        made.approve(allotment, by="rule", at=AtUs(1), rule=True)
        made.post(allotment, at=AtUs(2))
    yield made
    made.close()


def outbox_of(ledger: Ledger) -> Outbox:
    """What is on its way."""
    return ledger.outbox(allot([], night_with()).scope)


async def run(ledger: Ledger, billing: Billing, keeper: Timekeeper | None = None, **options: object) -> Handed:
    """Deliver until nothing more can be done."""
    # Short where it stalls; on a busy machine a short patience alone would lose answers that are on their way.
    answer_s = 0.15 if "stall" in billing.moods else 10.0
    receiver = Receiver(url=billing.url, secret=SECRET, at_once=8, answer_s=answer_s)
    told = {"until": LATE, **options}
    return await deliver(outbox_of(ledger), receiver, (keeper or Timekeeper()).clockwork, **told)  # type: ignore[arg-type]


def owed(ledger: Ledger) -> int:
    """What the ledger says in all."""
    return sum(entry.amount_cents for entry in ledger.entries(outbox_of(ledger).scope))


async def test_everything_is_handed_on_once_and_in_order(ledger: Ledger) -> None:
    """A correction never arrives before what it corrects; run again, nothing more is sent."""
    with Billing().serving() as billing:
        handed = await run(ledger, billing)
        count = len(ledger.entries(outbox_of(ledger).scope))
        assert (handed.delivered, handed.waiting, handed.stuck, handed.tries) == (count, 0, 0, count)
        assert handed.delivered_cents == sum(billing.kept.values()) == owed(ledger)
        numbers: dict[str, int] = {}
        for key in billing.order:
            subject, _, number = key.rpartition(".")
            assert int(number) == numbers.get(subject, 0) + 1
            numbers[subject] = int(number)
        await run(ledger, billing)
        assert billing.came == {"well": count}


async def test_a_receiver_with_bad_hours_ends_with_each_gesture_once(ledger: Ledger) -> None:
    """It fails before and after keeping, hangs up, is busy, stalls until we give up, and sees keys again and again."""
    moods = {"error": 0.15, "error_after": 0.1, "hang_up": 0.1, "busy": 0.05, "stall": 0.02}
    with Billing(moods=moods).serving() as billing:
        keeper = Timekeeper()
        handed = await run(ledger, billing, keeper)
        assert set(billing.came) == {"well", *moods}
        assert (handed.waiting, handed.stuck) == (0, 0)
        assert len(billing.kept) == handed.delivered == len(ledger.entries(outbox_of(ledger).scope))
        assert sum(billing.kept.values()) == owed(ledger)
        assert handed.tries > handed.delivered
        assert keeper.slept_s
        assert max(keeper.slept_s) <= 300


async def test_a_receiver_that_goes_away_is_left_alone_until_it_is_back(ledger: Ledger) -> None:
    """Nobody hammers at a closed door: some tries, then one now and then."""
    with Billing().serving() as billing:
        billing.go_away()
        keeper = Timekeeper()
        handed = await run(ledger, billing, keeper, until=AtUs(keeper.at + 3_600 * US_PER_S))
        assert handed.delivered == 0
        assert STREAK_MAX <= handed.tries <= 60
        billing.come_back()
        handed = await run(ledger, billing, keeper)
        assert (handed.waiting, handed.stuck) == (0, 0)
        assert sum(billing.kept.values()) == owed(ledger)


async def test_a_hiccup_costs_seconds_however_many_were_on_their_way(ledger: Ledger) -> None:
    """Sixteen tries that fail side by side are one failure: the receiver is asked again a second later."""

    class Meanwhile(Timekeeper):
        async def sleep(self, seconds: float) -> None:
            await super().sleep(seconds)
            if self.at >= 1_003 * US_PER_S and billing.is_away:
                billing.come_back()

    with Billing().serving() as billing:
        billing.go_away()
        keeper = Meanwhile()
        receiver = Receiver(url=billing.url, secret=SECRET, at_once=16)
        until = AtUs(keeper.at + 60 * US_PER_S)
        handed = await deliver(outbox_of(ledger), receiver, keeper.clockwork, until=until)
        assert (handed.waiting, handed.stuck) == (0, 0)
        assert sum(billing.kept.values()) == owed(ledger)


async def test_what_is_refused_waits_for_a_person(ledger: Ledger) -> None:
    """An unknown customer is not asked about again all night; told so, it is tried once more."""
    with Billing(moods={"refuse": 1.0}).serving() as billing:
        handed = await run(ledger, billing)
        # Who has two entries has sent the first one only.
        assert handed.stuck == PEOPLE == billing.came["refuse"]
        assert (await run(ledger, billing)).tries == handed.tries
        billing.moods = {}
        handed = await run(ledger, billing, stuck_too=True)
        assert (handed.waiting, handed.stuck) == (0, 0)
        assert sum(billing.kept.values()) == owed(ledger)


async def test_a_receiver_with_another_secret_keeps_nothing(ledger: Ledger) -> None:
    """Money is not moved by whoever knows the address."""
    with Billing().serving() as billing:
        receiver = Receiver(url=billing.url, secret=b"x" * 32)
        handed = await deliver(outbox_of(ledger), receiver, Timekeeper().clockwork, until=LATE)
        assert (billing.kept, handed.delivered, billing.came["forged"]) == ({}, 0, PEOPLE)


async def test_a_sender_killed_in_the_middle_doubles_and_loses_nothing(tmp_path: Path) -> None:
    """Gone between the receiver's yes and our note: the key comes a second time, the gesture does not."""
    people = [case(number, minutes=10) for number in range(1, 61)]
    ledger = open_ledger(tmp_path / "ledger.sqlite")
    allotment = allot(people, night_with())
    ledger.approve(allotment, by="rule", at=AtUs(1), rule=True)
    ledger.post(allotment, at=AtUs(2))
    with Billing().serving() as billing:
        ledger.close()
        child = os.fork()
        if child == 0:
            _deliver_until_killed(tmp_path / "ledger.sqlite", billing.url, notes=3)
        _, status = await asyncio.to_thread(os.waitpid, child, 0)
        assert os.WIFSIGNALED(status)
        ledger = open_ledger(tmp_path / "ledger.sqlite")
        assert 0 < outbox_of(ledger).handed().delivered < len(billing.kept) < 60
        handed = await run(ledger, billing)
        assert (handed.delivered, handed.waiting) == (60, 0)
        assert billing.came["well"] > 60
        assert sum(billing.kept.values()) == owed(ledger) == allotment.total_cents
    ledger.close()


def _deliver_until_killed(path: Path, url: str, *, notes: int) -> None:
    """Deliver, and die before this note is written."""
    ledger, left = open_ledger(path), [notes]
    outbox = outbox_of(ledger)
    note = outbox.note

    def note_or_die(tries: object) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        note(tries)  # type: ignore[arg-type]

    outbox.note = note_or_die  # type: ignore[method-assign]
    asyncio.new_event_loop().run_until_complete(
        deliver(outbox, Receiver(url=url, secret=SECRET, at_once=8), Timekeeper().clockwork, until=LATE)
    )
    os._exit(0)


def test_tries_are_bounded() -> None:
    """Some hours, then a person looks why."""
    assert 3_600 < sum(min(300, 2**attempt) for attempt in range(ATTEMPTS_MAX)) * 0.8 < 12 * 3_600
