"""A door without a socket: a night, known keys, a log in memory, and a clock that the test moves."""

import itertools
import json
from pathlib import Path
from typing import Any

import msgspec

from kickoff.accounts.sessions import OPERATOR_PURPOSE, SESSION_PURPOSE, OperatorClaims, session_claims
from kickoff.admission.orders import Orders
from kickoff.door.house import Door
from kickoff.door.journal import MemoryLog
from kickoff.door.pages import Pages
from kickoff.door.seam import Forward, Parked, Reply, Request, SignInAnswer, SignInOutcome
from kickoff.facts import FACT_NAMES, LANE_NAMES, LANE_NUMBER, STRING_COLUMNS, Lane, read_records
from kickoff.night import Night, parse_night
from kickoff.plumbing.key_files import Keys, create
from kickoff.seals import Seals
from kickoff.settings import DoorSettings
from kickoff.units import US_PER_S, Place
from kickoff.waiting_room.line import LANES
from kickoff.waiting_room.places import Blocks, MemoryBlocks
from kickoff.waiting_room.shared import Answered, Kind, Question, Said, SharedBook, Standing
from kickoff.waiting_room.snapshot import LaneStatus, LineState, Snapshot

NIGHT_FILE = Path(__file__).parents[2] / "examples" / "psg-juventus.toml"
N = "/v1/psg-juventus"
CLIENT = {"device": "tv", "app": "7.2.0", "isp": "isp-a", "region": "north"}


def night(changes: str = "", *, starts_at: str = "2026-01-01T20:00:00Z") -> Night:
    """The short night, played. `changes`: lines put into its [door] table."""
    return parse_night(night_text(changes, starts_at=starts_at), source="test")


def night_text(changes: str = "", *, starts_at: str = "2026-01-01T20:00:00Z") -> str:
    """The night's file."""
    text = NIGHT_FILE.read_text("utf-8").replace("[door]\n", f"[door]\n{changes}")
    return f'starts_at = "{starts_at}"\n{text}'


def keys(first: int = 1) -> Keys:
    """The same keys every time; another `first`, other keys."""
    counter = itertools.count(first)
    return create(lambda count: bytes((next(counter) * 7 + at) % 256 for at in range(count)))


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A reply, its body read."""

    status: int
    json: Any
    headers: dict[str, str]


class FakeLine:
    """A line that many doors share: each lane's places, and whom they let in."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, int], Answered] = {}
        self._redeemed: set[tuple[str, int]] = set()
        self._used: dict[tuple[str, int], int] = {}

    def answer(self, asked: Question) -> Answered:
        """What the script in Valkey says."""
        place, subject = (asked.lane, asked.place), (asked.lane, asked.subject)
        if asked.kind is Kind.TAKE:
            new = Answered(
                said=Said.NEW,
                lane=LANE_NUMBER[Lane(asked.lane)],
                place=self._last(asked.lane) + 1,
                joined_ms=asked.joined_ms,
            )
            known = self._held.setdefault(subject, new)
            return new if known is new else msgspec.structs.replace(known, said=Said.KNOWN)
        if asked.kind is Kind.REDEEM:
            said = Said.KNOWN if place in self._redeemed else Said.NEW
            self._redeemed.add(place)
            return Answered(said=said)
        said = Said.KNOWN if place in self._used else Said.NEW
        return Answered(said=said, subject=self._used.setdefault(place, asked.subject))

    def standing(self, lane: str) -> Standing:
        """How far it has gone."""
        return Standing(epoch=1, last=self._last(lane), raised=1, survived=0, skips=())

    def _last(self, lane: str) -> int:
        return sum(own == lane for own, _ in self._held)


class StreamCount:
    """Numbers of streams, in order."""

    def __init__(self) -> None:
        self._next = itertools.count(1)

    def take(self) -> int:
        """The next."""
        return next(self._next)


