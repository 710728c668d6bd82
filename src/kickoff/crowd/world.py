"""What stands behind the door in a rehearsal? A simulated back end, with every parameter and its source in one place.

Two dependencies, each one queue served in the order of arrival at a measured rate, as a core serves calls:

    sign_in    one call a password; a call whose deadline has passed when its turn comes is dropped, at no cost
    playlist   master and live playlists, and what no cache answers for those inside (`calls_inside_per_s`)

The night's fault script is read as the real back end reads it: `capacity` takes its share of both, `cdn`, `isp` and
`release` break new master playlists, `sign_in` breaks sign-ins. Times are seconds from the start of the night.

A *failed call of a person watching* is a playlist or licence call of somebody inside that would be answered only after
the player's deadline.
"""

import math

import numpy as np
from msgspec import Struct

from kickoff.accounts.roster import PASSWORD, account_of, crowd_of, offer_of
from kickoff.admission.orders import Health
from kickoff.backend.faults import breaks_playlist, breaks_sign_in, lost_share
from kickoff.backend.gauge import Measured, Second, measure
from kickoff.door.seam import SignInAnswer, SignInOutcome
from kickoff.night import Night


class Parameters(Struct, frozen=True, kw_only=True):
    """Every number of the simulated world that the night file does not hold. Seconds."""

    round_trip_s: float = 0.04
    """Home to data centre and back. Assumed: lines of one country; the door's decisions do not depend on it."""
    segment_s: float = 0.15
    """Assumed: a first segment of 2 s at 1.2 Mbit/s over a line of 16 Mbit/s, from a near cache."""
    player_deadline_s: float = 5.0
    """A call of a player that has not been answered by then has failed: as `crowd.calls.PLAYER_DEADLINE_S`."""
    queue_max: int = 100_000
    """Waiting calls of the real back end (`backend.sign_in.QUEUE_MAX`)."""
    lump_s: float = 0.05
    """The calls of those inside are poured in so often: a finer grain than any queue that is braked for."""
    cached_s: float = 1.0
    """The status object's max-age: what people see is up to so old."""


class Queue:
    """One dependency: calls in the order of arrival, at `rate_per_s` less what faults take."""

    __slots__ = (
        "_asked",
        "_done",
        "_errors",
        "_faster",
        "_free_s",
        "_told_s",
        "_worked_s",
        "failed",
        "health",
        "rate_per_s",
    )

    def __init__(self, name: str, rate_per_s: float) -> None:
        self.rate_per_s = rate_per_s
        self.health = Measured(dependency=name)
        self.failed = 0.0
        """Calls dropped because their deadline had passed, from the start of the night."""
        self._faster = 1.0
        """1 … 0: the share of the rate that is there."""
        self._free_s = 0.0
        self._asked = self._done = self._worked_s = self._told_s = 0.0
        self._errors = 0.0

    def waiting_s(self, now_s: float) -> float:
        """How long a call that comes now waits for its turn."""
        return max(0.0, self._free_s - now_s)

    def ask(self, now_s: float, *, count: float = 1.0, wait_max_s: float = math.inf) -> float | None:
        """When these calls are answered; None: dropped, because their turn would come too late."""
        wait_s = self.waiting_s(now_s)
        if wait_s > wait_max_s:
            self.failed += count
            self._errors += count
            return None
        work_s = count / self._now_per_s()
        self._free_s = now_s + wait_s + work_s
        self._worked_s += work_s
        self._asked += count
        return self._free_s

    def lose(self, share: float, *, now_s: float) -> None:
        """Go on at `1 − share` of the rate; what waits takes so much longer."""
        left = max(1e-3, 1 - share)
        if left != self._faster:
            before_s = self.waiting_s(now_s)
            after_s = before_s * self._faster / left
            self._free_s = now_s + after_s
            self._worked_s += after_s - before_s
            self._faster = left

    def fail(self) -> None:
        """A call that the fault script broke: answered with an error, at no cost."""
        self._errors += 1

    def report(self, now_s: float) -> Measured:
        """The health of the time since the last report, by the real back end's arithmetic."""
        waiting_s = self.waiting_s(now_s)
        busy_s = max(0.0, self._worked_s - waiting_s)
        done = self._asked - waiting_s * self._now_per_s()
        second = Second(
            elapsed_s=now_s - self._told_s,
            busy_s=min(busy_s, now_s - self._told_s),
            completed=math.floor(done + 1e-6) - math.floor(self._done + 1e-6),
            errors=math.floor(self._errors),
            queue_ms=1000 * waiting_s,
        )
        self.health = measure(self.health, second)
        self._worked_s, self._done, self._told_s, self._errors = waiting_s, done, now_s, 0.0
        return self.health

    def _now_per_s(self) -> float:
        return self.rate_per_s * self._faster


