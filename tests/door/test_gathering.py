"""Questions of one moment leave together; nobody's reply is lost."""

import asyncio
from collections.abc import Sequence

from kickoff.clock import WallClock
from kickoff.door.gathering import ENOUGH, Gathering
from kickoff.door.seam import Parked, Reply
from kickoff.waiting_room.shared import LOST, Answered, Kind, Question, Said

LONG_S = 60.0


class FakeLine:
    """Gives places in order, when it may."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked_again = asyncio.Event()
        self.says: Said | None = None

    async def ask(self, questions: Sequence[Question]) -> list[Answered]:
        """One answer each."""
        if self.batches:
            self.asked_again.set()
        self.batches.append([one.subject for one in questions])
        await self.may_answer.wait()
        return [Answered(said=self.says or Said.NEW, place=one.subject) for one in questions]


def parked(subject: int, finish_raises: bool = False) -> Parked:  # noqa: FBT001, FBT002 - one switch of a test
    """A request of a subject."""

    def finish(answered: Answered, now_us: int) -> Reply:
        assert now_us > 0
        if finish_raises:
            raise RuntimeError("a defect")
        return Reply(status=503 if answered is LOST else 201, body=str(answered.place).encode())

    return Parked(question=Question(lane="main", kind=Kind.TAKE, subject=subject), finish=finish)


class Asked:
    """Requests put to a gathering, and their replies."""

    def __init__(self, line: FakeLine, *, window_s: float = LONG_S, patience_s: float = LONG_S) -> None:
        self.gathering = Gathering(line.ask, clock=WallClock(), window_s=window_s, patience_s=patience_s)
        self.replies: dict[int, Reply] = {}
        self.all_there = asyncio.Event()

    async def ask(self, subjects: Sequence[int], *, defect: int = -1) -> dict[int, Reply]:
        """Put all of them in one turn; their replies once every one is there."""

        def done(subject: int, reply: Reply) -> None:
            assert subject not in self.replies, "a reply comes once"
            self.replies[subject] = reply
            if len(self.replies) == len(subjects):
                self.all_there.set()

        for one in subjects:
            self.gathering.add(
                parked(one, finish_raises=one == defect),
                lambda reply, one=one: done(one, reply),  # type: ignore[misc]
            )
        await asyncio.wait_for(self.all_there.wait(), 20)
        return self.replies


async def test_what_comes_in_one_turn_is_asked_in_one_call() -> None:
    """A call for each join would cost more than the join."""
    line = FakeLine()
    replies = await Asked(line).ask(range(ENOUGH + 40))
    assert line.batches == [list(range(ENOUGH + 40))]
    assert {subject: int(reply.body) for subject, reply in replies.items()} == {n: n for n in range(ENOUGH + 40)}


async def test_few_questions_wait_no_longer_than_the_window() -> None:
    """A quiet door answers at once too."""
    line = FakeLine()
    assert set(await Asked(line, window_s=0.001).ask([1, 2, 3])) == {1, 2, 3}
    assert line.batches == [[1, 2, 3]]


async def test_a_line_that_says_wait_is_asked_again() -> None:
    """While it is made whole after a failover nobody is sent away."""
    line = FakeLine()
    line.says = Said.WAIT
    waiting = asyncio.create_task(Asked(line, window_s=0.001).ask([1, 2]))
    await asyncio.wait_for(line.asked_again.wait(), 20)
    line.says = None
    replies = await waiting
    assert [reply.status for reply in replies.values()] == [201, 201]


async def test_who_waits_in_vain_is_told_so() -> None:
    """Nobody answers: the question is lost, its asker comes back later."""
    line = FakeLine()
    line.may_answer.clear()
    replies = await Asked(line, window_s=0.001, patience_s=0.05).ask([1, 2])
    assert [reply.status for reply in replies.values()] == [503, 503]


async def test_a_line_that_fails_leaves_nobody_without_a_reply() -> None:
    """Whatever goes wrong on the way: everybody of the batch is told to come back, and the next batch is asked."""
    line = FakeLine()

    async def fail(_: Sequence[Question]) -> list[Answered]:
        raise RuntimeError("a defect")

    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(str(context["exception"])))
    asked = Asked(line, window_s=0.001)
    asked.gathering._ask = fail
    replies = await asked.ask([1, 2])
    assert [reply.status for reply in replies.values()] == [503, 503]
    assert told == ["a defect"]


async def test_a_defect_costs_one_reply() -> None:
    """The rest of the batch is served on."""
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(str(context["exception"])))
    replies = await Asked(FakeLine(), window_s=0.001).ask([1, 2, 3], defect=2)
    assert [replies[one].status for one in (1, 2, 3)] == [201, 500, 201]
    assert told == ["a defect"]