class Rig:
    """One door. `at_s`: the time, in seconds from the start of the night."""

    def __init__(
        self,
        *,
        changes: str = "",
        is_open: bool = False,
        log: MemoryLog | None = None,
        blocks: Blocks | None = None,
        ring: Keys | None = None,
        settings: DoorSettings | None = None,
        state: LineState | None = LineState.QUEUEING,
        line: FakeLine | None = None,
        pages: bool = False,
        name: str = "psg-juventus",
    ) -> None:
        """`state`: of the first snapshot that is published; None: none is. `line`: what it shares with others."""
        self.line = line
        self.log = log or MemoryLog()
        self.keys = ring or keys()
        self.seals = Seals(self.keys.seals)
        self.night = msgspec.structs.replace(night(changes), name=name)
        self.at_s = 30.0
        self.peer = "127.0.0.1"
        self.epoch = 0
        self.door = Door(
            self.night,
            self.keys,
            log=self.log,
            places=None if line else blocks or MemoryBlocks(),
            backend_open=is_open,
            settings=settings,
            draw=itertools.count(1).__next__,
            pages=Pages(self.night) if pages else None,
        )
        if line:
            self.door.house.streams = StreamCount()
        if state is not None:
            self.serve(0, state=state)

    @property
    def now(self) -> int:
        """Microseconds UTC."""
        return self.night.at(self.at_s)

    def serve(
        self,
        serving: int,
        *,
        state: LineState = LineState.QUEUEING,
        admit_max: int | None = None,
        only: Lane | None = None,
    ) -> None:
        """Call everyone up to this place of each lane, or of one."""
        self.epoch += 1
        before = self.door.serving()
        snapshot = Snapshot(
            at=self.night.at(self.at_s),
            state=state,
            epoch=self.epoch,
            lanes={
                str(lane): LaneStatus(
                    serving=Place(serving if only in {None, lane} else before[lane]),
                    rate_per_s=10.0,
                    eta=(0.05, 0.1, 0.2),
                )
                for lane in LANES
            },
            poll_s=(2.0, 4.0),
            beat_s=10.0,
            call_s=15.0,
            admit_max=admit_max,
        )
        self.door.publish(snapshot, orders())

    def raw(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Reply | Forward:
        """One request, answered and committed; a question to the shared line has its answer at once."""
        answer = self.begun(method, path, body, headers)
        return self.told(answer) if isinstance(answer, Parked) else answer

    def begun(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Reply | Forward | Parked:
        """One request, as the door answers it: parked where the shared line is to be asked."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answer = self.door.answer(
            Request(method=method, path=path, headers=headers or {}, body=sent, peer=self.peer, at_us=self.now)
        )
        self.door.commit()
        return answer

    def told(self, parked: Parked) -> Reply:
        """The reply once the shared line has answered."""
        assert self.line is not None, "this line is one door's own"
        answered = self.line.answer(parked.question)
        book = self.door.house.lines[parked.question.lane].book
        assert isinstance(book, SharedBook)
        book.hear(self.line.standing(parked.question.lane))
        reply = parked.finish(answered, self.now)
        self.door.commit()
        return reply

    def ask(
        self, method: str, path: str, body: object = None, *, session: str = "", headers: dict[str, str] | None = None
    ) -> Answer:
        """One request that is answered at once."""
        headers = {**(headers or {}), **({"authorization": f"Bearer {session}"} if session else {})}
        return read(self.raw(method, path, body, headers))

    def session(self, account: int, *, offer: str = "sport", streams_max: int = 2) -> str:
        """A session of an account."""
        return self.seals.seal(SESSION_PURPOSE, session_claims(account, offer, streams_max, at_us=self.now))

    def operator(self) -> str:
        """An operator's token."""
        return self.seals.seal(OPERATOR_PURPOSE, OperatorClaims(name="o", expires_at=self.now + 600 * US_PER_S))

    def join(self, account: int = 0, **more: object) -> Answer:
        """A place: of an account, or of a new device."""
        session = self.session(account) if account else ""
        return self.ask("POST", f"{N}/tickets", {"client": CLIENT, **more}, session=session)

    def passed(self, account: int) -> str:
        """A pass of an account that joined and was called."""
        ticket = self.join(account).json
        self.serve(max(ticket["place"], self.door.house.lines["known"].calls.serving))
        return str(self.ask("POST", f"{N}/passes", {"ticket": ticket["ticket"]}).json["pass"])

    def passed_device(self) -> str:
        """The pass of a device whose household is not known yet."""
        ticket = self.join().json
        self.serve(ticket["place"])
        return str(self.ask("POST", f"{N}/passes", {"ticket": ticket["ticket"]}).json["pass"])

    def signing_in(self, token: str) -> Forward:
        """A sign-in on its way to the back end."""
        body = {"night": "psg-juventus", "pass": token, "login": "l", "password": "p"}
        forward = self.raw("POST", "/v1/sessions", body)
        assert isinstance(forward, Forward)
        return forward

    def finished(self, forward: Forward, outcome: SignInOutcome, account: int = 0) -> Answer:
        """What the viewer reads once the back end has spoken."""
        answer = SignInAnswer(outcome=outcome, duration_ms=40, account=account, offer="sport", streams_max=2)
        reply = read(forward.finish(answer, self.now))
        self.door.commit()
        return reply

    def signed_in(self, token: str, account: int) -> Answer:
        """A sign-in that succeeds."""
        return self.finished(self.signing_in(token), SignInOutcome.OK, account)

    def watch(self, account: int, channel: str = "canal-plus") -> Answer:
        """A stream of an account, through the line."""
        body = {"pass": self.passed(account), "channel": channel, "client": CLIENT}
        return self.ask("POST", f"{N}/leases", body, session=self.session(account))

    def beat(self, lease: str, **body: object) -> Answer:
        """A beat."""
        return self.ask("POST", f"{N}/leases/{lease}/beats", body)

    def facts(self, *names: str) -> list[dict[str, Any]]:
        """The facts in the log, of these names or all, as plain rows."""
        return [row for row in rows(bytes(self.log.data)) if not names or row["fact"] in names]


def rows(raw: bytes) -> list[dict[str, Any]]:
    """The facts of a log file with their strings."""
    found = read_records(raw)
    plain = []
    for fact in found.facts:
        row = {name: fact[name].item() for name in fact.dtype.names or () if not name.startswith("spare")}
        row |= {name: found.texts[name][row[name]] for name in STRING_COLUMNS}
        plain.append(row | {"fact": FACT_NAMES[row["fact"]], "lane": LANE_NAMES[row["lane"]]})
    return plain


def read(reply: Reply | Forward) -> Answer:
    """A reply with its body read."""
    assert isinstance(reply, Reply), "this is forwarded, not answered"
    return Answer(status=reply.status, json=json.loads(reply.body) if reply.body else None, headers=dict(reply.headers))


def orders(rate_per_s: float = 10.0) -> Orders:
    """What a controller may have ordered."""
    return Orders(
        call=0,
        rate_per_s=rate_per_s,
        binding="sign_in",
        terms=("a term",),
        reason="",
        eta=(0.05, 0.1, 0.2),
        beat_s=10.0,
    )