class World:
    """The back end of one night. Chance is handed in: the same seed gives the same night."""

    def __init__(self, night: Night, chance: np.random.Generator, parameters: Parameters | None = None) -> None:
        self.night = night
        self.parameters = parameters or Parameters()
        self.sign_in = Queue("sign_in", night.servers.sign_ins_per_s)
        self.playlist = Queue("playlist", night.servers.playlists_per_s)
        self._chance = chance
        self._subscribers = crowd_of(night).subscribers

    def advance(self, now_s: float, *, inside: float) -> None:
        """Let the faults act, and pour in what those inside ask for in one `lump_s`."""
        lost = lost_share(self.night.faults, seconds=now_s)
        self.sign_in.lose(lost, now_s=now_s)
        self.playlist.lose(lost, now_s=now_s)
        calls = inside * self.night.servers.calls_inside_per_s * self.parameters.lump_s
        if calls > 0:
            self.playlist.ask(now_s, count=calls, wait_max_s=self.parameters.player_deadline_s)

    @property
    def failed_inside(self) -> float:
        """Failed calls of people watching or starting, from the start of the night."""
        return self.playlist.failed

    def report(self, now_s: float) -> tuple[Health, ...]:
        """`GET /health`, asked at this instant."""
        at = self.night.at(now_s)
        told = (queue.report(now_s) for queue in (self.sign_in, self.playlist))
        return tuple(
            Health(
                dependency=one.dependency,
                at=at,
                utilisation=one.utilisation,
                queue_ms=one.queue_ms,
                errors=one.errors,
                capacity_per_s=one.capacity_per_s,
            )
            for one in told
        )

    def check_password(
        self, login: str, password: str, *, now_s: float, deadline_s: float | None
    ) -> tuple[float, SignInAnswer]:
        """(when the door hears the answer, the answer) to a sign-in. Without a deadline it waits its turn."""
        queue = self.sign_in
        if breaks_sign_in(self.night.faults, seconds=now_s, draw=float(self._chance.random())):
            queue.fail()
            return now_s, _answered(SignInOutcome.ERROR, now_s, now_s)
        wait_s = queue.waiting_s(now_s)
        if wait_s * queue.rate_per_s > self.parameters.queue_max:
            queue.fail()
            return now_s, _answered(SignInOutcome.OVERLOADED, now_s, now_s)
        wait_max_s = math.inf if deadline_s is None else deadline_s - now_s
        done_s = queue.ask(now_s, wait_max_s=wait_max_s)
        if deadline_s is not None and (done_s is None or done_s > deadline_s):
            return deadline_s, _answered(SignInOutcome.TIMEOUT, now_s, deadline_s)
        assert done_s is not None, "without a deadline nothing is dropped"
        return done_s, self._judge(login, password, now_s, done_s)

    def fetch_playlist(self, *, now_s: float, where: dict[str, str] | None = None) -> tuple[float, bool]:
        """(when a player hears, whether it is a playlist). `where`: of a master playlist, what may break by script."""
        if where is not None and breaks_playlist(
            self.night.faults, seconds=now_s, where=where, draw=float(self._chance.random())
        ):
            # A delivery network that fails does so outside the back end, whose health does not see it.
            return now_s, False
        deadline_s = self.parameters.player_deadline_s
        done_s = self.playlist.ask(now_s, wait_max_s=deadline_s)
        return (now_s + deadline_s, False) if done_s is None else (done_s, True)

    def _judge(self, login: str, password: str, asked_s: float, done_s: float) -> SignInAnswer:
        account = account_of(login)
        if account is None or not 1 <= account <= self._subscribers:
            return _answered(SignInOutcome.UNKNOWN_ACCOUNT, asked_s, done_s)
        if password != PASSWORD:
            return _answered(SignInOutcome.WRONG_PASSWORD, asked_s, done_s)
        offer = offer_of(self.night, account)
        return SignInAnswer(
            outcome=SignInOutcome.OK,
            duration_ms=round(1000 * (done_s - asked_s)),
            account=account,
            offer=offer,
            streams_max=self.night.offers[offer].streams_max,
        )


def _answered(outcome: SignInOutcome, asked_s: float, done_s: float) -> SignInAnswer:
    return SignInAnswer(outcome=outcome, duration_ms=round(1000 * (done_s - asked_s)))
